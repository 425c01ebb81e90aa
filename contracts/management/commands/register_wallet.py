from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from contracts import registering
from contracts.models import CustodyWallet, Purpose
from contracts.models.custody import VENDORS
from rwa_portal.core.errors import DomainError
from rwa_portal.core.models import User


class Command(BaseCommand):
    help = (
        "Register a custodian's vault for a purpose; its address is asked of the custodian. "
        "Without --vault, list what the custodian has."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--vendor", required=True, choices=VENDORS)
        parser.add_argument("--vault", help="The custodian's own id of the vault or wallet.")
        parser.add_argument("--purpose", choices=Purpose.values, help="What it will sign.")

    def handle(self, *args: Any, vendor: str, vault: str | None, purpose: str | None, **options: Any) -> None:
        try:
            if vault is None:
                self._list(vendor)
            elif purpose is None:
                raise CommandError("--vault needs --purpose.")
            else:
                by, at = User.service("console"), timezone.now()
                made = registering.register(
                    vendor=vendor, vault=vault, purpose=Purpose(purpose), by=by, at=at
                )
                self.stdout.write(f"{made.address} signs as {made.purpose}.")
        except DomainError as error:
            raise CommandError(str(error)) from None

    def _list(self, vendor: str) -> None:
        known = dict(CustodyWallet.objects.filter(vendor=vendor).values_list("vault", "purpose"))
        for wallet in registering.offered(vendor):
            here = known.get(wallet.vault, "not registered")
            self.stdout.write(
                f"{wallet.vault:<38} {wallet.address}  {wallet.network:<20} {here:<16} {wallet.name}"
            )
