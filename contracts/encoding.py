"""Between Python values and what the contracts take and give: calldata, results, reasons of reverts."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from cchecksum import to_checksum_address
from eth_abi import decode, encode
from eth_abi.exceptions import DecodingError
from eth_utils import function_signature_to_4byte_selector
from eth_utils.abi import collapse_if_tuple

from contracts import artifacts

Entry = Mapping[str, Any]
ERROR_STRING = function_signature_to_4byte_selector("Error(string)")
PANIC = function_signature_to_4byte_selector("Panic(uint256)")
PANICS = {
    0x01: "an assertion failed",
    0x11: "arithmetic overflow",
    0x12: "division by zero",
    0x32: "index out of bounds",
}


@dataclass(frozen=True)
class Argument:
    name: str
    type: str
    value: str


@dataclass(frozen=True)
class Described:
    """A call as people read it."""

    contract: str
    function: str
    arguments: list[Argument]


def encode_call(contract: str, function: str, *arguments: Any) -> bytes:
    """Return the calldata of a function of a contract of the suite, by their names."""
    entry = _function(contract, function)
    return _selector(entry) + encode(_types(entry["inputs"]), arguments)


def encode_arguments(contract: str, *arguments: Any) -> bytes:
    """Return a constructor's arguments, to be put behind the creation code."""
    constructors = [e for e in artifacts.load(contract).abi if e["type"] == "constructor"]
    return encode(_types(constructors[0]["inputs"]) if constructors else [], arguments)


def decode_result(contract: str, function: str, result: bytes) -> Any:
    """
    Return what a view answers: one value, or a tuple of several. Addresses are checksummed.

    :raises DecodingError: if the answer does not fit, an address without code for instance
    """
    outputs = _function(contract, function)["outputs"]
    values = tuple(
        _checksummed(o, value) for o, value in zip(outputs, decode(_types(outputs), result), strict=True)
    )
    return values[0] if len(values) == 1 else values


def describe_call(calldata: bytes, contract: str | None = None) -> Described | None:
    """Say which function is called with which arguments; None if no contract of ours has it."""
    for name in [contract] if contract else _names():
        entry = _functions(name).get(calldata[:4])
        if entry is not None:
            values = decode(_types(entry["inputs"]), calldata[4:])
            return Described(name, entry["name"], _arguments(entry["inputs"], values))
    return None


def explain_revert(reason: bytes) -> str:
    """Put a revert's data into words: "WrongPayment(expected=5, payment=4)"."""
    selector, rest = reason[:4], reason[4:]
    try:
        if selector == ERROR_STRING:
            return str(decode(["string"], rest)[0])
        if selector == PANIC:
            code = decode(["uint256"], rest)[0]
            return f"panic {code:#04x}: {PANICS.get(code, 'see the Solidity documentation')}"
        entry = _errors().get(selector)
        if entry is not None:
            values = decode(_types(entry["inputs"]), rest)
            told = (f"{a.name}={a.value}" for a in _arguments(entry["inputs"], values))
            return f"{entry['name']}({', '.join(told)})"
    except DecodingError:
        pass  # not what it seemed to be: shown raw
    return f"unknown reason 0x{reason.hex()}" if reason else "no reason given"


def shown(value: Any) -> str:
    """Write a decoded value for people; bytes as hex, lists in brackets."""
    if isinstance(value, bytes):
        return "0x" + value.hex()
    if isinstance(value, list | tuple):
        return f"[{', '.join(shown(one) for one in value)}]"
    return str(value)


def _arguments(inputs: Sequence[Entry], values: Sequence[Any]) -> list[Argument]:
    """Flatten structs and lists of them: people read "inputs[0].wallet", not a tuple in brackets."""
    found: list[Argument] = []
    for entry, value in zip(inputs, values, strict=True):
        if entry["type"] == "tuple":
            parts = _arguments(entry["components"], value)
            found += [Argument(f"{entry['name']}.{part.name}", part.type, part.value) for part in parts]
        elif entry["type"] == "tuple[]":
            each = [{**entry, "type": "tuple", "name": f"{entry['name']}[{i}]"} for i in range(len(value))]
            found += _arguments(each, value)
        else:
            text = shown(_checksummed(entry, value))
            found.append(Argument(entry["name"], collapse_if_tuple(dict(entry)), text))
    return found


def _checksummed(entry: Entry, value: Any) -> Any:
    if entry["type"] == "address":
        return to_checksum_address(value)
    if entry["type"].startswith("address["):
        return [to_checksum_address(one) for one in value]
    if entry["type"] == "tuple":
        return tuple(_checksummed(c, v) for c, v in zip(entry["components"], value, strict=True))
    if entry["type"].startswith("tuple["):
        return [_checksummed({**entry, "type": "tuple"}, one) for one in value]
    return value


def _types(inputs: Sequence[Entry]) -> list[str]:
    return [collapse_if_tuple(dict(entry)) for entry in inputs]


def _selector(entry: Entry) -> bytes:
    return function_signature_to_4byte_selector(f"{entry['name']}({','.join(_types(entry['inputs']))})")


def _names() -> list[str]:
    folder = artifacts.ABI_DIR / artifacts.CURRENT
    return [name for name in artifacts.NAMES if (folder / f"{name}.json").is_file()]


@cache
def _functions(contract: str) -> dict[bytes, Entry]:
    return {_selector(entry): entry for entry in artifacts.load(contract).abi if entry["type"] == "function"}


def _function(contract: str, name: str) -> Entry:
    return next(entry for entry in _functions(contract).values() if entry["name"] == name)


@cache
def _errors() -> dict[bytes, Entry]:
    abis = (artifacts.load(name).abi for name in _names())
    return {_selector(entry): entry for abi in abis for entry in abi if entry["type"] == "error"}
