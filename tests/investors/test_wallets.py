from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.db import connections
from eth_account import Account
from eth_account.messages import encode_defunct

from contracts import signatures
from investors.actions import challenge_wallet, choose_primary_wallet, prove_wallet
from investors.actions.wallets import (
    ChallengeExpired,
    ChallengeUnknown,
    ChallengeUsed,
    WalletProvenAlready,
    WalletTaken,
)
from investors.models import Investor, Wallet, WalletChallenge
from rwa_portal.core.chain_values import AddressChecksumWrong, AddressMalformed, AddressZero
from rwa_portal.core.errors import DomainError
from rwa_portal.core.models import AuditEvent
from tests.investors.factories import AT, make_investor, make_wallet

pytestmark = pytest.mark.django_db
KEY, OTHER_KEY = "0x" + "01" * 32, "0x" + "02" * 32
ADDRESS, OTHER = Account.from_key(KEY).address, Account.from_key(OTHER_KEY).address


def signed(text: str, key: str = KEY) -> str:
    return "0x" + Account.sign_message(encode_defunct(text=text), key).signature.hex().removeprefix("0x")


def ask(investor: Investor, address: str = ADDRESS) -> WalletChallenge:
    return challenge_wallet(investor_id=investor.pk, address=address, by=investor.user, at=AT)


def prove(challenge: WalletChallenge, signature: str, *, by=None, at=AT, message=None) -> Wallet:
    return prove_wallet(
        challenge_id=challenge.pk,
        signature=signature,
        by=by or challenge.investor.user,
        at=at,
        message=message,
    )


@pytest.fixture
def challenge(investor):
    return ask(investor)


def test_the_message_names_site_wallet_chain_and_end(challenge):
    assert challenge.message.startswith(
        f"127.0.0.1:8000 wants you to sign in with your Ethereum account:\n{ADDRESS}\n"
    )
    assert "\nChain ID: 31337\n" in challenge.message
    assert f"\nNonce: {challenge.nonce}\n" in challenge.message
    assert challenge.expires_at - challenge.issued_at == timedelta(minutes=15)


def test_a_signature_proves_the_wallet_which_becomes_the_primary(challenge, investor):
    wallet = prove(challenge, signed(challenge.message))

    assert (wallet.address, wallet.is_primary, wallet.allowlisted_at) == (ADDRESS, True, None)
    assert wallet.proof_message == challenge.message
    assert Investor.objects.get(pk=investor.pk).wallet_address == ADDRESS
    assert AuditEvent.objects.filter(kind="wallet.proven", subject=wallet.pk).exists()


def test_a_second_wallet_is_not_primary_until_chosen(challenge, investor):
    first = prove(challenge, signed(challenge.message))
    second_challenge = ask(investor, OTHER)
    second = prove(second_challenge, signed(second_challenge.message, OTHER_KEY))
    assert not second.is_primary

    choose_primary_wallet(wallet_id=second.pk, by=investor.user, at=AT)

    assert not Wallet.objects.get(pk=first.pk).is_primary
    assert Investor.objects.get(pk=investor.pk).wallet_address == OTHER


def refused(challenge, error, signature, **how):
    with pytest.raises(error):
        prove(challenge, signature, **how)
    assert not Wallet.objects.exists()
    assert WalletChallenge.objects.get(pk=challenge.pk).used_at is None


def test_another_wallets_signature_is_refused(challenge):
    refused(challenge, signatures.SignerNotNamed, signed(challenge.message, OTHER_KEY))


def test_a_signature_of_another_text_is_refused(challenge):
    refused(challenge, signatures.SignerNotNamed, signed("I agree."))


@pytest.mark.parametrize(
    ("old", "new", "error"),
    [
        ("127.0.0.1:8000 wants", "evil.example wants", signatures.MessageForAnotherSite),
        ("Chain ID: 31337", "Chain ID: 1", signatures.MessageForAnotherChain),
        ("Nonce: ", "Nonce: 00", signatures.MessageNonceWrong),
        ("2026-03-31T12:15", "2026-03-31T11:59", signatures.MessageExpired),
        ("Version: 1", "Version: 2", signatures.MessageMalformed),
    ],
)
def test_a_message_for_something_else_is_refused_by_name(challenge, old, new, error):
    message = challenge.message.replace(old, new)
    assert message != challenge.message

    refused(challenge, error, signed(message), message=message)


def test_a_message_that_names_another_wallet_is_refused(challenge):
    message = challenge.message.replace(ADDRESS, OTHER)

    refused(challenge, signatures.SignerNotNamed, signed(message, OTHER_KEY), message=message)


@pytest.mark.parametrize(
    "signature", ["", "0x", "0x1234", "0x" + "00" * 65, "0x" + "zz" * 65, "0x" + "ff" * 65]
)
def test_a_malformed_signature_is_refused(challenge, signature):
    refused(challenge, DomainError, signature)


def test_an_expired_message_is_refused(challenge):
    refused(challenge, ChallengeExpired, signed(challenge.message), at=AT + timedelta(minutes=15))


def test_a_used_message_is_refused(challenge):
    prove(challenge, signed(challenge.message))

    with pytest.raises(ChallengeUsed):
        prove(challenge, signed(challenge.message))
    assert Wallet.objects.count() == 1


def test_another_persons_message_is_not_found(challenge):
    refused(challenge, ChallengeUnknown, signed(challenge.message), by=make_investor().user)


def test_a_wallet_of_another_investor_is_refused_before_and_after_signing(challenge):
    make_wallet(make_investor(), ADDRESS)

    with pytest.raises(WalletTaken):
        prove(challenge, signed(challenge.message))
    with pytest.raises(WalletTaken):
        ask(challenge.investor)
    assert Wallet.objects.count() == 1


def test_a_wallet_is_proven_once(challenge, investor):
    prove(challenge, signed(challenge.message))

    with pytest.raises(WalletProvenAlready):
        ask(investor)


@pytest.mark.parametrize(
    ("address", "error"),
    [
        ("0x1234", AddressMalformed),
        ("vitalik.eth", AddressMalformed),
        (ADDRESS[:-1] + ("A" if ADDRESS[-1] != "A" else "B"), DomainError),
        (ADDRESS.swapcase().replace("0X", "0x"), AddressChecksumWrong),
        ("0x" + "0" * 40, AddressZero),
    ],
)
def test_an_address_that_cannot_be_is_refused(investor, address, error):
    with pytest.raises(error):
        ask(investor, address)
    assert not WalletChallenge.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_two_investors_who_prove_one_wallet_at_once_are_told_apart(investor):
    challenges = [ask(investor), ask(make_investor())]

    def run(challenge):
        try:
            return prove(challenge, signed(challenge.message)).investor_id
        except WalletTaken:
            return None
        finally:
            connections.close_all()

    with ThreadPoolExecutor(2) as threads:
        owners = list(threads.map(run, challenges))

    assert sorted(owner is None for owner in owners) == [False, True]
    assert Wallet.objects.count() == 1
