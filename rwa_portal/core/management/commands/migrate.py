from typing import Any

from django.conf import settings
from django.core.management.base import CommandError
from django.core.management.commands.migrate import Command as Migrate
from django.db import connection

REFUSAL = (
    "migrate runs as the role that owns the schema: set DATABASE_OWNER_URL for this step. "
    "The role of DATABASE_URL may not change tables."
)


class Command(Migrate):
    help = "Bring the schema up to date, as the owner role (DATABASE_OWNER_URL), as a step of its own."

    def handle(self, *args: Any, **options: Any) -> Any:
        as_owner()
        return super().handle(*args, **options)


def as_owner() -> None:
    """
    Connect as the owner for the rest of this process.

    :raises CommandError: if the role may not change tables
    """
    owner = settings.DATABASE_OWNER
    if owner and owner["USER"] != connection.settings_dict["USER"]:
        connection.close()
        connection.settings_dict.update({name: owner[name] for name in ("USER", "PASSWORD", "HOST", "PORT")})
    with connection.cursor() as cursor:
        cursor.execute("SELECT has_schema_privilege('public', 'CREATE')")
        if not cursor.fetchone()[0]:
            raise CommandError(REFUSAL)
