"""
One row of every model that has an admin page, for tests that walk all of them.

Each part puts its makers in tests/<app>/rows.py: `@row_of(Model)` above a function that makes one, valid, and
as far as possible in a state in which its buttons act.
"""

from collections.abc import Callable
from importlib import import_module
from pathlib import Path

from django.db.models import Model

_makers: dict[type[Model], Callable[[], Model]] = {}


def row_of(model: type[Model]) -> Callable[[Callable[[], Model]], Callable[[], Model]]:
    def register(make: Callable[[], Model]) -> Callable[[], Model]:
        _makers[model] = make
        return make

    return register


def makers() -> dict[type[Model], Callable[[], Model]]:
    for path in sorted(Path(__file__).parent.glob("*/rows.py")):
        import_module(f"tests.{path.parent.name}.rows")
    return _makers
