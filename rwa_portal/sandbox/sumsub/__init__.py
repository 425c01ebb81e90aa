"""Sumsub: identity checks of persons."""
