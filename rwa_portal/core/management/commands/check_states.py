from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from rwa_portal.core import lifecycles

PAGE = Path("docs") / "states.md"


class Command(BaseCommand):
    help = "Compare docs/states.md with the models' transitions; --write brings it up to date."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--write", action="store_true", help="write the page instead of comparing it")

    def handle(self, *, write: bool, **_: Any) -> None:
        path, text = settings.BASE_DIR / PAGE, lifecycles.document()
        if write:
            path.write_text(text)
            self.stdout.write(f"{PAGE} written.")
        elif not path.exists() or path.read_text() != text:
            raise CommandError(f"{PAGE} is not what the models say: run manage.py check_states --write.")
        else:
            self.stdout.write(f"{PAGE} is true.")
