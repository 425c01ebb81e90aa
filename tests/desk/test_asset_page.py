import pytest

from assets.models import Asset
from indexer.models import Holding
from tests.people import in_role
from tests.subscriptions import factories

pytestmark = pytest.mark.django_db


def page(client, asset):
    return client.get(f"/assets/{asset.pk}")


def test_everybody_reads_the_offer_of_an_active_asset(client, asset):
    asset.refresh_from_db()
    text = page(client, asset).content.decode()

    assert "Beispielhaus" in text
    assert "100.000000 USDC" in text
    assert asset.token_address in text
    assert "Cap table" not in text


def test_staff_reads_the_cap_table_and_orders(client, asset, paid, officer):
    for wallet, held in (("0x" + "11" * 20, 7500), ("0x" + "22" * 20, 2500)):
        Holding.objects.create(
            chain_id=31337, token=asset.token_address, wallet=wallet, units=held, updated_block=1
        )
    client.force_login(officer)

    text = page(client, asset).content.decode()

    assert "75.00 %" in text
    assert "25.00 %" in text
    assert str(paid.pk) in text


def test_an_asset_that_is_not_on_chain_yet_is_nobodys_business(client, suite):
    draft = factories.make_asset(
        status=Asset.Status.APPROVED, token_address=None, escrow_address=None, deployed_at=None
    )

    assert page(client, draft).status_code == 404
    client.force_login(in_role("counsel", "legal_reviewer"))
    assert page(client, draft).status_code == 200
