from uuid import UUID

from assets.models import Asset
from corporate_actions.models import DividendDistribution


def lock_distribution(distribution_id: UUID) -> DividendDistribution:
    # The asset first, in every action, as orders and redemptions do.
    asset = Asset.objects.select_for_update(of=("self",)).get(distributions=distribution_id)
    distribution = DividendDistribution.objects.select_for_update(of=("self",)).get(pk=distribution_id)
    distribution.asset = asset
    return distribution
