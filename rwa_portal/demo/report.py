"""What the demo shows while it runs, and .portal/demo.json afterwards."""

import json
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

_TTY = sys.stdout.isatty()
GREEN, RED, DIM, BOLD, PLAIN = (
    ("\033[32m", "\033[31m", "\033[2m", "\033[1m", "\033[0m") if _TTY else ("",) * 5
)


class StepFailed(Exception):
    """A step did not end as it should. The message says what was expected and what was seen."""


@dataclass
class Step:
    name: str
    ok: bool = False
    tx_hash: str | None = None
    seconds: float = 0.0
    detail: str = ""


class Report:
    """The steps so far. Each is printed as it happens and kept for demo.json."""

    def __init__(self, path: Path) -> None:
        self._path, self._started = path, time.monotonic()
        self.steps: list[Step] = []

    @contextmanager
    def step(self, name: str) -> Iterator[Step]:
        """Run one step; a failure ends the demo, after it has been written down."""
        step, started = Step(name), time.monotonic()
        self.steps.append(step)
        print(f"\n{BOLD}{len(self.steps):>2}  {name}{PLAIN}", flush=True)
        try:
            yield step
            step.ok = True
        except BaseException as error:
            step.detail = str(error) or type(error).__name__
            raise
        finally:
            step.seconds = round(time.monotonic() - started, 2)
            mark = f"{GREEN}ok{PLAIN}" if step.ok else f"{RED}FAILED{PLAIN} {step.detail}"
            print(f"    {mark} {DIM}{step.seconds:.1f} s{PLAIN}", flush=True)
            self.write()

    def tell(self, who: str, what: str, *, tx_hash: str | None = None, block: int | None = None) -> None:
        """Show one thing that happened inside a step: who did what, and where it stands on chain."""
        line = f"    {who:<14} {what}"
        if tx_hash:
            line += f"  {DIM}tx {tx_hash[:10]}…{tx_hash[-6:]}{PLAIN}"
            self.steps[-1].tx_hash = tx_hash
        if block is not None:
            line += f" {DIM}block {block}{PLAIN}"
        print(line, flush=True)

    @property
    def ok(self) -> bool:
        return bool(self.steps) and all(step.ok for step in self.steps)

    def write(self) -> None:
        seconds = round(time.monotonic() - self._started, 2)
        body = {"ok": self.ok, "seconds": seconds, "steps": [asdict(step) for step in self.steps]}
        self._path.write_text(json.dumps(body, indent=2) + "\n")


def wait_for(what: str, look: Callable[[], object], *, timeout_s: float = 60, every_s: float = 0.3) -> object:
    """
    Look again until there is an answer; a line every five seconds says what is awaited.

    :raises StepFailed: after `timeout_s` seconds
    """
    started = told = time.monotonic()
    while True:
        answer = look()
        if answer:
            return answer
        now = time.monotonic()
        if now - started > timeout_s:
            raise StepFailed(f"{what}: not within {timeout_s:.0f} s")
        if now - told > 5:
            told = now
            print(f"    {DIM}… waiting for {what} ({now - started:.0f} s){PLAIN}", flush=True)
        time.sleep(every_s)
