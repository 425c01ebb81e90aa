"""The development chain: anvil from npm, chain id 31337, loopback."""

import contextlib
import json
import shutil
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from rwa_portal.embedded.output import CannotGoOn
from rwa_portal.embedded.processes import free_port
from rwa_portal.embedded.programs import Program

CHAIN_ID = 31337


class EmbeddedAnvil:
    """
    A chain with anvil's own ten well-known accounts, funded.

    With `block_time_s` it keeps its state over restarts; without, it mines at once and forgets.
    """

    name = "anvil"

    def __init__(self, root: Path, logs: Path, binary: Path, *, block_time_s: int | None = 1) -> None:
        self.folder, self.log, self.binary = root / "anvil", logs / "anvil.log", binary
        self.block_time_s = block_time_s
        self.port = free_port()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def prepare(self) -> Program:
        if not self.binary.exists():
            raise CannotGoOn(f"{self.binary} is missing: ./portal installs it, or set CHAIN_RPC_URL.")
        self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        self.clean_up()
        return Program(self.name, self._command(), self.log, cwd=self.folder, is_ready=self._answers)

    def environment(self) -> dict[str, str]:
        return {"CHAIN_RPC_URL": self.url, "CHAIN_ID": str(CHAIN_ID), "CHAIN_CONFIRMATIONS": "2"}

    def clean_up(self) -> None:
        """Remove the past states anvil leaves on disk, 37 KB a block and more, and never deletes."""
        shutil.rmtree(self.folder / "cache", ignore_errors=True)

    def _command(self) -> list[str]:
        command = [
            str(self.binary),
            "--host",
            "127.0.0.1",
            "--port",
            str(self.port),
            "--chain-id",
            str(CHAIN_ID),
        ]
        # prague is what the contracts are compiled for; anvil's default is a later hardfork.
        command += ["--hardfork", "prague", "--cache-path", str(self.folder / "cache"), "--quiet"]
        if self.block_time_s:
            command += ["--block-time", str(self.block_time_s)]
            command += ["--state", str(self.folder / "state.json"), "--state-interval", "15"]
        return command

    def _answers(self) -> bool:
        with contextlib.suppress(OSError, ValueError, KeyError):
            return int(_ask(self.url, "eth_chainId"), 16) == CHAIN_ID
        return False


@contextlib.contextmanager
def mining_at_once(url: str) -> Iterator[None]:
    """Mine every transaction as it comes, not once a second: a deployment is thirty of them in a row."""
    _ask(url, "evm_setIntervalMining", 0)
    _ask(url, "evm_setAutomine", True)
    try:
        yield
    finally:
        with contextlib.suppress(OSError):  # a chain that died meanwhile is the supervisor's to name
            _ask(url, "evm_setAutomine", False)
            _ask(url, "evm_setIntervalMining", 1)


def _ask(url: str, method: str, *params: object) -> Any:
    question = json.dumps({"jsonrpc": "2.0", "id": 1, "method": method, "params": params}).encode()
    request = urllib.request.Request(url, question, {"Content-Type": "application/json"})
    direct = urllib.request.build_opener(urllib.request.ProxyHandler({}))  # a proxy does not reach loopback
    with direct.open(request, timeout=5) as answer:
        return json.load(answer)["result"]
