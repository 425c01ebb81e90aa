"""The parts of a test run or a check: each is one program with its time and its own summary."""

import subprocess
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from rwa_portal.embedded.output import say
from rwa_portal.embedded.processes import die_with_parent, stop

LINES_SHOWN = 60


@dataclass(frozen=True)
class Part:
    name: str
    command: list[str]
    cwd: Path
    environment: Mapping[str, str] = field(default_factory=dict)  # over that of all parts
    summary: tuple[str, ...] = ()  # the last line with one of these words is the program's own summary


@dataclass(frozen=True)
class Outcome:
    part: Part
    code: int
    seconds: float
    lines: list[str]

    @property
    def own_summary(self) -> str:
        lines = (line.strip() for line in reversed(self.lines))
        return next((line for line in lines if any(word in line for word in self.part.summary)), "no summary")


def run_aloud(part: Part, environment: Mapping[str, str]) -> Outcome:
    """Run a part and pass on what it says while it runs."""
    say(f"\n== {part.name}")
    return _run(part, environment, say)


def run_quietly(part: Part, environment: Mapping[str, str]) -> Outcome:
    """Run a part and say one line; what it said follows only when it failed."""
    outcome = _run(part, environment, lambda line: None)
    say(f"  {part.name:<18}{outcome.seconds:6.1f} s  {'FAILED' if outcome.code else 'ok'}")
    if outcome.code:
        say("\n".join(f"    {line}" for line in outcome.lines[-LINES_SHOWN:]))
    return outcome


def failed(outcomes: Iterable[Outcome]) -> list[str]:
    return [outcome.part.name for outcome in outcomes if outcome.code]


def _run(part: Part, environment: Mapping[str, str], heard: Callable[[str], None]) -> Outcome:
    began, lines = time.monotonic(), []
    process = subprocess.Popen(
        part.command,
        cwd=part.cwd,
        env={**environment, **part.environment},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
        start_new_session=True,
        preexec_fn=die_with_parent(15),
    )
    assert process.stdout is not None
    try:
        for line in process.stdout:
            lines.append(line.rstrip("\n"))
            heard(lines[-1])
        process.wait()
    finally:
        stop(process, 15)
    return Outcome(part, process.returncode, time.monotonic() - began, lines)
