import os
import signal
import subprocess
import sys
import time

import pytest

from rwa_portal.embedded import supervisor as supervisors
from rwa_portal.embedded.output import CannotGoOn
from rwa_portal.embedded.programs import Program
from rwa_portal.embedded.supervisor import Supervisor
from tests.launcher.running import ROOT, eventually, kill


@pytest.fixture
def program(tmp_path):
    def make(name, script, **options):
        return Program(name, ["/bin/sh", "-c", script], tmp_path / f"{name}.log", cwd=tmp_path, **options)

    return make


@pytest.fixture(autouse=True)
def _short_pauses(monkeypatch):
    monkeypatch.setattr(supervisors, "FIRST_PAUSE_S", 0.01)


def test_a_program_that_dies_is_named_and_starts_again(program, tmp_path, capsys):
    with Supervisor() as supervisor:
        supervisor.start(program("worker", "echo started >> starts; exec sleep 60"))
        eventually((tmp_path / "starts").exists)
        first = supervisor.pids()["worker"]
        kill(first)
        supervisor.watch(until=lambda: supervisor.pids()["worker"] != first)
        eventually(lambda: (tmp_path / "starts").read_text().count("started") == 2)

    assert "worker ended (SIGKILL) and starts again in 0.01 s" in capsys.readouterr().out


def test_a_program_that_keeps_dying_ends_everything_and_says_why(program):
    with Supervisor() as supervisor:
        supervisor.start(program("services", "exec sleep 60"))
        supervisor.start(program("web", "echo no such table; exit 3"))
        with pytest.raises(CannotGoOn, match=r"(?s)web ended 5 times within two minutes.*no such table"):
            supervisor.watch()
        other = supervisor.children["services"].process

    assert other.poll() is not None


def test_each_pause_is_twice_as_long(program, capsys):
    with Supervisor() as supervisor:
        supervisor.start(program("web", "exit 1"))
        with pytest.raises(CannotGoOn):
            supervisor.watch()

    said = capsys.readouterr().out
    assert [f"in {pause} s" in said for pause in ("0.01", "0.02", "0.04", "0.08")] == [True] * 4


def test_they_stop_in_the_opposite_order(program, tmp_path):
    with Supervisor() as supervisor:
        for name in ("first", "second"):
            script = f"trap 'echo {name} >> stops; exit' TERM; touch {name}; while :; do sleep 0.05; done"
            supervisor.start(program(name, script, is_ready=(tmp_path / name).exists))

    assert (tmp_path / "stops").read_text().split() == ["second", "first"]


def test_what_a_program_leaves_behind_ends_with_it(program, tmp_path):
    with Supervisor() as supervisor:
        supervisor.start(program("worker", "sleep 60 & echo $! > child; wait"))
        eventually(lambda: (tmp_path / "child").exists() and (tmp_path / "child").read_text().strip())
        child = int((tmp_path / "child").read_text())
        first = supervisor.pids()["worker"]
        kill(first)
        supervisor.watch(until=lambda: supervisor.pids()["worker"] != first)

    eventually(lambda: not os.path.exists(f"/proc/{child}"))


def test_a_program_that_never_answers_is_given_up(program):
    silent = program("web", "echo waiting; exec sleep 60", is_ready=lambda: False, ready_within_s=0.3)

    with Supervisor() as supervisor, pytest.raises(CannotGoOn, match=r"(?s)did not answer.*waiting"):
        supervisor.start(silent)


def test_a_program_that_ends_at_once_is_not_waited_for(program):
    broken = program("anvil", "echo address in use; exit 1", is_ready=lambda: False)
    began = time.monotonic()

    with (
        Supervisor() as supervisor,
        pytest.raises(CannotGoOn, match=r"(?s)ended with code 1.*address in use"),
    ):
        supervisor.start(broken)

    assert time.monotonic() - began < 5


KEEPER = """
import pathlib, sys
from rwa_portal.embedded.programs import Program
from rwa_portal.embedded.supervisor import Supervisor
log = pathlib.Path(sys.argv[1])
with Supervisor() as supervisor:
    for name in ("one", "two"):
        supervisor.start(Program(name, ["sleep", "60"], log))
    print(*supervisor.pids().values(), flush=True)
    supervisor.watch()
"""


def test_a_killed_supervisor_leaves_nobody(tmp_path):
    command = [sys.executable, "-c", KEEPER, str(tmp_path / "log")]
    keeper = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)
    pids = [int(pid) for pid in keeper.stdout.readline().split()]
    assert len(pids) == 2

    keeper.send_signal(signal.SIGKILL)
    keeper.wait()

    eventually(lambda: not any(os.path.exists(f"/proc/{pid}") for pid in pids), within_s=5)
