"""The admin pages of the app: imported here, so that each registers itself."""

from assets.admin import assets, issuers, proofs

__all__ = ["assets", "issuers", "proofs"]
