"""The services a portal stands on: each is ours unless the environment names one elsewhere."""

import os
from pathlib import Path
from typing import Protocol

from rwa_portal.embedded.anvil import EmbeddedAnvil
from rwa_portal.embedded.postgres import EmbeddedPostgres
from rwa_portal.embedded.programs import Program
from rwa_portal.embedded.valkey import EmbeddedValkey


class Service(Protocol):
    name: str

    def prepare(self) -> Program:
        """Make what the server needs and return it; the caller starts and stops it."""

    def environment(self) -> dict[str, str]:
        """Return what the portal must know to use it; after `prepare`."""

    def clean_up(self) -> None:
        """Remove what must not outlive the server; after its end."""


def needed(root: Path, logs: Path, *, durable: bool = True, anvil: Path | None = None) -> list[Service]:
    """Return the services the environment does not name; `anvil` is the binary, None for no chain."""
    found: list[Service] = []
    if not os.environ.get("DATABASE_URL"):
        found.append(EmbeddedPostgres(root, logs, durable=durable))
    if not os.environ.get("REDIS_URL"):
        found.append(EmbeddedValkey(root, logs, durable=durable))
    if anvil and not os.environ.get("CHAIN_RPC_URL"):
        found.append(EmbeddedAnvil(root, logs, anvil))
    return found
