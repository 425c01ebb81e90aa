from typing import Any

REST_FRAMEWORK: dict[str, Any] = {
    "EXCEPTION_HANDLER": "rwa_portal.core.api.problems.exception_handler",
    "DEFAULT_PERMISSION_CLASSES": ["rwa_portal.core.api.requests.SignedInPerson"],
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "rwa_portal.core.api.authentication.ApiKeyAuthentication",
        "rwa_portal.core.api.authentication.PersonAuthentication",
    ],
    "DEFAULT_PAGINATION_CLASS": "rwa_portal.core.api.pages.SignedCursorPagination",
    "DEFAULT_FILTER_BACKENDS": ["rwa_portal.core.api.filters.StrictFilterBackend"],
    "DEFAULT_PARSER_CLASSES": ["rwa_portal.core.api.parsers.StrictJSONParser"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_THROTTLE_CLASSES": ["rwa_portal.core.throttles.PostThrottle"],
    "DEFAULT_SCHEMA_CLASS": "rwa_portal.core.api.schema.ApiSchema",
    "TEST_REQUEST_DEFAULT_FORMAT": "json",
}
TAGS = {
    "assets": "Tokens and their terms; a new one is deployed by the factory.",
    "issuers": "The companies that bring assets.",
    "investors": "States and codes of investors, never who they are.",
    "kyc": "Identity checks.",
    "compliance": "What the chain knows of wallets.",
    "subscriptions": "Orders for newly issued units, paid in USDC.",
    "dividends": "Payments to all holders of a snapshot.",
    "redemptions": "Units given back for USDC.",
    "operations": "Calls to the chain: who must consent, where each stands, how it ended.",
    "events": "What the contracts have said.",
    "webhooks": "For providers, signed by them.",
}
SPECTACULAR: dict[str, Any] = {
    "TITLE": "RWA Portal",
    "DESCRIPTION": """Off-chain operations of regulated tokens.

- Amounts are strings of integers in their smallest unit: token units, or micro-USDC (1 USDC = 1000000).
- Addresses are checksummed, hashes 0x and 64 hexadecimal digits, times ISO 8601 in UTC.
- Errors are RFC 9457 problems; `code` is the name of the broken rule.
- Every POST needs an Idempotency-Key: the same key and request act once and get the same answer.
- What calls the chain answers 202 with the operation; its Location tells how it ends.
- Lists come in pages: follow `next`. A filter that a list does not have is refused.
""",
    "VERSION": "1.0.0",
    "SERVERS": [{"url": "/", "description": "This portal"}],
    "TAGS": [{"name": name, "description": text} for name, text in TAGS.items()],
    "ENUM_NAME_OVERRIDES": {
        "AssetStatusEnum": "assets.models.asset.AssetStatus.choices",
        "IssuerStatusEnum": "assets.models.issuer.IssuerStatus.choices",
        "ProofStatusEnum": "assets.models.proof.ProofStatus.choices",
        "SubscriptionStatusEnum": "subscriptions.models.Status.choices",
        "DividendStatusEnum": "corporate_actions.models.dividends.DistributionStatus.choices",
        "RedemptionMethodEnum": "corporate_actions.models.redemptions.Method.choices",
        "OperationStateEnum": "contracts.models.State.choices",
    },
    "OAS_VERSION": "3.1.1",
    "SERVE_INCLUDE_SCHEMA": False,
    "SCHEMA_PATH_PREFIX": "/api",
    "COMPONENT_SPLIT_REQUEST": True,
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "POSTPROCESSING_HOOKS": [
        "drf_spectacular.hooks.postprocess_schema_enums",
        "rwa_portal.core.api.schema.document_problems",
    ],
}
