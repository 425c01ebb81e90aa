import json
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from indexer import checks, reconciling, reports
from indexer.rpc import RpcError
from rwa_portal.core.errors import DomainError
from rwa_portal.core.models import User


class Command(BaseCommand):
    help = (
        "Compare supply, holdings, escrows and all else the apps know with the chain at one confirmed block,"
        " and keep each difference as a Break. Ends with 0 only when there is none."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--block", type=int, help="At this confirmed block instead of the last one.")
        parser.add_argument("--dry-run", action="store_true", help="Keep nothing.")
        parser.add_argument("--json", action="store_true", help="Print the outcome as JSON.")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            outcome = self._run(block=options["block"], dry_run=options["dry_run"])
        except (DomainError, RpcError) as error:
            raise CommandError(str(error)) from None
        if options["json"]:
            self.stdout.write(json.dumps(reports.outcome_as_json(outcome), indent=2))
        else:
            self.stdout.write("\n".join(reports.outcome_as_text(outcome)))
        if outcome.all:
            raise CommandError(f"{len(outcome.all)} differences: {reports.finding_line(outcome.all[0])}")

    def _run(self, *, block: int | None, dry_run: bool) -> reconciling.Outcome:
        # As of a past block, what is found today says nothing of what still stands.
        if dry_run or block is not None:
            return reconciling.compare(block_number=block)
        return checks.reconcile(by=User.service("console"), at=timezone.now())
