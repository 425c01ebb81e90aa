"""What the launcher says: short lines on the terminal, one clear line when it cannot go on."""

import contextlib
import errno
import shutil
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path


class CannotGoOn(Exception):
    """The launcher stops with this one line and exit code 1."""


class WrongUsage(Exception):
    """The command line makes no sense: this one line and exit code 2."""


_terminal = threading.Lock()


def say(line: str = "") -> None:
    with _terminal:
        print(line, flush=True)


def complain(line: str) -> None:
    with _terminal:
        print(f"portal: {line}", file=sys.stderr, flush=True)


@contextlib.contextmanager
def step(name: str, *, every_s: float = 10.0) -> Iterator[list[str]]:
    """
    Say how long a step took; while it runs long, say every few seconds that it still does.

    What the caller appends to the list is said beside the time.
    """
    notes: list[str] = []
    started, over = time.monotonic(), threading.Event()
    reporter = threading.Thread(target=_still_running, args=(name, started, over, every_s), daemon=True)
    reporter.start()
    try:
        yield notes
    finally:
        over.set()
        reporter.join()
    say(f"  {name:<28}{seconds_since(started):>7}  {'  '.join(notes)}".rstrip())


def _still_running(name: str, started: float, over: threading.Event, every_s: float) -> None:
    while not over.wait(every_s):
        say(f"  {name:<28}{seconds_since(started):>7}  still running")


def seconds_since(started: float) -> str:
    return f"{time.monotonic() - started:.1f} s"


def is_full(path: Path) -> bool:
    """Tell whether the disk is full: not every program says so when it fails for that."""
    return shutil.disk_usage(path).free < 2**20


def explain_os_error(problem: OSError) -> str:
    """Return the one line for an error of the operating system, in the words of who has to mend it."""
    where = f" ({problem.filename})" if problem.filename else ""
    if problem.errno in (errno.ENOSPC, errno.EDQUOT):
        return f"the disk is full{where}: make room and start again, nothing has to be removed first."
    if problem.errno in (errno.EACCES, errno.EPERM, errno.EROFS):
        return f"may not write here{where}: {problem.strerror}. Set PORTAL_HOME to a folder of yours."
    return f"{problem.strerror or problem}{where}"
