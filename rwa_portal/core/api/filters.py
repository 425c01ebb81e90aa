"""
Filters a list declares by name: `filters = {"status": one_of(Status), "asset_id": a_uuid()}`.

A parameter nobody declared and a value that cannot match are refused by name, so that a typing error never
looks like an empty or a complete list.
"""

import uuid
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.db.models import QuerySet, TextChoices
from rest_framework.filters import BaseFilterBackend
from rest_framework.request import Request

from rwa_portal.core import chain_values
from rwa_portal.core.errors import RuleBroken

PAGING = frozenset({"cursor", "page_size", "format"})


class FilterUnknown(RuleBroken):
    """The list has no such parameter."""


class FilterNotValid(RuleBroken):
    """The parameter has a value that cannot match."""


@dataclass(frozen=True)
class Filter:
    """`parse` raises ValueError or RuleBroken; `lookup` is the ORM's, the parameter's own name when empty."""

    parse: Callable[[str], Any]
    schema: dict[str, Any]
    lookup: str = ""


def one_of(choices: type[TextChoices] | list[str], lookup: str = "") -> Filter:
    values = [str(value) for value in (choices if isinstance(choices, list) else choices.values)]

    def parse(text: str) -> str:
        if text not in values:
            raise FilterNotValid(f"One of {', '.join(values)}.")
        return text

    return Filter(parse, {"type": "string", "enum": values}, lookup)


def a_uuid(lookup: str = "") -> Filter:
    return Filter(uuid.UUID, {"type": "string", "format": "uuid"}, lookup)


def an_address(lookup: str = "") -> Filter:
    return Filter(chain_values.parse_address, {"type": "string"}, lookup)


def an_integer(lookup: str = "") -> Filter:
    def parse(text: str) -> int:
        if not (text.isascii() and text.isdigit() and len(text) <= 18):
            raise ValueError(text)
        return int(text)

    return Filter(parse, {"type": "integer", "minimum": 0}, lookup)


class StrictFilterBackend(BaseFilterBackend):
    def filter_queryset(self, request: Request, queryset: QuerySet, view: Any) -> QuerySet:
        if (view.lookup_url_kwarg or view.lookup_field) in view.kwargs:
            return queryset
        chosen = parsed(request, getattr(view, "filters", {}))
        return queryset.filter(**chosen)

    def get_schema_operation_parameters(self, view: Any) -> list[dict[str, Any]]:
        declared: dict[str, Filter] = getattr(view, "filters", {})
        return [
            {"name": n, "in": "query", "required": False, "schema": f.schema} for n, f in declared.items()
        ]


def parsed(request: Request, filters: dict[str, Filter]) -> dict[str, Any]:
    """
    Return what was asked, by ORM lookup.

    :raises FilterUnknown: for a parameter that is not declared
    :raises FilterNotValid: for a value that cannot match, or one given twice
    """
    chosen = {}
    for name, texts in request.query_params.lists():
        if name in PAGING:
            continue
        if name not in filters:
            raise FilterUnknown(f"The list has no parameter {name!r}.", field=name)
        if len(texts) != 1:
            raise FilterNotValid("Give the parameter once.", field=name)
        chosen[filters[name].lookup or name] = _value(filters[name], texts[0], name)
    return chosen


def _value(filter_: Filter, text: str, name: str) -> Any:
    try:
        return filter_.parse(text)
    except RuleBroken as error:
        raise FilterNotValid(str(error), field=name) from None
    except ValueError:
        raise FilterNotValid(field=name) from None
