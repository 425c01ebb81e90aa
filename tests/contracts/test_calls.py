import uuid
from datetime import UTC, datetime

import pytest
from eth_abi import encode
from eth_utils import keccak

from contracts import calls, deployments, encoding
from contracts.models import Deployment

TOKEN = "0xaf88d065e77c8cC2239327C5EDb3A432268e5831"
ESCROW = "0x036CbD53842c5426634e7929541eC2318f3dCF7e"
ID = "0x" + "ab" * 32
ORDER = calls.Order(TOKEN, 250, 5_000_000, 1_800_000_000, 1_801_000_000, ID, "0x" + "cd" * 32)


@pytest.fixture
def deployed(db):
    names = ["AssetFactory", "AssetTokenImplementation", "ComplianceModule", "IssuanceModule"]
    for number, name in enumerate(names, 1):
        Deployment.objects.create(
            network="dev",
            chain_id=31337,
            name=name,
            address=f"0x{number:040x}",
            abi_version="v1",
            code_hash="0x" + "01" * 32,
            block_number=1,
            deployed_at=datetime(2026, 1, 1, tzinfo=UTC),
        )


def test_an_order_id_covers_chain_escrow_and_every_field():
    words = [31337, ESCROW, TOKEN, 250, 5_000_000, 1_800_000_000, 1_801_000_000]
    types = ["uint256", "address", "address", *["uint256"] * 4, "bytes32", "bytes32"]

    expected = keccak(encode(types, [*words, b"\xab" * 32, b"\xcd" * 32]))

    assert calls.order_id(ESCROW, ORDER) == "0x" + expected.hex()
    assert calls.order_id(TOKEN, ORDER) != calls.order_id(ESCROW, ORDER)


def test_a_receipt_is_the_transfers_place():
    assert calls.receipt_id(ID, 3) == "0x" + keccak(b"\xab" * 32 + (3).to_bytes(32)).hex()


def test_mint_goes_to_the_issuance_module(deployed):
    to, calldata = calls.mint(ID)

    assert (to, calldata) == (f"0x{4:040x}", keccak(b"mint(bytes32)")[:4] + b"\xab" * 32)


def test_an_id_of_the_wrong_length_is_never_padded(deployed):
    with pytest.raises(ValueError, match="not 32 bytes"):
        calls.mint("0xab")


def test_a_profile_is_codes_only(deployed):
    profile = calls.Profile(TOKEN, 1_800_000_000, "DE", "ACCREDITED", 2**127)

    told = encoding.describe_call(calls.set_profiles_and_allowlist([profile]).calldata)

    assert told.function == "setProfilesAndAllowlist"
    assert {a.name: a.value for a in told.arguments} == {
        "inputs[0].wallet": TOKEN,
        "inputs[0].validUntil": "1800000000",
        "inputs[0].jurisdiction": "57",
        "inputs[0].investorType": "1",
        "inputs[0].investorId": str(2**127),
        "inputs[0].allowlisted": "True",
    }


def test_an_unknown_country_has_no_number():
    with pytest.raises(ValueError, match="XX"):
        calls.jurisdiction_number("XX")
    assert calls.jurisdiction_number("") == 0


def test_a_policy_word_has_one_bit_a_country():
    assert calls.policy_word(["AD", "AE"], limited=True) == 1 << 255 | 0b110


def test_a_new_asset_says_all_its_terms(deployed):
    asset = calls.NewAsset(
        asset_id=uuid.UUID(int=7),
        name="Harbour House",
        symbol="HARB",
        decimals=2,
        cap=1_000_000,
        issuer=TOKEN,
        custodian=ESCROW,
        pay_to=TOKEN,
        price=25_000_000,
        metadata_uri="https://portal.example/metadata/x.json",
        metadata_hash=ID,
        jurisdictions={"RETAIL": ["AD"], "ACCREDITED": ["AD", "AE"]},
        limits=calls.Limits(max_holders=50),
    )

    told = {a.name: a.value for a in encoding.describe_call(calls.deploy_asset(asset).calldata).arguments}

    assert told["params.assetId"] == "0x" + uuid.UUID(int=7).hex + "00" * 16
    assert told["params.policies"] == "[2, 6, 0, 0]"
    assert (told["params.limited"], told["params.limits.maxHolders"]) == ("True", "50")
    assert told["params.implementation"] == f"0x{2:040x}"


def test_a_call_is_read_back_in_words(deployed):
    told = encoding.describe_call(calls.deposit_with_authorization(ESCROW, ORDER, "0x" + "11" * 65).calldata)

    assert (told.contract, told.function) == ("Escrow", "depositWithAuthorization")
    assert {a.name: a.value for a in told.arguments}["order.payment"] == "5000000"


def test_calldata_of_no_contract_of_ours_is_not_described():
    assert encoding.describe_call(b"\x00\x00\x00\x00") is None


@pytest.mark.parametrize(
    ("reason", "text"),
    [
        (keccak(b"WrongPayment(uint256,uint96)")[:4] + encode(["uint256"] * 2, [5, 4]),
         "WrongPayment(expected=5, payment=4)"),
        (keccak(b"Error(string)")[:4] + encode(["string"], ["Blacklistable: account is blacklisted"]),
         "Blacklistable: account is blacklisted"),
        (keccak(b"Panic(uint256)")[:4] + encode(["uint256"], [0x11]), "panic 0x11: arithmetic overflow"),
        (b"\x01\x02\x03\x04", "unknown reason 0x01020304"),
        (keccak(b"WrongPayment(uint256,uint96)")[:4], "unknown reason 0x"
         + keccak(b"WrongPayment(uint256,uint96)")[:4].hex()),
        (b"", "no reason given"),
    ],
)  # fmt: skip
def test_a_revert_is_put_into_words(reason, text):
    assert encoding.explain_revert(reason) == text


def test_a_call_to_a_contract_that_is_not_there_is_refused(db):
    with pytest.raises(deployments.ContractNotDeployed, match="IssuanceModule"):
        calls.mint(ID)
