from typing import Any

from django.core.management.base import BaseCommand, CommandError

from contracts import deployments, reads
from contracts.deployment_plan import ROLES
from contracts.models import CustodyWallet, RoleFact
from indexer import rpc


class Command(BaseCommand):
    help = "Show who holds which platform role, asked of the chain itself."

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            self._show()
        except (deployments.ContractNotDeployed, rpc.RpcError) as error:
            raise CommandError(str(error)) from error

    def _show(self) -> None:
        wallets = {wallet.address: wallet for wallet in CustodyWallet.objects.order_by("purpose")}
        accounts = sorted({*wallets, *RoleFact.objects.values_list("account", flat=True)})
        for role in ROLES:
            for account in accounts:
                if reads.has_role(role, account):
                    owner = wallets.get(account)
                    who = f"{owner.purpose} wallet ({owner.vendor})" if owner else "no wallet of ours"
                    self.stdout.write(f"{role:<16} {account}  {who}")
        self.stdout.write(f"timelock         {deployments.address('Timelock')}  admin of every role")
