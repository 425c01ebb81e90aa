"""What an app's api.py needs. Only interfaces import this package."""

from rwa_portal.core.api.fields import (
    AddressField,
    HashField,
    ReasonSerializer,
    SelfLinkSerializer,
    UnitsField,
)
from rwa_portal.core.api.filters import Filter, a_uuid, an_address, an_integer, one_of
from rwa_portal.core.api.requests import act_once, person, person_with, scope

__all__ = [
    "AddressField",
    "Filter",
    "HashField",
    "ReasonSerializer",
    "SelfLinkSerializer",
    "UnitsField",
    "a_uuid",
    "act_once",
    "an_address",
    "an_integer",
    "one_of",
    "person",
    "person_with",
    "scope",
]
