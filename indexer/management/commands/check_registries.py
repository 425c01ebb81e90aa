from typing import Any

from django.core.management.base import BaseCommand, CommandError

from indexer import registry


class Command(BaseCommand):
    help = "Fail and name every event nobody listens to, and every hook that is missing."

    def handle(self, *args: Any, **options: Any) -> None:
        lines = registry.missing()
        if lines:
            raise CommandError("\n".join(lines))
        self.stdout.write(f"{len(registry.event_names())} events, each with a consumer.")
