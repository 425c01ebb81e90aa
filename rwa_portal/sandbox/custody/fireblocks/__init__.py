"""Fireblocks: CONTRACT_CALL by vault accounts."""
