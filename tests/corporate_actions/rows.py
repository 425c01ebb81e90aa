from corporate_actions import models
from tests.people import person
from tests.rows import row_of

from . import factories


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
