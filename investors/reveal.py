"""A page of the admin that opens sealed fields once: with the right, a reason, and a line in the trail."""

from collections.abc import Callable
from typing import Any, ClassVar

from django import forms
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.html import format_html
from django.views.decorators.cache import never_cache
from unfold.decorators import display
from unfold.widgets import UnfoldAdminTextareaWidget

from rwa_portal.core.admin import ReadOnlyAdmin

PERMISSION = "investors.reveal_personal_data"


class RevealForm(forms.Form):
    reason = forms.CharField(min_length=5, max_length=2000, widget=UnfoldAdminTextareaWidget)


class RevealingAdmin(ReadOnlyAdmin):
    """A list whose rows open: `reveal_action` is called with `reveal_id_name`, by, at and reason."""

    reveal_action: ClassVar[Callable[..., dict[str, str]]]
    reveal_id_name: ClassVar[str]

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(never_cache(self.reveal))
        return [path("<uuid:object_id>/reveal", view, name=self._reveal_name()), *super().get_urls()]

    @display(description="Sealed data")
    def sealed(self, row: Any) -> str:
        url = reverse(f"{self.admin_site.name}:{self._reveal_name()}", args=[row.pk])
        return format_html('<a href="{}" class="text-primary-600 underline">Reveal, with a reason</a>', url)

    def reveal(self, request: HttpRequest, object_id: Any) -> HttpResponse:
        if not (self.has_view_permission(request) and request.user.has_perm(PERMISSION)):
            raise PermissionDenied
        row = self.get_object(request, str(object_id))
        if row is None:
            raise Http404
        form, shown = RevealForm(request.POST or None), None
        if form.is_valid():
            shown = type(self).reveal_action(
                **{self.reveal_id_name: row.pk},
                by=request.user,
                at=timezone.now(),
                reason=form.cleaned_data["reason"],
            )
        context = {
            **self.admin_site.each_context(request),
            "title": f"Reveal {self.opts.verbose_name} {row.pk}",
            "opts": self.opts,
            "form": form,
            "shown": shown,
            "back": reverse(
                f"{self.admin_site.name}:{self.opts.app_label}_{self.opts.model_name}_change", args=[row.pk]
            ),
        }
        return TemplateResponse(request, "admin/investors/reveal.html", context)

    def _reveal_name(self) -> str:
        return f"{self.opts.app_label}_{self.opts.model_name}_reveal"
