from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from rwa_portal.core import api_keys
from rwa_portal.core.models import ApiKey, AuditEvent

pytestmark = pytest.mark.django_db
GIVEN = {
    "service": "transfer-agent",
    "label": "Register",
    "scopes": ["events:read"],
    "reason": "Contract 12.",
}


def issue(**changed) -> str:
    out = StringIO()
    call_command("issue_api_key", **{**GIVEN, **changed}, stdout=out)
    return out.getvalue()


def test_the_printed_key_opens_what_its_scopes_say_and_is_not_stored():
    text = issue().splitlines()[0]

    key = api_keys.find(text, at=timezone.now())
    assert key is not None
    assert (key.scopes, key.service.service_name) == (["events:read"], "api.transfer-agent")
    assert text not in str(ApiKey.objects.values().get())
    assert AuditEvent.objects.get().kind == "api_key.issued"


@pytest.mark.parametrize(
    ("changed", "told"),
    [({"scopes": ["everything"]}, "events:read"), ({"days": 400}, "at most a year"), ({"days": 0}, "minute")],
)
def test_a_key_that_may_not_be_is_refused_and_not_made(changed, told):
    with pytest.raises(CommandError, match=told):
        issue(**changed)

    assert not ApiKey.objects.exists()
    assert not AuditEvent.objects.exists()
