import os
import sys
from typing import Any

from allauth.account.forms import default_token_generator
from allauth.account.utils import user_pk_to_url_str
from django.conf import settings
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.core.validators import validate_email
from django.urls import reverse
from django.utils import timezone

from rwa_portal.core import role_grants
from rwa_portal.core.errors import DomainError
from rwa_portal.core.models import User


class Command(BaseCommand):
    help = (
        "Make a member of staff. Outside dev only the first, who grants roles in the admin. The password "
        "comes from PORTAL_STAFF_PASSWORD or --password-stdin; without one, a link to set it is printed."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--email", required=True)
        parser.add_argument("--role", action="append", default=[], dest="roles", help="May be given again.")
        parser.add_argument("--password-stdin", action="store_true")

    def handle(self, *args: Any, **options: Any) -> None:
        password = _password(options["password_stdin"])
        try:
            validate_email(options["email"])
            if password:
                validate_password(password)
            user = role_grants.create_staff(
                email=options["email"],
                roles=options["roles"],
                password=password,
                by=User.service("console"),
                at=timezone.now(),
            )
        except ValidationError as error:
            raise CommandError(" ".join(error.messages)) from None
        except DomainError as error:
            raise CommandError(str(error)) from None
        self.stdout.write(f"Made {user.pk}.")
        if not password:
            self.stdout.write(f"They set a password here: {_link(user)}")


def _password(from_stdin: bool) -> str | None:
    if from_stdin:
        return sys.stdin.readline().rstrip("\n") or None
    return os.environ.get("PORTAL_STAFF_PASSWORD")


def _link(user: User) -> str:
    key = {"uidb36": user_pk_to_url_str(user), "key": default_token_generator.make_token(user)}
    path = reverse("account_reset_password_from_key", kwargs=key)
    return settings.PORTAL_URL.rstrip("/") + path
