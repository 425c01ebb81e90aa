"""Roles are groups, made equal to conf/roles.py after every migrate."""

from django.contrib.auth.models import Group, Permission

from rwa_portal.conf.roles import APPS, NEVER_VIEWED, ROLES


def unknown_rights() -> list[str]:
    """Rights the table names and no model declares."""
    existing = set(_existing())
    named = {(name, right) for name, role in ROLES.items() for right in role.rights}
    return sorted(f"{name}: {right}" for name, right in named if ":" not in right and right not in existing)


def synchronise() -> None:
    """Give each role exactly the rights of the table; unknown ones are reported by check_roles, not here."""
    existing = _existing()
    for name, role in ROLES.items():
        group, _ = Group.objects.get_or_create(name=name)
        wanted = {existing[right] for right in _expanded(role.rights, existing) if right in existing}
        if wanted != set(group.permissions.values_list("pk", flat=True)):
            group.permissions.set(wanted)


def _existing() -> dict[str, int]:
    rows = Permission.objects.filter(content_type__app_label__in=APPS)
    return {
        f"{app}.{codename}": pk
        for pk, app, codename in rows.values_list("pk", "content_type__app_label", "codename")
    }


def _expanded(rights: tuple[str, ...], existing: dict[str, int]) -> set[str]:
    plain = {right for right in rights if ":" not in right}
    for pattern in set(rights) - plain:
        apps = APPS if pattern == "view:*" else (pattern.removeprefix("view:"),)
        plain |= {right for right in existing if right.startswith(tuple(f"{app}.view_" for app in apps))}
    return {right for right in plain if right.replace(".view_", ".", 1) not in NEVER_VIEWED}
