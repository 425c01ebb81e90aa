"""Processes that end with their parent, ports and private files. Standard library only."""

import contextlib
import ctypes
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

_PR_SET_PDEATHSIG = 1
_libc = ctypes.CDLL(None) if sys.platform == "linux" else None


def die_with_parent(sig: int) -> Callable[[], None]:
    """
    Return a preexec_fn: the kernel sends `sig` to the child when the thread that started it ends.

    Start children from the main thread: a thread that ends takes its children with it.
    """
    parent = os.getpid()

    def in_child() -> None:
        if _libc is None:
            return
        _libc.prctl(_PR_SET_PDEATHSIG, sig, 0, 0, 0)
        if os.getppid() != parent:  # the parent died before the line above
            os._exit(1)

    return in_child


def stop(process: subprocess.Popen | None, sig: int, *, timeout_s: float = 15) -> None:
    """Ask a process that leads its own session to end; end its whole group when it does not."""
    if process is None or process.poll() is not None:
        return
    process.send_signal(sig)
    try:
        process.wait(timeout_s)
    except subprocess.TimeoutExpired:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait(5)


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])


def is_free(port: int) -> bool:
    with contextlib.suppress(OSError), socket.create_server(("127.0.0.1", port)):
        return True
    return False


def write_private(path: Path, text: str) -> None:
    """Write a 0600 file so that no reader ever sees half of it."""
    half = path.with_name(path.name + ".new")
    half.unlink(missing_ok=True)
    with open(os.open(half, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    half.rename(path)


def last_lines(path: Path, count: int = 5) -> str:
    """Return the end of a log, indented, for the message that says why something did not start."""
    with contextlib.suppress(OSError), open(path, "rb") as log:
        log.seek(max(0, log.seek(0, os.SEEK_END) - 8192))
        lines = [line for line in log.read().decode(errors="replace").splitlines() if line.strip()]
        return "\n".join(f"    {line}" for line in lines[-count:])
    return ""
