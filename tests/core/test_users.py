import pytest
from django.core.management import CommandError, call_command
from django.db import IntegrityError, transaction

from rwa_portal.conf.service_users import SERVICE_USERS
from rwa_portal.core.models import NoSuperuser, User
from tests.people import person

pytestmark = pytest.mark.django_db


def test_a_person_is_found_by_email_whatever_its_case():
    user = User.objects.create_user("Zoe.Quill@Portal.Example", "correct horse battery")

    assert user.email == "zoe.quill@portal.example"
    assert User.objects.get_by_natural_key("ZOE.QUILL@portal.example") == user


def test_a_person_is_written_as_its_id():
    user = person("zoe")

    assert str(user) == str(user.pk)
    assert "zoe" not in repr(user)


@pytest.mark.parametrize("name", SERVICE_USERS)
def test_a_service_user_exists_and_cannot_sign_in(name):
    service = User.service(name)

    assert service.is_service
    assert not service.has_usable_password()
    assert (service.email, service.person_id, service.is_staff) == (None, None, False)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("round_", [1, 2])
def test_service_users_are_back_after_a_flush(round_):
    assert User.objects.filter(service_name__in=SERVICE_USERS).count() == len(SERVICE_USERS)


@pytest.mark.parametrize(
    "fields",
    [
        {"email": None, "service_name": None},
        {"email": "a@portal.example", "service_name": "a"},
        {"email": None, "service_name": "a", "is_staff": True},
        {"email": "A@portal.example", "service_name": None},
    ],
)
def test_the_database_refuses_a_user_that_is_neither_person_nor_service(fields):
    with pytest.raises(IntegrityError), transaction.atomic():
        User.objects.create(**fields)


def test_nobody_is_superuser():
    user = person("zoe")
    user.is_superuser = True
    user.save()

    assert "is_superuser" not in {f.name for f in User._meta.get_fields()}
    assert not User.objects.get(pk=user.pk).has_perm("core.grant_role")


def test_createsuperuser_is_refused_and_says_what_to_do():
    with pytest.raises((NoSuperuser, CommandError), match="create_staff"):
        call_command("createsuperuser", email="zoe@portal.example", interactive=False)

    assert not User.objects.filter(email="zoe@portal.example").exists()
