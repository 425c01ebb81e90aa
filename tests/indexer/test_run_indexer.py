"""The real command against the real chain and database, with real signals."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from django.conf import settings
from django.db import connection

from indexer.models import Cursor, EventLog
from rwa_portal.core.chain_values import ZERO_ADDRESS
from tests.indexer.conftest import address, watch

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]


def database_url() -> str:
    """The test's database, as the runtime role: a process of the portal refuses to start as the owner."""
    url = urlsplit(os.environ["DATABASE_RUNTIME_URL"])
    return url._replace(path=f"/{connection.settings_dict['NAME']}").geturl()


def wait_for(condition, seconds: float = 120) -> float:
    began = time.monotonic()
    while not condition():
        assert time.monotonic() - began < seconds, "it did not happen in time"
        time.sleep(0.05)
    return time.monotonic() - began


def wait_until_it_says(said: Path, words: str) -> None:
    def heard() -> bool:
        assert "Refusing to start" not in said.read_text()
        return words in said.read_text()

    try:
        wait_for(heard)
    except AssertionError:
        raise AssertionError(f"no {words!r} in {said.read_text()!r}") from None


@pytest.fixture
def start(chain, tmp_path):
    """Start an indexer of its own; what it says is in the file."""
    processes = []

    def start(name: str):
        environment = {
            **os.environ,
            "DATABASE_URL": database_url(),
            "CHAIN_RPC_URL": settings.CHAIN.rpc_urls[0],
            "CHAIN_CONFIRMATIONS": "2",
            "CHAIN_POLL_INTERVAL_S": "0.1",
        }
        said = tmp_path / name
        with said.open("w") as output:
            process = subprocess.Popen(
                [sys.executable, "manage.py", "run_indexer"],
                cwd=settings.BASE_DIR, env=environment, stdout=output, stderr=subprocess.STDOUT,
            )  # fmt: skip
        processes.append(process)
        return process, said

    yield start
    for process in processes:
        if process.poll() is None:
            process.send_signal(signal.SIGCONT)
            process.kill()
        process.wait()


def test_a_standby_takes_over_from_the_killed_and_the_stopped(chain, start):
    token = chain.deploy()
    watch(token, chain)

    def transfer_is_stored():
        tx_hash = chain.transfer(token, ZERO_ADDRESS, address(), 1)["transactionHash"]
        return lambda: EventLog.objects.filter(tx_hash=tx_hash).exists()

    first, first_said = start("first")
    wait_until_it_says(first_said, "Writing with epoch 1.")
    second, second_said = start("second")
    wait_for(transfer_is_stored())
    wait_until_it_says(second_said, "Chain 31337")

    # Following.run: without the limits of both connections a lock could stay with the stopped one for ever.
    first.send_signal(signal.SIGSTOP)
    stored = transfer_is_stored()
    assert wait_for(stored) < 15  # on a loaded machine
    wait_until_it_says(second_said, "Writing with epoch 2.")
    first.send_signal(signal.SIGCONT)
    wait_until_it_says(first_said, "Another process writes now; standing by.")
    assert Cursor.objects.get().epoch == 2

    second.kill()
    assert wait_for(transfer_is_stored()) < 15
    wait_until_it_says(first_said, "Writing with epoch 3.")
    seqs = list(EventLog.objects.order_by("seq").values_list("seq", flat=True))
    assert seqs == [1, 2, 3]


def test_sigterm_ends_it_cleanly_and_gives_the_lease_back(chain, start):
    watch(chain.deploy(), chain)
    process, said = start("one")
    wait_until_it_says(said, "Writing with epoch 1.")

    process.terminate()

    assert process.wait(timeout=10) == 0
    assert said.read_text().endswith("Stopped.\n")
    assert Cursor.objects.get().owner == ""


def test_a_node_that_is_away_is_met_with_a_pause(chain, start, settings):
    watch(chain.deploy(), chain)
    from dataclasses import replace

    settings.CHAIN = replace(settings.CHAIN, rpc_urls=("http://user:secret@127.0.0.1:9/key",))
    process, said = start("away")
    wait_until_it_says(said, "RpcUnreachable: http://127.0.0.1:9: ConnectError (pausing")

    assert process.poll() is None and "secret" not in said.read_text() and "key" not in said.read_text()
