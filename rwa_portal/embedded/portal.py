"""The portal's own processes, and the order in which a portal comes up."""

import contextlib
import hashlib
import http.client
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from rwa_portal.embedded.home import Home
from rwa_portal.embedded.output import CannotGoOn, step
from rwa_portal.embedded.processes import die_with_parent, free_port, is_free, stop, write_private
from rwa_portal.embedded.programs import Program
from rwa_portal.embedded.secret_file import load_secrets
from rwa_portal.embedded.services import needed
from rwa_portal.embedded.supervisor import Supervisor, end_leftovers

PREFERRED_PORT = 8000
# Where the sandbox is ours: Fireblocks holds the issuers' keys, Anchorage the treasury's, the rest is local.
CUSTODY = {
    "CUSTODY_VENDORS": "local,fireblocks,anchorage",
    "CUSTODY_BY_PURPOSE": '{"ISSUER": "fireblocks", "CUSTODIAN": "fireblocks", "TREASURER": "anchorage"}',
}


@dataclass(frozen=True)
class Portal:
    home: Home
    environment: dict[str, str]
    supervisor: Supervisor

    @property
    def web(self) -> str:
        return self.environment["PORTAL_URL"]


@contextlib.contextmanager
def base(home: Home) -> Iterator[Portal]:
    """Hold the home and start the services; they stop at the end."""
    end_leftovers((home.read(home.run_file) or {}).get("pids", {}), f"PORTAL_HOME={home.path}")
    port = web_port()
    environment = {
        **load_secrets(home),
        "PORTAL_ENV": "dev",
        "PORTAL_URL": f"http://127.0.0.1:{port}",
        **os.environ,
        "PORTAL_PORT": str(port),
        "PORTAL_HOME": str(home.path),
        "STATIC_ROOT": str(_empty_folder(home.path / "static")),
        "PYTHONUNBUFFERED": "1",
    }
    with contextlib.ExitStack() as afterwards:
        for path in (home.run_file, home.environment_file):
            afterwards.callback(path.unlink, missing_ok=True)
        parts = needed(home.path, home.logs, anvil=home.chain_tool("anvil"))
        for part in parts:
            afterwards.callback(part.clean_up)
        supervisor = afterwards.enter_context(Supervisor(lambda pids: _tell(home, environment, pids)))
        for part in parts:
            with step(part.name):
                supervisor.start(part.prepare())
                environment |= part.environment()
        yield Portal(home, environment, supervisor)


def web_port() -> int:
    """
    Return PORTAL_PORT, or 8000 or any other that is free.

    :raises CannotGoOn: PORTAL_PORT is taken
    """
    wanted = os.environ.get("PORTAL_PORT")
    if not wanted:
        return PREFERRED_PORT if is_free(PREFERRED_PORT) else free_port()
    if not wanted.isdigit() or not 0 < int(wanted) < 65536:
        raise CannotGoOn(f"PORTAL_PORT={wanted} is no port.")
    if not is_free(int(wanted)):
        raise CannotGoOn(f"port {wanted} is taken: stop what listens there, or set PORTAL_PORT to another.")
    return int(wanted)


def start_everything(portal: Portal) -> None:
    """Bring the portal up: the schema, then pages and contracts at once, then what listens to the chain."""
    home, supervisor = portal.home, portal.supervisor
    if "SANDBOX_URL" not in portal.environment and has_module(home, "rwa_portal/sandbox/__main__.py"):
        portal.environment["SANDBOX_URL"] = f"http://127.0.0.1:{free_port()}"
        for name, value in CUSTODY.items():
            portal.environment.setdefault(name, value)
        supervisor.start(_sandbox(portal), wait=False)
    migrate(portal)
    began = time.monotonic()
    supervisor.start(_web(portal), wait=False)
    if has_command(home, "deploy_contracts"):
        if "sandbox" in supervisor.children:
            supervisor.wait_until_ready("sandbox")  # it lists the custody wallets that get roles
        manage(portal, "contracts", "deploy_contracts", "--network", "dev")
    # The indexer comes after the deployment, which says what it has to watch.
    for program in _listeners(portal):
        supervisor.start(program, wait=False)
    with step("web") as notes:
        supervisor.wait_until_ready("web")
        notes.append(f"{portal.web} (first page {time.monotonic() - began:.1f} s after the schema)")


def migrate(portal: Portal) -> None:
    """Migrate as the owner, in a step of its own: no process that runs has the right to change the schema."""
    owner = portal.environment.get("DATABASE_OWNER_URL") or portal.environment["DATABASE_URL"]
    # Each of some hundred steps would wait for the disk. A power cut may undo the last ones, never a middle
    # one, and the next start does them again.
    quick = {"PGOPTIONS": "-c synchronous_commit=off"} if "PostgreSQL" in portal.supervisor.children else {}
    manage(portal, "schema", "migrate", "--no-input", DATABASE_URL=owner, **quick)
    write_private(portal.home.path / "stamps" / "schema", _migrations(portal.home))


def migrate_if_new(portal: Portal) -> None:
    """Migrate when the migrations on disk differ from those of the last time."""
    if _migrations(portal.home) != _stamp(portal.home):
        migrate(portal)


def _migrations(home: Home) -> str:
    digest = hashlib.sha256()
    for path in sorted(
        (*home.root.glob("*/migrations/*.py"), *home.root.glob("rwa_portal/*/migrations/*.py"))
    ):
        digest.update(f"{path} {path.stat().st_size} ".encode() + path.read_bytes())
    return digest.hexdigest()


def _stamp(home: Home) -> str:
    with contextlib.suppress(FileNotFoundError):
        return (home.path / "stamps" / "schema").read_text()
    return ""


def manage(portal: Portal, name: str, *args: str, **environment: str) -> None:
    """
    Run one manage.py command as a step of the start.

    :raises CannotGoOn: it failed; with the end of its log
    """
    log = portal.home.logs / f"{args[0]}.log"
    with step(name), open(log, "wb") as output:
        process = subprocess.Popen(
            [sys.executable, "manage.py", *args],
            cwd=portal.home.root,
            env={**portal.environment, **environment},
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            start_new_session=True,
            preexec_fn=die_with_parent(15),
        )
        try:
            process.wait()
        finally:
            stop(process, 15)
        if process.returncode:
            raise CannotGoOn(Program(args[0], [], log).explain(f"manage.py {args[0]} failed"))


def has_command(home: Home, name: str) -> bool:
    return any(
        path.exists()
        for pattern in ("*/management/commands", "rwa_portal/*/management/commands")
        for path in (folder / f"{name}.py" for folder in home.root.glob(pattern))
    )


def has_module(home: Home, path: str) -> bool:
    return (home.root / path).exists()


def _program(portal: Portal, name: str, command: list[str], **options: object) -> Program:
    return Program(
        name,
        [sys.executable, *command],
        portal.home.logs / f"{name}.log",
        cwd=portal.home.root,
        environment=portal.environment,
        **options,  # type: ignore[arg-type]
    )


def _web(portal: Portal) -> Program:
    portal.environment["PROMETHEUS_MULTIPROC_DIR"] = str(_empty_folder(portal.home.path / "metrics"))
    port = portal.environment["PORTAL_PORT"]
    command = ["-m", "gunicorn", "rwa_portal.wsgi:application", "--bind", f"127.0.0.1:{port}"]
    command += ["--worker-class", "gthread", "--workers", "2", "--threads", "8", "--timeout", "60"]
    command += ["--graceful-timeout", "5", "--access-logfile", "-"]
    return _program(
        portal, "web", command, is_ready=lambda: _answers(int(port)), ready_within_s=90, stop_within_s=10
    )


def _empty_folder(path: Path) -> Path:
    shutil.rmtree(path, ignore_errors=True)
    path.mkdir()
    return path


def _answers(port: int) -> bool:
    with contextlib.suppress(OSError, http.client.HTTPException):
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
        connection.request("GET", "/healthz")
        return connection.getresponse().status < 500
    return False


def _sandbox(portal: Portal) -> Program:
    port = urlsplit(portal.environment["SANDBOX_URL"]).port or 80
    return _program(portal, "sandbox", ["-m", "rwa_portal.sandbox"], is_ready=lambda: _answers(port))


def _listeners(portal: Portal) -> list[Program]:
    schedule = portal.home.path / "celerybeat-schedule"
    for half_written in portal.home.path.glob("celerybeat-schedule*"):  # when each task ran last: may be lost
        half_written.unlink()
    command = ["-m", "celery", "-A", "rwa_portal.celery", "worker", "--beat", "--schedule", str(schedule)]
    command += ["--concurrency", "2", "--loglevel", "INFO", "--without-gossip", "--without-mingle"]
    programs = [_program(portal, "worker", command, stop_within_s=10)]
    if has_command(portal.home, "run_indexer"):
        programs.append(_program(portal, "indexer", ["manage.py", "run_indexer"], stop_within_s=10))
    return programs


def _tell(home: Home, environment: dict[str, str], pids: dict[str, int]) -> None:
    home.write(home.environment_file, environment)
    home.write(
        home.run_file,
        {
            "web": environment["PORTAL_URL"],
            "rpc": environment.get("CHAIN_RPC_URL", ""),
            "sandbox": environment.get("SANDBOX_URL", ""),
            "pids": {"supervisor": os.getpid(), **{name.lower(): pid for name, pid in pids.items()}},
        },
    )
