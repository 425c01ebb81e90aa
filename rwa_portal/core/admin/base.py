"""
The admin reads; buttons act.

- No add, change, delete or import: every edit is an action with its form and a reason. Export only.
- Buttons are listed by hand, each with one permission and one action; the POST is checked too.
- States are badges, people are shown by the e-mail staff know them by, sealed columns are never shown.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, ClassVar

from django import forms
from django.contrib import messages
from django.contrib.admin.utils import unquote
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from simple_history.admin import SimpleHistoryAdmin
from unfold.admin import ModelAdmin
from unfold.decorators import action as unfold_action
from unfold.forms import BaseDialogForm
from unfold.widgets import UnfoldAdminTextareaWidget

from rwa_portal.core.admin import columns as admin_columns
from rwa_portal.core.admin import filters, trail
from rwa_portal.core.admin.exports import StreamingExport
from rwa_portal.core.errors import DomainError


class ReasonForm(BaseDialogForm):
    reason = forms.CharField(min_length=5, max_length=2000, widget=UnfoldAdminTextareaWidget)


def always(row: Any) -> bool:
    return True


@dataclass(frozen=True)
class Button:
    name: str
    label: str
    action: Callable[..., object]
    permission: str  # "app.codename"
    id_name: str  # how the action calls the row's id: "subscription_id"
    form: type[ReasonForm] = ReasonForm
    shown_if: Callable[[Any], bool] = (
        always  # a button that cannot act is not shown; the action still decides
    )


class ReadOnlyAdmin(StreamingExport, SimpleHistoryAdmin, ModelAdmin):
    buttons: ClassVar[list[Button]] = []
    addresses_elsewhere: ClassVar[tuple[str, ...]] = ()  # searched, too: "wallet__address"
    change_form_after_template = "admin/trail.html"
    object_history_template = "admin/row_history.html"
    list_filter_submit = True  # ranges of dates are typed, then applied
    show_full_result_count = False
    list_per_page = 50

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        for button in cls.buttons:
            setattr(cls, button.name, _view_of(button))
            setattr(cls, f"has_{button.name}_permission", _check_of(button))
        cls.actions_detail = [button.name for button in cls.buttons]

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: object = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: object = None) -> bool:
        return False

    def get_actions_detail(self, request: HttpRequest, object_id: Any) -> list[Any]:
        row = self.get_object(request, unquote(str(object_id)))
        shown = {button.name for button in self.buttons if row is not None and button.shown_if(row)}
        return [a for a in super().get_actions_detail(request, object_id) if a.path in shown]

    def get_list_display(self, request: HttpRequest) -> list[Any]:
        return [self._column(name, in_list=True) for name in super().get_list_display(request)]

    def get_list_filter(self, request: HttpRequest) -> list[Any]:
        return filters.completed(self.model, list(super().get_list_filter(request)), self.list_display)

    def get_search_fields(self, request: HttpRequest) -> list[str]:
        # Every list has its box: an id, an address or a hash is found in any table.
        return list(super().get_search_fields(request)) or [f"={self.opts.pk.name}"]

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet, search_term: str
    ) -> tuple[QuerySet, bool]:
        # An address or a hash is bytes in the database: no search for text finds it.
        found = filters.by_exact_value(self.model, search_term, elsewhere=self.addresses_elsewhere)
        if found is not None:
            return queryset.filter(found), False
        return filters.by_text(self.model, queryset, search_term, self.get_search_fields(request)), False

    def get_list_select_related(self, request: HttpRequest) -> list[str] | bool:
        chosen = super().get_list_select_related(request)
        return chosen or admin_columns.foreign_keys(self.model, super().get_list_display(request))

    def get_fields(self, request: HttpRequest, obj: Any = None) -> list[Any]:
        if self.fields or self.fieldsets:
            return [self._column(name) for name in super().get_fields(request, obj)]
        names = admin_columns.readable(self.model, excluded=self.get_exclude(request, obj) or ())
        extra = [name for name in super().get_readonly_fields(request, obj) if name not in names]
        return [self._column(name) for name in [*names, *extra]]

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[Any]:
        # All of them, the columns that are not editable included: there is no form here.
        if self.fieldsets:
            return [name for _, options in self.fieldsets for name in options["fields"]]
        return self.get_fields(request, obj)

    def _column(self, name: Any, *, in_list: bool = False) -> Any:
        """Replace a state by its badge and a person's id by what staff know them by."""
        shown = admin_columns.column(self.model, name, in_list=in_list) if isinstance(name, str) else None
        if shown is None or hasattr(self, name):
            return name
        shown_name = f"{name}_{'badge' if in_list else 'shown'}"
        setattr(self, shown_name, shown)
        return shown_name

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        row = self.get_object(request, unquote(object_id))
        if row is not None and trail.has_any_source(self.model):
            entries = trail.of(row, request.user, at_most=trail.ON_PAGE)
            extra_context = {**(extra_context or {}), "trail": entries, "has_trail": True}
        return super().change_view(request, object_id, form_url, extra_context)

    def history_view(self, request: HttpRequest, object_id: str, extra_context: Any = None) -> HttpResponse:
        row = self.get_object(request, unquote(object_id))
        if row is None:
            raise Http404
        if not self.has_view_permission(request, row):
            raise PermissionDenied
        context = {
            **self.admin_site.each_context(request),
            "title": f"History of {row}",
            "opts": self.opts,
            "object": row,
            "trail": trail.of(row, request.user),
            "at_most": trail.AT_MOST,
            "is_decided_about": trail.has_any_source(self.model),
        }
        return TemplateResponse(request, self.object_history_template, context)


def _check_of(button: Button) -> Any:
    def may_press(self: ReadOnlyAdmin, request: HttpRequest, object_id: object = None) -> bool:
        # Whoever cannot see the row cannot decide about it.
        return self.has_view_permission(request) and request.user.has_perm(button.permission)

    return may_press


def _view_of(button: Button) -> Any:
    def press(self: ReadOnlyAdmin, request: HttpRequest, form: ReasonForm, object_id: str) -> HttpResponse:
        row = self.get_object(request, unquote(object_id))
        if row is None:
            raise Http404
        try:
            button.action(**{button.id_name: row.pk}, **_answers(form), by=request.user, at=timezone.now())
        except DomainError as error:
            messages.error(request, str(error))
        else:
            messages.success(request, f"{button.label}: done.")
        page = f"{self.opts.app_label}_{self.opts.model_name}_change"
        url = reverse(f"{self.admin_site.name}:{page}", args=[object_id])
        return HttpResponse(headers={"HX-Redirect": url})

    press.__name__ = button.name
    return unfold_action(
        description=button.label,
        # The name, not "app.codename": for that Unfold's check reads permissions before migrate made them.
        permissions=[button.name],
        url_path=button.name,
        dialog={
            "title": f"{button.label}?",
            "description": "The reason is kept in the audit trail.",
            "form_class": button.form,
            "form_submit_text": button.label,
        },
    )(press)


def _answers(form: ReasonForm) -> dict[str, Any]:
    return {name: value for name, value in form.cleaned_data.items() if not name.startswith("_")}
