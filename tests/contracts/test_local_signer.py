import base64
from dataclasses import replace
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from contracts import reads, submission, tasks, wallets
from contracts.custody import AnswerUnknown, Refused, local, request_of
from contracts.models import Attempt, CustodyWallet, NonceLane, Purpose
from indexer import rpc
from rwa_portal.core.actions import TransactionOpen, action
from rwa_portal.core.models import AuditEvent

from . import chain
from .conftest import AT, TO

pytestmark = pytest.mark.django_db(transaction=True)


def test_a_wallets_key_follows_from_the_seed_and_its_id_alone():
    first, second = CustodyWallet(), CustodyWallet()

    assert local.address_of(first.pk) == local.address_of(first.pk)
    assert local.address_of(first.pk) != local.address_of(second.pk)


def test_another_seed_gives_other_keys(settings):
    before = local.address_of("deployer")

    settings.LOCAL_SIGNER_SEED = base64.b64encode(b"4" * 32).decode()

    assert local.address_of("deployer") != before


@pytest.mark.parametrize("changed", [{"CHAIN": 8453}, {"LOCAL_SIGNER_SEED": ""}])
def test_no_other_chain_and_no_seed_no_key(settings, changed):
    settings.CHAIN = replace(settings.CHAIN, chain_id=changed.get("CHAIN", 31337))
    settings.LOCAL_SIGNER_SEED = changed.get("LOCAL_SIGNER_SEED", settings.LOCAL_SIGNER_SEED)

    with pytest.raises(local.LocalSignerRefused):
        local.account("deployer")


def test_a_wallet_made_with_another_seed_is_refused_and_nothing_is_numbered(ask_to_allow, settings):
    operation = ask_to_allow()
    settings.LOCAL_SIGNER_SEED = base64.b64encode(b"4" * 32).decode()

    tasks.submit_operations()

    operation.refresh_from_db()
    assert (operation.state, NonceLane.objects.count()) == ("REJECTED", 0)
    assert "LOCAL_SIGNER_SEED" in operation.failure


def test_the_signer_is_never_called_inside_a_transaction(ask_to_allow):
    ask_to_allow()
    request = request_of(submission.claim(at=timezone.now()))

    for method in ("submit", "find", "cancel"):
        with pytest.raises(TransactionOpen):
            action(getattr(local.LocalSigner(), method))(request)

    assert Attempt.objects.get().payload is None


def test_a_node_that_does_not_answer_is_an_unknown_answer_not_a_no(ask_to_allow, monkeypatch):
    operation = ask_to_allow()
    with monkeypatch.context() as patch:
        patch.setattr(rpc, "client", lambda: rpc.Rpc("http://127.0.0.1:1", chain_id=31337))
        tasks.submit_operations()
        with pytest.raises(AnswerUnknown):
            local.broadcast(Attempt(payload=b"\x01", tx_hash="0x" + "00" * 32))

    operation.refresh_from_db()
    assert operation.state == "SUBMITTING"


def test_a_call_in_a_block_can_no_longer_be_cancelled(ask_to_allow):
    ask_to_allow()
    tasks.submit_operations()

    with pytest.raises(Refused, match="nonce is used"):
        local.LocalSigner().cancel(request_of(Attempt.objects.get()))


def test_nothing_secret_is_stored_or_logged(ask_to_allow, caplog, capsys):
    operation = ask_to_allow()
    tasks.submit_operations()

    key = local.account(operation.wallet_id).key.hex()
    seen = caplog.text + "".join(capsys.readouterr()) + str(list(CustodyWallet.objects.values()))
    seen += str([bytes(attempt.payload).hex() for attempt in Attempt.objects.all()])
    assert key not in seen
    assert operation.wallet.address in seen


def test_dev_usdc_is_minted_and_counted(suite):
    out = StringIO()

    call_command("mint_dev_usdc", to=[TO], amount="12.5", stdout=out)
    call_command("mint_dev_usdc", to=[TO], amount="0.000001", stdout=out)

    assert reads.usdc_balance(TO) == 12_500_001
    assert "12.500000 USDC" in out.getvalue()


@pytest.mark.parametrize(
    ("to", "amount", "rule"),
    [
        (TO, "0", "above zero"),
        (TO, "1.0000001", "at most 6 decimals"),
        (TO.replace("C5ED", "c5ED"), "1", "checksum"),
        ("0x" + "00" * 20, "1", "nobody"),
    ],
)
def test_bad_input_to_mint_dev_usdc_names_the_rule(suite, to, amount, rule):
    with pytest.raises(CommandError, match=rule):
        call_command("mint_dev_usdc", to=[TO, to], amount=amount)


def test_dev_usdc_exists_on_the_dev_chain_only(settings):
    settings.CHAIN = replace(settings.CHAIN, chain_id=8453)

    with pytest.raises(CommandError, match="chain 31337 only"):
        call_command("mint_dev_usdc", to=[TO], amount="1")


def test_show_roles_asks_the_chain(suite):
    out = StringIO()

    call_command("show_roles", stdout=out)

    assert (
        f"TREASURER        {wallets.platform(Purpose.TREASURER).address}  TREASURER wallet" in out.getvalue()
    )


def test_show_roles_without_contracts_says_what_to_do(db):
    with pytest.raises(CommandError, match="deploy_contracts"):
        call_command("show_roles")


def test_an_issuer_gets_its_wallet_once(officer, order):
    assign = action(wallets.assign)
    given = {"purpose": Purpose.ISSUER, "owner_id": order.pk, "by": officer, "at": AT}

    first, second = assign(**given), assign(**given)

    assert first == second
    assert AuditEvent.objects.filter(kind="custody_wallet.assigned").count() == 1
    assert assign(**{**given, "purpose": Purpose.CUSTODIAN}).address != first.address


def test_a_platform_purpose_is_never_an_issuers(officer, order):
    with pytest.raises(wallets.PurposeNotOwned):
        action(wallets.assign)(purpose=Purpose.TREASURER, owner_id=order.pk, by=officer, at=AT)

    assert not CustodyWallet.objects.exists()


def test_elsewhere_a_registered_wallet_is_taken_or_none_is_free(officer, order, settings):
    settings.CHAIN = replace(settings.CHAIN, chain_id=8453)
    waiting = CustodyWallet.objects.create(
        address=TO, vendor="fake", purpose=Purpose.ISSUER, is_assigned=False, created_at=AT
    )
    given = {"purpose": Purpose.ISSUER, "by": officer, "at": AT}

    assert action(wallets.assign)(owner_id=order.pk, **given) == waiting
    with pytest.raises(wallets.NoCustodyWalletFree):
        action(wallets.assign)(owner_id=waiting.pk, **given)
    with pytest.raises(wallets.NoCustodyWalletFree):
        wallets.platform(Purpose.TREASURER)
    assert CustodyWallet.objects.count() == 1


def test_the_chain_itself_names_every_rule_a_transfer_breaks(suite):
    failed = reads.explain(TO, TO, "0x" + "11" * 20, 1)

    assert [rule.name for rule in failed][0] == "UNKNOWN_ASSET"


def test_an_address_without_code_does_not_answer_as_a_contract(suite):
    with pytest.raises(reads.AnswerUnreadable):
        reads.total_supply("0x" + "11" * 20)
    assert chain.call("eth_getCode", "0x" + "11" * 20, "latest") == "0x"
