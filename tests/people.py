"""Who acts in the tests."""

from datetime import UTC, datetime

from django.contrib.auth.models import Group, Permission

from rwa_portal.core.models import User

AT = datetime(2026, 3, 31, 12, tzinfo=UTC)


def person(name: str, *codenames: str, is_staff: bool = True, password: str | None = None) -> User:
    """Make name@portal.example with rights given by codename; `person("clerk")` has none."""
    user = User.objects.create_user(f"{name}@portal.example", password, is_staff=is_staff)
    user.user_permissions.set(Permission.objects.filter(codename__in=codenames))
    return user


def in_role(name: str, *roles: str) -> User:
    """Make name@portal.example with roles of conf/roles.py."""
    user = person(name, is_staff=True)
    user.groups.set(Group.objects.filter(name__in=roles))
    return user
