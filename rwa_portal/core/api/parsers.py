import io
import json
from typing import Any

from rest_framework.exceptions import APIException, ParseError
from rest_framework.parsers import JSONParser

LIMIT_BYTES = 1024 * 1024


class RequestTooLarge(APIException):
    status_code = 413
    default_detail = "A JSON body has at most 1 MiB."


class StrictJSONParser(JSONParser):
    """JSON whose every fault is the sender's: too long, too deep or half a character is never a 500."""

    def parse(self, stream: Any, media_type: str | None = None, parser_context: Any = None) -> Any:
        raw = stream.read(LIMIT_BYTES + 1)
        if len(raw) > LIMIT_BYTES:
            raise RequestTooLarge
        try:
            parsed = super().parse(io.BytesIO(raw), media_type, parser_context)
            json.dumps(parsed, ensure_ascii=False).encode()
        except RecursionError:
            raise ParseError("JSON parse error - nested too deeply") from None
        except UnicodeEncodeError:
            raise ParseError("JSON parse error - half of a surrogate pair") from None
        return parsed
