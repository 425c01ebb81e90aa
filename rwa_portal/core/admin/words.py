"""Values of columns in plain words: no ciphertext, no bare ids, moments in UTC."""

from collections import defaultdict
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.core.exceptions import ValidationError
from django.db import models
from django_fsm import FSMField

from rwa_portal.core.fields import AddressField, Hash32Field
from rwa_portal.core.models import User

NOTHING = "–"


class Related:
    """A row that is named once all rows of its table have been read together."""

    def __init__(self, model: type[models.Model], pk: Any) -> None:
        self.model, self.pk, self.text = model, pk, ""

    def __str__(self) -> str:
        return self.text


class Words:
    """How one table's columns are told."""

    def __init__(self, model: type[models.Model]) -> None:
        self.model = model
        self.columns = [column for column in model._meta.concrete_fields if not column.primary_key]
        self._related: list[Related] = []

    def title(self, column: Any) -> str:
        return str(column.verbose_name).capitalize()

    def name(self, name: str) -> str:
        return name.removesuffix("_id").replace("_", " ").capitalize()

    def kind(self, kind: str) -> str:
        """An audit kind as a sentence's beginning: subscription.approved is Approved."""
        return kind.split(".")[-1].replace("_", " ").capitalize()

    def value(self, column: Any, value: Any) -> Any:
        """What a column held; a row it points to is named after `resolve`."""
        if value is None or value == "":
            return NOTHING
        if column.remote_field is not None:
            named = Related(column.related_model, value)
            self._related.append(named)
            return named
        if isinstance(column, models.BinaryField) and not isinstance(column, AddressField | Hash32Field):
            return "(sealed)"
        if column.choices and not isinstance(column, FSMField):  # states are told as their badges are
            return str(dict(column.flatchoices).get(value, value)).replace("_", " ")
        return _plain(value)

    def text(self, column: Any, text: str | None) -> Any:
        """The same for a value that the audit trail keeps as text."""
        if text is None or text == "None":
            return NOTHING
        if column.remote_field is not None:
            column_type: Any = column.target_field
        else:
            column_type = column
        try:
            return self.value(column, column_type.to_python(text))
        except (ValidationError, ValueError):
            return text

    def resolve(self) -> None:
        """Read every row that was pointed to, a query a table."""
        by_model = defaultdict(list)
        for related in self._related:
            by_model[related.model].append(related)
        for model, wanted in by_model.items():
            found = model._default_manager.in_bulk({related.pk for related in wanted})
            for related in wanted:
                related.text = _named(found.get(related.pk), related.pk)


def _named(row: Any, pk: Any) -> str:
    if row is None:
        return f"a row that is gone ({str(pk)[:8]}…)"
    # Colleagues are known by their e-mail; that of an investor or issuer is personal, and stays an id here.
    is_colleague = isinstance(row, User) and (row.is_staff or row.service_name)
    text = row.label if is_colleague else str(row)
    # A person's row is called by its id, on purpose; a few digits tell two apart.
    return f"{row._meta.verbose_name} {text[:8]}…" if text == str(pk) else text


def _plain(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, datetime):
        return f"{value:%d %b %Y %H:%M:%S} UTC"
    if isinstance(value, date):
        return f"{value:%d %b %Y}"
    if isinstance(value, int):
        return f"{value:,}"
    if isinstance(value, UUID):
        return f"{str(value)[:8]}…"
    if isinstance(value, dict):
        return (
            "; ".join(f"{name.replace('_', ' ')}: {_plain(each)}" for name, each in value.items()) or NOTHING
        )
    if isinstance(value, list | tuple):
        return ", ".join(_plain(each) for each in value) or NOTHING
    return str(value).replace("_", " ") if value is not None else NOTHING
