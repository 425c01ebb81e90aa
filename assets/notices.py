"""Who is told, and when, that a custody proof runs out."""

from datetime import datetime, timedelta

from assets.models import CustodyProof

DAYS = (30, 7, 1)


def due(proof: CustodyProof, at: datetime) -> int | None:
    """The warning to give now: the smallest of 30, 7 and 1 days that has begun and was not given yet."""
    if proof.status != CustodyProof.Status.VALID or proof.expiry_at is None or proof.expiry_at <= at:
        return None
    begun = [days for days in DAYS if proof.expiry_at - at <= timedelta(days=days)]
    if not begun or (proof.warned_days is not None and proof.warned_days <= min(begun)):
        return None
    return min(begun)
