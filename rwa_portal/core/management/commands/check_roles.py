from typing import Any

from django.core.management.base import BaseCommand, CommandError

from rwa_portal.core import roles


class Command(BaseCommand):
    help = "Fail when conf/roles.py names a right that no model declares."

    def handle(self, *args: Any, **options: Any) -> None:
        unknown = roles.unknown_rights()
        if unknown:
            raise CommandError("Rights nobody declares:\n" + "\n".join(unknown))
        self.stdout.write("Every right of every role exists.")
