from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from contracts import artifacts


class Command(BaseCommand):
    help = "Rebuild contracts/abi from forge's output, so that running needs no compiler."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--check", action="store_true", help="Compare only; fail and name what differs.")

    def handle(self, *args: Any, check: bool, **options: Any) -> None:
        try:
            differing = list(artifacts.stale()) if check else artifacts.export()
        except artifacts.IncompleteBuild as error:
            missing = f"{error} is missing from contracts/out: run `forge build --force` in contracts/."
            raise CommandError(missing) from error
        if check and differing:
            names = ", ".join(path.name for path in differing)
            raise CommandError(f"The sources build other files than the committed ones: {names}.")
        for path in differing:
            self.stdout.write(f"wrote {path.name}")
        self.stdout.write(
            f"{artifacts.CURRENT}: {len(artifacts.NAMES)} contracts, as the sources build them."
        )
