"""What others ask about operations, and what operations ask about the chain's record. No writes."""

from django.conf import settings

from indexer.models import Cursor, EventLog, ReactionFailure
from indexer.registry import has_reaction


def event_has_taken_effect(*, tx_hash: str, name: str) -> bool:
    """Whether a transaction's event is confirmed here and its consumer has run."""
    cursor = Cursor.objects.filter(pk=settings.CHAIN.chain_id).first()
    if cursor is None:
        return False
    abi, event_name = name.split(".")
    reached = cursor.reacted_seq if has_reaction(name) else cursor.projected_seq
    logs = EventLog.objects.canonical().filter(
        tx_hash=tx_hash, abi=abi, event_name=event_name, seq__lte=reached
    )
    parked = ReactionFailure.objects.exclude(status=ReactionFailure.Status.DONE)
    return logs.exclude(pk__in=parked.values("event")).exists()
