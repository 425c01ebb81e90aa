"""
A table as CSV, with the filters of its list: streamed through a cursor of the database, however long it is.

No XLSX: a spreadsheet of a million rows must be built in memory, and no such sheet can hold more.
"""

from collections.abc import Iterator, Sequence
from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest, StreamingHttpResponse
from django.utils import timezone
from import_export.admin import ExportMixin
from import_export.resources import modelresource_factory
from unfold.contrib.import_export.forms import SelectableFieldsExportForm

from rwa_portal.core import csv_files, log
from rwa_portal.core.admin import columns as admin_columns

FETCHED_AT_ONCE = 2000


class StreamingExport(ExportMixin):
    """The export button and its page of columns; what is sent is written while it is read."""

    export_form_class = SelectableFieldsExportForm

    def get_export_resource_classes(self, request: HttpRequest) -> list[Any]:
        names = admin_columns.readable(self.model, excluded=self.get_exclude(request) or ())
        return [modelresource_factory(self.model, meta_options={"fields": names})]

    def has_export_permission(self, request: HttpRequest) -> bool:
        return self.has_view_permission(request)

    def _do_file_export(
        self, file_format: Any, request: HttpRequest, queryset: QuerySet, export_form: Any = None
    ) -> StreamingHttpResponse:
        allowed = admin_columns.readable(self.model, excluded=self.get_exclude(request) or ())
        chosen = export_form.get_selected_resource_export_fields() if export_form else allowed
        names = [name for name in allowed if name in set(chosen)]
        log.decision("admin.exported", subject=self.opts.label_lower, by=str(request.user.pk))
        file_name = f"{self.opts.model_name}-{timezone.now():%Y%m%dT%H%M%SZ}.csv"
        return csv_files.download(file_name, names, _rows(queryset, names))


def _rows(queryset: QuerySet, names: Sequence[str]) -> Iterator[Sequence[Any]]:
    # Read anew with the same filters: what a list joins for its columns would be fetched for nothing.
    return queryset.values_list(*names).iterator(chunk_size=FETCHED_AT_ONCE)
