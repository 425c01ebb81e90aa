"""
What the documented schema says, asked of the real WSGI application: whatever is sent, by whomever.

No 5xx, no status, content type, header or body that docs/openapi.yaml does not name. Each operation gets a
few examples that fit its schema and a few that do not, the same every time; API_EXAMPLES asks for more.
"""

import os
from typing import Any

import pytest
import schemathesis
import yaml
from django.conf import settings as django_settings
from django.core.handlers.wsgi import WSGIHandler
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from schemathesis.checks import not_a_server_error
from schemathesis.generation import GenerationMode
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    negative_data_rejection,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from .conftest import World

EXAMPLES = int(os.environ.get("API_EXAMPLES", "3"))
CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
]
WHO = ["officer", "investor", "machine", "nobody"]


def _schema() -> Any:
    text = (django_settings.BASE_DIR / "docs" / "openapi.yaml").read_text()
    schema = schemathesis.openapi.from_dict(yaml.safe_load(text))
    schema.app = WSGIHandler()
    return schema


# Any bytes fit a notice: what is not signed is refused, and nothing more can be wrong with it.
NOTICES = "/api/webhooks/"
OPERATIONS = {result.ok().label: result.ok() for result in _schema().get_all_operations()}


@pytest.mark.parametrize("who", WHO)
@pytest.mark.parametrize("label", OPERATIONS)
def test_whatever_fits_the_schema_gets_a_documented_answer(world, label, who):
    _ask(world, label, who, GenerationMode.POSITIVE, CHECKS)


@pytest.mark.parametrize("who", ["officer", "machine"])
@pytest.mark.parametrize("label", [label for label in OPERATIONS if NOTICES not in label])
def test_whatever_does_not_fit_is_refused_as_documented(world, label, who):
    _ask(world, label, who, GenerationMode.NEGATIVE, [*CHECKS, negative_data_rejection])


def _ask(world: World, label: str, who: str, mode: GenerationMode, checks: list[Any]) -> None:
    operation, principal = OPERATIONS[label], world.principals[who]
    known = _known(world, operation.path)

    @settings(
        max_examples=EXAMPLES,
        deadline=None,
        derandomize=True,
        database=None,
        suppress_health_check=list(HealthCheck),
    )
    @given(case=operation.as_strategy(generation_mode=mode), named=st.booleans())
    def ask(case: Any, named: bool) -> None:
        if named and mode is GenerationMode.POSITIVE:
            _name_rows(case, known, world)
        response = case.call(headers=principal.headers, cookies=principal.cookies)
        case.validate_response(response, checks=checks)

    ask()


def _known(world: World, path: str) -> dict[str, str]:
    """What stands in the path's braces, where there is a row of it."""
    group = path.split("/")[2]
    provider = "fireblocks" if "/custody/" in path else "sumsub"
    return {"id": world.ids.get(group, ""), "provider": provider}


def _name_rows(case: Any, known: dict[str, str], world: World) -> None:
    """Let a request speak of rows that are there: generated ids never hit one."""
    for name in case.path_parameters or {}:
        case.path_parameters[name] = known[name]
    if isinstance(case.body, dict):
        case.body.update({name: world.ids[name] for name in set(case.body) & set(world.ids)})
