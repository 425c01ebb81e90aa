import contextlib
import stat
import sys

import pytest

from rwa_portal.embedded import quality
from rwa_portal.embedded.home import Home
from rwa_portal.embedded.output import CannotGoOn
from rwa_portal.embedded.parts import Part, failed, run_aloud, run_quietly
from tests.launcher.running import ROOT

ENVIRONMENT = {"PATH": "/usr/bin:/bin"}


@pytest.fixture
def part(tmp_path):
    def make(script, **options):
        return Part("a part", [sys.executable, "-c", script], tmp_path, **options)

    return make


def test_a_part_that_fails_shows_what_it_said(part, capsys):
    outcome = run_quietly(part("print('line 7 is wrong'); raise SystemExit(3)"), ENVIRONMENT)

    said = capsys.readouterr().out
    assert failed([outcome]) == ["a part"]
    assert "FAILED" in said and "line 7 is wrong" in said


def test_a_part_that_holds_says_one_line(part, capsys):
    outcome = run_quietly(part("print('12 files')"), ENVIRONMENT)

    assert failed([outcome]) == []
    assert capsys.readouterr().out.count("\n") == 1


def test_pytests_5_for_no_tests_is_a_failure(part):
    assert failed([run_aloud(part("raise SystemExit(5)"), ENVIRONMENT)]) == ["a part"]


def test_the_summary_is_the_programs_own_last_word(part):
    script = "print('3 passed so far'); print('== 5 passed, 1 failed in 2.1s =='); print('bye')"

    outcome = run_aloud(part(script, summary=(" passed", " failed")), ENVIRONMENT)

    assert outcome.own_summary == "== 5 passed, 1 failed in 2.1s =="


def test_without_chromium_the_tests_stop_with_one_line(monkeypatch, tmp_path):
    monkeypatch.setenv("PATH", str(tmp_path))

    with pytest.raises(CannotGoOn, match="apt-get install chromium"):
        quality.test(Home(ROOT, tmp_path), [])


def test_every_check_runs_though_the_first_fails(monkeypatch, part, tmp_path, capsys):
    home = Home(ROOT, tmp_path / "home")
    home.create()
    parts = [part("raise SystemExit(1)"), part("print('ran')"), part("raise SystemExit(2)")]
    monkeypatch.setattr(quality, "_checks", lambda home: parts)
    monkeypatch.setattr(quality, "_services", lambda home, folder: contextlib.nullcontext(ENVIRONMENT))

    assert quality.check(home, []) == 1

    said = capsys.readouterr().out
    assert "3 checks" in said and "failed: a part, a part" in said


def test_both_summaries_come_last(monkeypatch, part, tmp_path, capsys):
    home = Home(ROOT, tmp_path / "home")
    home.create()
    browser = tmp_path / "chromium"
    browser.touch()
    browser.chmod(browser.stat().st_mode | stat.S_IXUSR)
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    parts = [
        part("print('9 passed in 1s')", summary=(" passed",)),
        part("print('4 tests passed')", summary=("tests",)),
    ]
    monkeypatch.setattr(quality, "_test_parts", lambda home, arguments: parts)

    assert quality.test(home, []) == 0

    last = capsys.readouterr().out.splitlines()[-4:]
    assert (last[1], last[3]) == ("9 passed in 1s", "4 tests passed")
    assert (home.logs / "tests.summary").read_text().splitlines() == last


def test_what_programs_leave_behind_lies_in_the_home_and_goes(tmp_path):
    home = Home(tmp_path, tmp_path / ".portal")
    home.create()

    with quality._temporary(home) as folder:
        (folder / "left behind").touch()

    assert not folder.exists()
