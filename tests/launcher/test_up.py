"""The portal's processes, started as `./portal up` starts them; the set-up before them has its own tests."""

import json
import os
import signal
import socket
import stat
import subprocess
import urllib.request

import pytest

from rwa_portal.embedded.home import Home
from rwa_portal.embedded.secret_file import load_secrets
from tests.launcher.running import (
    ROOT,
    after_set_up,
    environment,
    eventually,
    kill,
    processes_naming,
    start_after_set_up,
)

pytestmark = pytest.mark.slow


def _run_file(home):
    try:
        return json.loads((home / "run.json").read_text())
    except (FileNotFoundError, ValueError):
        return {}


def _is_up(home):
    return "Ctrl-C or ./portal down stops it" in (home.parent / "output").read_text()


def _answers(url):
    with urllib.request.urlopen(url, timeout=10) as answer:
        return answer.status == 200


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    return tmp_path_factory.mktemp("a portal") / "home of it"


@pytest.fixture(scope="module")
def running(home):
    """A portal that is up."""
    portal = start_after_set_up(home, "up")
    try:
        eventually(lambda: _is_up(home) or portal.poll() is not None, within_s=300)
        assert portal.poll() is None, (home.parent / "output").read_text()
        yield portal
    finally:
        portal.send_signal(signal.SIGTERM)
        portal.wait(60)


def test_it_serves_pages_and_says_where(running, home):
    run = _run_file(home)

    assert run.keys() == {"web", "rpc", "sandbox", "pids"}
    for page in ("/admin/login/", "/static/unfold/css/styles.css"):
        assert _answers(run["web"] + page), page
    assert {"supervisor", "postgresql", "valkey", "anvil", "web", "worker"} <= run["pids"].keys()
    assert run["pids"]["supervisor"] == running.pid


def test_what_it_writes_is_its_owners_alone(running, home):
    assert stat.S_IMODE(home.stat().st_mode) == 0o700
    for name in ("run.json", "environment.json", "secrets.env", "postgres.secret"):
        assert stat.S_IMODE((home / name).stat().st_mode) == 0o600, name


def test_a_second_supervisor_is_refused_in_one_line(running, home):
    done = after_set_up(home, "up")

    where = f"in {home} at {_run_file(home)['web']} (pid {running.pid})"
    assert done.returncode == 1
    assert done.stderr == f"portal: already running {where}: ./portal down stops it.\n"


def test_manage_joins_the_running_portal(running, home):
    script = "from django.db import connection as c; c.ensure_connection(); print(c.settings_dict['USER'])"

    done = after_set_up(home, "manage", "shell", "--verbosity", "0", "-c", script)

    assert (done.returncode, done.stdout.strip()) == (0, "rwa_app")


def test_the_exit_code_of_manage_is_passed_on(running, home):
    assert after_set_up(home, "manage", "shell", "-c", "raise SystemExit(7)").returncode == 7


def test_reset_is_refused_while_it_runs(running, home):
    done = after_set_up(home, "reset", "--yes")

    assert (done.returncode, "it is running" in done.stderr) == (1, True)


def test_a_killed_worker_is_named_and_comes_back(running, home):
    worker = _run_file(home)["pids"]["worker"]

    kill(worker)

    eventually(lambda: _run_file(home).get("pids", {}).get("worker") not in (worker, None))
    assert "worker ended (SIGKILL) and starts again" in (home.parent / "output").read_text()


def test_a_killed_supervisor_leaves_nothing_that_stops_the_next_start(running, home):
    pids = _run_file(home)["pids"]
    running.kill()
    running.wait()

    again = start_after_set_up(home, "up")
    try:
        eventually(lambda: _is_up(home) or again.poll() is not None, within_s=300)
        assert again.poll() is None, (home.parent / "output").read_text()
        assert _answers(f"{_run_file(home)['web']}/admin/login/")
        assert not [pid for pid in pids.values() if os.path.exists(f"/proc/{pid}")]
        assert after_set_up(home, "down").returncode == 0
        assert again.wait(60) == 0
    finally:
        again.kill()
        again.wait()

    assert not (home / "run.json").exists() and not (home / "environment.json").exists()
    assert not processes_naming(str(home))


def test_a_lost_secret_is_named(tmp_path):
    home = Home(ROOT, tmp_path / "home")
    home.create()
    load_secrets(home)
    (home.path / "secrets.env").unlink()

    done = after_set_up(home.path, "up")

    assert done.returncode == 1
    assert "secrets.env has lost" in done.stderr and done.stderr.count("\n") == 1


def test_manage_starts_the_services_it_needs_and_stops_them(tmp_path):
    home = tmp_path / "home"

    done = after_set_up(home, "manage", "migrate", "--check")

    assert done.returncode == 1, "nothing is migrated yet"
    assert (home / "postgres" / "PG_VERSION").exists()
    assert not processes_naming(str(home))


def test_a_busy_port_is_named(tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
        done = after_set_up(tmp_path / "home", "up", PORTAL_PORT=str(port))

    assert done.returncode == 1
    assert (
        done.stderr
        == f"portal: port {port} is taken: stop what listens there, or set PORTAL_PORT to another.\n"
    )


def test_services_that_run_elsewhere_are_not_started(tmp_path):
    home = tmp_path / "home"
    elsewhere = "http://127.0.0.1:9"  # nobody listens: were it started here, this would be replaced

    done = after_set_up(home, "manage", "diffsettings", CHAIN_RPC_URL=elsewhere)

    assert done.returncode == 0, done.stderr
    assert f"rpc_urls=('{elsewhere}',)" in done.stdout
    assert not (home / "anvil").exists()


def _portal_in_a_namespace(tmp_path, *options, first="true"):
    """Run `./portal up`, the set-up included, as root of a namespace that has less than this machine."""
    home = tmp_path / "home"
    home.mkdir()
    script = f"{first.format(home=home)} && exec '{ROOT}/portal' up"
    return subprocess.run(
        ["unshare", "--user", "--map-root-user", *options, "sh", "-c", script],
        capture_output=True,
        text=True,
        timeout=100,
        env=environment(home),
    )


def test_a_full_disk_is_one_clear_line(tmp_path):
    done = _portal_in_a_namespace(tmp_path, "--mount", first="mount -t tmpfs -o size=3m portal '{home}'")

    assert done.returncode == 1
    assert "the disk is full" in done.stderr and done.stderr.count("\n") == 1


def test_no_network_is_one_clear_line(tmp_path):
    done = _portal_in_a_namespace(tmp_path, "--net")

    assert done.returncode == 1
    assert "no network" in done.stderr and done.stderr.count("\n") == 1
