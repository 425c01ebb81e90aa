"""`./portal prove`: the contracts' invariants at length, or the mutants that those must notice."""

import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterable
from pathlib import Path

from rwa_portal.embedded import setup
from rwa_portal.embedded.home import Home
from rwa_portal.embedded.mutants import DoesNotApply, Mutant, read_mutants
from rwa_portal.embedded.output import CannotGoOn, WrongUsage, say
from rwa_portal.embedded.parts import Outcome, Part, run_aloud, run_quietly
from rwa_portal.embedded.supervisor import signals_stop

LEFT_OUT = ("node_modules", "__pycache__")


def prove(home: Home, arguments: list[str]) -> int:
    """Run the invariants twenty times as long as the tests do; --mutants: break the contracts on purpose."""
    wanted = _wanted(home, arguments)
    environment = setup.environment_with_node(home)
    with signals_stop():
        if wanted is None:
            summary = ("tests passed", "No tests", "Error")
            return run_aloud(_forge(home, home.contracts, "prove", summary=summary), environment).code
        with tempfile.TemporaryDirectory(
            prefix="mutants-", dir=home.path, ignore_cleanup_errors=True
        ) as folder:
            return _judge_all(home, _copy(home, Path(folder)), wanted, environment)


def _wanted(home: Home, arguments: list[str]) -> list[Mutant] | None:
    if not arguments:
        return None
    if arguments[0] != "--mutants" or (arguments[1:] and (len(arguments) != 3 or arguments[1] != "--only")):
        raise WrongUsage("./portal prove takes nothing, --mutants, or --mutants --only NAME.")
    mutants = read_mutants(home.contracts)
    if len(arguments) == 1:
        return mutants
    chosen = [each for each in mutants if each.name == arguments[2]]
    if not chosen:
        raise WrongUsage(f"there is no mutant {arguments[2]!r}.")
    return chosen


def _judge_all(home: Home, contracts: Path, mutants: list[Mutant], environment: dict[str, str]) -> int:
    began = time.monotonic()
    unbroken = run_quietly(_forge(home, contracts, "ci", tests=_any(mutants), name="unbroken"), environment)
    if unbroken.code or _tests_run(unbroken) == 0:
        raise CannotGoOn("the tests that should notice mutants do not pass on the contracts as they are.")
    alive = []
    for mutant in mutants:
        start = time.monotonic()
        verdict = _judge(home, contracts, mutant, environment)
        say(f"  {mutant.name:<44}{time.monotonic() - start:6.1f} s  {verdict}")
        if verdict != "noticed":
            alive.append(mutant.name)
    said = f"not noticed: {', '.join(alive)}" if alive else "all noticed"
    say(f"\n  {len(mutants)} mutants, {time.monotonic() - began:.0f} s: {said}")
    return 1 if alive else 0


def _judge(home: Home, contracts: Path, mutant: Mutant, environment: dict[str, str]) -> str:
    file = contracts / mutant.file
    source = file.read_text()
    try:
        file.write_text(mutant.applied_to(source))
        outcome = _run(_forge(home, contracts, "ci", tests=mutant.tests), environment)
    except DoesNotApply as problem:
        return f"DOES NOT APPLY: {problem}"
    finally:
        file.write_text(source)
    if any("Compiler run failed" in line for line in outcome.lines):
        return "DOES NOT COMPILE"
    if outcome.code and any(line.startswith("[FAIL") for line in outcome.lines):
        return "noticed"
    return "SURVIVED" if _tests_run(outcome) else f"NO TEST MATCHES {mutant.tests}"


def _run(part: Part, environment: dict[str, str]) -> Outcome:
    began = time.monotonic()
    done = subprocess.run(
        part.command,
        cwd=part.cwd,
        env={**environment, **part.environment},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
    )
    return Outcome(part, done.returncode, time.monotonic() - began, done.stdout.splitlines())


def _tests_run(outcome: Outcome) -> int:
    return sum(line.startswith(("[PASS", "[FAIL")) for line in outcome.lines)


def _any(mutants: Iterable[Mutant]) -> str:
    return "|".join(sorted({each.tests for each in mutants}))


def _copy(home: Home, folder: Path) -> Path:
    """Copy the contracts with what was compiled, so that a break compiles one file; share node_modules."""
    copy = folder / "contracts"
    shutil.copytree(home.contracts, copy, ignore=shutil.ignore_patterns(*LEFT_OUT))
    (copy / "node_modules").symlink_to((home.contracts / "node_modules").resolve())
    return copy


def _forge(
    home: Home,
    contracts: Path,
    profile: str,
    *,
    tests: str = "",
    name: str = "forge test",
    summary: tuple[str, ...] = (),
) -> Part:
    # It makes ~/.foundry in the user's home otherwise.
    own = {"HOME": str(home.path), "FOUNDRY_PROFILE": profile}
    if tests:
        # A mutant is noticed or not; nobody reads a shrunk sequence.
        own["FOUNDRY_INVARIANT_SHRINK_RUN_LIMIT"] = "0"
    command = [str(home.chain_tool("forge")), "test", *(["--match-test", tests] if tests else [])]
    return Part(name, command, contracts, own, summary)
