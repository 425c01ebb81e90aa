import random
import uuid
from collections.abc import Callable

from rwa_portal.sandbox.notices import Sender

SHUFFLE_WITHIN_S = 1.0


class Queue:
    """Custodians' notices: in order and once, unless the console asks for disorder."""

    def __init__(self, sender: Sender) -> None:
        self.sender = sender

    def put(
        self, channel: str, subject: str, kind: str, body_of: Callable[[str], bytes], *, event_ms: int
    ) -> None:
        if self.sender.store.switch(f"notices.{channel}") == "none":
            return
        disorder = self.sender.store.switch("notices.disorder")
        body = body_of(str(uuid.uuid4()))
        for _ in range(2 if disorder else 1):
            delay_s = random.uniform(0, SHUFFLE_WITHIN_S) if disorder else 0  # noqa: S311
            self.sender.write(channel, subject, kind, body, event_ms=event_ms, delay_s=delay_s)
