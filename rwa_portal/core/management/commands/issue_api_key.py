from datetime import timedelta
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from rwa_portal.core import api_keys
from rwa_portal.core.errors import DomainError
from rwa_portal.core.models import User


class Command(BaseCommand):
    help = "Let a machine use the API. Its key is printed once and cannot be read again."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--service", required=True, help="Which machine, such as transfer-agent.")
        parser.add_argument("--label", required=True, help="What people know this key by.")
        parser.add_argument(
            "--scope", action="append", required=True, dest="scopes", help="May be given again."
        )
        parser.add_argument("--days", type=int, default=90, help="How long it lives; at most 366.")
        parser.add_argument("--reason", required=True, help="Kept in the audit trail.")

    def handle(self, *args: Any, **options: Any) -> None:
        now = timezone.now()
        try:
            key, text = api_keys.issue_api_key(
                service_name=options["service"],
                label=options["label"],
                scopes=options["scopes"],
                expires_at=now + timedelta(days=options["days"]),
                by=User.service("console"),
                at=now,
                reason=options["reason"],
            )
        except api_keys.ScopeUnknown as error:
            raise CommandError(f"{error} Scopes: {', '.join(api_keys.SCOPES)}") from None
        except DomainError as error:
            raise CommandError(str(error)) from None
        self.stdout.write(
            f"{text}\nGood until {key.expires_at:%d %b %Y %H:%M} UTC for {', '.join(key.scopes)}."
        )
