"""
What a deployment sends, in order: contracts/script/DEPLOY.md as data.

Every address follows from the deployer's first nonce, so the whole plan is known before anything is sent and
is the same each time it is made.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

import rlp
from cchecksum import to_checksum_address
from eth_utils import keccak, to_canonical_address

from contracts import artifacts
from contracts.calls import create2_address, proxy_code
from contracts.encoding import encode_arguments, encode_call
from contracts.models import Purpose

ROLES = (
    Purpose.ASSET_ADMIN,
    Purpose.TREASURER,
    Purpose.COMPLIANCE,
    Purpose.FREEZER,
    Purpose.ENFORCER,
    Purpose.PAUSER,
    Purpose.ESCROW_OPERATOR,
    Purpose.GUARDIAN,
)
MODULES = {
    "ComplianceModule": "compliance",
    "CustodyRegistry": "custody",
    "IssuanceModule": "issuance",
    "DividendDistributor": "dividends",
    "RedemptionModule": "redemption",
}
TOKEN_VERSION = 1
USDC_DECIMALS = 6


@dataclass(frozen=True)
class Inputs:
    """What differs from network to network. Delays in seconds."""

    deployer: str
    first_nonce: int
    wallets: Mapping[str, str]  # addresses of the platform's custody wallets, by purpose
    circle: str  # on the dev chain, the account that stands for Circle
    circle_admin: str  # and the admin of its proxy, which cannot use it
    min_delay: int = 1
    admin_delay: int = 1
    recovery_delay: int = 1


@dataclass(frozen=True)
class Step:
    """One transaction; `to` empty: it creates a contract at `creates`."""

    title: str
    data: bytes
    to: str | None = None
    creates: str | None = None


@dataclass(frozen=True)
class Contract:
    """A contract the plan leaves behind."""

    name: str
    abi: str
    address: str
    step: int  # the step that creates it
    implementation: str | None = None
    is_mock: bool = False
    is_watched: bool = True


@dataclass
class Plan:
    inputs: Inputs
    steps: list[Step] = field(default_factory=list)
    contracts: list[Contract] = field(default_factory=list)

    def address(self, name: str) -> str:
        return next(contract.address for contract in self.contracts if contract.name == name)

    def create(self, abi: str, *arguments: object, libraries: dict[str, str] | None = None) -> str:
        """Add the creation of a contract and return the address it will have."""
        code = artifacts.load(abi).linked(libraries or {})
        address = create_address(self.inputs.deployer, self.inputs.first_nonce + len(self.steps))
        data = bytes.fromhex(code[2:]) + encode_arguments(abi, *arguments)
        self.steps.append(Step(f"create {abi}", data, creates=address))
        return address

    def call(self, to: str, abi: str, function: str, *arguments: object) -> None:
        self.steps.append(Step(f"{abi}.{function}", encode_call(abi, function, *arguments), to=to))

    def keep(self, name: str, address: str, *, abi: str = "", **known: object) -> str:
        """Name a contract that the last step has created."""
        step = known.pop("step", len(self.steps) - 1)
        self.contracts.append(Contract(name, abi or name, address, step, **known))  # type: ignore[arg-type]
        return address


def make(inputs: Inputs) -> Plan:
    plan = Plan(inputs)
    _usdc(plan)
    proxies, proxies_step = _proxies(plan)
    suite = _roles(plan, proxies)
    implementations = {name: _module(plan, name, suite) for name in MODULES}
    token = plan.create("AssetToken", suite)
    plan.keep("AssetTokenImplementation", token, abi="AssetToken", is_watched=False)
    escrow = plan.create("Escrow", suite)
    plan.keep("EscrowImplementation", escrow, abi="Escrow", is_watched=False)
    implementations["AssetFactory"] = plan.create("AssetFactory", suite, escrow)
    for name in MODULES:
        plan.call(proxies[name], name, "upgradeToAndCall", implementations[name], b"")
    first = encode_call("AssetFactory", "initialize", token, TOKEN_VERSION)
    # Last: with it the deployer has no right left.
    plan.call(
        proxies["AssetFactory"], "AssetFactory", "upgradeToAndCall", implementations["AssetFactory"], first
    )
    for name, address in proxies.items():
        plan.keep(name, address, step=proxies_step, implementation=implementations[name])
    return plan


def create_address(sender: str, nonce: int) -> str:
    return to_checksum_address("0x" + keccak(rlp.encode([to_canonical_address(sender), nonce]))[12:].hex())


def _usdc(plan: Plan) -> None:
    """Circle's own code behind its own proxy; elsewhere it is there before us."""
    circle = plan.inputs.circle
    checker = plan.create("SignatureChecker")
    code = plan.create("FiatTokenV2_2", libraries={"SignatureChecker": checker})
    usdc = plan.create("FiatTokenProxy", code)
    plan.keep("USDC", usdc, abi="FiatTokenV2_2", implementation=code)
    plan.call(usdc, "FiatTokenProxy", "changeAdmin", plan.inputs.circle_admin)
    names = ("USD Coin", "USDC", "USD", USDC_DECIMALS)
    plan.call(usdc, "FiatTokenV2_2", "initialize", *names, circle, circle, circle, circle)
    plan.call(usdc, "FiatTokenV2_2", "initializeV2", "USD Coin")
    plan.call(usdc, "FiatTokenV2_2", "initializeV2_1", circle)
    plan.call(usdc, "FiatTokenV2_2", "initializeV2_2", [], "USDC")
    oracle = plan.create("MockSanctionsOracle")
    plan.keep("SanctionsOracle", oracle, abi="MockSanctionsOracle", is_mock=True, is_watched=False)


def _proxies(plan: Plan) -> tuple[dict[str, str], int]:
    """All proxies in one transaction, before any of their code: the modules name each other by immutables."""
    nest = plan.create("SuiteProxies")
    code = proxy_code(create_address(nest, 1))  # its constructor's first contract is the placeholder
    names = ("AssetFactory", *MODULES)
    return {name: create2_address(nest, keccak(name.encode()), code) for name in names}, len(plan.steps) - 1


def _roles(plan: Plan, proxies: Mapping[str, str]) -> tuple[str, ...]:
    given, wallets = plan.inputs, plan.inputs.wallets
    governance = [wallets[Purpose.GOVERNANCE]]
    guardians = [wallets[Purpose.GUARDIAN]]
    timelock = plan.create("UpgradeTimelock", given.min_delay, governance, governance, guardians)
    plan.keep("Timelock", timelock, abi="UpgradeTimelock")
    grants = [(keccak(role.encode()), wallets[role]) for role in ROLES]
    roles = plan.create("RoleRegistry", given.admin_delay, timelock, proxies["AssetFactory"], grants)
    plan.keep("RoleRegistry", roles)
    return (roles, proxies["AssetFactory"], *(proxies[name] for name in MODULES), plan.address("USDC"))


def _module(plan: Plan, name: str, suite: tuple[str, ...]) -> str:
    delay = [plan.inputs.recovery_delay] if name == "ComplianceModule" else []
    return plan.create(name, suite, *delay)
