from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from drf_spectacular.drainage import GENERATOR_STATS
from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.renderers import OpenApiYamlRenderer
from drf_spectacular.validation import validate_schema

PAGE = Path("docs") / "openapi.yaml"


class Command(BaseCommand):
    help = "Compare docs/openapi.yaml with the API; --write brings it up to date."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--write", action="store_true", help="write the file instead of comparing it")

    def handle(self, *, write: bool, **_: Any) -> None:
        path, text = settings.BASE_DIR / PAGE, _document()
        if write:
            path.write_text(text)
            self.stdout.write(f"{PAGE} written.")
        elif not path.exists() or path.read_text() != text:
            raise CommandError(f"{PAGE} is not what the API says: run manage.py check_openapi --write.")
        else:
            self.stdout.write(f"{PAGE} is true.")


def _document() -> str:
    """
    Write the API down.

    :raises CommandError: something of it could only be guessed; each guess is told on stderr
    """
    GENERATOR_STATS.reset()
    schema = SchemaGenerator().get_schema(request=None, public=True)
    if GENERATOR_STATS:
        raise CommandError("A part of the API cannot be described without guessing: see the warnings.")
    validate_schema(schema)
    return OpenApiYamlRenderer().render(schema, renderer_context={}).decode()
