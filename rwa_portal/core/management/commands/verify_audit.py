from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from rwa_portal.core import audit


class Command(BaseCommand):
    help = "Read the whole audit chain again; exit 1 and name what does not hold."

    def handle(self, *args: Any, **options: Any) -> None:
        report = audit.verify(at=timezone.now())
        if report.faults:
            raise CommandError("\n".join(report.faults))
        self.stdout.write(f"{report.seals} seals and {report.checkpoints} checkpoints hold.")
