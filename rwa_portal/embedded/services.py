"""The services a portal stands on: each is started here unless the environment names one that runs elsewhere."""

import contextlib
import os
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from rwa_portal.embedded.anvil import CHAIN_ID, EmbeddedAnvil
from rwa_portal.embedded.postgres import EmbeddedPostgres
from rwa_portal.embedded.programs import Program
from rwa_portal.embedded.valkey import EmbeddedValkey


@dataclass
class Services:
    programs: list[Program] = field(default_factory=list)
    environment: dict[str, str] = field(default_factory=dict)  # the URLs


@contextlib.contextmanager
def services(
    root: Path, logs: Path, *, durable: bool = True, anvil: Path | None = None
) -> Iterator[Services]:
    """
    Prepare what the environment does not name; `anvil` is the binary, None for no chain.

    The programs are the caller's to start and stop. What lies outside the folder is removed at the end when not durable.
    """
    found = Services()
    with contextlib.ExitStack() as afterwards:
        if not os.environ.get("DATABASE_URL"):
            postgres = EmbeddedPostgres(root, logs, durable=durable)
            if not durable:
                afterwards.callback(postgres.remove)
            found.programs.append(postgres.prepare())
            found.environment |= {
                "DATABASE_OWNER_URL": postgres.url("rwa_owner"),
                "DATABASE_URL": postgres.url("rwa_app"),
            }
        if not os.environ.get("REDIS_URL"):
            valkey = EmbeddedValkey(root, logs, durable=durable)
            found.programs.append(valkey.prepare())
            found.environment["REDIS_URL"] = valkey.url
        if anvil and not os.environ.get("CHAIN_RPC_URL"):
            chain = EmbeddedAnvil(root, logs, anvil)
            afterwards.callback(chain.forget_cache)
            found.programs.append(chain.prepare())
            found.environment |= {
                "CHAIN_RPC_URL": chain.url,
                "CHAIN_ID": str(CHAIN_ID),
                "CHAIN_CONFIRMATIONS": "2",
            }
        yield found
