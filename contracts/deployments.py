"""Where the contracts of the suite stand on this deployment's chain."""

from django.conf import settings

from contracts.models import Deployment
from rwa_portal.core.errors import DomainError


class ContractNotDeployed(DomainError):
    """This contract is not deployed on our chain: run manage.py deploy_contracts."""


def get(name: str) -> Deployment:
    """
    :raises ContractNotDeployed:
    """
    row = Deployment.objects.filter(chain_id=settings.CHAIN.chain_id, name=name).first()
    if row is None:
        raise ContractNotDeployed(f"{name} is not deployed on our chain: run manage.py deploy_contracts.")
    return row


def address(name: str) -> str:
    """
    The checksummed address of a contract by its name ("ComplianceModule").

    :raises ContractNotDeployed:
    """
    return get(name).address


def domain(name: str) -> dict[str, object]:
    """
    The EIP-712 domain of a contract, as it said itself when it was recorded (Base Sepolia's USDC differs).

    :raises ContractNotDeployed:
    """
    row = get(name)
    return {
        "name": row.eip712_name,
        "version": row.eip712_version,
        "chainId": row.chain_id,
        "verifyingContract": row.address,
    }
