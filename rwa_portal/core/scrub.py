"""
Nothing personal leaves in a log line or an error report.

- What is known by its name (e-mail, name, reason, token …) is replaced, whatever it holds.
- Of an exception stay its type, the places in our code and its text without quoted or bracketed values.
- An error report carries no request body, query, cookie, header or local variable, and the user's id alone.
"""

import re
import sys
import traceback
from collections.abc import Mapping
from types import TracebackType
from typing import Any

GONE = "[scrubbed]"
PERSONAL = frozenset(
    {
        "email", "e_mail", "mail", "recipient", "body", "phone",
        "name", "first_name", "last_name", "full_name", "legal_name", "username",
        "date_of_birth", "birth_date", "nationality", "document_number",
        "address_line", "residential_address", "street", "city", "postcode",
        "reason", "payload", "data", "query", "query_string",
        "password", "token", "secret", "authorization", "api_key",
        "cookie", "cookies", "session", "sessionid", "csrftoken",
        "ip", "ip_address", "remote_addr",
    }
)  # fmt: skip
_EMAIL = re.compile(r"[\w.+%-]+@[\w-]+(\.[\w-]+)+", re.UNICODE)
_VALUES = re.compile(r"'[^'\n]*'|\"[^\"\n]*\"|\([^()\n]*\)")


def text(value: str) -> str:
    return _EMAIL.sub(GONE, value)


def message(error: BaseException | None) -> str:
    """An exception's text without the values it names."""
    return _VALUES.sub(GONE, text(str(error)))[:500]


def scrub_line(logger: Any, method: str, line: dict[str, Any]) -> dict[str, Any]:
    """A processor of structlog, the last before the line is written."""
    error = _error_of(line.pop("exc_info", None))
    clean = {key: _clean(key, value) for key, value in line.items()}
    if error is not None:
        clean["error.type"] = type(error).__name__
        clean["error.message"] = message(error)
        clean["error.stack_trace"] = _places(error.__traceback__)
    return clean


def scrub_report(event: dict[str, Any], hint: dict[str, Any]) -> dict[str, Any]:
    """Sentry's before_send."""
    request = event.get("request", {})
    event["request"] = {name: request[name] for name in ("method",) if name in request}
    event["user"] = {"id": event.get("user", {}).get("id")}
    for name in ("extra", "breadcrumbs", "server_name"):
        event.pop(name, None)
    for raised in event.get("exception", {}).get("values", []):
        raised["value"] = _VALUES.sub(GONE, text(str(raised.get("value", ""))))[:500]
        for frame in raised.get("stacktrace", {}).get("frames", []):
            frame.pop("vars", None)
    if "logentry" in event:
        event["logentry"] = {"message": text(str(event["logentry"].get("message", "")))}
    return event


def _clean(key: str, value: Any) -> Any:
    if key.lower() in PERSONAL:
        return GONE
    if isinstance(value, str):
        return text(value)
    if isinstance(value, Mapping):
        return {inner: _clean(str(inner), v) for inner, v in value.items()}
    if isinstance(value, list | tuple | set):
        return [_clean(key, item) for item in value]
    return value if isinstance(value, int | float | bool | None) else text(str(value))


def _error_of(exc_info: Any) -> BaseException | None:
    if isinstance(exc_info, BaseException):
        return exc_info
    return exc_info[1] if isinstance(exc_info, tuple) else sys.exc_info()[1] if exc_info else None


def _places(trace: TracebackType | None) -> str:
    frames = traceback.extract_tb(trace)[-20:]
    return "\n".join(f"{frame.filename}:{frame.lineno} {frame.name}" for frame in frames)
