from uuid import UUID

from assets.models import Asset
from corporate_actions.models import FinalRedemption, Redemption


def lock_redemption(redemption_id: UUID) -> Redemption:
    # The asset first, in every action: the redemptions of one holding share its units.
    Asset.objects.select_for_update(of=("self",)).get(redemptions=redemption_id)
    return Redemption.objects.select_for_update(of=("self",)).get(pk=redemption_id)


def lock_final(final_id: UUID) -> FinalRedemption:
    Asset.objects.select_for_update(of=("self",)).get(final_redemption=final_id)
    return FinalRedemption.objects.select_for_update(of=("self",)).get(pk=final_id)
