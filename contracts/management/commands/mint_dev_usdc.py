from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from contracts import dev_usdc
from indexer import rpc
from rwa_portal.core.chain_values import format_units, parse_address, parse_units
from rwa_portal.core.errors import DomainError

DECIMALS = 6


class Command(BaseCommand):
    help = "Give addresses USDC on the dev chain."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--to", required=True, nargs="+", help="Who gets it; each the whole amount.")
        parser.add_argument("--amount", required=True, help="In whole USDC, with up to 6 decimals.")

    def handle(self, *args: Any, to: list[str], amount: str, **options: Any) -> None:
        try:
            units = parse_units(amount, decimals=DECIMALS, field="amount")
            for address in [
                parse_address(text, field="to") for text in to
            ]:  # all are right before one gets any
                tx_hash = dev_usdc.mint(to=address, amount=units)
                self.stdout.write(f"{format_units(units, DECIMALS)} USDC to {address} in {tx_hash}")
        except (DomainError, rpc.RpcError) as error:
            raise CommandError(str(error)) from error
