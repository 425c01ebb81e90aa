"""Custodians: Fireblocks, Anchorage and Coinbase Prime, over one book of transactions and one set of keys."""
