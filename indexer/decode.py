"""
Reads logs with decoders compiled once from an ABI.

- Static words are sliced; only dynamic types and tuples go through eth_abi.
- Integers become decimal strings, bytes 0x hex, addresses checksummed; booleans stay, tuples become objects.
- Strict: a topic or word that does not fit its type raises Unreadable, and the log is kept raw.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast

from cchecksum import to_checksum_address
from eth_abi import decode
from eth_abi.exceptions import DecodingError
from eth_typing import ABIEvent
from eth_utils.abi import collapse_if_tuple, event_abi_to_log_topic

Entry = Mapping[str, Any]
Read = Callable[[bytes], Any]
_ADDRESS = re.compile("0x[0-9a-fA-F]{40}")


class Unreadable(Exception):
    """The log does not fit the event's interface."""


@dataclass(frozen=True)
class EventDecoder:
    """One event of one version of an interface."""

    abi: str
    version: str
    name: str
    topic0: str
    read: Callable[[Sequence[bytes], bytes], dict[str, Any]]

    @property
    def full_name(self) -> str:
        return f"{self.abi}.{self.name}"


def compile_event(abi: str, entry: Entry, version: str) -> EventDecoder:
    """Build the decoder of one ABI entry of type event."""
    topic0 = "0x" + event_abi_to_log_topic(cast(ABIEvent, entry)).hex()
    return EventDecoder(abi, version, entry["name"], topic0, _reader(entry["inputs"]))


def addresses_in(value: Any) -> list[str]:
    """List every address a payload names, each once, in order."""
    found: dict[str, None] = {}
    _collect(value, found)
    return list(found)


def _reader(inputs: Sequence[Entry]) -> Callable[[Sequence[bytes], bytes], dict[str, Any]]:
    indexed = [(entry["name"], _topic_reader(entry)) for entry in inputs if entry["indexed"]]
    plain = [entry for entry in inputs if not entry["indexed"]]
    read_data = _static_reader(plain) if all(map(_is_word, plain)) else _dynamic_reader(plain)
    order = [entry["name"] for entry in inputs]

    def read(topics: Sequence[bytes], data: bytes) -> dict[str, Any]:
        if len(topics) != len(indexed) + 1:
            raise Unreadable(f"{len(topics)} topics instead of {len(indexed) + 1}")
        values = {name: reader(topic) for (name, reader), topic in zip(indexed, topics[1:], strict=True)}
        values |= read_data(data)
        return {name: values[name] for name in order}

    return read


def _static_reader(inputs: Sequence[Entry]) -> Callable[[bytes], dict[str, Any]]:
    readers = [(entry["name"], _word_reader(entry["type"])) for entry in inputs]
    size = 32 * len(readers)

    def read(data: bytes) -> dict[str, Any]:
        if len(data) != size:
            raise Unreadable(f"{len(data)} bytes of data instead of {size}")
        return {name: reader(data[i * 32 : i * 32 + 32]) for i, (name, reader) in enumerate(readers)}

    return read


def _dynamic_reader(inputs: Sequence[Entry]) -> Callable[[bytes], dict[str, Any]]:
    types = [collapse_if_tuple(dict(entry)) for entry in inputs]

    def read(data: bytes) -> dict[str, Any]:
        try:
            values = decode(types, data)
        except (DecodingError, OverflowError) as error:
            raise Unreadable(str(error)) from error
        return {entry["name"]: _plain(value, entry) for entry, value in zip(inputs, values, strict=True)}

    return read


def _topic_reader(entry: Entry) -> Read:
    # The topic of an indexed dynamic value is its hash: the value itself is not in the log.
    return _word_reader(entry["type"]) if _is_word(entry) else _hex


def _is_word(entry: Entry) -> bool:
    return re.fullmatch(r"address|bool|u?int\d*|bytes\d+", entry["type"]) is not None


def _word_reader(type_name: str) -> Read:
    if type_name == "address":
        return _address
    if type_name == "bool":
        return _bool
    size = int(re.sub(r"\D", "", type_name) or 256)
    if type_name.startswith("bytes"):
        return lambda word: _fixed_bytes(word, size)
    if type_name.startswith("u"):
        return lambda word: _integer(int.from_bytes(word), 0, 2**size)
    return lambda word: _integer(int.from_bytes(word, signed=True), -(2 ** (size - 1)), 2 ** (size - 1))


def _address(word: bytes) -> str:
    if any(word[:12]):
        raise Unreadable("an address has more than 20 bytes")
    return to_checksum_address("0x" + word[12:].hex())


def _bool(word: bytes) -> bool:
    number = int.from_bytes(word)
    if number > 1:
        raise Unreadable("a bool is neither 0 nor 1")
    return number == 1


def _fixed_bytes(word: bytes, size: int) -> str:
    if any(word[size:]):
        raise Unreadable(f"bytes{size} are followed by more")
    return _hex(word[:size])


def _integer(number: int, low: int, high: int) -> str:
    if not low <= number < high:
        raise Unreadable("an integer is out of its type's range")
    return str(number)


def _hex(raw: bytes) -> str:
    return "0x" + raw.hex()


def _plain(value: Any, entry: Entry) -> Any:
    """Turn eth_abi's answer into what JSON and people read."""
    type_name = entry["type"]
    if type_name.endswith("]"):
        item = {**entry, "type": type_name[: type_name.rindex("[")]}
        return [_plain(each, item) for each in value]
    if type_name == "tuple":
        return {
            part["name"]: _plain(each, part) for part, each in zip(entry["components"], value, strict=True)
        }
    if type_name == "address":
        return to_checksum_address(value)
    if isinstance(value, bytes):
        return _hex(value)
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else value


def _collect(value: Any, found: dict[str, None]) -> None:
    if isinstance(value, str):
        if _ADDRESS.fullmatch(value) and to_checksum_address(value) == value:
            found[value] = None
    elif isinstance(value, dict | list):
        for each in value.values() if isinstance(value, dict) else value:
            _collect(each, found)
