"""The commands that judge the code, `test` and `check`: each part with its time, all run whatever fails."""

import contextlib
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from rwa_portal.embedded import setup
from rwa_portal.embedded.home import Home
from rwa_portal.embedded.output import CannotGoOn, say
from rwa_portal.embedded.parts import Outcome, Part, failed, run_aloud, run_quietly
from rwa_portal.embedded.portal import has_command, has_module
from rwa_portal.embedded.sample_secrets import SECRETS
from rwa_portal.embedded.services import needed
from rwa_portal.embedded.supervisor import Supervisor, signals_stop

BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
LONGEST_TEMPORARY = 60  # Chromium puts a socket there, and a socket's path ends at 107 characters
GENERATED = {
    "states": "check_states",
    "grants": "check_grants",
    "registries": "check_registries",
    "openapi": "check_openapi",
}
# Its script begins with the interpreter's path, which may hold spaces, and there is no `python -m` for it.
LINT_IMPORTS = "import sys; from importlinter.cli import lint_imports_command as run; sys.exit(run())"


def needs_chain_tools(development: bool) -> bool:
    return development or not os.environ.get("CHAIN_RPC_URL")


def test(home: Home, arguments: list[str]) -> int:
    """Run pytest and forge test, or with arguments pytest alone; end with the summaries of both."""
    browser = _browser()
    for tool in ("anvil", "forge"):
        if not home.chain_tool(tool).exists():
            raise CannotGoOn(
                f"{home.chain_tool(tool)} is missing: remove contracts/node_modules and start again."
            )
    with signals_stop(), _temporary(home) as folder:
        environment = {**_environment(home, folder), "CHROMIUM": browser}
        outcomes = [run_aloud(part, environment) for part in _test_parts(home, arguments)]
    summary = "\n".join(f"== {each.part.name}, {each.seconds:.1f} s\n{each.own_summary}" for each in outcomes)
    (home.logs / "tests.summary").write_text(summary + "\n")
    say(f"\n{summary}")
    return 1 if failed(outcomes) else 0


def check(home: Home, arguments: list[str]) -> int:
    with signals_stop(), _temporary(home) as folder, _services(home, folder) as environment:
        outcomes = [run_quietly(part, environment) for part in _checks(home)]
    return _report(outcomes)


def _test_parts(home: Home, arguments: list[str]) -> list[Part]:
    # Two workers, each with its own database; one file stays together, since its tests may share a chain.
    pytest = ["-m", "pytest", *(arguments or ["-n", "2", "--dist", "loadfile"])]
    words = (" passed", " failed", " error", "no tests ran")
    parts = [Part("pytest", [sys.executable, *pytest], home.root, summary=words)]
    if not arguments:
        tests = _forge(home, "test", summary=("tests passed", "No tests", "Error"))
        parts.append(replace(tests, environment={**tests.environment, "FOUNDRY_PROFILE": "ci"}))
    return parts


def _checks(home: Home) -> list[Part]:
    def python(name: str, *arguments: str) -> Part:
        return Part(name, [sys.executable, *arguments], home.root)

    parts = [
        python("ruff check", "-m", "ruff", "check", "."),
        python("ruff format", "-m", "ruff", "format", "--check", "."),
        python("mypy", "-m", "mypy", "."),
        python("lint-imports", "-c", LINT_IMPORTS),
        python("system checks", "manage.py", "check"),
        python("migrations", "manage.py", "makemigrations", "--check", "--dry-run"),
    ]
    parts += [python(name, "manage.py", each) for name, each in GENERATED.items() if has_command(home, each)]
    if has_module(home, "contracts/artifacts.py"):
        # The committed ABI is compared with what the sources compile to now.
        parts.append(_forge(home, "build", "--force"))
        parts.append(python("abi", "-m", "contracts.artifacts", "--check"))
    if has_module(home, "contracts/src"):
        parts.append(_forge(home, "fmt", "--check"))
    return parts


def _forge(home: Home, *arguments: str, summary: tuple[str, ...] = ()) -> Part:
    # It makes ~/.foundry in the user's home otherwise.
    own_home = {"HOME": str(home.path)}
    command = [str(home.chain_tool("forge")), *arguments]
    return Part(f"forge {arguments[0]}", command, home.contracts, own_home, summary)


def _report(outcomes: list[Outcome]) -> int:
    names = failed(outcomes)
    seconds = sum(each.seconds for each in outcomes)
    verdict = f"failed: {', '.join(names)}" if names else "all hold"
    say(f"\n  {len(outcomes)} checks, {seconds:.1f} s: {verdict}")
    return 1 if names else 0


@contextlib.contextmanager
def _services(home: Home, folder: Path) -> Iterator[dict[str, str]]:
    """An environment with a migrated database and a Valkey, which last as long as the checks."""
    environment = {**_environment(home, folder), **SECRETS}
    with contextlib.ExitStack() as afterwards:
        services = needed(folder, folder, durable=False)
        for service in services:
            afterwards.callback(service.clean_up)
        supervisor = afterwards.enter_context(Supervisor())
        for service in services:
            supervisor.start(service.prepare())
            environment |= service.environment()
        owner = {"DATABASE_URL": environment.get("DATABASE_OWNER_URL", environment["DATABASE_URL"])}
        migrated = subprocess.run(
            [sys.executable, "manage.py", "migrate", "--no-input", "--verbosity", "0"],
            cwd=home.root,
            env=environment | owner,
        )
        if migrated.returncode:
            raise CannotGoOn("the migrations do not apply to an empty database.")
        yield environment


def _environment(home: Home, folder: Path) -> dict[str, str]:
    """Return an environment that keeps what programs leave behind, even Chromium's profile, in one folder."""
    kept = {"TMPDIR": "tmp", "XDG_CACHE_HOME": "cache", "XDG_CONFIG_HOME": "config"}
    for name in kept.values():
        (folder / name).mkdir()
    return {**setup.environment_with_node(home), **{name: str(folder / kept[name]) for name in kept}}


@contextlib.contextmanager
def _temporary(home: Home) -> Iterator[Path]:
    """A folder for what programs leave behind: inside the home unless its path is too long for a socket."""
    inside = home.path / "tmp"
    shutil.rmtree(inside, ignore_errors=True)
    if len(str(inside)) > LONGEST_TEMPORARY:
        with tempfile.TemporaryDirectory(prefix="rwa-", ignore_cleanup_errors=True) as outside:
            yield Path(outside)
        return
    inside.mkdir()
    try:
        yield inside
    finally:
        shutil.rmtree(inside, ignore_errors=True)


def _browser() -> str:
    found = next(filter(None, map(shutil.which, BROWSERS)), None)
    if found is None:
        raise CannotGoOn(
            "the tests look at the pages in Chromium, and there is none: apt-get install chromium"
        )
    return found
