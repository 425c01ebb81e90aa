import json
import sys
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from indexer import replay, reports
from indexer.replaying import Report
from rwa_portal.core.errors import DomainError
from rwa_portal.core.models import User


class Command(BaseCommand):
    help = (
        "Build every derived table anew from the event log and compare it, row by row, with what is stored;"
        " check that each status is borne out by events. Ends with 0 only when all is equal."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        what = parser.add_mutually_exclusive_group(required=True)
        what.add_argument("--verify", action="store_true", help="Compare and change nothing.")
        what.add_argument("--apply", action="store_true", help="Put right the tables that differ.")
        what.add_argument(
            "--as-of", type=int, metavar="BLOCK", help="Compare what stood at the end of a confirmed block."
        )
        parser.add_argument("--json", action="store_true", help="Print the report as JSON.")
        parser.add_argument("--reason", default="", help="Kept in the audit trail; --apply needs it.")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            report = self._run(**options)
        except DomainError as error:
            raise CommandError(str(error)) from None
        if options["json"]:
            self.stdout.write(json.dumps(reports.replay_as_json(report), indent=2))
        else:
            self.stdout.write("\n".join(reports.replay_as_text(report)))
        if not report.is_clean and not options["apply"]:
            raise CommandError(reports.verdict(report))

    def _run(self, *, apply: bool, as_of: int | None, reason: str, **_: Any) -> Report:
        if not apply:
            return replay.examine(as_of=as_of, progress=self._progress)
        if len(reason) < 5:
            raise CommandError("--apply needs --reason: it is kept in the audit trail.")
        by = User.service("console")
        return replay.repair(by=by, at=timezone.now(), reason=reason, progress=self._progress)

    def _progress(self, done: int, total: int) -> None:
        """Draw a bar where a person watches; a log file gets none."""
        if not sys.stderr.isatty():
            return
        width = 40 * done // max(total, 1)
        end = "\n" if done >= total else ""
        self.stderr.write(f"\r[{'#' * width:<40}] {done:,} of {total:,} events", ending=end)
