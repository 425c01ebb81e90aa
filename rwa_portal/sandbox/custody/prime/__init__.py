"""Coinbase Prime: transactions of onchain wallets, numbered by the client."""
