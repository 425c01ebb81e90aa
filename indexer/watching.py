from datetime import datetime

from django.conf import settings

from indexer.models import Watched
from rwa_portal.core.actions import require_transaction


def watch(
    *,
    address: str,
    abi: str,
    from_block: int,
    at: datetime,
    kind: str = Watched.Kind.CONTRACT,
    token: str | None = None,
) -> Watched:
    """
    Read a contract's events from a block on; in the transaction of the decision that creates the contract.

    Watch the predicted address before the deployment is sent. Blocks read before that are read again for it,
    from from_block on, so a late watch misses nothing either. `token` is the token of the asset a contract
    belongs to (an escrow's). Watching an address again changes nothing.
    """
    require_transaction()
    return Watched.objects.get_or_create(
        chain_id=settings.CHAIN.chain_id,
        address=address,
        defaults={"abi": abi, "kind": kind, "token": token, "from_block": from_block, "watched_at": at},
    )[0]
