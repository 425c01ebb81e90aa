"""The commands of `./portal`: set-up by whatever Python there is, then the command by the one installed."""

import os
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass

from rwa_portal.embedded import proving, quality, running, setup
from rwa_portal.embedded.home import Home
from rwa_portal.embedded.output import CannotGoOn, WrongUsage, complain, explain_os_error, say
from rwa_portal.embedded.portal import has_command, has_module
from rwa_portal.embedded.supervisor import ToldToStop

SET_UP = "PORTAL_SET_UP_S"  # set for the second half: how long the set-up took


@dataclass(frozen=True)
class Command:
    does: str
    run: Callable[[Home, list[str]], int]
    needs_set_up: bool = True
    development: bool = False  # the tools of tests and checks too


def main(arguments: list[str]) -> int:
    """Run one command; return 1 after one clear line when it cannot go on, 2 for a wrong usage."""
    try:
        return _run(Home.of_environment(), arguments)
    except WrongUsage as problem:
        complain(f"{problem} ./portal help lists the commands.")
        return 2
    except CannotGoOn as problem:
        complain(str(problem))
    except OSError as problem:
        complain(explain_os_error(problem))
    except (ToldToStop, KeyboardInterrupt):
        return 130
    return 1


def commands(home: Home) -> dict[str, Command]:
    """Return the commands that exist: those another part brings are offered once it is there."""
    found = {
        "up": Command("start the portal and keep it running", running.up),
        "test": Command("run all tests; arguments go to pytest", quality.test, development=True),
        "check": Command("check style, types, layers and what is generated", quality.check, development=True),
        "prove": Command(
            "prove the contracts' rules at length; --mutants: break them on purpose",
            proving.prove,
            development=True,
        ),
        "manage": Command("run manage.py ARGS inside the portal's environment and services", running.manage),
        "down": Command("stop the portal", running.down, needs_set_up=False),
        "reset": Command(
            "delete the database, the chain, the keys and the logs", running.reset, needs_set_up=False
        ),
        "help": Command("show this", _help, needs_set_up=False),
    }
    if has_module(home, "rwa_portal/demo/__main__.py"):
        walk = Command("walk the life cycle, then keep running; --once: end after the walk", running.demo)
        found = {"demo": walk, **found}
    for name, does in (
        ("bench", "measure speed"),
        ("simulate", "run many life cycles at once"),
    ):
        if has_command(home, name):
            found[name] = Command(does, running.managed(name), development=True)
    return found


def _run(home: Home, arguments: list[str]) -> int:
    os.environ["PORTAL_HOME"] = str(home.path)  # every program started from here carries it
    name, *rest = arguments or ["help"]
    name = {"-h": "help", "--help": "help"}.get(name, name)
    command = commands(home).get(name)
    if command is None:
        raise WrongUsage(f"there is no command {name!r}.")
    if not command.needs_set_up:
        return command.run(home, rest)
    running.refuse_wrong_usage(name, rest)
    home.create()
    if SET_UP in os.environ:
        return command.run(home, rest)
    began = time.monotonic()
    setup.prepare(
        home, development=command.development, chain_tools=quality.needs_chain_tools(command.development)
    )
    os.environ[SET_UP] = f"{time.monotonic() - began:.1f}"
    sys.stdout.flush()
    return os.execv(home.python, [str(home.python), str(home.launcher), *arguments])


def _help(home: Home, arguments: list[str]) -> int:
    say("usage: ./portal COMMAND\n")
    for name, command in commands(home).items():
        say(f"  {name:<10}{command.does}")
    say(
        "\nState, logs and keys lie under .portal/; PORTAL_HOME names another, PORTAL_PORT the web port."
        "\nDATABASE_URL with DATABASE_OWNER_URL, REDIS_URL, CHAIN_RPC_URL, SANDBOX_URL: services elsewhere."
    )
    return 0
