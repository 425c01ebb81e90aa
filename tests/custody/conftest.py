"""The sandbox as a process of its own before a real anvil: it and the adapters share only the wire."""

import base64
import os
import socket
import subprocess
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import httpx
import pytest

from contracts.custody import anchorage_notices, fireblocks_notices
from contracts.custody.local import account
from tests.contracts import custody_keys

VENDORS = ("fireblocks", "anchorage", "coinbase_prime")
OVER = ("DONE", "FAILED")


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return listener.getsockname()[1]


class Receiver:
    """Where the sandbox sends its notices: a test hands them to the portal when it likes."""

    def __init__(self) -> None:
        self.taken: list[tuple[dict[str, str], bytes]] = []
        taken = self.taken

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                taken.append((dict(self.headers), body))
                self.send_response(200)
                self.end_headers()

            def log_message(self, *_):
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        self.url = f"http://127.0.0.1:{self.server.server_port}"

    def wait(self, count: int) -> list[tuple[dict[str, str], bytes]]:
        until = time.monotonic() + 10
        while len(self.taken) < count and time.monotonic() < until:
            time.sleep(0.02)
        assert len(self.taken) >= count, [body for _, body in self.taken]
        return list(self.taken)


class Desk:
    """One custodian's side: what its people would do."""

    def __init__(self, url: str, vendor: str) -> None:
        self.url, self.vendor = url, vendor
        self.name = "prime" if vendor == "coinbase_prime" else vendor

    def press(self, path: str, **form: object) -> None:
        answer = httpx.post(f"{self.url}/custody/{path}", data=form)
        assert answer.status_code == 303, answer.text

    def goes_wrong(self, name: str, times: int = 1) -> None:
        self.press("faults", vendor=self.name, name=name, times=times)

    def policy(self, policy: str) -> None:
        self.press("policy", vendor=self.name, policy=policy)

    def take_over(self, wallet) -> None:
        """Hold the key of one of the portal's wallets from now on."""
        secret = "0x" + account(wallet.pk).key.hex().removeprefix("0x")
        vault = f"v{wallet.pk.hex[:12]}"
        self.press("vaults", vendor=self.name, id=vault, name=str(wallet.purpose), secret=secret)
        wallet.vendor, wallet.vault = self.vendor, vault
        wallet.save(update_fields=["vendor", "vault"])

    def transactions(self) -> list[dict]:
        rows = httpx.get(f"{self.url}/custody/transactions.json").json()
        return [row for row in rows if row["vendor"] == self.name]

    def wait(self, *stages: str, count: int = 1) -> list[dict]:
        """Wait until so many transactions have reached one of the stages, or any that lasts."""
        until = time.monotonic() + 10
        while time.monotonic() < until:
            rows = [row for row in self.transactions() if row["stage"] in (stages or OVER)]
            if len(rows) >= count:
                return rows
            time.sleep(0.02)
        raise AssertionError(self.transactions())

    def wait_idle(self) -> None:
        """Wait until nothing moves by itself any more."""
        until, before = time.monotonic() + 10, None
        while time.monotonic() < until:
            now = [(row["id"], row["stage"], row["tx_hash"]) for row in self.transactions()]
            if now == before:
                return
            before = now
            time.sleep(0.4)  # longer than a replacement takes here
        raise AssertionError(now)


@pytest.fixture
def receiver():
    receiver = Receiver()
    yield receiver
    receiver.server.shutdown()


@pytest.fixture
def sandbox(anvil, tmp_path, settings, receiver):
    """A sandbox process; the portal's settings point to it."""
    url = f"http://127.0.0.1:{free_port()}"
    custody_keys.use(settings, url=url)
    settings.CUSTODY_TIMEOUT_S = 3
    fireblocks_notices._keys.forget()
    anchorage_notices._keys.forget()
    names = (
        "FIREBLOCKS_API_KEY",
        "FIREBLOCKS_PRIVATE_KEY",
        "ANCHORAGE_ACCESS_KEY",
        "ANCHORAGE_SIGNING_KEY",
        "PRIME_ACCESS_KEY",
        "PRIME_PASSPHRASE",
        "PRIME_SIGNING_KEY",
        "PRIME_PORTFOLIO_ID",
    )
    environment = {
        **{name: value for name, value in os.environ.items() if not name.startswith("DATABASE")},
        **{name: getattr(settings, name) for name in names},
        "SANDBOX_URL": url,
        "SANDBOX_SEED": base64.b64encode(b"9" * 32).decode(),
        "SANDBOX_STATE": str(tmp_path / "sandbox.sqlite"),
        "SANDBOX_CUSTODY_WEBHOOK_URL": receiver.url,
        "SANDBOX_PACE_S": "0.03",
        "CHAIN_RPC_URL": anvil.url,
        "PYTHONUNBUFFERED": "1",
    }
    with open(tmp_path / "sandbox.log", "wb") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "rwa_portal.sandbox"], env=environment, stdout=log, stderr=log
        )
    try:
        _wait_until_it_answers(url, process, tmp_path / "sandbox.log")
        yield url
    finally:
        process.terminate()
        process.wait(timeout=20)


def _wait_until_it_answers(url: str, process: subprocess.Popen, log) -> None:
    until = time.monotonic() + 30
    while time.monotonic() < until:
        assert process.poll() is None, log.read_text()
        try:
            if httpx.get(f"{url}/healthz").status_code == 200:
                return
        except httpx.TransportError:
            time.sleep(0.05)
    raise AssertionError(log.read_text())


@pytest.fixture(params=VENDORS)
def desk(request, sandbox):
    return Desk(sandbox, request.param)
