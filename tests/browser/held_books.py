"""Holders, transfers, a dividend and redemptions, for the pages of an asset's and an investor's books."""

from corporate_actions.models import DividendDistribution, Redemption
from tests.desk import world
from tests.people import AT
from tests.subscriptions import factories


def fill(asset, wallet) -> None:
    asset.refresh_from_db()
    other = factories.make_buyer().address
    world.issue(asset, wallet.address, 7500, in_block=10, at=AT - 9 * world.DAY)
    world.issue(asset, other, 2500, in_block=10, at=AT - 9 * world.DAY)
    world.transfer(asset, wallet.address, other, 500, in_block=12, at=AT - 4 * world.DAY)
    world.confirmed(30)
    DividendDistribution.objects.create(
        asset=asset,
        amount=10**9,
        distribution_date=AT.date(),
        expires_at=AT + 30 * world.DAY,
        drafted_by=asset.created_by,
        created_at=AT,
    )
    Redemption.objects.create(
        investor=wallet.investor,
        wallet=wallet,
        asset=asset,
        amount=1000,
        lock_by=AT + world.DAY,
        requested_by=wallet.investor.user,
        created_at=AT,
    )
