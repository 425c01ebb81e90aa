"""The commands that run a portal: demo, up, manage, down, reset."""

import contextlib
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from rwa_portal.embedded import portal as portals
from rwa_portal.embedded.home import Home
from rwa_portal.embedded.output import CannotGoOn, WrongUsage, say
from rwa_portal.embedded.portal import Portal
from rwa_portal.embedded.postgres_account import folder_outside
from rwa_portal.embedded.processes import die_with_parent, stop
from rwa_portal.embedded.supervisor import ToldToStop, signals_ignored, signals_stop

INTERRUPTED = 130
OWNERS_COMMANDS = ("migrate", "createcachetable")  # they change the schema
NEED_NO_SCHEMA = (
    *OWNERS_COMMANDS,
    "makemigrations",
    "diffsettings",
    "collectstatic",
    "help",
    "--help",
    "version",
)


def refuse_wrong_usage(name: str, arguments: list[str]) -> None:
    """
    Refuse before the set-up, which takes a while.

    :raises WrongUsage: the command does not take these arguments
    """
    allowed = {"demo": ["--once"], "up": [], "check": [], "down": [], "reset": ["--yes"]}.get(name, arguments)
    for argument in arguments:
        if argument not in allowed:
            raise WrongUsage(f"./portal {name} does not know {argument!r}.")
    if name == "manage" and not arguments:
        raise WrongUsage("./portal manage wants a command of manage.py.")


def up(home: Home, arguments: list[str]) -> int:
    """Start the portal and look after it until told to stop."""
    began = time.monotonic()
    with _running(home) as portal:
        _say_times(start=time.monotonic() - began)
        _say_where(portal)
        portal.supervisor.watch()
    return 0


def demo(home: Home, arguments: list[str]) -> int:
    """Walk the life cycle through the public interfaces; leave the portal running unless told `--once`."""
    began, code = time.monotonic(), INTERRUPTED
    os.environ.setdefault("APPROVALS_AT_LEAST", "1")  # it shows the second pair of eyes
    with _running(home) as portal:
        started = time.monotonic()
        say()
        code = _in_foreground(portal, ["-m", "rwa_portal.demo", *arguments])
        _say_times(start=started - began, life_cycle=time.monotonic() - started)
        if "--once" not in arguments:
            if code:
                say(f"  The life cycle stopped with code {code}; the portal stays up so that you can look.")
            _say_where(portal)
            portal.supervisor.watch()
    return code


def manage(home: Home, arguments: list[str]) -> int:
    """Run manage.py beside a running portal, or beside services started for this one command."""
    refuse_wrong_usage("manage", arguments)
    if home.supervisor_pid() and (environment := home.read(home.environment_file)):
        with signals_ignored():
            return _manage_process(home, environment, arguments).wait()
    with home.supervisor_lock(), signals_stop(), portals.base(home) as portal:
        if arguments[0] not in NEED_NO_SCHEMA:
            portals.migrate_if_new(portal)
        process = _manage_process(home, portal.environment, arguments)
        try:
            with _interrupts_left_to(process):
                portal.supervisor.watch(until=lambda: process.poll() is not None)
        finally:
            stop(process, signal.SIGTERM)
        return _exit_code(process)


def managed(name: str) -> Callable[[Home, list[str]], int]:
    """Return the command that runs a command of manage.py under its own name."""
    return lambda home, arguments: manage(home, [name, *arguments])


def down(home: Home, arguments: list[str]) -> int:
    refuse_wrong_usage("down", arguments)
    pid = home.supervisor_pid()
    if pid is None:
        say("  Not running.")
        return 0
    os.kill(pid, signal.SIGTERM)
    deadline = time.monotonic() + 60
    while home.supervisor_pid() == pid:
        if time.monotonic() > deadline:
            raise CannotGoOn(f"process {pid} does not stop: look at it, or end it with kill -9 {pid}.")
        time.sleep(0.1)
    say("  Stopped.")
    return 0


def reset(home: Home, arguments: list[str]) -> int:
    """Delete the home, after asking."""
    refuse_wrong_usage("reset", arguments)
    if home.supervisor_pid():
        raise CannotGoOn("it is running: ./portal down stops it.")
    if not home.path.exists():
        say(f"  {home.path} does not exist.")
        return 0
    if not (home.path / "stamps").exists() and any(home.path.iterdir()):
        raise CannotGoOn(f"{home.path} was not made by ./portal: nothing is deleted.")
    if "--yes" not in arguments:
        say(f"  This deletes {home.path}: database, chain, keys, logs and packages.")
        try:
            answer = input("  Type yes to go on: ")
        except EOFError:
            answer = ""
        if answer.strip().lower() != "yes":
            raise CannotGoOn("nothing was deleted.")
    for folder in (home.path, folder_outside(home.path)):
        shutil.rmtree(folder, ignore_errors=folder is not home.path) if folder.exists() else None
    say("  Deleted.")
    return 0


@contextlib.contextmanager
def _running(home: Home) -> Iterator[Portal]:
    """A whole portal, from its services to its pages; a signal ends it in good order."""
    with home.supervisor_lock(), signals_stop():
        try:
            with portals.base(home) as portal:
                portals.start_everything(portal)
                yield portal
        except ToldToStop:
            say("\n  Stopped.")


def _say_times(**seconds: float) -> None:
    """Say how long each part took, the set-up before this process included."""
    parts = {"set-up": float(os.environ.get("PORTAL_SET_UP_S", 0)), **seconds}
    said = ", ".join(f"{name.replace('_', ' ')} {took:.1f} s" for name, took in parts.items())
    say(f"\n  {said}; together {sum(parts.values()):.1f} s")


def _say_where(portal: Portal) -> None:
    environment = portal.environment
    say(f"\n  RWA Portal   {portal.web}")
    say(f"  chain (RPC)  {environment.get('CHAIN_RPC_URL', '-')}")
    if "SANDBOX_URL" in environment:
        say(f"  vendors      {environment['SANDBOX_URL']}")
    say(f"  logs         {portal.home.logs}")
    say("\n  Ctrl-C or ./portal down stops it.")


def _in_foreground(portal: Portal, command: list[str]) -> int:
    """Run a program on our terminal while the portal is looked after; return its exit code."""
    process = subprocess.Popen(
        [sys.executable, *command],
        cwd=portal.home.root,
        env=portal.environment,
        stdin=subprocess.DEVNULL,
        start_new_session=True,
        preexec_fn=die_with_parent(signal.SIGTERM),
    )
    try:
        portal.supervisor.watch(until=lambda: process.poll() is not None)
    finally:
        stop(process, signal.SIGTERM)
    return _exit_code(process)


def _manage_process(home: Home, environment: dict[str, str], arguments: list[str]) -> subprocess.Popen:
    environment = {
        **environment,
        **{name: os.environ[name] for name in ("TERM", "COLUMNS") if name in os.environ},
    }
    if arguments[0] in OWNERS_COMMANDS and "DATABASE_OWNER_URL" in environment:
        environment["DATABASE_URL"] = environment["DATABASE_OWNER_URL"]
    return subprocess.Popen(
        [sys.executable, str(home.root / "manage.py"), *arguments],
        cwd=Path(os.environ.get("PORTAL_CALLED_FROM") or home.root),
        env=environment,
        preexec_fn=die_with_parent(signal.SIGTERM),
    )


@contextlib.contextmanager
def _interrupts_left_to(process: subprocess.Popen) -> Iterator[None]:
    """Ctrl-C reaches the command on the same terminal; it decides, a shell goes on."""
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


def _exit_code(process: subprocess.Popen) -> int:
    code = process.returncode
    return code if code >= 0 else 128 - code
