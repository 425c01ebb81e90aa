"""What every list of the admin can be searched and narrowed by, whatever its page says."""

from collections.abc import Iterable, Sequence
from typing import Any
from uuid import UUID

from django.contrib import admin
from django.core.exceptions import FieldDoesNotExist, ValidationError
from django.db import models
from django.db.models.constants import LOOKUP_SEP
from unfold.contrib.filters.admin import RangeDateFilter, RangeDateTimeFilter

from rwa_portal.core.chain_values import parse_address, parse_hash
from rwa_portal.core.errors import RuleBroken
from rwa_portal.core.fields import AddressField, Hash32Field

STATES = ("status", "state", "kyc_status", "settlement_status", "outcome", "kind")
_NUMBERS = (models.IntegerField, models.DecimalField)


def completed(model: type[models.Model], declared: list[Any], list_display: Sequence[Any]) -> list[Any]:
    """Add to a page's own filters what its table has: a state, the asset, its first date in the list."""
    named = {each[0] if isinstance(each, tuple | list) else each for each in declared}
    fields = {each.name: each for each in model._meta.fields}
    states: list[Any] = [name for name in STATES if name in fields and fields[name].choices]
    added = [name for name in states if name not in named]
    if "asset" in fields and "asset" not in named:
        added.append(("asset", admin.RelatedOnlyFieldListFilter))
    if not any(isinstance(fields.get(name), models.DateField) for name in named):
        added += _first_date(fields, list_display)
    return [*added, *declared]


def by_exact_value(model: type[models.Model], text: str, *, elsewhere: Iterable[str] = ()) -> models.Q | None:
    """
    Find rows by an address, a hash or an id in any of their columns; None if the text is none of these.

    `elsewhere` are addresses of rows they belong to: "wallet__address".
    """
    text = text.strip()
    columns: list[str] = []
    for kind, parse in ((AddressField, parse_address), (Hash32Field, parse_hash)):
        try:
            wanted: Any = parse(text)
        except RuleBroken:
            continue
        columns = [each.name for each in model._meta.fields if isinstance(each, kind)]
        columns += elsewhere if kind is AddressField else []
        return _any_of(columns, wanted)
    try:
        wanted = UUID(text)
    except ValueError:
        return None
    return _any_of([each.attname for each in model._meta.fields if _holds_ids(each)], wanted)


def by_text(
    model: type[models.Model], rows: models.QuerySet, text: str, search_fields: Sequence[str]
) -> models.QuerySet:
    """
    Find rows in which every word of the text occurs in one of the searched columns.

    A word that a column cannot hold, such as letters in a number, is not there rather than an error.
    """
    if isinstance(model._meta.pk, models.IntegerField):
        search_fields = [*search_fields, "=pk"]  # of tables whose ids are numbers
    for word in text.replace("\x00", "").split():
        found: list[Any] = [each for name in search_fields if (each := _lookup(model, name, word))]
        rows = rows.filter(models.Q.create(found, models.Q.OR)) if found else rows.none()
    return rows.distinct() if _crosses_many(model, search_fields) and text.split() else rows


def _lookup(model: type[models.Model], name: str, word: str) -> tuple[str, Any] | None:
    is_exact, path = name.startswith("="), name.lstrip("=^@")
    column = _column(model, path)
    if column is None:
        return (f"{path}__icontains", word)
    if not is_exact and isinstance(column, models.CharField | models.TextField):
        return (f"{path}__icontains", word)
    try:
        value = column.to_python(word)
    except (ValidationError, ValueError, OverflowError):
        return None
    if isinstance(column, _NUMBERS) and abs(int(value)) >= 2**63:
        return None
    return (f"{path}__iexact" if isinstance(value, str) and _is_text(column) else path, value)


def _column(model: type[models.Model], path: str) -> Any:
    field: Any = None
    for part in path.split(LOOKUP_SEP):
        try:
            field = model._meta.pk if part == "pk" else model._meta.get_field(part)
        except FieldDoesNotExist:
            return None
        model = field.related_model or model
    return field.target_field if isinstance(field, models.ForeignKey) else field


def _crosses_many(model: type[models.Model], search_fields: Sequence[str]) -> bool:
    for name in search_fields:
        first = name.lstrip("=^@").split(LOOKUP_SEP)[0]
        field = model._meta.pk if first == "pk" else model._meta.get_field(first)
        if field.many_to_many or field.one_to_many:
            return True
    return False


def _first_date(fields: dict[str, Any], list_display: Sequence[Any]) -> list[Any]:
    in_list = [name for name in list_display if isinstance(name, str) and name in fields]
    for name in [*in_list, *fields]:
        if isinstance(fields[name], models.DateTimeField):
            return [(name, RangeDateTimeFilter)]
        if isinstance(fields[name], models.DateField):
            return [(name, RangeDateFilter)]
    return []


def _is_text(column: Any) -> bool:
    return isinstance(column, models.CharField | models.TextField)


def _holds_ids(column: Any) -> bool:
    if isinstance(column, models.ForeignKey):
        return isinstance(column.target_field, models.UUIDField)
    return isinstance(column, models.UUIDField)


def _any_of(columns: Sequence[str], wanted: Any) -> models.Q:
    # No column of the kind: nothing is found, and that is the answer.
    return (
        models.Q.create([(name, wanted) for name in columns], models.Q.OR) if columns else models.Q(pk__in=[])
    )
