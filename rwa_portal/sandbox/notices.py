"""
Webhooks: signed over the raw body as each vendor does it, resent by each vendor's own schedule.

- The schedule is multiplied by `retry_factor`; everything else is real time.
- While the switch `hold` is on, nothing is sent: notices gather and can be released in either order.
- A notice can be sent again at any time, byte for byte.
"""

import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import httpx

from rwa_portal.sandbox.store import Row, Store


@dataclass(frozen=True)
class Channel:
    """Where a vendor's notices go, how it signs them, and after how many seconds it tries again."""

    url: str
    headers: Callable[[bytes], Mapping[str, str]]
    resend_after_s: tuple[int, ...]


class Sender:
    """One thread that sends what is due."""

    def __init__(self, store: Store, channels: Mapping[str, Channel], *, retry_factor: float) -> None:
        self.store, self.channels, self.retry_factor = store, channels, retry_factor
        self._wake, self._stop = threading.Event(), threading.Event()
        self._client = httpx.Client(timeout=httpx.Timeout(10, connect=1), trust_env=False)
        self._thread = threading.Thread(target=self._run, name="notices", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._stop.set()
        self._wake.set()
        if self._thread.is_alive():
            self._thread.join(timeout=15)

    def wake(self) -> None:
        self._wake.set()

    def send_due(self) -> int:
        """Send all that is due now; return how many."""
        if self.store.switch("hold"):
            return 0
        due = self.store.all(
            "SELECT * FROM notices WHERE state = 'WAITING' AND due_at <= ? ORDER BY due_at, id", time.time()
        )
        for notice in due:
            self._send(notice)
        return len(due)

    def release(self, *, newest_first: bool) -> None:
        """Let go what was held, in the order asked for."""
        waiting = self.store.all("SELECT id FROM notices WHERE state = 'WAITING' ORDER BY id")
        order = list(reversed(waiting)) if newest_first else waiting
        now = time.time()
        with self.store.change() as db:
            for place, notice in enumerate(order):
                # Microseconds apart, and all in the past: sent in this order, at once.
                due_at = now - 1 + place / 1e6
                db.execute("UPDATE notices SET due_at = ? WHERE id = ?", (due_at, notice["id"]))
            db.execute("DELETE FROM switches WHERE name = 'hold'")
        self.wake()

    def write(
        self, channel: str, subject: str, kind: str, body: bytes, *, event_ms: int, delay_s: float = 0
    ) -> None:
        """Queue a notice."""
        self.store.write(
            "INSERT INTO notices (subject, type, body, event_ms, due_at, channel) VALUES (?, ?, ?, ?, ?, ?)",
            subject,
            kind,
            body,
            event_ms,
            time.time() + delay_s,
            channel,
        )
        self.wake()

    def send_again(self, notice_id: int) -> None:
        """Send a notice once more, with the same bytes."""
        self.store.write(
            "INSERT INTO notices (subject, type, body, event_ms, due_at, channel)"
            " SELECT subject, type, body, event_ms, ?, channel FROM notices WHERE id = ?",
            time.time(),
            notice_id,
        )
        self.wake()

    def _run(self) -> None:
        while not self._stop.is_set():
            if self.send_due() == 0:
                self._wake.wait(0.2)
                self._wake.clear()

    def _send(self, notice: Row) -> None:
        body, channel = bytes(notice["body"]), self.channels[notice["channel"]]
        headers = {"Content-Type": "application/json", **channel.headers(body)}
        try:
            answer = self._client.post(channel.url, content=body, headers=headers)
            said = str(answer.status_code)
            taken = answer.is_success
        except httpx.HTTPError as error:
            said, taken = type(error).__name__, False
        self._note(notice, said, taken=taken)

    def _note(self, notice: Row, said: str, *, taken: bool) -> None:
        tries, resend_after_s = notice["tries"] + 1, self.channels[notice["channel"]].resend_after_s
        if taken:
            state, due_at = "DELIVERED", None
        elif tries > len(resend_after_s):
            state, due_at = "GIVEN_UP", None
        else:
            state = "WAITING"
            due_at = time.time() + resend_after_s[tries - 1] * self.retry_factor
        self.store.write(
            "UPDATE notices SET state = ?, due_at = ?, tries = ?, answer = ? WHERE id = ?",
            state,
            due_at,
            tries,
            said,
            notice["id"],
        )
