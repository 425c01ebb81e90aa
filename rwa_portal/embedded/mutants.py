"""Deliberate breaks of the contracts, listed in contracts/test/MUTANTS.md, and what becomes of them."""

import re
from dataclasses import dataclass
from pathlib import Path

LIST = Path("test") / "MUTANTS.md"
HEADING = re.compile(
    r"^## (\S+)\n([^\n]+)\n`(\S+)` must fail `(\S+)`\n```diff\n(.*?)\n```$", re.MULTILINE | re.DOTALL
)


class DoesNotApply(Exception):
    """The lines a mutant replaces do not stand exactly once in its file."""


@dataclass(frozen=True)
class Mutant:
    name: str
    says: str
    file: str  # below contracts/
    tests: str  # a pattern of test names, for forge's --match-test
    old: str
    new: str

    def applied_to(self, source: str) -> str:
        """
        Return the source with the break made.

        :raises DoesNotApply: the contract has changed since the mutant was written
        """
        if self.old == self.new or source.count(self.old) != 1:
            raise DoesNotApply(f"{self.name}: {self.file} does not hold its lines exactly once")
        return source.replace(self.old, self.new)


def read_mutants(contracts: Path) -> list[Mutant]:
    text = (contracts / LIST).read_text()
    return [_mutant(*found.groups()) for found in HEADING.finditer(text)]


def _mutant(name: str, says: str, file: str, tests: str, diff: str) -> Mutant:
    lines = diff.split("\n")
    old = "".join(line[1:] + "\n" for line in lines if line.startswith("-"))
    new = "".join(line[1:] + "\n" for line in lines if line.startswith("+"))
    return Mutant(name, says, file, tests, old, new)
