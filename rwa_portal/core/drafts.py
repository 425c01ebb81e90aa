"""
Drafts: what a person has typed into a form and not yet sent.

- Sealed under the person's own key, one per person and form; a later save replaces it.
- Never more than text: no files, no passwords (the page does not send them).
"""

import json
from collections.abc import Mapping
from datetime import datetime

from rwa_portal.core.actions import action
from rwa_portal.core.errors import RuleBroken
from rwa_portal.core.models import ERASED, Draft, PersonKey, User

LIMIT_BYTES = 64 * 1024


class DraftTooLarge(RuleBroken):
    """A draft holds at most 64 KiB."""

    field = "draft"


class DraftMalformed(RuleBroken):
    """A draft is one JSON object of texts."""

    field = "draft"


@action
def save(*, user: User, name: str, values: Mapping[str, str], at: datetime) -> None:
    """
    Keep what has been typed so far.

    :raises DraftMalformed: anything but texts by name
    :raises DraftTooLarge:
    """
    if not isinstance(values, Mapping) or not all(isinstance(v, str) for v in values.values()):
        raise DraftMalformed
    text = json.dumps(dict(values))
    if len(text.encode()) > LIMIT_BYTES:
        raise DraftTooLarge
    sealed = PersonKey.seal(user.pk, text)
    Draft.objects.update_or_create(user=user, name=name, defaults={"sealed": sealed, "saved_at": at})


def load(*, user: User, name: str) -> dict[str, str]:
    """Return what was typed, or an empty dictionary."""
    draft = Draft.objects.filter(user=user, name=name).first()
    text = PersonKey.unseal(user.pk, draft.sealed) if draft else ERASED
    return {} if text == ERASED else json.loads(text)


def discard(*, user: User, name: str) -> None:
    """Forget the draft, in the caller's transaction or on its own."""
    Draft.objects.filter(user=user, name=name).delete()
