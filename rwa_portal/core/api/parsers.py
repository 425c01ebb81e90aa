from typing import Any

import orjson
from rest_framework.exceptions import APIException, ParseError
from rest_framework.parsers import JSONParser

LIMIT_BYTES = 1024 * 1024


class RequestTooLarge(APIException):
    status_code = 413
    default_detail = "A JSON body has at most 1 MiB."


class StrictJSONParser(JSONParser):
    """
    JSON whose every fault is the sender's: too long, too deep or half a character is never a 500.

    orjson, because it counts the depth: Python's own parser follows 100,000 brackets until the process dies
    once a library has raised the recursion limit (py_ecc does).
    """

    def parse(self, stream: Any, media_type: str | None = None, parser_context: Any = None) -> Any:
        raw = stream.read(LIMIT_BYTES + 1)
        if len(raw) > LIMIT_BYTES:
            raise RequestTooLarge
        try:
            return orjson.loads(raw)
        except orjson.JSONDecodeError as error:
            raise ParseError(f"JSON parse error - {error}") from None
