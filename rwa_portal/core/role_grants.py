"""
Giving people roles and taking them away.

- A grant counts when as many other people agree as the environment asks (conf/approvals.py, core.grant_role);
  whoever asked and whoever gains never count. Taking a role away counts at once.
- Somebody can always grant: the last one who may cannot be removed.
- The first administrator is made at the machine's console (`manage.py create_staff`), and nobody after.
"""

from datetime import datetime
from uuid import UUID

from allauth.account.models import EmailAddress
from django.conf import settings
from django.contrib.auth.models import Group
from django.db.models import QuerySet

from rwa_portal.conf.roles import ROLES
from rwa_portal.core import approvals
from rwa_portal.core.actions import action
from rwa_portal.core.errors import DomainError, RuleBroken
from rwa_portal.core.models import AuditEvent, RoleChange, User

KIND = "core.grant_role"
Status, Kind = RoleChange.Status, RoleChange.Kind


class RoleUnknown(RuleBroken):
    """There is no such role."""

    field = "role"


class RoleNotForServices(DomainError):
    """Services have no roles; an API key's scopes say what it may ask."""


class RoleHeldAlready(DomainError):
    """The person has this role, or it has been asked for already."""


class RoleNotHeld(DomainError):
    """The person does not have this role."""


class RoleForOneself(DomainError):
    """Nobody gives themselves a role, or agrees to their own."""


class RoleChangeDecided(DomainError):
    """This change has been decided already."""


class LastGrantor(DomainError):
    """Somebody must be able to grant roles; give the role to another person first."""


class AdministratorExists(DomainError):
    """Somebody may grant roles already: ask them, in the admin under Users."""


class EmailTaken(RuleBroken):
    """Somebody signs in with this e-mail already."""

    field = "email"


@action
def grant_role(*, user_id: UUID, role: str, by: User, at: datetime, reason: str) -> RoleChange:
    """
    Ask that a person be given a role; done at once where the environment asks for no second person.

    :raises RoleUnknown, RoleNotForServices, RoleForOneself, RoleHeldAlready:
    """
    user = _lock_person(user_id, role)
    if user == by:
        raise RoleForOneself
    waiting = RoleChange.objects.filter(user=user, role=role, status=Status.WAITING)
    if user.groups.filter(name=role).exists() or waiting.exists():
        raise RoleHeldAlready
    change = RoleChange(user=user, role=role, kind=Kind.GRANT, asked_by=by, asked_at=at)
    if approvals.needed(KIND) == 0:
        _give(change, at)
    change.save()
    event = "role.granted" if change.decided_at else "role.asked"
    AuditEvent.record(event, subject=change, by=by, at=at, reason=reason)
    return change


@action
def agree_to_role(*, role_change_id: UUID, by: User, at: datetime, reason: str) -> RoleChange:
    """
    Consent to a grant another person has asked for. The last consent needed gives the role.

    :raises RoleChangeDecided:
    :raises RoleForOneself: the person who gains is no second pair of eyes
    :raises RequesterCannotApprove, AlreadyApproved: see core.approvals
    """
    change = _lock_waiting(role_change_id)
    if change.user == by:
        raise RoleForOneself
    digest = approvals.digest_of({"user": str(change.user_id), "role": change.role})
    approvals.approve(subject=change.pk, digest=digest, requested_by=change.asked_by, by=by, at=at)
    given = approvals.given(subject=change.pk, digest=digest, requested_by=change.asked_by)
    if given >= approvals.needed(KIND):
        _give(change, at)
        change.save()
    AuditEvent.record("role.agreed", subject=change, by=by, at=at, reason=reason)
    return change


@action
def refuse_role(*, role_change_id: UUID, by: User, at: datetime, reason: str) -> RoleChange:
    """
    Say no to a grant that waits.

    :raises RoleChangeDecided:
    """
    change = _lock_waiting(role_change_id)
    change.status, change.decided_at = Status.REFUSED, at
    change.save()
    AuditEvent.record("role.refused", subject=change, by=by, at=at, reason=reason)
    return change


@action
def revoke_role(*, user_id: UUID, role: str, by: User, at: datetime, reason: str) -> RoleChange:
    """
    Take a role away, at once.

    :raises RoleUnknown, RoleNotForServices, RoleNotHeld:
    :raises LastGrantor: if nobody could grant roles afterwards
    """
    # All grantors are locked, in one order, so that two of them cannot remove each other.
    list(User.objects.filter(pk__in=grantors()).order_by("pk").select_for_update())
    user = _lock_person(user_id, role)
    if not user.groups.filter(name=role).exists():
        raise RoleNotHeld
    if KIND in ROLES[role].rights and not grantors().exclude(pk=user.pk).exists():
        raise LastGrantor
    user.groups.remove(Group.objects.get(name=role))
    _set_staff(user)
    change = RoleChange.objects.create(
        user=user, role=role, kind=Kind.REVOKE, status=Status.DONE, asked_by=by, asked_at=at, decided_at=at
    )
    AuditEvent.record("role.revoked", subject=change, by=by, at=at, reason=reason)
    return change


@action
def create_staff(*, email: str, roles: list[str], password: str | None, by: User, at: datetime) -> User:
    """
    Make a member of staff from the machine's console. Outside dev only the first, who can then grant.

    :raises AdministratorExists, RoleUnknown, EmailTaken:
    """
    if settings.PORTAL_ENV != "dev" and grantors().exists():
        raise AdministratorExists
    if User.objects.filter(email=email.strip().lower()).exists():
        raise EmailTaken
    if unknown := [role for role in roles if role not in ROLES]:
        raise RoleUnknown(f"There is no role {unknown[0]}; there are {', '.join(ROLES)}.")
    user = User.objects.create_user(email, password, created_at=at, created_by=by)
    EmailAddress.objects.create(user=user, email=user.email, primary=True, verified=True)
    AuditEvent.record("user.created", subject=user, by=by, at=at)
    for role in roles:
        change = RoleChange(user=user, role=role, kind=Kind.GRANT, asked_by=by, asked_at=at)
        _give(change, at)
        change.save()
        AuditEvent.record("role.granted", subject=change, by=by, at=at)
    return user


def grantors() -> QuerySet[User]:
    """People who may grant roles and can sign in."""
    roles = [name for name, role in ROLES.items() if KIND in role.rights]
    return User.objects.filter(groups__name__in=roles, is_active=True).distinct()


def _lock_person(user_id: UUID, role: str) -> User:
    if role not in ROLES:
        raise RoleUnknown
    user = User.objects.select_for_update(of=("self",)).get(pk=user_id)
    if user.is_service:
        raise RoleNotForServices
    return user


def _lock_waiting(role_change_id: UUID) -> RoleChange:
    change = RoleChange.objects.select_for_update(of=("self",)).get(pk=role_change_id)
    if change.status != Status.WAITING:
        raise RoleChangeDecided
    return change


def _give(change: RoleChange, at: datetime) -> None:
    change.user.groups.add(Group.objects.get(name=change.role))
    _set_staff(change.user)
    change.status, change.decided_at = Status.DONE, at


def _set_staff(user: User) -> None:
    held = user.groups.values_list("name", flat=True)
    user.is_staff = any(ROLES[name].staff for name in held if name in ROLES)
    user.save(update_fields=["is_staff"])
