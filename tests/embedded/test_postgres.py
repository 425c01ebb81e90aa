import os
import signal
import stat
import subprocess
import sys

import psycopg
import pytest

from rwa_portal.embedded import postgres_account
from rwa_portal.embedded.output import CannotGoOn
from rwa_portal.embedded.postgres import EmbeddedPostgres
from tests.launcher.running import ROOT, eventually, processes_naming


@pytest.fixture
def postgres(place):
    server = EmbeddedPostgres(place, place, durable=True, max_connections=10)
    yield server
    server.account.remove()


def _ask(url, statement):
    with psycopg.connect(url) as connection:
        return connection.execute(statement).fetchone()


def test_the_runtime_role_may_not_change_the_schema(postgres, serving):
    serving(postgres.prepare())
    owner, app = postgres.url("rwa_owner"), postgres.url("rwa_app")

    with psycopg.connect(owner) as connection:
        connection.execute("CREATE TABLE deed (id int)")

    for refused in (
        "CREATE TABLE other (id int)",
        "DROP TABLE deed",
        "SELECT * FROM deed",
        "CREATE ROLE someone",
    ):
        with pytest.raises(psycopg.Error, match="permission denied|must be owner"):
            _ask(app, refused)


def test_nobody_logs_in_as_the_superuser_or_without_a_password(postgres, serving):
    serving(postgres.prepare())
    address = f"127.0.0.1:{postgres.port}"

    for url in (f"postgresql://postgres:postgres@{address}/rwa", f"postgresql://rwa_owner:x@{address}/rwa"):
        with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
            _ask(url, "SELECT 1")
    assert stat.S_IMODE(postgres.secret.stat().st_mode) == 0o600


def test_it_is_there_again_after_a_restart(postgres, serving, place):
    program = postgres.prepare()
    process = serving(program)
    with psycopg.connect(postgres.url("rwa_owner")) as connection:
        connection.execute("CREATE TABLE deed AS SELECT 7 AS pages")
    program.stop(process)

    again = EmbeddedPostgres(place, place)
    serving(again.prepare())

    assert _ask(again.url("rwa_owner"), "SELECT pages FROM deed") == (7,)


def test_lost_passwords_are_named_and_nothing_is_overwritten(postgres, place):
    postgres.prepare()
    postgres.secret.unlink()

    with pytest.raises(CannotGoOn, match="postgres.secret is lost"):
        EmbeddedPostgres(place, place).prepare()

    assert (postgres.data / "PG_VERSION").exists()


PREPARE = """
import pathlib, sys
from rwa_portal.embedded.postgres import EmbeddedPostgres
place = pathlib.Path(sys.argv[1])
EmbeddedPostgres(place, place).prepare()
"""


def test_a_kill_during_initdb_costs_nothing(postgres, place, serving):
    half = postgres.account.folder / "postgres.new"
    maker = subprocess.Popen([sys.executable, "-c", PREPARE, str(place)], cwd=ROOT, start_new_session=True)
    eventually(lambda: (half / "PG_VERSION").exists())
    os.killpg(maker.pid, signal.SIGKILL)
    maker.wait()
    eventually(lambda: not processes_naming(str(half)))
    assert not postgres.data.exists()

    serving(postgres.prepare())

    assert _ask(postgres.url("rwa_app"), "SELECT 1") == (1,)


def test_a_killed_servers_pid_file_does_not_stop_the_next(postgres, serving, place):
    process = serving(postgres.prepare())
    process.send_signal(signal.SIGKILL)
    process.wait()
    pid_file = postgres.data / "postmaster.pid"
    lines = pid_file.read_text().splitlines()
    pid_file.write_text("\n".join([str(os.getpid()), *lines[1:]]))  # its pid now belongs to somebody else

    again = EmbeddedPostgres(place, place)
    serving(again.prepare())

    assert _ask(again.url("rwa_app"), "SELECT 1") == (1,)


def test_a_server_that_outlived_its_supervisor_is_stopped_first(postgres, serving, place):
    old = serving(postgres.prepare())

    again = EmbeddedPostgres(place, place)
    serving(again.prepare())

    assert old.wait(5) == 0
    assert _ask(again.url("rwa_app"), "SELECT 1") == (1,)


def test_without_user_namespaces_it_runs_outside_and_leaves_nothing(place, serving, monkeypatch):
    monkeypatch.setattr(postgres_account, "_user_namespaces_work", lambda: False)
    if os.geteuid() != 0:
        monkeypatch.setattr(postgres_account, "_has_name", lambda uid: False)
        with pytest.raises(CannotGoOn, match="needs a user with a name"):
            EmbeddedPostgres(place, place)
        return
    before = os.umask(0o077)
    try:
        server = EmbeddedPostgres(place, place, durable=False)
        program = server.prepare()
    finally:
        os.umask(before)

    process = serving(program)
    assert _ask(server.url("rwa_app"), "SELECT current_user") == ("rwa_app",)
    program.stop(process)
    server.clean_up()

    assert not postgres_account.folder_outside(place).exists()


def test_a_failing_initdb_shows_why(postgres, monkeypatch):
    monkeypatch.setattr(EmbeddedPostgres, "_roles", lambda *_: ["CREATE ROLE rwa_app", "CREATE NONSENSE"])

    with pytest.raises(CannotGoOn, match=r'(?s)postgres failed.*syntax error at or near "NONSENSE"'):
        postgres.prepare()

    assert not postgres.data.exists()
