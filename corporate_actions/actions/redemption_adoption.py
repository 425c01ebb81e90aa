from datetime import datetime
from uuid import UUID

from corporate_actions.models import Redemption, RedemptionFact
from corporate_actions.redemption_matching import Asked, note_request
from rwa_portal.core.actions import action
from rwa_portal.core.errors import DomainError
from rwa_portal.core.models import User


class HolderUnknown(DomainError):
    """No wallet we know has asked for this redemption on chain."""


@action
def adopt_request(*, fact_id: UUID, by: User, at: datetime) -> Redemption:
    """
    Give a request on chain its row, now that its holder's wallet is known.

    :raises HolderUnknown:
    """
    redemption = note_request(Asked.of(RedemptionFact.objects.get(pk=fact_id)))
    if redemption is None:
        raise HolderUnknown
    return redemption
