import re
import sys

import pytest

from rwa_portal.embedded import proving
from rwa_portal.embedded.home import Home
from rwa_portal.embedded.mutants import DoesNotApply, Mutant, read_mutants
from rwa_portal.embedded.output import CannotGoOn, WrongUsage
from rwa_portal.embedded.parts import Part
from tests.launcher.running import ROOT

CONTRACTS = ROOT / "contracts"
MUTANTS = read_mutants(CONTRACTS)
HELD = Mutant("held", "1: x", "src/A.sol", "invariant_01", "right\n", "wrong\n")


def test_every_heading_of_the_list_is_a_mutant():
    headings = re.findall(r"^## (\S+)", (CONTRACTS / "test" / "MUTANTS.md").read_text(), re.MULTILINE)

    assert [mutant.name for mutant in MUTANTS] == headings
    assert len(set(headings)) == len(headings) >= 24


@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda mutant: mutant.name)
def test_each_mutant_still_applies_and_names_a_test_that_exists(mutant):
    tests = "".join(file.read_text() for file in (CONTRACTS / "test").rglob("*.t.sol"))

    assert mutant.applied_to((CONTRACTS / mutant.file).read_text())
    assert re.search(rf"function \w*(?:{mutant.tests})\w*\(", tests), mutant.tests


def test_each_invariant_has_a_mutant():
    assert {int(mutant.says.split(":")[0]) for mutant in MUTANTS} == set(range(1, 25))


def test_a_mutant_of_other_lines_does_not_apply():
    with pytest.raises(DoesNotApply):
        HELD.applied_to("right\nright\n")


@pytest.fixture
def contracts(tmp_path, monkeypatch):
    """Contracts of one file, and a forge that fails what the file makes it fail."""
    script = (
        "import pathlib, sys\n"
        "text = pathlib.Path('src/A.sol').read_text()\n"
        "if 'uncompilable' in text: print('Error: Compiler run failed:'); sys.exit(1)\n"
        "failed = 'wrong' in text\n"
        "print('[FAIL: 1] invariant_01()' if failed else '[PASS] invariant_01()')\n"
        "sys.exit(failed)\n"
    )
    (tmp_path / "src").mkdir()
    (tmp_path / "src" / "A.sol").write_text("right\n")

    def forge(home, contracts, profile, *, tests="", name="forge test", summary=()):
        return Part(name, [sys.executable, "-c", script], contracts)

    monkeypatch.setattr(proving, "_forge", forge)
    return tmp_path


@pytest.mark.parametrize(
    ("replacement", "verdict"),
    [("wrong\n", "noticed"), ("harmless\n", "SURVIVED"), ("uncompilable\n", "DOES NOT COMPILE")],
)
def test_a_mutant_is_judged_by_its_tests_and_the_source_restored(contracts, replacement, verdict):
    mutant = Mutant("m", "1: x", "src/A.sol", "invariant_01", "right\n", replacement)

    assert proving._judge(Home(ROOT, contracts), contracts, mutant, {}) == verdict
    assert (contracts / "src" / "A.sol").read_text() == "right\n"


def test_one_survivor_fails_the_command(contracts, capsys):
    survivor = Mutant("survivor", "1: x", "src/A.sol", "invariant_01", "right\n", "harmless\n")

    assert proving._judge_all(Home(ROOT, contracts), contracts, [HELD, survivor], {}) == 1
    assert "not noticed: survivor" in capsys.readouterr().out


def test_tests_that_fail_unbroken_prove_nothing(contracts):
    (contracts / "src" / "A.sol").write_text("wrong\n")

    with pytest.raises(CannotGoOn):
        proving._judge_all(Home(ROOT, contracts), contracts, [HELD], {})


@pytest.mark.parametrize("arguments", [["--fast"], ["--mutants", "--only"], ["--mutants", "--only", "none"]])
def test_a_wrong_usage_is_refused(arguments):
    with pytest.raises(WrongUsage):
        proving._wanted(Home(ROOT, ROOT / ".portal"), arguments)


def test_the_copy_shares_the_tools_and_leaves_the_contracts_alone(tmp_path):
    copy = proving._copy(Home(ROOT, tmp_path), tmp_path)

    assert (copy / "src" / "token" / "AssetToken.sol").read_text()
    assert (copy / "node_modules").is_symlink()
