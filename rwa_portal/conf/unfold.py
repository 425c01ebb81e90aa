"""How the admin looks: its colours, its name and its menu. A line is shown to those who may open it."""

from typing import Any

from django.http import HttpRequest
from django.templatetags.static import static
from django.urls import reverse_lazy


def environment(request: HttpRequest) -> list[str] | None:
    """A badge on every page but mainnet's, so that nobody mistakes one deployment for another."""
    from django.conf import settings  # the settings import this module

    tones = {"dev": "info", "testnet": "warning", "staging": "warning"}
    name = settings.PORTAL_ENV
    return [f"{name} · chain {settings.CHAIN.chain_id}", tones[name]] if name in tones else None


def _list(title: str, icon: str, app: str, model: str) -> dict[str, Any]:
    right = f"{app}.view_{model}"
    return {
        "title": title,
        "icon": icon,
        "link": reverse_lazy(f"admin:{app}_{model}_changelist"),
        "permission": lambda request: request.user.has_perm(right),
    }


NAVIGATION: list[dict[str, Any]] = [
    {
        "items": [
            {"title": "Work", "icon": "inbox", "link": reverse_lazy("admin:index")},
            {
                "title": "Approvals",
                "icon": "how_to_reg",
                "link": reverse_lazy("desk:approvals"),
                "permission": lambda request: request.user.has_perm("contracts.approve_operation"),
            },
        ]
    },
    {
        "title": "Issuance",
        "items": [
            _list("Issuers", "domain", "assets", "issuer"),
            _list("Assets", "real_estate_agent", "assets", "asset"),
            _list("Documents", "description", "assets", "assetdocument"),
            _list("Custody proofs", "verified", "assets", "custodyproof"),
            _list("Orders", "receipt_long", "subscriptions", "subscription"),
            _list("Payments", "payments", "subscriptions", "payment"),
            _list("Refunds", "undo", "subscriptions", "refund"),
        ],
    },
    {
        "title": "Corporate actions",
        "items": [
            _list("Dividends", "savings", "corporate_actions", "dividenddistribution"),
            _list("Dividend claims", "price_check", "corporate_actions", "dividendclaim"),
            _list("Redemptions", "currency_exchange", "corporate_actions", "redemption"),
            _list("Off-chain settlements", "handshake", "corporate_actions", "offchainsettlement"),
            _list("Final redemptions", "flag", "corporate_actions", "finalredemption"),
        ],
    },
    {
        "title": "Investors",
        "items": [
            _list("Investors", "group", "investors", "investor"),
            _list("Wallets", "account_balance_wallet", "investors", "wallet"),
            _list("KYC sessions", "badge", "investors", "kycsession"),
            _list("Webhooks", "webhook", "investors", "webhookdelivery"),
        ],
    },
    {
        "title": "Chain",
        "items": [
            _list("Operations", "send", "contracts", "chainoperation"),
            _list("Custody wallets", "key", "contracts", "custodywallet"),
            _list("Deployments", "deployed_code", "contracts", "deployment"),
            _list("Events", "list_alt", "indexer", "eventlog"),
            _list("Holdings", "pie_chart", "indexer", "holding"),
            _list("Blocks", "view_in_ar", "indexer", "block"),
            _list("Reorgs", "call_split", "indexer", "reorg"),
            _list("Parked events", "pause_circle", "indexer", "reactionfailure"),
            _list("Incidents", "report", "indexer", "incident"),
            _list("Breaks", "difference", "indexer", "break"),
            _list("Checks of the books", "fact_check", "indexer", "bookscheck"),
        ],
    },
    {
        "title": "Evidence",
        "items": [
            _list("Audit trail", "history_edu", "core", "auditevent"),
            _list("Users", "person", "core", "user"),
        ],
    },
]

# The hues of portal.css, so that both halves of the portal are one.
PRIMARY = {
    "50": "oklch(97% .015 205)",
    "100": "oklch(94% .03 205)",
    "200": "oklch(88% .055 205)",
    "300": "oklch(79% .08 205)",
    "400": "oklch(69% .095 205)",
    "500": "oklch(57% .095 208)",
    "600": "oklch(45% .08 210)",
    "700": "oklch(39% .07 210)",
    "800": "oklch(33% .058 212)",
    "900": "oklch(28% .048 213)",
    "950": "oklch(21% .038 215)",
}

UNFOLD: dict[str, Any] = {
    "SITE_TITLE": "RWA Portal",
    "SITE_HEADER": "RWA Portal",
    "SITE_SUBHEADER": "Operations",
    "SITE_SYMBOL": "deployed_code",
    "SITE_URL": "/",
    # Without one every browser asks for /favicon.ico.
    "SITE_FAVICONS": [
        {"rel": "icon", "type": "image/svg+xml", "href": lambda request: static("mark.svg")},
    ],
    "SHOW_HISTORY": True,
    "SHOW_VIEW_ON_SITE": False,
    "SHOW_BACK_BUTTON": True,
    "ENVIRONMENT": "rwa_portal.conf.unfold.environment",
    "DASHBOARD_CALLBACK": "rwa_portal.desk.dashboard.context",
    "COLORS": {"primary": PRIMARY},
    "SIDEBAR": {
        "show_search": True,
        "command_search": True,
        "show_all_applications": True,
        "navigation": NAVIGATION,
    },
}
