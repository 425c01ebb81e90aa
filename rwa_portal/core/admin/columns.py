"""How a model's columns look in the admin."""

from collections.abc import Callable, Iterable
from typing import Any

from django.core.exceptions import FieldDoesNotExist
from django.db import models
from django_fsm import FSMField
from unfold.decorators import display

from rwa_portal.core.fields import AddressField, Hash32Field
from rwa_portal.core.models import User
from rwa_portal.core.templatetags.portal import TONES

_LABELS = {"ok": "success", "wait": "warning", "bad": "danger"}
LABEL_OF = {state: _LABELS[tone] for tone, states in TONES.items() for state in states.split()}


def readable(model: type[models.Model], *, excluded: Iterable[str]) -> list[str]:
    """Every column but ciphertext and raw bytes."""
    return [
        field.name
        for field in model._meta.fields
        if field.name not in set(excluded) and field.name != "password" and not _is_raw(field)
    ]


def foreign_keys(model: type[models.Model], names: Iterable[Any]) -> list[str]:
    fields = [_field(model, name) for name in names if isinstance(name, str)]
    return [field.name for field in fields if isinstance(field, models.ForeignKey)]


def column(model: type[models.Model], name: str, *, in_list: bool) -> Callable[[Any], Any] | None:
    """Return the display of a state or a person; None for what looks right as it is."""
    field = _field(model, name)
    if isinstance(field, FSMField) or name in ("status", "state"):
        return _state(field) if in_list else _state_in_words(field)
    if isinstance(field, models.ForeignKey) and field.related_model is User:
        return _person(field)
    return None


def _state(field: models.Field) -> Callable[[Any], Any]:
    @display(description=field.verbose_name.capitalize(), ordering=field.name, label=LABEL_OF)
    def shown(row: Any) -> tuple[str, str]:
        value = getattr(row, field.name)
        return value, value.replace("_", " ")

    return shown


def _state_in_words(field: models.Field) -> Callable[[Any], str]:
    # Unfold draws labels in lists only; on a row's own page their tuple would be shown as it is.
    @display(description=field.verbose_name.capitalize())
    def shown(row: Any) -> str:
        return getattr(row, field.name).replace("_", " ")

    return shown


def _person(field: models.Field) -> Callable[[Any], Any]:
    @display(description=field.verbose_name.capitalize(), ordering=field.name)
    def shown(row: Any) -> str | None:
        user = getattr(row, field.name)
        return user.label if user else None

    return shown


def _field(model: type[models.Model], name: str) -> Any:
    try:
        return model._meta.get_field(name)
    except FieldDoesNotExist:
        return None


def _is_raw(field: models.Field) -> bool:
    return isinstance(field, models.BinaryField) and not isinstance(field, AddressField | Hash32Field)
