"""Where a portal keeps its state: `.portal/` beside the code, or the folder PORTAL_HOME names."""

import contextlib
import fcntl
import json
import os
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from rwa_portal.embedded.output import CannotGoOn
from rwa_portal.embedded.processes import write_private


@dataclass(frozen=True)
class Home:
    root: Path  # the checkout
    path: Path  # the state

    @classmethod
    def of_environment(cls) -> "Home":
        root = Path(__file__).resolve().parents[2]
        called_from = Path(os.environ.get("PORTAL_CALLED_FROM") or root)
        return cls(
            root, Path(os.path.abspath(called_from / (os.environ.get("PORTAL_HOME") or root / ".portal")))
        )

    def create(self) -> None:
        """Make the folder, for its owner's eyes only."""
        self.path.mkdir(parents=True, exist_ok=True, mode=0o700)
        self.path.chmod(0o700)
        self.logs.mkdir(exist_ok=True)

    @property
    def logs(self) -> Path:
        return self.path / "logs"

    @property
    def python(self) -> Path:
        return self.path / "venv" / "bin" / "python"

    @property
    def launcher(self) -> Path:
        return self.root / "rwa_portal" / "embedded" / "__main__.py"

    @property
    def contracts(self) -> Path:
        return self.root / "contracts"

    @property
    def run_file(self) -> Path:
        return self.path / "run.json"  # where the portal answers, for people and scripts

    @property
    def environment_file(self) -> Path:
        return self.path / "environment.json"  # what a command needs to join a running portal

    def chain_tool(self, name: str) -> Path:
        return self.contracts / "node_modules" / ".bin" / name

    @contextlib.contextmanager
    def supervisor_lock(self) -> Iterator[None]:
        """
        Be the only supervisor of this folder.

        :raises CannotGoOn: another one is alive
        """
        with open(self.path / "supervisor.lock", "a+") as lock:
            if not _is_taken(lock):
                raise CannotGoOn(self._already_running(lock))
            lock.truncate(0)
            lock.write(str(os.getpid()))
            lock.flush()
            yield

    def _already_running(self, lock: IO[str]) -> str:
        lock.seek(0)
        where = (self.read(self.run_file) or {}).get("web")
        at = f" at {where}" if where else ""
        return f"already running in {self.path}{at} (pid {lock.read() or '?'}): ./portal down stops it."

    def supervisor_pid(self) -> int | None:
        """Return the process that holds the lock, None when the portal does not run."""
        with contextlib.suppress(FileNotFoundError), open(self.path / "supervisor.lock", "r+") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
            except BlockingIOError:
                return int(lock.read() or 0) or None
        return None

    def read(self, path: Path) -> dict[str, Any] | None:
        with contextlib.suppress(FileNotFoundError, ValueError):
            return dict(json.loads(path.read_text()))
        return None

    def write(self, path: Path, content: dict[str, Any]) -> None:
        write_private(path, json.dumps(content, indent=2) + "\n")


def _is_taken(lock: IO[str]) -> bool:
    """Take the lock for ourselves; try for a moment, since `supervisor_pid` holds it to look."""
    for _ in range(5):
        with contextlib.suppress(BlockingIOError):
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return True
        time.sleep(0.05)
    return False
