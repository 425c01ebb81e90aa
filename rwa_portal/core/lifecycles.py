"""docs/states.md: every life cycle as a table and a diagram, read from the models' transitions."""

from collections.abc import Iterator
from dataclasses import dataclass

from django.apps import apps
from django.db import models
from django_fsm import FSMField


@dataclass(frozen=True, order=True)
class Arrow:
    source: str
    target: str
    transition: str


def document() -> str:
    """Write the whole page, deterministic, so that a comparison tells whether it is still true."""
    parts = [
        "# States\n\n"
        "Generated from the models by `manage.py check_states --write`; `./portal check` compares it.\n"
        "Transitions named `record_*` are the chain's or the custodian's word and have no button.\n"
    ]
    for model, field in _lifecycles():
        parts.append(_section(model, field))
    return "\n".join(parts)


def _lifecycles() -> Iterator[tuple[type[models.Model], FSMField]]:
    found = [
        (model, field)
        for model in apps.get_models()
        if not model.__name__.startswith("Historical")
        for field in model._meta.fields
        if isinstance(field, FSMField)
    ]
    yield from sorted(found, key=lambda pair: (pair[0]._meta.app_label, pair[0].__name__, pair[1].name))


def _section(model: type[models.Model], field: FSMField) -> str:
    arrows = sorted({Arrow(str(t.source), str(t.target), t.name) for t in field.get_all_transitions(model)})
    first = (model.__doc__ or "").strip().splitlines()[0]
    rows = "\n".join(f"| {a.source} | `{a.transition}` | {a.target} |" for a in arrows)
    lines = "\n".join(f"    {a.source} --> {a.target}: {a.transition}" for a in arrows)
    start = f"    [*] --> {field.get_default()}\n" if field.get_default() else ""
    return (
        f"## {model.__name__}.{field.name}\n\n{first}\n\n"
        f"| from | transition | to |\n|---|---|---|\n{rows}\n\n"
        f"```mermaid\nstateDiagram-v2\n{start}{lines}\n```\n"
    )
