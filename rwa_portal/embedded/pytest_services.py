"""
Start the services before pytest-django reads the settings (a conftest would be too late).

- PostgreSQL and Valkey, neither durable, on free ports; gone at the end.
- The owner role sets tests up, and they run with the runtime role's rights (conftest.py).
- With xdist each worker has a database of its own (pytest-django) and a Valkey of its own (here), so that
  counters and locks in it belong to one test at a time.
- `anvil` is a chain of the session that mines at once; a test that needs a clean one takes a snapshot.
"""

import contextlib
import os
import signal
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from rwa_portal.embedded.anvil import EmbeddedAnvil
from rwa_portal.embedded.home import Home
from rwa_portal.embedded.programs import Program
from rwa_portal.embedded.sample_secrets import SECRETS
from rwa_portal.embedded.services import needed
from rwa_portal.embedded.valkey import EmbeddedValkey

_running = contextlib.ExitStack()


@contextlib.contextmanager
def _serving(program: Program) -> Iterator[None]:
    process = program.start()
    try:
        program.wait_until_ready(process)
        yield
    finally:
        program.stop(process)


def _folder() -> Path:
    return Path(
        _running.enter_context(tempfile.TemporaryDirectory(prefix="rwa-test-", ignore_cleanup_errors=True))
    )


def _start() -> None:
    root = _folder()
    if "PYTEST_XDIST_WORKER" in os.environ:
        valkey = EmbeddedValkey(root, root, durable=False)
        _running.enter_context(_serving(valkey.prepare()))
        os.environ["REDIS_URL"] = valkey.url
        return
    os.environ.update(SECRETS)
    for service in needed(root, root, durable=False):
        _running.callback(service.clean_up)
        _running.enter_context(_serving(service.prepare()))
        os.environ.update(service.environment())
    if "DATABASE_OWNER_URL" in os.environ:
        os.environ["DATABASE_RUNTIME_URL"] = os.environ["DATABASE_URL"]  # for processes a test starts
        os.environ["DATABASE_URL"] = os.environ["DATABASE_OWNER_URL"]


_start()


def pytest_configure() -> None:
    # A test run that is told to end still stops its services.
    signal.signal(signal.SIGTERM, signal.default_int_handler)


def pytest_unconfigure() -> None:
    _running.close()


@pytest.fixture(scope="session")
def anvil() -> Iterator[EmbeddedAnvil]:
    """A chain of the session: id 31337, mines at once, forgets all at the end. Its address is `.url`."""
    with tempfile.TemporaryDirectory(prefix="rwa-anvil-", ignore_cleanup_errors=True) as folder:
        root = Path(folder)
        binary = Home.of_environment().chain_tool("anvil")
        chain = EmbeddedAnvil(root, root, binary, block_time_s=None)
        with _serving(chain.prepare()):
            yield chain
