"""
The vendors' own protocols on loopback, for the demo and for tests: `python -m rwa_portal.sandbox`.

A process of its own that imports nothing of the portal, and that nothing of the portal imports: so an
adapter's misunderstanding of a vendor cannot be copied here. Its state, one SQLite file, survives a restart.
"""
