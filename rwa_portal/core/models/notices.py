from django.db import models


class Outcome(models.TextChoices):
    RECEIVED = "RECEIVED"  # journalled; not worked on yet
    APPLIED = "APPLIED"  # the vendor was asked and its answer was taken over
    STALE = "STALE"  # older than what was applied before
    IGNORED = "IGNORED"  # of a kind that decides nothing
    QUARANTINED = "QUARANTINED"  # names nothing we know, or cannot be read: a person must look
