from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from contracts import dev_usdc
from indexer import rpc
from rwa_portal.core.chain_values import format_units, parse_address, parse_units
from rwa_portal.core.errors import DomainError

DECIMALS = 6


class Command(BaseCommand):
    help = "Give an address USDC on the dev chain."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--to", required=True, help="The address that gets it.")
        parser.add_argument("--amount", required=True, help="In whole USDC, with up to 6 decimals.")

    def handle(self, *args: Any, to: str, amount: str, **options: Any) -> None:
        try:
            address, units = parse_address(to), parse_units(amount, decimals=DECIMALS, field="amount")
            tx_hash = dev_usdc.mint(to=address, amount=units)
        except (DomainError, rpc.RpcError) as error:
            raise CommandError(str(error)) from error
        self.stdout.write(f"{format_units(units, DECIMALS)} USDC to {address} in {tx_hash}")
