from datetime import timedelta

from allauth.account.models import EmailAddress
from django.contrib.auth.models import Group

from rwa_portal.core import api_keys, models
from tests.core.test_documents import pdf, stored
from tests.people import AT, person
from tests.rows import row_of


@row_of(models.User)
def user() -> models.User:
    made = person("row-user")
    made.groups.set(Group.objects.filter(name="auditor"))
    return made


@row_of(Group)
def group() -> Group:
    return Group.objects.get(name="auditor")


@row_of(models.RoleChange)
def role_change() -> models.RoleChange:
    asked_by, gains = person("row-asks"), person("row-gains")
    return models.RoleChange.objects.create(
        user=gains, role="auditor", kind="GRANT", asked_by=asked_by, asked_at=AT
    )


@row_of(models.ApiKey)
def api_key() -> models.ApiKey:
    return api_keys.issue_api_key(
        service_name="row",
        label="Row",
        scopes=["events:read"],
        expires_at=AT + timedelta(days=1),
        by=person("row-issuer"),
        at=AT,
        reason="A row.",
    )[0]


@row_of(models.AuditEvent)
def audit_event() -> models.AuditEvent:
    subject = person("row-audited")
    models.AuditEvent.record("row.made", subject=subject, by=subject, at=AT, reason="A row.")
    return models.AuditEvent.objects.latest("id")


@row_of(models.AuditCheckpoint)
def checkpoint() -> models.AuditCheckpoint:
    return models.AuditCheckpoint.objects.create(seq=1, hash=b"h", at=AT, signature=b"s")


@row_of(models.Approval)
def approval() -> models.Approval:
    who = person("row-approves")
    return models.Approval.objects.create(subject=who.pk, digest="0" * 64, by=who, at=AT)


@row_of(models.Document)
def document() -> models.Document:
    return stored(person("row-uploads"), pdf())


@row_of(EmailAddress)
def email_address() -> EmailAddress:
    return EmailAddress.objects.create(user=person("row-mail"), email="row-mail@portal.example")
