"""The kernel's own tables in the admin, and those of packages, which anybody may at most read."""

from typing import Any

from allauth.account.decorators import secure_admin_login
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from django import forms
from django.contrib import admin
from django.contrib.auth.models import Group
from django.db.models import Count
from django.http import HttpRequest
from unfold.decorators import display
from unfold.widgets import UnfoldAdminSelectWidget

from rwa_portal.conf.roles import ROLES
from rwa_portal.core import api_keys, models, role_grants
from rwa_portal.core.admin.base import Button, ReadOnlyAdmin, ReasonForm

# One way in, with its limits and second factor.
admin.site.login = secure_admin_login(admin.site.login)  # type: ignore[method-assign]

for model in (Group, EmailAddress, Authenticator):
    if admin.site.is_registered(model):
        admin.site.unregister(model)


class RoleForm(ReasonForm):
    role = forms.ChoiceField(
        choices=[(name, role.title) for name, role in ROLES.items()], widget=UnfoldAdminSelectWidget
    )
    field_order = ["role", "reason"]


@admin.register(models.User)
class UserAdmin(ReadOnlyAdmin):
    list_display = ["label", "roles", "is_staff", "is_active", "last_login", "created_at"]
    list_filter = ["is_staff", "is_active", "groups"]
    search_fields = ["email", "service_name"]
    fields = ["label", "id", "roles", "is_staff", "is_active", "last_login", "created_at", "created_by"]
    exclude = ["password"]
    buttons = [
        Button(
            name="grant_role",
            label="Grant a role",
            action=role_grants.grant_role,
            permission="core.grant_role",
            id_name="user_id",
            form=RoleForm,
            shown_if=lambda user: not user.is_service,
        ),
        Button(
            name="revoke_role",
            label="Take a role away",
            action=role_grants.revoke_role,
            permission="core.grant_role",
            id_name="user_id",
            form=RoleForm,
            shown_if=lambda user: user.groups.exists(),
        ),
    ]

    def get_queryset(self, request: HttpRequest) -> Any:
        return super().get_queryset(request).prefetch_related("groups")

    @display(description="User", ordering="email")
    def label(self, user: models.User) -> str:
        return user.label

    @display(description="Roles")
    def roles(self, user: models.User) -> str:
        return ", ".join(group.name for group in user.groups.all()) or "–"


@admin.register(Group)
class GroupAdmin(ReadOnlyAdmin):
    list_display = ["name", "count"]
    fields = ["name", "rights"]
    search_fields = ["name"]

    def get_queryset(self, request: HttpRequest) -> Any:
        return super().get_queryset(request).annotate(carried=Count("permissions"))

    @display(description="Rights", ordering="carried")
    def count(self, group: Any) -> str:
        return str(group.carried)

    @display(description="Rights")
    def rights(self, group: Group) -> str:
        rows = group.permissions.values_list("content_type__app_label", "codename")
        return ", ".join(f"{app}.{codename}" for app, codename in rows) or "–"


@admin.register(models.RoleChange)
class RoleChangeAdmin(ReadOnlyAdmin):
    list_display = ["role", "kind", "user", "status", "asked_by", "asked_at", "decided_at"]
    list_filter = ["status", "kind", "role"]
    search_fields = ["user__email", "asked_by__email"]
    buttons = [
        Button(
            name="agree",
            label="Agree",
            action=role_grants.agree_to_role,
            permission="core.grant_role",
            id_name="role_change_id",
            shown_if=lambda change: change.status == role_grants.Status.WAITING,
        ),
        Button(
            name="refuse",
            label="Refuse",
            action=role_grants.refuse_role,
            permission="core.grant_role",
            id_name="role_change_id",
            shown_if=lambda change: change.status == role_grants.Status.WAITING,
        ),
    ]


@admin.register(models.ApiKey)
class ApiKeyAdmin(ReadOnlyAdmin):
    list_display = ["label", "prefix", "service", "created_by", "expires_at", "revoked_at"]
    search_fields = ["label", "prefix"]
    exclude = ["digest"]
    buttons = [
        Button(
            name="revoke",
            label="Revoke",
            action=api_keys.revoke_api_key,
            permission="core.manage_api_keys",
            id_name="api_key_id",
            shown_if=lambda key: key.revoked_at is None,
        )
    ]


@admin.register(models.AuditEvent)
class AuditEventAdmin(ReadOnlyAdmin):
    list_display = ["at", "kind", "by", "subject", "facts", "seal"]
    list_filter = ["kind"]
    search_fields = ["=subject", "=person_id"]
    list_select_related = ["by", "auditseal"]
    readonly_fields = ["why", "seal"]
    date_hierarchy = "at"
    ordering = ["-id"]

    @display(description="Reason")
    def why(self, event: models.AuditEvent) -> str:
        return event.reason_text or "–"

    @display(description="Seal", ordering="auditseal")
    def seal(self, event: models.AuditEvent) -> str:
        return str(event.auditseal.seq) if hasattr(event, "auditseal") else "waits"


@admin.register(models.AuditCheckpoint)
class AuditCheckpointAdmin(ReadOnlyAdmin):
    list_display = ["seq", "at"]
    ordering = ["-seq"]


@admin.register(models.Approval)
class ApprovalAdmin(ReadOnlyAdmin):
    list_display = ["subject", "by", "at", "digest"]
    search_fields = ["=subject"]
    ordering = ["-id"]


@admin.register(models.Document)
class DocumentAdmin(ReadOnlyAdmin):
    list_display = ["id", "content_type", "size_bytes", "sha256", "uploaded_by", "uploaded_at"]
    search_fields = ["=id", "=sha256", "=owner_id"]
    ordering = ["-uploaded_at"]


@admin.register(EmailAddress)
class EmailAddressAdmin(ReadOnlyAdmin):
    list_display = ["email", "verified", "primary"]
    search_fields = ["email"]
