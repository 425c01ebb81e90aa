"""One structured line per decision, with ids and nothing else about people."""

import structlog

_logger = structlog.get_logger("portal")


def decision(kind: str, **ids: str) -> None:
    _logger.info(kind, **ids)
