"""
Keep programs running until told to stop.

- A program that dies is named and started again, a little later each time.
- One that keeps dying ends everything, with a line that says which and why.
- Everything is started from the main thread and ends with it (processes.die_with_parent).
"""

import contextlib
import os
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self

from rwa_portal.embedded.output import CannotGoOn, say
from rwa_portal.embedded.programs import Program

WINDOW_S = 120.0  # a death counts this long
DEATHS_ALLOWED = 5
FIRST_PAUSE_S = 0.5


class ToldToStop(BaseException):
    """SIGTERM, SIGINT or SIGHUP arrived."""


@dataclass
class Child:
    program: Program
    process: subprocess.Popen
    deaths: list[float] = field(default_factory=list)
    start_at: float | None = None  # while it waits for its next start


class Supervisor:
    """Programs in the order of their start; they are stopped in the opposite order."""

    def __init__(self, on_change: Callable[[dict[str, int]], None] = lambda pids: None) -> None:
        self.children: dict[str, Child] = {}
        self._on_change = on_change

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        with signals_ignored():
            for child in reversed(self.children.values()):
                if child.start_at is None:
                    child.program.stop(child.process)
                    _end_remains(child.process)

    def start(self, program: Program, *, wait: bool = True) -> None:
        """:raises CannotGoOn: it is not ready in time"""
        child = self.children[program.name] = Child(program, program.start())
        self._tell()
        if wait:
            program.wait_until_ready(child.process)

    def wait_until_ready(self, name: str) -> None:
        child = self.children[name]
        child.program.wait_until_ready(child.process)

    def pids(self) -> dict[str, int]:
        return {name: child.process.pid for name, child in self.children.items()}

    def watch(self, until: Callable[[], bool] = lambda: False) -> None:
        """
        Look after the programs until `until` holds.

        :raises CannotGoOn: one keeps dying
        """
        while not until():
            for child in self.children.values():
                self._look_after(child, time.monotonic())
            time.sleep(0.2)

    def _look_after(self, child: Child, now: float) -> None:
        if child.start_at is not None:
            if now >= child.start_at:
                child.process, child.start_at = child.program.start(), None
                self._tell()
        elif child.process.poll() is not None:
            _end_remains(child.process)
            self._bury(child, now)

    def _bury(self, child: Child, now: float) -> None:
        name, code = child.program.name, child.process.returncode
        child.deaths = [death for death in child.deaths if now - death < WINDOW_S] + [now]
        if len(child.deaths) >= DEATHS_ALLOWED:
            child.start_at = float("inf")
            raise CannotGoOn(
                child.program.explain(f"{name} ended {len(child.deaths)} times within two minutes")
            )
        pause = FIRST_PAUSE_S * 2 ** (len(child.deaths) - 1)
        child.start_at = now + pause
        say(f"  {name} ended ({_how(code)}) and starts again in {pause:g} s; its log: {child.program.log}")

    def _tell(self) -> None:
        self._on_change(self.pids())


def _how(code: int) -> str:
    return f"code {code}" if code >= 0 else signal.Signals(-code).name


def _end_remains(process: subprocess.Popen) -> None:
    """End what a program started and left behind, such as a worker's children."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGKILL)


def end_leftovers(pids: dict[str, int], mark: str, *, within_s: float = 10) -> None:
    """
    Wait for what a killed supervisor started, so that no two programs write the same files.

    Only processes whose environment holds `mark` are ours: a number may belong to somebody else by now.
    """
    deadline = time.monotonic() + within_s
    for pid in pids.values():
        while _carries(pid, mark):
            if time.monotonic() > deadline:
                with contextlib.suppress(ProcessLookupError):
                    os.killpg(pid, signal.SIGKILL)
            time.sleep(0.05)


def _carries(pid: int, mark: str) -> bool:
    with contextlib.suppress(OSError):
        return mark.encode() in Path(f"/proc/{pid}/environ").read_bytes().split(b"\0")
    return False


@contextlib.contextmanager
def signals_stop() -> Iterator[None]:
    """Turn the signals that ask us to end into ToldToStop, once."""

    def told(*_: object) -> None:
        for each in _SIGNALS:
            signal.signal(each, signal.SIG_IGN)
        raise ToldToStop

    before = {each: signal.signal(each, told) for each in _SIGNALS}
    try:
        yield
    finally:
        for each, handler in before.items():
            signal.signal(each, handler)


@contextlib.contextmanager
def signals_ignored() -> Iterator[None]:
    before = {each: signal.signal(each, signal.SIG_IGN) for each in _SIGNALS}
    try:
        yield
    finally:
        for each, handler in before.items():
            signal.signal(each, handler)


_SIGNALS = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)
