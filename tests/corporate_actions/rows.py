from corporate_actions import models
from tests.people import person
from tests.rows import row_of
from tests.subscriptions.factories import hear, make_asset

from . import factories
from .redemptions import factories as redemptions


@row_of(models.DividendDistribution)
def distribution() -> models.DividendDistribution:
    factories.deploy_suite()
    asset, _ = factories.asset_held_by(100)
    return factories.drafted(asset, person("row-officer"))


@row_of(models.DividendClaim)
def claim() -> models.DividendClaim:
    factories.deploy_suite()
    asset, (wallet,) = factories.asset_held_by(100)
    opened = factories.opened(asset, person("row-officer"))
    factories.hear(factories.skipped(opened, wallet.address))
    return opened.claims.get()


@row_of(models.FinalRedemption)
def final_redemption() -> models.FinalRedemption:
    return redemptions.final_in("DUE")


@row_of(models.Freeze)
def freeze() -> models.Freeze:
    asset = make_asset()
    hear(redemptions.frozen(asset, redemptions.make_holder(asset), 5))
    return models.Freeze.objects.get()


@row_of(models.OffChainSettlement)
def off_chain_settlement() -> models.OffChainSettlement:
    asset = make_asset()
    row = redemptions.redemption_in("PENDING", asset, redemptions.make_holder(asset), method="OFF_CHAIN")
    return redemptions.record(row, person("row-treasurer"))


@row_of(models.Redemption)
def redemption() -> models.Redemption:
    asset = make_asset()
    return redemptions.redemption_in("PENDING", asset, redemptions.make_holder(asset))
