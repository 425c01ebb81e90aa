"""Anchorage: wallet operations, endorsed by a quorum."""
