"""The secrets tests and checks run with: known to everybody, so that they protect nothing."""

import base64


def _key(byte: bytes) -> str:
    return base64.b64encode(byte * 32).decode()


SECRETS = {
    "PORTAL_ENV": "dev",
    "SECRET_KEY": "test",
    "ENCRYPTION_KEYS": f"test:{_key(bytes(1))}",
    "BLIND_INDEX_KEY": _key(b"1"),
    "AUDIT_CHECKPOINT_KEY": _key(b"2"),
    "LOCAL_SIGNER_SEED": _key(b"3"),
    "SUMSUB_APP_TOKEN": "sbx:test",
    "SUMSUB_SECRET_KEY": "sumsub-test-secret",
    "SUMSUB_WEBHOOK_SECRETS": "sumsub-webhook-secret",
}
