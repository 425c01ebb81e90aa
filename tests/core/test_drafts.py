from datetime import UTC, datetime

import pytest

from rwa_portal.core import drafts
from rwa_portal.core.models import Draft, PersonKey, User

pytestmark = pytest.mark.django_db
AT = datetime(2026, 3, 31, 12, tzinfo=UTC)


@pytest.fixture
def person():
    return User.objects.create_user("ada")


def post(client, name, body):
    return client.post(f"/drafts/{name}", body, content_type="application/json")


def test_what_is_typed_is_kept_and_only_the_last_of_it(client, person):
    client.force_login(person)

    for name in ("A", "Acme"):
        assert post(client, "issuer", {"legal_name": name}).status_code == 204

    assert drafts.load(user=person, name="issuer") == {"legal_name": "Acme"}
    assert Draft.objects.count() == 1


def test_a_draft_is_ciphertext_and_goes_with_the_persons_key(person):
    drafts.save(user=person, name="issuer", values={"legal_name": "Acme"}, at=AT)

    assert b"Acme" not in bytes(Draft.objects.get().sealed)
    PersonKey.objects.all().delete()
    assert drafts.load(user=person, name="issuer") == {}


@pytest.mark.parametrize(
    ("body", "status"), [("{", 400), ("[]", 422), ({"a": 1}, 422), ({"a": "x" * 70_000}, 422)]
)
def test_what_is_no_draft_is_refused_and_not_kept(client, person, body, status):
    client.force_login(person)

    assert post(client, "issuer", body).status_code == status

    assert not Draft.objects.exists()


def test_a_draft_is_its_writers_alone(client, person):
    drafts.save(user=person, name="issuer", values={"a": "b"}, at=AT)
    other = User.objects.create_user("eve")

    assert drafts.load(user=other, name="issuer") == {}
    assert post(client, "issuer", {"a": "c"}).status_code == 302  # signed out


def test_a_discarded_draft_is_gone(person):
    drafts.save(user=person, name="issuer", values={"a": "b"}, at=AT)

    drafts.discard(user=person, name="issuer")

    assert drafts.load(user=person, name="issuer") == {}
