from assets.actions.assets import (
    approve_asset,
    create_asset,
    create_asset_draft,
    return_asset,
    submit_asset,
    update_asset_draft,
)
from assets.actions.deployment import deploy_asset
from assets.actions.documents import add_document, withdraw_document
from assets.actions.issuers import (
    add_member,
    refuse_issuer,
    register_issuer,
    resubmit_issuer,
    return_issuer,
    start_issuer_review,
    submit_issuer,
)
from assets.actions.proofs import expire_proof, record_proof, verify_proof, warn_of_expiry
from assets.actions.status import mark_redeemed, note_maturity, pause_asset, resume_asset

__all__ = [
    "add_document",
    "add_member",
    "approve_asset",
    "create_asset",
    "create_asset_draft",
    "deploy_asset",
    "expire_proof",
    "mark_redeemed",
    "note_maturity",
    "pause_asset",
    "record_proof",
    "refuse_issuer",
    "register_issuer",
    "resubmit_issuer",
    "resume_asset",
    "return_asset",
    "return_issuer",
    "start_issuer_review",
    "submit_asset",
    "submit_issuer",
    "update_asset_draft",
    "verify_proof",
    "warn_of_expiry",
    "withdraw_document",
]
