"""
Questions to the contracts as the chain stands now, or (ask_all) at one block; never inside a transaction.

What is confirmed the indexer knows; answers about the newest block may still be taken back.
"""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache

from eth_abi import encode
from eth_abi.exceptions import DecodingError
from eth_utils import function_signature_to_4byte_selector, keccak

from contracts import artifacts, deployments
from contracts.encoding import decode_result, encode_call, explain_revert
from contracts.models import ChainOperation
from indexer import rpc
from indexer.models import Block

AT_ONCE = 100  # questions in one round trip; providers refuse more
ERC1271_YES = bytes.fromhex("1626ba7e")
IMPLEMENTATION_SLOT = "0x360894a13ba1a3210667c828492db98dca3e2076cc3735a920a3ca505d382bbc"  # ERC-1967


class AnswerUnreadable(Exception):
    """A contract did not answer as its interface says: most likely no code stands at that address."""


@dataclass(frozen=True)
class FailedRule:
    """A rule of the chain that a transfer would break, in plain words."""

    name: str
    text: str


@cache
def rules() -> tuple[tuple[int, FailedRule], ...]:
    """Every rule with its bit, as `ComplianceModule.explain` numbers them."""
    listed = json.loads((artifacts.ABI_DIR / artifacts.CURRENT / "failed_rules.json").read_text())
    return tuple((rule["bit"], FailedRule(rule["name"], rule["text"])) for rule in listed)


def ask(address: str, contract: str, function: str, *arguments: object, block: str = "latest") -> object:
    """
    Call a view.

    :raises AnswerUnreadable:
    :raises indexer.rpc.RpcError: the node did not answer, or the view reverted
    """
    calldata = encode_call(contract, function, *arguments)
    answer = rpc.client().call("eth_call", [{"to": address, "data": "0x" + calldata.hex()}, block])
    try:
        return decode_result(contract, function, bytes.fromhex(answer[2:]))
    except DecodingError:
        raise AnswerUnreadable(f"{contract}.{function} at {address}") from None


@dataclass(frozen=True)
class Question:
    """A call of a view: Question(token, "AssetToken", "balanceOf", (wallet,))."""

    address: str
    contract: str
    function: str
    arguments: tuple[object, ...] = ()


def ask_all(questions: Sequence[Question], *, block: Block) -> list[object]:
    """
    Call many views as of the end of one block, in few round trips; the answers come in the questions' order.

    The block is named by its hash: a chain that has taken it back refuses instead of answering for another.

    :raises AnswerUnreadable:
    :raises indexer.rpc.RpcError: the node did not answer, no longer has the block, or a view reverted
    """
    place = {"blockHash": block.hash, "requireCanonical": True}
    answers = []
    for start in range(0, len(questions), AT_ONCE):
        part = questions[start : start + AT_ONCE]
        answers += rpc.client().batch([("eth_call", [_call_of(each), place]) for each in part])
    return list(_read_all(questions, answers))


def _call_of(question: Question) -> dict[str, str]:
    calldata = encode_call(question.contract, question.function, *question.arguments)
    return {"to": question.address, "data": "0x" + calldata.hex()}


def _read_all(questions: Sequence[Question], answers: Sequence[str]) -> Iterator[object]:
    for each, answer in zip(questions, answers, strict=True):
        try:
            yield decode_result(each.contract, each.function, bytes.fromhex(answer[2:]))
        except DecodingError:
            raise AnswerUnreadable(f"{each.contract}.{each.function} at {each.address}") from None


def explain(token: str, from_: str, to: str, amount: int, *, spender: str | None = None) -> list[FailedRule]:
    """
    Name every rule that a transfer would break now; an empty list means that it would pass.

    Without a spender the holder moves the units itself.
    """
    module = deployments.address("ComplianceModule")
    failed = ask(module, "ComplianceModule", "explain", token, from_, to, spender or from_, amount)
    return [rule for bit, rule in rules() if int(failed) >> bit & 1]  # type: ignore[call-overload]


def total_supply(token: str) -> int:
    return int(ask(token, "AssetToken", "totalSupply"))  # type: ignore[call-overload]


def balance_of(token: str, wallet: str) -> int:
    return int(ask(token, "AssetToken", "balanceOf", wallet))  # type: ignore[call-overload]


def usdc_balance(wallet: str) -> int:
    """Micro-USDC."""
    usdc = deployments.address("USDC")
    return int(ask(usdc, "FiatTokenV2_2", "balanceOf", wallet))  # type: ignore[call-overload]


def is_usdc_blacklisted(wallet: str) -> bool:
    """Whether the USDC contract refuses to pay this address."""
    return bool(ask(deployments.address("USDC"), "FiatTokenV2_2", "isBlacklisted", wallet))


def payee_of(wallet: str) -> str:
    """Whom the contracts pay for a wallet: itself, or its successor. Reverts while it may not be paid."""
    return str(ask(deployments.address("ComplianceModule"), "ComplianceModule", "payeeOf", wallet))


def native_balance(wallet: str) -> int:
    """Wei."""
    return int(rpc.client().call("eth_getBalance", [wallet, "latest"]), 16)


def has_role(role: str, account: str, *, token: str | None = None) -> bool:
    """Whether an account holds a platform role ("TREASURER"), or an asset's ("ISSUER" of a token)."""
    registry, word = deployments.address("RoleRegistry"), keccak(role.encode())
    if token is None:
        return bool(ask(registry, "RoleRegistry", "hasRole", word, account))
    return bool(ask(registry, "RoleRegistry", "hasAssetRole", word, token, account))


def predicted_asset(asset_id_word: str) -> tuple[str, str]:
    """What the factory itself says of an asset's token and escrow; calls.predict_asset computes the same."""
    implementation = deployments.address("AssetTokenImplementation")
    word = bytes.fromhex(asset_id_word.removeprefix("0x"))
    factory = deployments.address("AssetFactory")
    answer = ask(factory, "AssetFactory", "predict", word, implementation)
    return answer[0], answer[1]  # type: ignore[index]


def code_at(address: str) -> bytes:
    return bytes.fromhex(rpc.client().call("eth_getCode", [address, "latest"])[2:])


def implementation_of(proxy: str) -> str:
    """The address of the code an ERC-1967 proxy runs, in lower case."""
    word = rpc.client().call("eth_getStorageAt", [proxy, IMPLEMENTATION_SLOT, "latest"])
    return "0x" + word[-40:]


def signed_by_contract(wallet: str, digest: bytes, signature: bytes) -> bool:
    """Whether a contract wallet vouches for a signature over a digest (ERC-1271)."""
    call = function_signature_to_4byte_selector("isValidSignature(bytes32,bytes)")
    calldata = call + encode(["bytes32", "bytes"], [digest, signature])
    try:
        answer = rpc.client().call("eth_call", [{"to": wallet, "data": "0x" + calldata.hex()}, "latest"])
    except rpc.RpcRefused:
        return False
    return bytes.fromhex(answer[2:])[:4] == ERC1271_YES


def revert_reason(operation: ChainOperation, *, block_number: int) -> str:
    """Say why a mined call reverted, by calling it again on the state before its block."""
    call = {
        "from": operation.wallet.address,
        "to": operation.to,
        "data": "0x" + bytes(operation.calldata).hex(),
    }
    for number in (block_number - 1, block_number):
        try:
            rpc.client().call("eth_call", [call, hex(number)])
        except rpc.RpcRefused as refusal:
            if isinstance(refusal.data, str):
                return explain_revert(bytes.fromhex(refusal.data.removeprefix("0x")))
            return refusal.reason[:200]
        except rpc.RpcError:
            break
    return "reverted; the reason could not be read again"
