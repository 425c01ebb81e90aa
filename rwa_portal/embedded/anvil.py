"""The development chain: anvil from npm, chain id 31337, loopback."""

import contextlib
import json
import shutil
import urllib.request
from pathlib import Path

from rwa_portal.embedded.output import CannotGoOn
from rwa_portal.embedded.processes import free_port
from rwa_portal.embedded.programs import Program

CHAIN_ID = 31337
BLOCK_GAS = 1_000_000_000


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
        # An L2's blocks take far more than anvil's usual 30 million gas; when its pool holds more than one
        # block takes, anvil 1.7.1 with a block time loses transactions without a word.
        command += ["--gas-limit", str(BLOCK_GAS)]
        if self.block_time_s:
            command += ["--block-time", str(self.block_time_s)]
            command += ["--state", str(self.folder / "state.json"), "--state-interval", "15"]
        return command

    def _answers(self) -> bool:
        question = {"jsonrpc": "2.0", "id": 1, "method": "eth_chainId", "params": []}
        request = urllib.request.Request(
            self.url, json.dumps(question).encode(), {"Content-Type": "application/json"}
        )
        direct = urllib.request.build_opener(
            urllib.request.ProxyHandler({})
        )  # a proxy does not reach loopback
        with contextlib.suppress(OSError, ValueError), direct.open(request, timeout=2) as answer:
            return int(json.load(answer)["result"], 16) == CHAIN_ID
        return False
