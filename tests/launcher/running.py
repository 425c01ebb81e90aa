"""Run the launcher as people do, on a home of its own."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
LAUNCHER = ROOT / "rwa_portal" / "embedded" / "__main__.py"
OURS = ("DATABASE_", "REDIS_", "CHAIN_", "SANDBOX_", "PORTAL_", "SUMSUB_", "PYTEST_", "DJANGO_")
SET_UP_DONE = "PORTAL_SET_UP_S"


def environment(home: Path, **more: str) -> dict[str, str]:
    """Return what a person's shell has: nothing of the test run's own services."""
    bare = {name: value for name, value in os.environ.items() if not name.startswith(OURS)}
    return {**bare, "PORTAL_HOME": str(home), **more}


def portal(home: Path, *arguments: str, stdin: str = "", **more: str) -> subprocess.CompletedProcess[str]:
    """Run `./portal` to its end, the set-up included."""
    return subprocess.run(
        [str(ROOT / "portal"), *arguments],
        input=stdin,
        capture_output=True,
        text=True,
        timeout=300,
        env=environment(home, **more),
    )


def after_set_up(home: Path, *arguments: str, **more: str) -> subprocess.CompletedProcess[str]:
    """Run the second half of `./portal`, with the packages these tests run with, to its end."""
    return subprocess.run(**_second_half(home, arguments, more), capture_output=True, text=True, timeout=300)


def start_after_set_up(home: Path, *arguments: str, **more: str) -> subprocess.Popen:
    with open(home.parent / "output", "w") as output:
        return subprocess.Popen(**_second_half(home, arguments, more), stdout=output, stderr=output)


def _second_half(home: Path, arguments: tuple[str, ...], more: dict[str, str]) -> dict:
    (home / "logs").mkdir(parents=True, exist_ok=True)
    return {
        "args": [sys.executable, str(LAUNCHER), *arguments],
        "cwd": ROOT,
        "env": environment(home, **{SET_UP_DONE: "0"}, **more),
        "stdin": subprocess.DEVNULL,
    }


def eventually(holds: Callable[[], object], within_s: float = 30) -> None:
    deadline = time.monotonic() + within_s
    while not holds():
        assert time.monotonic() < deadline, "it did not come true in time"
        time.sleep(0.05)


def processes_naming(text: str) -> list[int]:
    """Return the living processes whose command line holds a text."""
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            command = (folder / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
            if text in command and " Z " not in (folder / "stat").read_text():
                found.append(int(folder.name))
        except OSError:
            continue
    return found


def kill(pid: int) -> None:
    os.kill(pid, signal.SIGKILL)
