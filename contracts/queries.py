"""What operations ask about the chain's record here. No writes."""

from django.conf import settings
from django.db.models import Q

from indexer.models import Cursor, EventLog, ReactionFailure
from indexer.registry import has_reaction


def event_has_taken_effect(*, tx_hash: str, name: str) -> bool:
    """Whether a transaction's event is confirmed here and its consumer has run."""
    cursor = Cursor.objects.filter(pk=settings.CHAIN.chain_id).first()
    if cursor is None:
        return False
    abi, event_name = name.split(".")
    reached = Q(block_number__lte=cursor.confirmed_number or 0)
    if has_reaction(name):
        reached &= Q(block_number__lt=cursor.reacted_number) | Q(
            block_number=cursor.reacted_number, log_index__lte=cursor.reacted_index
        )
    logs = EventLog.objects.canonical().filter(reached, tx_hash=tx_hash, abi=abi, event_name=event_name)
    parked = ReactionFailure.objects.exclude(status=ReactionFailure.Status.DONE)
    return logs.exclude(pk__in=parked.values("event")).exists()
