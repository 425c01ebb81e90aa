"""The admin pages of the app: imported here, so that each registers itself."""

from indexer.admin import books, chain

__all__ = ["books", "chain"]
