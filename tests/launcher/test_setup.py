import errno
import os
import sys
from pathlib import Path

import pytest

from rwa_portal.embedded import output, setup
from rwa_portal.embedded.home import Home
from rwa_portal.embedded.output import CannotGoOn
from tests.launcher.running import ROOT


class Managers:
    """The package managers, faked at their edge: they write down what they were asked for."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.killed_at = ""

    def run(self, home, what, command, **_):
        if what == self.killed_at:
            raise KeyboardInterrupt
        self.asked.append(" ".join([what, *(Path(part).name for part in command if part.endswith(".txt"))]))
        if "venv" in command:
            python = Path(command[-1]) / "bin" / "python"
            python.parent.mkdir(parents=True)
            python.symlink_to(sys.executable)
        if "npm" in command:
            self.asked[-1] += " without dev" if "--omit=dev" in command else ""
            (home.contracts / "node_modules").mkdir(exist_ok=True)

    def since(self):
        asked, self.asked = self.asked, []
        return asked


@pytest.fixture
def managers(monkeypatch):
    fake = Managers()
    monkeypatch.setattr(setup, "_run", fake.run)
    monkeypatch.setattr(setup, "_machine_has_node", lambda: True)
    return fake


@pytest.fixture
def home(tmp_path):
    root = tmp_path / "check out"
    (root / "contracts").mkdir(parents=True)
    for name in (*setup.EVERYTHING, setup.NODE):
        (root / name).write_text((ROOT / name).read_text())
    (root / "contracts" / "package-lock.json").write_text("{}")
    made = Home(root, root / ".portal")
    made.create()
    return made


PACKAGES = "the Python packages requirements.txt requirements-embedded.txt"
FIRST = ["the Python environment", "uv uv.txt", PACKAGES, "the chain tools without dev"]


def test_the_first_set_up_does_everything_and_the_second_nothing(managers, home):
    setup.prepare(home, development=False)
    assert managers.since() == FIRST

    setup.prepare(home, development=False)
    assert managers.since() == []


@pytest.mark.parametrize(
    "killed_at", ["the Python environment", "uv", "the Python packages", "the chain tools"]
)
def test_a_set_up_that_was_killed_goes_on_where_it_stopped(managers, home, killed_at):
    managers.killed_at = killed_at
    with pytest.raises(KeyboardInterrupt):
        setup.prepare(home, development=False)
    done, managers.killed_at = managers.since(), ""

    setup.prepare(home, development=False)

    again = managers.since()
    assert again[-1] == FIRST[-1]
    assert ("the Python environment" in done) != ("the Python environment" in again)
    assert (PACKAGES in done) != (PACKAGES in again)


def test_an_environment_killed_half_way_is_made_anew(managers, home):
    half = home.python.parent
    half.mkdir(parents=True)
    (half / "python").symlink_to(sys.executable)

    setup.prepare(home, development=False)

    assert managers.since()[0] == "the Python environment"


def test_a_changed_lock_is_noticed(managers, home):
    setup.prepare(home, development=False)
    managers.since()

    with open(home.root / "requirements.txt", "a") as lock:
        lock.write("# changed\n")
    (home.contracts / "package-lock.json").write_text('{"changed": 1}')
    setup.prepare(home, development=False)

    assert managers.since() == FIRST[1:]


def test_development_adds_and_running_does_not_take_away(managers, home):
    setup.prepare(home, development=True)
    assert managers.since()[-2:] == [f"{PACKAGES} requirements-dev.txt", "the chain tools"]

    setup.prepare(home, development=False)
    assert managers.since() == []


def test_a_linked_folder_of_chain_tools_is_left_alone(managers, home, tmp_path):
    (tmp_path / "elsewhere").mkdir()
    (home.contracts / "node_modules").symlink_to(tmp_path / "elsewhere")

    setup.prepare(home, development=False)

    assert "the chain tools without dev" not in managers.since()


def test_without_node_it_comes_from_a_wheel(managers, home, monkeypatch):
    monkeypatch.setattr(setup, "_machine_has_node", lambda: False)

    setup.prepare(home, development=False)

    assert managers.since()[3:6] == [
        "the Python environment",
        "uv uv.txt",
        "the Python packages requirements-node.txt",
    ]
    assert setup.environment_with_node(home)["PATH"].startswith(str(home.path / "node" / "bin"))


def test_without_a_home_the_caches_lie_beside_the_state(managers, home, monkeypatch):
    monkeypatch.setenv("HOME", "/nonexistent")
    for name in ("UV_CACHE_DIR", "PIP_CACHE_DIR", "npm_config_cache"):
        monkeypatch.setenv(name, "set, so that it is taken away again")
        monkeypatch.delenv(name)

    setup.prepare(home, development=False)

    assert os.environ["UV_CACHE_DIR"].startswith(str(home.path))
    assert os.environ["HOME"] == str(home.path)


def test_only_one_package_of_a_lock():
    pin = "uv==2 \\\n    --hash=sha256:bb \\\n    --hash=sha256:cc\n"
    lock = f"uuid==1 \\\n    --hash=sha256:aa\n{pin}    # via -r requirements.in\n"

    assert setup.only_package("uv", lock) == pin
    with pytest.raises(CannotGoOn, match="does not pin pip"):
        setup.only_package("pip", lock)


@pytest.mark.parametrize(
    ("said", "line"),
    [
        ("error: failed to write: No space left on device (os error 28)", "the disk is full: "),
        ("npm error code ENOSPC", "the disk is full: "),
        ("Temporary failure in name resolution", "no network: "),
        ("error sending request for url: dns error", "no network: "),
        ("npm error code ENOTFOUND", "no network: "),
    ],
)
def test_the_usual_failures_are_one_clear_line(said, line, tmp_path):
    explained = setup.explain_failure("the tools", said, tmp_path / "log")

    assert explained.startswith(line)
    assert "\n" not in explained


def test_any_other_failure_shows_the_end_of_the_log(tmp_path):
    log = tmp_path / "log"
    log.write_text("hash mismatch in django\n")

    assert "hash mismatch in django" in setup.explain_failure("the tools", "hash mismatch in django", log)


def test_a_full_disk_is_seen_though_nobody_says_so(tmp_path, monkeypatch):
    monkeypatch.setattr(setup, "is_full", lambda path: True)

    assert setup.explain_failure("the tools", "exit status 1", tmp_path / "log").startswith(
        "the disk is full"
    )


def test_errors_of_the_system_are_put_in_words():
    full = output.explain_os_error(OSError(errno.ENOSPC, "No space left on device", "/home/x"))
    forbidden = output.explain_os_error(PermissionError(errno.EACCES, "Permission denied", "/home/x"))

    assert full.startswith("the disk is full (/home/x)")
    assert forbidden.startswith("may not write here (/home/x)")
