import pytest
from cchecksum import to_checksum_address
from eth_abi import encode

from indexer.decode import Unreadable, addresses_in, compile_event

ALICE = to_checksum_address("0x" + "a1" * 20)


def event(name: str, *inputs: tuple) -> dict:
    return {
        "type": "event",
        "name": name,
        "inputs": [
            {"name": name, "type": kind, "indexed": indexed, **(rest[0] if rest else {})}
            for name, kind, indexed, *rest in inputs
        ],
    }


TRANSFER = event("Transfer", ("from", "address", True), ("to", "address", True), ("value", "uint256", False))


def word(value: int) -> bytes:
    return value.to_bytes(32)


def test_transfer_has_the_signature_every_erc20_has():
    decoder = compile_event("AssetToken", TRANSFER, "1")

    assert decoder.topic0 == "0xddf252ad1be2c89b69c2b068fc378daa952ba7f163c4a11628f55a4df523b3ef"
    assert decoder.full_name == "AssetToken.Transfer"


def test_static_words_are_read_by_their_type():
    decoder = compile_event(
        "X",
        event(
            "E",
            ("who", "address", True),
            ("id", "bytes32", True),
            ("delta", "int64", False),
            ("on", "bool", False),
            ("tag", "bytes4", False),
            ("big", "uint256", False),
        ),
        "1",
    )
    data = (2**256 - 5).to_bytes(32) + word(1) + b"\xde\xad\xbe\xef".ljust(32, b"\0") + word(2**255)

    payload = decoder.read([b"", word(int(ALICE, 16)), b"\x07" * 32], data)

    assert payload == {
        "who": ALICE,
        "id": "0x" + "07" * 32,
        "delta": "-5",
        "on": True,
        "tag": "0xdeadbeef",
        "big": str(2**255),
    }


def test_dynamic_types_and_tuples_are_read_by_name():
    parts = {"components": [{"name": "buyer", "type": "address"}, {"name": "units", "type": "uint96"}]}
    decoder = compile_event(
        "X",
        event(
            "E",
            ("uri", "string", True),
            ("text", "string", False),
            ("order", "tuple", False, parts),
            ("wallets", "address[]", False),
        ),
        "1",
    )
    data = encode(["string", "(address,uint96)", "address[]"], ["hé", (ALICE, 9), [ALICE]])

    payload = decoder.read([b"", b"\x01" * 32], data)

    assert payload == {
        "uri": "0x" + "01" * 32,  # only the hash of an indexed string is on chain
        "text": "hé",
        "order": {"buyer": ALICE, "units": "9"},
        "wallets": [ALICE],
    }
    assert addresses_in(payload) == [ALICE]


@pytest.mark.parametrize(
    ("topics", "data"),
    [
        ([b"", word(1)], word(5)),  # a topic too few
        ([b"", word(1), word(2), word(3)], word(5)),  # a topic too many
        ([b"", word(1), word(2)], b""),  # no data
        ([b"", word(1), word(2)], word(5) + word(6)),  # too much data
        ([b"", word(2**160), word(2)], word(5)),  # no address
    ],
)
def test_a_log_that_does_not_fit_is_unreadable(topics, data):
    decoder = compile_event("AssetToken", TRANSFER, "1")

    with pytest.raises(Unreadable):
        decoder.read(topics, data)


def test_truncated_dynamic_data_is_unreadable():
    decoder = compile_event("X", event("E", ("text", "string", False)), "1")

    with pytest.raises(Unreadable):
        decoder.read([b""], encode(["string"], ["abc"])[:40])


@pytest.mark.parametrize(("kind", "value"), [("uint8", 256), ("bool", 2), ("int8", 200), ("bytes4", 1)])
def test_a_word_out_of_its_types_range_is_unreadable(kind, value):
    decoder = compile_event("X", event("E", ("x", kind, False)), "1")

    with pytest.raises(Unreadable):
        decoder.read([b""], word(value))


def test_a_text_that_looks_like_an_address_is_no_party():
    assert addresses_in({"note": "0x" + "ab" * 20}) == []
