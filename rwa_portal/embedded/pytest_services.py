"""
Start the services before pytest-django reads the settings (a conftest would be too late).

Tests are set up by the owner role and then run with the runtime role's rights (conftest.py).
"""

import base64
import contextlib
import os
import pathlib
import tempfile

from rwa_portal.embedded import services

_running = contextlib.ExitStack()
SECRETS = {
    "PORTAL_ENV": "dev",
    "SECRET_KEY": "test",
    "ENCRYPTION_KEYS": "test:" + base64.b64encode(bytes(32)).decode(),
    "BLIND_INDEX_KEY": base64.b64encode(b"1" * 32).decode(),
    "AUDIT_CHECKPOINT_KEY": base64.b64encode(b"2" * 32).decode(),
    "LOCAL_SIGNER_SEED": base64.b64encode(b"3" * 32).decode(),
    "SUMSUB_APP_TOKEN": "sbx:test",
    "SUMSUB_SECRET_KEY": "sumsub-test-secret",
    "SUMSUB_WEBHOOK_SECRETS": "sumsub-webhook-secret",
}

if "PYTEST_XDIST_WORKER" not in os.environ:  # workers inherit the URLs
    os.environ.update(SECRETS)
    _root = _running.enter_context(
        tempfile.TemporaryDirectory(prefix="rwa-test-", ignore_cleanup_errors=True)
    )
    _running.enter_context(services.services(pathlib.Path(_root), durable=False))
    os.environ["DATABASE_URL"] = os.environ["DATABASE_OWNER_URL"]


def pytest_unconfigure() -> None:
    _running.close()
