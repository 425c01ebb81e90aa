from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from contracts import deploying, registering
from contracts.models import Deployment
from indexer import rpc
from rwa_portal.conf.chain import DEV_CHAIN_ID
from rwa_portal.core.errors import DomainError
from rwa_portal.core.models import User

NETWORKS = {"dev": DEV_CHAIN_ID}


class Command(BaseCommand):
    help = "Deploy the contracts, or finish a deployment that was interrupted. Run again, it changes nothing."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--network", required=True, choices=sorted(NETWORKS))

    def handle(self, *args: Any, network: str, **options: Any) -> None:
        if settings.CHAIN.chain_id != NETWORKS[network]:
            raise CommandError(
                f"{network} is chain {NETWORKS[network]}, but CHAIN_ID is {settings.CHAIN.chain_id}."
            )
        try:
            # Before the contracts: they grant roles to wallets.
            count = registering.register_pool(by=User.service("console"), at=timezone.now())
            if count:
                self.stdout.write(f"Registered {count} wallets that custodians hold.")
            has_deployed = deploying.deploy(network=network, say=self.stdout.write, at=timezone.now())
        except (deploying.DeploymentStuck, rpc.RpcError, DomainError) as error:
            raise CommandError(str(error)) from error
        for row in Deployment.objects.filter(chain_id=settings.CHAIN.chain_id).order_by("name"):
            mock = "  (a mock)" if row.is_mock else ""
            self.stdout.write(f"{row.name:<26} {row.address}  block {row.block_number}{mock}")
        self.stdout.write(
            "Deployed; the deployer holds no role." if has_deployed else "Nothing to do: all contracts stand."
        )
