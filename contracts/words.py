"""What pages say of a call that is on its way, in the reader's words."""

from contracts.models import State
from indexer.queries import Seen

BEING_SENT = {
    State.AWAITING_APPROVAL: "waits for a second approval",
    State.QUEUED: "about to be sent",
    State.SUBMITTING: "about to be sent",
    State.SUBMIT_UNKNOWN: "being looked up at the custodian",
    State.CUSTODY: "with the custodian, to be signed",
    State.BROADCAST: "sent, not yet in a block",
    State.MINED: "in a block, to be confirmed",
    State.CONFIRMED: "confirmed, being booked",
    State.NEEDS_REVIEW: "looked at by our operations team",
}


def confirmations(seen: Seen) -> str:
    """k of N blocks, of an event that is in a block and not yet final."""
    return f"{seen.confirmations}/{seen.needed} confirmations" if seen.needed else "seen, not yet final"
