"""
Webhooks, as Sumsub sends them: signed over the raw body, resent after 5 min, 1 h, 5 h and 18 h.

- The schedule is multiplied by `retry_factor`; everything else is real time.
- While the switch `hold` is on, nothing is sent: notices gather and can be released in either order.
- A notice can be sent again at any time, byte for byte.
"""

import hashlib
import hmac
import threading
import time

import httpx

from rwa_portal.sandbox.config import Config
from rwa_portal.sandbox.store import Row, Store

RESEND_AFTER_S = (300, 3_600, 18_000, 64_800)
ALGORITHM = "HMAC_SHA256_HEX"


class Sender:
    """One thread that sends what is due."""

    def __init__(self, config: Config, store: Store) -> None:
        self.config, self.store = config, store
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

    def send_again(self, notice_id: int) -> None:
        """Send a notice once more, with the same bytes."""
        self.store.write(
            "INSERT INTO notices (applicant_id, type, body, event_ms, due_at)"
            " SELECT applicant_id, type, body, event_ms, ? FROM notices WHERE id = ?",
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
        body = bytes(notice["body"])
        digest = hmac.new(self.config.webhook_secret.encode(), body, hashlib.sha256).hexdigest()
        headers = {
            "Content-Type": "application/json",
            "User-Agent": "SumsubSandbox/1",
            "X-Payload-Digest": digest,
            "X-Payload-Digest-Alg": ALGORITHM,
        }
        try:
            answer = self._client.post(self.config.webhook_url, content=body, headers=headers)
            said = str(answer.status_code)
            taken = answer.is_success
        except httpx.HTTPError as error:
            said, taken = type(error).__name__, False
        self._note(notice, said, taken=taken)

    def _note(self, notice: Row, said: str, *, taken: bool) -> None:
        tries = notice["tries"] + 1
        if taken:
            state, due_at = "DELIVERED", None
        elif tries > len(RESEND_AFTER_S):
            state, due_at = "GIVEN_UP", None
        else:
            state = "WAITING"
            due_at = time.time() + RESEND_AFTER_S[tries - 1] * self.config.retry_factor
        self.store.write(
            "UPDATE notices SET state = ?, due_at = ?, tries = ?, answer = ? WHERE id = ?",
            state,
            due_at,
            tries,
            said,
            notice["id"],
        )
