"""Whose order or request it is: a person's own, or the investor that a machine names."""

from uuid import UUID

from rest_framework.request import Request

from investors.models import Investor
from investors.queries import InvestorUnknown


def investor_of(request: Request, *, named: UUID | None) -> UUID:
    """
    Return the id of the investor whom a request of the API is about.

    :raises InvestorUnknown: a person names another's id, or a machine none
    """
    if request.auth is not None:
        if named is None:
            raise InvestorUnknown("Name the investor.")
        return named
    person = request.user.pk
    own = Investor.objects.filter(user_id=person).values_list("pk", flat=True).first() if person else None
    if own is None or named not in (None, own):
        raise InvestorUnknown("You can do this for yourself only, as a registered investor.")
    return own
