import base64
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit


@dataclass(frozen=True)
class Custody:
    """The custodians' side: the chain they send to, the secrets both sides know, and how fast they work."""

    rpc_url: str
    seed: str  # every vault's key is derived from it
    webhook_url: str  # /fireblocks and so on are added
    fireblocks_api_key: str = ""
    fireblocks_private_key: str = ""  # PEM, the API user's; only its public half is used here
    anchorage_access_key: str = ""
    anchorage_signing_key: str = ""  # hex, as for Fireblocks
    prime_access_key: str = ""
    prime_passphrase: str = ""
    prime_signing_key: str = ""
    prime_portfolio: str = ""
    chain_id: int = 31337
    pace_s: float = 0.1  # between two steps of a transaction
    hang_s: float = 15  # how long an answer that should never come is held back


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
    custody: Custody | None = None

    @property
    def port(self) -> int:
        return urlsplit(self.url).port or 80


def from_environment(env: Mapping[str, str] = os.environ) -> Config:
    """
    Read SANDBOX_URL or SANDBOX_PORT, SANDBOX_STATE, _RETRY_FACTOR and _WEBHOOK_URL, and the vendors' keys.

    Without SANDBOX_SEED there are no custodians.

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
        custody=_custody(env, portal) if env.get("SANDBOX_SEED") else None,
    )


def _custody(env: Mapping[str, str], portal: str) -> Custody:
    return Custody(
        rpc_url=env.get("CHAIN_RPC_URL", "http://127.0.0.1:8545"),
        chain_id=int(env.get("CHAIN_ID", "31337")),
        seed=env["SANDBOX_SEED"],
        webhook_url=env.get("SANDBOX_CUSTODY_WEBHOOK_URL", f"{portal}/api/webhooks/custody"),
        fireblocks_api_key=env["FIREBLOCKS_API_KEY"],
        fireblocks_private_key=base64.b64decode(env["FIREBLOCKS_PRIVATE_KEY"]).decode(),
        anchorage_access_key=env["ANCHORAGE_ACCESS_KEY"],
        anchorage_signing_key=env["ANCHORAGE_SIGNING_KEY"],
        prime_access_key=env["PRIME_ACCESS_KEY"],
        prime_passphrase=env["PRIME_PASSPHRASE"],
        prime_signing_key=env["PRIME_SIGNING_KEY"],
        prime_portfolio=env["PRIME_PORTFOLIO_ID"],
        pace_s=float(env.get("SANDBOX_PACE_S", "0.1")),
    )
