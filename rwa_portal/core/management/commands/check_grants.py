from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from rwa_portal.core import append_only, grants


class Command(BaseCommand):
    help = "Compare what the runtime role may do with docs/grants.txt, and look for missing triggers."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--write", action="store_true", help="Write the list from the live rights.")

    def handle(self, *args: Any, **options: Any) -> None:
        live = grants.as_text(grants.live())
        if options["write"]:
            (settings.BASE_DIR / grants.LIST).write_text(live)
        faults = [f"{table}: no append-only trigger" for table in sorted(append_only.unguarded())]
        if grants.may_create():
            faults.append(f"{grants.RUNTIME_ROLE} may create tables")
        if not grants.may_use_temporary_tables():
            faults.append(f"{grants.RUNTIME_ROLE} may not use temporary tables, which replay needs")
        faults += _differences(live, grants.written())
        if faults:
            raise CommandError("Grants differ from docs/grants.txt:\n" + "\n".join(faults))
        self.stdout.write("Grants are as written.")


def _differences(live: str, written: str) -> list[str]:
    now, then = set(live.splitlines()), set(written.splitlines())
    return [f"only live: {line}" for line in sorted(now - then)] + [
        f"only written: {line}" for line in sorted(then - now)
    ]
