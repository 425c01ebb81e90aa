"""
Carrying a deployment plan out, so that it can be killed anywhere and run again.

- Every address is watched before the first transaction is sent, so no event can be missed.
- A step is signed and committed before it is sent; what is sent again is exactly that.
- What is deployed is recorded only after the chain itself was asked whether it stands as planned.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from time import monotonic, sleep

from django.conf import settings
from django.db.models import QuerySet
from eth_utils import keccak

from contracts import artifacts, deployment_plan, reads, wallets
from contracts.custody import local
from contracts.custody.local import Fees
from contracts.deployment_plan import Inputs, Plan, Step
from contracts.models import Deployment, DeploymentStep, Purpose
from indexer import rpc
from indexer.watching import watch
from rwa_portal.core.actions import action

DEPLOYER = "deployer"
MINED_WITHIN_S = 120
LOST_AFTER_S = 5  # anvil has been seen to lose transactions from its pool
OWNED_BY_ISSUERS = (Purpose.ISSUER, Purpose.CUSTODIAN)

Say = Callable[[str], object]


class DeploymentStuck(Exception):
    """The deployment cannot go on; the message says why and what to do."""


@dataclass(frozen=True)
class Mined:
    block_number: int
    tx_hash: str


def deploy(*, network: str, say: Say, at: datetime) -> bool:
    """
    Deploy the suite on the dev chain, or finish what was begun. False: everything stood already.

    :raises DeploymentStuck:
    """
    plan = plan_of(first_nonce=_first_nonce())
    if _is_recorded(plan):
        check(plan)
        return False
    _watch_all(plan=plan, from_block=_head() + 1, at=at)
    local.fund(plan.inputs.deployer)
    for number in range(len(plan.steps)):
        _send(_commit(plan, number), say)
    mined = [_wait(row, say) for row in _steps()]
    check(plan)
    record(plan=plan, mined=mined, network=network, codes=_codes(plan), domain=_domain(plan), at=at)
    return True


def plan_of(*, first_nonce: int) -> Plan:
    return deployment_plan.make(
        Inputs(
            deployer=local.address_of(DEPLOYER),
            first_nonce=first_nonce,
            wallets=_platform_wallets(),
            circle=local.address_of("circle"),
            circle_admin=local.address_of("circle-admin"),
        )
    )


def check(plan: Plan) -> None:
    """
    Ask the chain whether everything stands as planned and the deployer has no right left.

    :raises DeploymentStuck:
    """
    roles, timelock = plan.address("RoleRegistry"), plan.address("Timelock")
    for contract in plan.contracts:
        if not reads.code_at(contract.address):
            raise DeploymentStuck(
                f"There is no code at {contract.name} ({contract.address}): the chain was wiped, or is "
                "another one. Give the portal a fresh database too (./portal reset)."
            )
        if contract.implementation and contract.name != "USDC":
            _expect(contract.name, reads.implementation_of(contract.address), contract.implementation.lower())
            _expect(contract.name, reads.ask(contract.address, contract.abi, "roles"), roles)
    _expect("RoleRegistry's timelock", reads.ask(roles, "RoleRegistry", "timelock"), timelock)
    _refuse_deployers_rights(plan, roles, timelock)


@action
def record(
    *,
    plan: Plan,
    mined: Sequence[Mined],
    network: str,
    codes: dict[str, bytes],
    domain: tuple[str, str],
    at: datetime,
) -> None:
    """Record what stands on the chain, in one transaction: a deployment is whole or not there."""
    for contract in plan.contracts:
        step = mined[contract.step]
        name, version = domain if contract.name == "USDC" else ("", "")
        Deployment.objects.update_or_create(
            chain_id=settings.CHAIN.chain_id,
            name=contract.name,
            defaults={
                "network": network,
                "address": contract.address,
                "abi_version": artifacts.CURRENT,
                "code_hash": "0x" + keccak(codes[contract.name]).hex(),
                "implementation": contract.implementation,
                "block_number": step.block_number,
                "tx_hash": step.tx_hash,
                "deployed_at": at,
                "eip712_name": name,
                "eip712_version": version,
                "is_mock": contract.is_mock,
            },
        )


@action
def _platform_wallets() -> dict[str, str]:
    platform = (purpose for purpose in Purpose if purpose not in OWNED_BY_ISSUERS)
    return {purpose: wallets.platform(purpose).address for purpose in platform}


@action
def _watch_all(*, plan: Plan, from_block: int, at: datetime) -> None:
    for contract in plan.contracts:
        if contract.is_watched:
            payment = contract.name == "USDC"  # by its role: only Transfers into escrows are read
            abi, kind = ("USDC", "PAYMENT_TOKEN") if payment else (contract.abi, "CONTRACT")
            watch(address=contract.address, abi=abi, from_block=from_block, at=at, kind=kind)


def _commit(plan: Plan, number: int) -> DeploymentStep:
    """Sign a step and keep it, or return the one kept before."""
    step = plan.steps[number]
    row = _steps().filter(number=number).first()
    if row is None:
        fees = local.current_fees()
        return _keep(plan=plan, number=number, step=step, fees=fees)
    if row.title != step.title or row.payload_hash != _hash_of(step):
        raise DeploymentStuck(
            f"Step {number} ({row.title}) was sent with other contents than the contracts have now. "
            "A deployment ends with the code it began with: check out that version, or ./portal reset."
        )
    return row


@action
def _keep(*, plan: Plan, number: int, step: Step, fees: Fees) -> DeploymentStep:
    call = {"data": step.data, "gas": gas_for(step), **({"to": step.to} if step.to else {})}
    nonce = plan.inputs.first_nonce + number
    payload = local.sign(local.account(DEPLOYER), call, nonce=nonce, fees=fees)
    return DeploymentStep.objects.create(
        chain_id=settings.CHAIN.chain_id,
        number=number,
        title=step.title,
        sender=plan.inputs.deployer,
        nonce=nonce,
        payload=payload.raw,
        payload_hash=_hash_of(step),
        tx_hash=payload.tx_hash,
    )


def gas_for(step: Step) -> int:
    """
    Enough gas for a step that is sent before the ones it rests on are mined, so cannot be estimated.

    A creation pays 200 a byte of code and 16 a byte of calldata (EIP-170, EIP-2028).
    """
    return 2_000_000 + 230 * len(step.data) if step.creates else 500_000


def _send(row: DeploymentStep, say: Say) -> None:
    if rpc.client().call("eth_getTransactionByHash", [row.tx_hash]):
        return
    say(f"  {row.number + 1:>2}. {row.title}")
    try:
        rpc.client().call("eth_sendRawTransaction", ["0x" + bytes(row.payload).hex()])
    except rpc.RpcRefused as refusal:
        raise DeploymentStuck(
            f"Step {row.number} ({row.title}): {refusal.reason}. If the chain was wiped, ./portal reset."
        ) from refusal


def _wait(row: DeploymentStep, say: Say) -> Mined:
    until, ask_again_at = monotonic() + MINED_WITHIN_S, monotonic() + LOST_AFTER_S
    while monotonic() < until:
        if monotonic() > ask_again_at:
            _send(row, say)  # a node may lose what it took; the same bytes can only have the same effect
            ask_again_at = monotonic() + LOST_AFTER_S
        receipt = rpc.client().call("eth_getTransactionReceipt", [row.tx_hash])
        if receipt is None:
            sleep(0.1)
        elif int(receipt["status"], 16) == 1:
            return Mined(int(receipt["blockNumber"], 16), row.tx_hash)
        else:
            raise DeploymentStuck(f"Step {row.number} ({row.title}) reverted in {row.tx_hash}.")
    raise DeploymentStuck(f"Step {row.number} ({row.title}) was not mined within {MINED_WITHIN_S} s.")


def _refuse_deployers_rights(plan: Plan, roles: str, timelock: str) -> None:
    deployer = plan.inputs.deployer
    names = (*deployment_plan.ROLES, "PROPOSER_ROLE", "EXECUTOR_ROLE", "CANCELLER_ROLE")
    words = [bytes(32), *(keccak(name.encode()) for name in names)]
    for registry, abi in ((roles, "RoleRegistry"), (timelock, "UpgradeTimelock")):
        for word in words:
            if reads.ask(registry, abi, "hasRole", word, deployer):
                raise DeploymentStuck(f"The deployer still holds role 0x{word.hex()} of {abi}.")


def _expect(what: str, found: object, planned: object) -> None:
    if found != planned:
        raise DeploymentStuck(f"{what} is {found} on the chain, not {planned} as planned.")


def _steps() -> QuerySet[DeploymentStep]:
    return DeploymentStep.objects.filter(chain_id=settings.CHAIN.chain_id).order_by("number")


def _first_nonce() -> int:
    first = _steps().first()
    if first is not None:
        return first.nonce - first.number
    return int(rpc.client().call("eth_getTransactionCount", [local.address_of(DEPLOYER), "latest"]), 16)


def _is_recorded(plan: Plan) -> bool:
    rows = Deployment.objects.filter(chain_id=settings.CHAIN.chain_id)
    known = dict(rows.values_list("name", "address"))
    return all(known.get(contract.name) == contract.address for contract in plan.contracts)


def _head() -> int:
    return int(rpc.client().call("eth_blockNumber"), 16)


def _codes(plan: Plan) -> dict[str, bytes]:
    return {contract.name: reads.code_at(contract.address) for contract in plan.contracts}


def _domain(plan: Plan) -> tuple[str, str]:
    """What USDC itself calls its signing domain; it differs between networks."""
    usdc = plan.address("USDC")
    name = reads.ask(usdc, "FiatTokenV2_2", "name")
    version = reads.ask(usdc, "FiatTokenV2_2", "version")
    return str(name), str(version)


def _hash_of(step: Step) -> str:
    return "0x" + keccak((step.to or "").encode() + step.data).hex()
