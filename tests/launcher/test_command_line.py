import os
import subprocess
import sys

from tests.launcher.running import LAUNCHER, ROOT, portal


def _folder_with(tmp_path, **programs):
    """Return a PATH with the few programs bash needs and these scripts."""
    folder = tmp_path / "bin"
    folder.mkdir()
    for name in ("bash", "env", "readlink", "dirname"):
        (folder / name).symlink_to(f"/usr/bin/{name}")
    for name, text in programs.items():
        (folder / name).write_text(f"#!/bin/sh\n{text}\n")
        (folder / name).chmod(0o755)
    return str(folder)


def test_without_python_it_says_what_is_needed(tmp_path):
    done = portal(tmp_path / "home", "up", PATH=_folder_with(tmp_path))

    assert done.returncode == 1
    assert done.stderr.startswith("portal: Python 3.11 or newer is needed, and there is no python3")
    assert done.stderr.count("\n") == 1
    assert not (tmp_path / "home").exists()


def test_an_old_python_is_named(tmp_path):
    old = 'case "$1" in --version) echo Python 3.9.2;; *) exit 1;; esac'

    done = portal(tmp_path / "home", "up", PATH=_folder_with(tmp_path, python3=old))

    assert done.returncode == 1
    assert "there is Python 3.9.2 on the PATH" in done.stderr
    assert done.stderr.count("\n") == 1


def test_a_newer_python_beside_an_old_one_is_found(tmp_path):
    path = _folder_with(tmp_path, python3="exit 1")
    (tmp_path / "bin" / "python3.11").symlink_to("/usr/bin/python3")

    done = portal(tmp_path / "home", "help", PATH=path)

    assert done.returncode == 0


def test_it_needs_nothing_that_is_installed():
    without_packages = [sys.executable, "-S", "-E", str(LAUNCHER), "help"]

    done = subprocess.run(without_packages, capture_output=True, text=True)

    assert (done.returncode, done.stderr) == (0, "")


def test_help_lists_the_commands_and_needs_no_set_up(tmp_path):
    done = portal(tmp_path / "home", "help")

    assert done.returncode == 0
    for command in ("up", "test", "check", "manage", "down", "reset"):
        assert f"\n  {command} " in done.stdout
    assert not (tmp_path / "home").exists()


def test_what_does_not_exist_is_neither_offered_nor_taken(tmp_path):
    for wrong in (["nonsense"], ["up", "--fast"], ["down", "now"], ["reset", "-y"], ["manage"]):
        done = portal(tmp_path / "home", *wrong)

        assert done.returncode == 2, wrong
        assert done.stderr.startswith("portal: ")
        assert done.stderr.count("\n") == 1
    assert not (tmp_path / "home").exists()


def test_it_can_be_called_from_elsewhere_and_through_a_link(tmp_path):
    (tmp_path / "link").symlink_to(ROOT / "portal")

    assert os.system(f"cd / && '{tmp_path}/link' help >/dev/null") == 0


def test_down_without_a_portal_is_no_failure(tmp_path):
    done = portal(tmp_path / "home", "down")

    assert done.returncode == 0
    assert "Not running" in done.stdout


def test_reset_asks_and_deletes_only_after_a_yes(tmp_path):
    home = tmp_path / "home"
    (home / "stamps").mkdir(parents=True)

    refused = portal(home, "reset", stdin="no\n")
    silent = portal(home, "reset")
    assert (refused.returncode, silent.returncode, home.exists()) == (1, 1, True)

    done = portal(home, "reset", stdin="yes\n")
    assert (done.returncode, home.exists()) == (0, False)


def test_reset_does_not_delete_a_folder_it_did_not_make(tmp_path):
    (tmp_path / "thesis.tex").write_text("")

    done = portal(tmp_path, "reset", "--yes")

    assert done.returncode == 1
    assert "was not made by ./portal" in done.stderr
    assert (tmp_path / "thesis.tex").exists()
