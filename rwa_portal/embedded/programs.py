"""One program that runs beside the launcher: how it is started, known to be ready, and stopped."""

import os
import signal
import subprocess
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from rwa_portal.embedded.output import CannotGoOn, explain_os_error, is_full
from rwa_portal.embedded.processes import die_with_parent, last_lines, stop

LONGEST_LOG = 10 * 2**20  # bytes; a longer one is put aside at the next start


def _at_once() -> bool:
    return True


@dataclass(frozen=True)
class Program:
    name: str
    command: list[str]
    log: Path
    cwd: Path = Path("/")
    environment: Mapping[str, str] | None = None
    identity: Mapping[str, Any] = field(default_factory=dict)  # user, group, extra_groups
    stop_signal: int = signal.SIGTERM
    stop_within_s: float = 15
    is_ready: Callable[[], bool] = _at_once
    ready_within_s: float = 30

    def start(self) -> subprocess.Popen:
        """Start it in a session of its own; it ends when we do, however that happens."""
        if self.log.exists() and self.log.stat().st_size > LONGEST_LOG:
            self.log.replace(self.log.with_suffix(".old.log"))
        with open(self.log, "ab") as log:
            return subprocess.Popen(
                self.command,
                cwd=self.cwd,
                env=dict(os.environ if self.environment is None else self.environment),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
                preexec_fn=die_with_parent(self.stop_signal),
                **self.identity,
            )

    def wait_until_ready(self, process: subprocess.Popen) -> None:
        """
        Wait for the first sign that it serves.

        :raises CannotGoOn: it ended or stays silent; with the end of its log
        """
        deadline = time.monotonic() + self.ready_within_s
        while not self.is_ready():
            if process.poll() is not None:
                raise CannotGoOn(self.explain(f"{self.name} ended with code {process.returncode}"))
            if time.monotonic() > deadline:
                raise CannotGoOn(
                    self.explain(f"{self.name} did not answer within {self.ready_within_s:.0f} s")
                )
            time.sleep(0.02)

    def explain(self, what: str) -> str:
        """Return one line about the program's end, and the last lines of its log."""
        end = last_lines(self.log)
        if "no space left on device" in end.lower() or is_full(self.log.parent):
            return explain_os_error(OSError(28, "No space left on device", str(self.log.parent)))
        return f"{what}. The end of {self.log}:\n{end}"

    def stop(self, process: subprocess.Popen | None) -> None:
        stop(process, self.stop_signal, timeout_s=self.stop_within_s)


def folder_of_package(module: str) -> Path:
    """
    Return the folder of an installed package without importing it.

    :raises CannotGoOn: it is not installed
    """
    from importlib.util import find_spec  # noqa: PLC0415

    spec = find_spec(module)
    if spec is None or not spec.submodule_search_locations:
        raise CannotGoOn(f"{module} is not installed: ./portal installs it, or set the service's URL.")
    return Path(next(iter(spec.submodule_search_locations)))
