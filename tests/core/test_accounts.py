import re

import pytest
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import TOTP, format_hotp_value, hotp_value, yield_hotp_counters_from_time
from django.core import mail as django_mail
from django.core.cache import cache
from django.db import DatabaseError, transaction
from django.urls import reverse

from rwa_portal.core import mail, tasks
from rwa_portal.core.actions import TransactionOpen, action
from rwa_portal.core.models import AuditEvent, Mail, User
from tests.people import in_role, person

pytestmark = pytest.mark.django_db
PASSWORD = "correct horse battery"
SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"


@pytest.fixture(autouse=True)
def portal_mail(settings):
    settings.EMAIL_BACKEND = "rwa_portal.core.mail.OutboxBackend"  # pytest-django puts another there
    cache.clear()


def sign_up(client, email: str = "zoe@portal.example", password: str = PASSWORD):
    return client.post(
        reverse("account_signup"), {"email": email, "password1": password, "password2": password}
    )


def verified(name: str, *roles: str) -> User:
    user = in_role(name, *roles) if roles else person(name, is_staff=False)
    user.set_password(PASSWORD)
    user.save()
    EmailAddress.objects.create(user=user, email=user.email, primary=True, verified=True)
    return user


def sign_in(client, user: User):
    return client.post(reverse("account_login"), {"login": user.email, "password": PASSWORD})


def is_signed_in(client) -> bool:
    return "_auth_user_id" in client.session


def link_in(row: Mail) -> str:
    return re.search(r"https?://\S+(/accounts/\S+)", row.text("body")).group(1)


def test_an_account_opens_only_after_its_mail_is_confirmed(client):
    sign_up(client)
    user = User.objects.get(email="zoe@portal.example")
    assert not is_signed_in(client)
    assert AuditEvent.objects.get().kind == "user.registered"
    sign_in(client, user)
    assert not is_signed_in(client)

    link = link_in(Mail.objects.order_by("created_at").first())
    assert client.get(link).status_code == 200
    assert not EmailAddress.objects.get().verified  # a mail scanner that follows links confirms nothing
    client.post(link)
    sign_in(client, user)

    assert EmailAddress.objects.get().verified
    assert is_signed_in(client)


def test_a_second_account_for_one_address_is_not_made_and_not_told(client):
    verified("zoe")

    answer = sign_up(client)

    assert User.objects.filter(email="zoe@portal.example").count() == 1
    assert answer.status_code == 302 and answer["Location"] == reverse("account_email_verification_sent")
    assert "already" in Mail.objects.get().text("body")


@pytest.mark.parametrize(
    ("email", "password", "message"),
    [("zoe", PASSWORD, "valid email"), ("zoe@portal.example", "short", "too short")],
)
def test_a_sign_up_that_breaks_a_rule_names_it_and_makes_nobody(client, email, password, message):
    answer = sign_up(client, email, password)

    assert message in answer.content.decode()
    assert not User.objects.exclude(email=None).exists()
    assert Mail.objects.count() == 0


def test_a_forgotten_password_is_set_anew_by_mail(client):
    user = verified("zoe")
    client.post(reverse("account_reset_password"), {"email": user.email})

    page = client.get(link_in(Mail.objects.get()), follow=True)
    form = {"password1": "another horse battery", "password2": "another horse battery"}
    client.post(page.redirect_chain[-1][0], form)

    user.refresh_from_db()
    assert user.check_password("another horse battery")


def test_sign_out_is_a_post(client):
    user = verified("zoe")
    sign_in(client, user)

    client.get(reverse("account_logout"))
    assert is_signed_in(client)
    client.post(reverse("account_logout"))
    assert not is_signed_in(client)


@pytest.mark.parametrize(
    "page", ["account_login", "account_signup", "account_reset_password", "account_email_verification_sent"]
)
def test_every_account_page_has_the_portals_look(client, page):
    answer = client.get(reverse(page))

    assert answer.status_code == 200
    assert "portal.css" in answer.content.decode() and "<h1>" in answer.content.decode()


def test_mail_is_a_row_of_its_cause_and_goes_with_it():
    with pytest.raises(DatabaseError), transaction.atomic():
        django_mail.send_mail("Hello", "Dear Zoe Quill", None, ["zoe@portal.example"])
        raise DatabaseError

    assert Mail.objects.count() == 0


def test_mail_is_ciphertext_and_sent_once(settings, monkeypatch):
    settings.EMAIL_HOST = "smtp.portal.example"
    sent = []
    monkeypatch.setattr(mail.Smtp, "send_messages", lambda self, messages: sent.extend(messages) or 1)
    django_mail.send_mail("Hello", "Dear Zoe Quill", None, ["zoe@portal.example"])

    tasks.send_mail()
    tasks.send_mail()

    raw = str(Mail.objects.values().get()).encode()
    assert b"Quill" not in raw and b"zoe" not in raw and b"Hello" not in raw
    assert [(m.to, m.body) for m in sent] == [(["zoe@portal.example"], "Dear Zoe Quill")]
    assert Mail.objects.get().sent_at is not None


def test_a_server_that_does_not_answer_is_asked_again_later(settings, monkeypatch):
    def refuse(*_):
        raise ConnectionRefusedError

    settings.EMAIL_HOST = "smtp.portal.example"
    monkeypatch.setattr(mail.Smtp, "send_messages", refuse)
    django_mail.send_mail("Hello", "Text", None, ["zoe@portal.example"])

    tasks.send_mail()

    row = Mail.objects.get()
    assert (row.sent_at, row.tries) == (None, 1)
    assert row.next_try_at > row.created_at


def test_mail_is_never_sent_inside_a_transaction():
    django_mail.send_mail("Hello", "Text", None, ["zoe@portal.example"])

    with pytest.raises(TransactionOpen):
        action(mail.deliver)(Mail.objects.get())


def test_the_dev_page_shows_mail_on_the_dev_chain_alone(client, settings):
    django_mail.send_mail("Hello", "See https://portal.example/x", None, ["zoe@portal.example"])
    row = Mail.objects.get()

    assert "zoe@portal.example" in client.get("/dev/mail").content.decode()
    assert 'href="https://portal.example/x"' in client.get(f"/dev/mail/{row.pk}").content.decode()
    settings.PORTAL_ENV = "testnet"
    assert client.get("/dev/mail").status_code == 404
    assert client.get(f"/dev/mail/{row.pk}").status_code == 404


@pytest.fixture
def outside_dev(settings):
    settings.MFA_REQUIRED = True


def test_staff_without_a_second_factor_get_nowhere_but_to_set_one_up(client, outside_dev):
    officer = verified("officer", "compliance_officer")
    sign_in(client, officer)

    assert client.get("/admin/")["Location"] == reverse("mfa_index")
    assert client.get("/")["Location"] == reverse("mfa_index")
    refused = client.get("/api/assets", headers={"Accept": "application/json"})
    assert (refused.status_code, refused.json()["code"]) == (403, "SecondFactorMissing")


def code() -> str:
    return format_hotp_value(hotp_value(SECRET, next(yield_hotp_counters_from_time())))


def test_staff_sign_in_with_their_second_factor(client, outside_dev):
    officer = verified("officer", "compliance_officer")
    TOTP.activate(officer, SECRET)

    sign_in(client, officer)
    assert not is_signed_in(client)
    client.post(reverse("mfa_authenticate"), {"code": code()})

    assert is_signed_in(client)
    assert client.get("/admin/").status_code == 200


def test_a_session_from_before_the_second_factor_must_show_it(client, outside_dev):
    officer = verified("officer", "compliance_officer")
    sign_in(client, officer)
    TOTP.activate(officer, SECRET)

    assert client.get("/admin/")["Location"].startswith(reverse("mfa_reauthenticate"))


def test_people_who_are_no_staff_need_none(client, outside_dev):
    sign_in(client, verified("zoe"))

    assert client.get("/accounts/email/").status_code == 200
    assert client.get("/healthz").status_code == 200


def test_a_second_factor_is_kept_as_ciphertext():
    TOTP.activate(person("zoe"), SECRET)

    assert SECRET not in str(Authenticator.objects.get().data)


def test_the_admin_has_no_way_in_of_its_own(client):
    answer = client.get("/admin/login/")

    assert answer.status_code == 302
    assert answer["Location"].startswith(reverse("account_login"))
