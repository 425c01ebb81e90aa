"""A vendor's public keys, kept for a while. An unknown key asks again, but a flood of them does not."""

import threading
import time
from collections.abc import Callable
from typing import Generic, TypeVar

T = TypeVar("T")
KEPT_S = 3600
AGAIN_AFTER_S = 60


class Fetched(Generic[T]):
    """One value of this process, with the one before it: the vendor may be changing over."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._values: list[T] = []
        self._at = self._tried_at = -float(KEPT_S)

    def values(self, fetch: Callable[[], T]) -> list[T]:
        """Return the newest value and the one before; the error of `fetch` passes when there is none."""
        with self._lock:
            if not self._values or time.monotonic() - self._at > KEPT_S:
                self._fetch(fetch)
            return list(self._values)

    def again(self, fetch: Callable[[], T]) -> list[T]:
        """Ask once more because no value fits; at most once a minute."""
        with self._lock:
            if time.monotonic() - self._tried_at > AGAIN_AFTER_S:
                self._fetch(fetch)
            return list(self._values)

    def forget(self) -> None:
        with self._lock:
            self._values, self._at, self._tried_at = [], -float(KEPT_S), -float(KEPT_S)

    def _fetch(self, fetch: Callable[[], T]) -> None:
        self._tried_at = time.monotonic()
        value = fetch()
        self._at = time.monotonic()
        if not self._values or value != self._values[0]:
            self._values = [value, *self._values[:1]]
