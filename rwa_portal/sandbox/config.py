import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit


@dataclass(frozen=True)
class Config:
    """Where the sandbox listens, and the secrets both sides know; `retry_factor` 1 is real time."""

    url: str
    state: Path
    app_token: str
    secret_key: str
    webhook_secret: str
    webhook_url: str
    levels: tuple[str, ...] = ("basic-kyc",)
    retry_factor: float = 0.01

    @property
    def port(self) -> int:
        return urlsplit(self.url).port or 80


def from_environment(env: Mapping[str, str] = os.environ) -> Config:
    """
    Read SANDBOX_URL or SANDBOX_PORT, SANDBOX_STATE, _RETRY_FACTOR and _WEBHOOK_URL, and Sumsub's keys.

    :raises KeyError: a key is missing
    """
    portal = env.get("PORTAL_URL", "http://127.0.0.1:8000").rstrip("/")
    home = Path(env.get("PORTAL_HOME", ".portal"))
    return Config(
        url=env.get("SANDBOX_URL", f"http://127.0.0.1:{env.get('SANDBOX_PORT', '8100')}").rstrip("/"),
        state=Path(env.get("SANDBOX_STATE", home / "sandbox.sqlite")),
        app_token=env["SUMSUB_APP_TOKEN"],
        secret_key=env["SUMSUB_SECRET_KEY"],
        webhook_secret=env["SUMSUB_WEBHOOK_SECRETS"].split(",")[0],
        webhook_url=env.get("SANDBOX_WEBHOOK_URL", f"{portal}/api/webhooks/kyc/sumsub"),
        levels=tuple(env.get("SUMSUB_LEVEL_NAME", "basic-kyc").split(",")),
        retry_factor=float(env.get("SANDBOX_RETRY_FACTOR", "0.01")),
    )
