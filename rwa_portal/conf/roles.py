"""
Which rights a role carries. Groups are made equal to this table after every migrate; a right nobody declares
fails `manage.py check_roles`. "view:app" is every view right of an app, "view:*" of all apps.
"""

from typing import NamedTuple


class Role(NamedTuple):
    title: str
    staff: bool
    rights: tuple[str, ...]


# What no role may list: keys, sessions and second factors are nobody's reading.
NEVER_VIEWED = frozenset(
    {"core.personkey", "core.idempotencykey", "core.draft", "core.documentchunk", "core.mail"}
)
APPS = ("core", "indexer", "contracts", "assets", "investors", "subscriptions", "corporate_actions")

ROLES: dict[str, Role] = {
    "compliance_officer": Role(
        "Compliance officer",
        staff=True,
        rights=(
            "view:*",
            "assets.review_issuer",
            "assets.deploy_asset",
            "assets.record_proof",
            "assets.verify_proof",
            "assets.pause_asset",
            "assets.resume_asset",
            "assets.mark_redeemed",
            "investors.write_allowlist",
            "investors.decide_eligibility",
            "investors.reveal_personal_data",
            "subscriptions.approve_subscription",
            "subscriptions.reject_subscription",
            "subscriptions.link_payment",
            "subscriptions.return_payment",
            "corporate_actions.cancel_redemption_for",
            "corporate_actions.draft_dividend",
            "corporate_actions.hold_dividend",
            "corporate_actions.hold_redemption",
            "corporate_actions.record_settlement",
            "contracts.approve_operation",
            "contracts.cancel_operation",
        ),
    ),
    "legal_reviewer": Role(
        "Legal reviewer",
        staff=True,
        rights=(
            "view:assets",
            "assets.review_issuer",
            "assets.review_asset",
            "assets.record_proof",
            "assets.verify_proof",
        ),
    ),
    "treasurer": Role(
        "Treasurer",
        staff=True,
        rights=(
            "view:contracts",
            "view:subscriptions",
            "view:corporate_actions",
            "view:indexer",
            "corporate_actions.cancel_dividend",
            "corporate_actions.declare_dividend",
            "corporate_actions.fund_dividend",
            "corporate_actions.open_final_redemption",
            "corporate_actions.record_settlement",
            "corporate_actions.settle_redemption",
            "corporate_actions.sweep_dividend",
            "contracts.approve_operation",
        ),
    ),
    "operations": Role(
        "Operations",
        staff=True,
        rights=(
            "view:*",
            "contracts.cancel_operation",
            "contracts.resolve_operation",
            "indexer.resolve_incident",
            "indexer.resolve_break",
            "core.grant_role",
            "core.manage_api_keys",
        ),
    ),
    "auditor": Role("Auditor", staff=True, rights=("view:*",)),
    # No rights of their own: an integrator has its key's scopes, the others what their membership rows say.
    "integrator": Role("Integrator", staff=False, rights=()),
    "issuer": Role("Issuer", staff=False, rights=()),
    "investor": Role("Investor", staff=False, rights=()),
}
