from typing import Any, ClassVar

from django import forms
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponseBase
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from unfold.admin import TabularInline
from unfold.decorators import display
from unfold.widgets import UnfoldAdminCheckboxSelectMultipleWidget

from assets.models import Asset
from rwa_portal.core import documents
from rwa_portal.core.admin import ReadOnlyAdmin, ReasonForm
from rwa_portal.core.chain_values import format_units
from rwa_portal.core.signed_in import SignedIn


class ReadOnlyInline(TabularInline):
    extra = 0

    def has_add_permission(self, request: HttpRequest, obj: object = None) -> bool:
        return False

    has_change_permission = has_delete_permission = has_add_permission  # type: ignore[assignment]


def asking_for(names: tuple[str, ...]) -> type[ReasonForm]:
    """The form of a return: which fields must change, and the reason the issuer reads."""

    class ReturnForm(ReasonForm):
        asked = forms.MultipleChoiceField(
            label="What must change",
            choices=[(name, name.replace("_", " ").capitalize()) for name in names],
            widget=UnfoldAdminCheckboxSelectMultipleWidget,
        )
        field_order: ClassVar[list[str]] = ["asked", "reason"]

        def __init__(self, *args: Any, **kwargs: Any) -> None:
            super().__init__(*args, **kwargs)
            self.fields["reason"].help_text = "The issuer reads it."

    return ReturnForm


class DownloadingAdmin(ReadOnlyAdmin):
    """A page whose rows have a file: read by those who may see the row, each time with an audit event."""

    def get_urls(self) -> list[URLPattern]:
        name = f"assets_{self.opts.model_name}_download"
        page = self.admin_site.admin_view(self.download_file)
        return [path("<uuid:row_id>/download/", page, name=name), *super().get_urls()]

    def download_file(self, request: SignedIn, row_id: object) -> HttpResponseBase:
        if not self.has_view_permission(request):
            raise PermissionDenied
        row = self.get_object(request, str(row_id))
        if row is None:
            raise Http404
        return documents.download(row.document, by=request.user, at=timezone.now())

    @display(description="File")
    def file(self, row: Any) -> SafeString:
        return download_link(self.opts.model_name, row, row.file_name)


def in_units(asset: Asset, units: int | None) -> str:
    return "–" if units is None else f"{format_units(units, asset.decimals)} {asset.symbol}"


def by_and_at(person: Any, at: Any) -> str:
    if at is None:
        return "–"
    return f"{at:%d %b %Y %H:%M} UTC by {person.label if person else 'the policy'}"


def lines(pairs: list[tuple[str, str]]) -> SafeString | str:
    return format_html_join("", "<div>{}: {}</div>", pairs) if pairs else "–"


def link(url: str, text: str) -> SafeString:
    return format_html('<a class="text-primary-600 underline" href="{}">{}</a>', url, text)


def download_link(model: str, row: Any, text: str) -> SafeString:
    return link(reverse(f"admin:assets_{model}_download", args=[row.pk]), text)
