"""Cursor pages. A cursor is signed for one list, so a changed or borrowed one is refused."""

from typing import Any

from django.core import signing
from rest_framework import exceptions
from rest_framework.pagination import Cursor, CursorPagination
from rest_framework.request import Request
from rest_framework.utils.urls import replace_query_param

from rwa_portal.core.errors import RuleBroken


class CursorMalformed(exceptions.APIException):
    status_code = 400
    default_detail = "The cursor is not one of this list; take it from `next` or `previous`."


class PageSizeOutOfRange(RuleBroken):
    """A page has 1 to 200 rows."""

    field = "page_size"


class SignedCursorPagination(CursorPagination):
    page_size = 50
    max_page_size = 200
    page_size_query_param = "page_size"
    ordering = ("created_at", "id")

    def get_ordering(self, request: Request, queryset: Any, view: Any) -> tuple[str, ...]:
        return tuple(queryset.query.order_by) or self.ordering

    def get_page_size(self, request: Request) -> int:
        asked = request.query_params.get(self.page_size_query_param)
        if asked is None:
            return self.page_size
        if not (asked.isascii() and asked.isdigit() and 1 <= int(asked[:9]) <= self.max_page_size):
            raise PageSizeOutOfRange
        return int(asked)

    def decode_cursor(self, request: Request) -> Cursor | None:
        self._salt = f"cursor {request.path}"
        text = request.query_params.get(self.cursor_query_param)
        if text is None:
            return None
        try:
            return Cursor(*signing.loads(text, salt=self._salt))
        except signing.BadSignature:
            raise CursorMalformed from None

    def encode_cursor(self, cursor: Cursor) -> str:
        text = signing.dumps([cursor.offset, cursor.reverse, cursor.position], salt=self._salt)
        return replace_query_param(self.base_url or "", self.cursor_query_param, text)
