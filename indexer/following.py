"""
The indexer's own process: poll, advance, wait.

- A second thread renews the lease, so that a slow node does not cost it; not when a step takes over 30 s.
- Every error that a later poll can outlive is met with a growing pause; the position never moves on an error.
"""

import random
import threading
import time
from collections.abc import Callable

import structlog
from django.conf import settings
from django.db import InterfaceError, OperationalError, connection
from django.db.backends.signals import connection_created
from django.utils import timezone

from indexer import leases, metrics
from indexer.advance import Advanced, advance
from indexer.branches import RangeRefused
from indexer.confirming import ProjectionFailed
from indexer.leases import Lease, LeaseLost
from indexer.rpc import RpcError
from indexer.store import PositionMoved

log = structlog.get_logger(__name__)
LONGEST_PAUSE_S = 30.0
LONGEST_STEP_S = 30.0


class Follower:
    """Follows the chain until it is stopped."""

    def __init__(self, *, say: Callable[[str], object]) -> None:
        self._say = say
        self._stopping = threading.Event()
        self._lease: Lease | None = None
        self._stepped_at = time.monotonic()
        self._failures = 0

    def stop(self) -> None:
        self._stopping.set()

    def run(self) -> None:
        # The renewing thread's connection, too: one that is paused in a transaction must not keep its lock.
        connection_created.connect(leases.limit_session)
        connection.close()
        renewing = threading.Thread(target=self._keep_renewing, name="lease", daemon=True)
        renewing.start()
        while not self._stopping.is_set():
            is_there = self._step()
            if is_there or self._failures:
                self._stopping.wait(self._pause_s())
        renewing.join(timeout=2)
        if self._lease is not None:
            leases.release(self._lease)
        self._say("Stopped.")

    def _step(self) -> bool:
        """Advance once; True when there is nothing more to do for now."""
        try:
            self._hold_lease()
            if self._lease is None:
                return True
            advanced = advance(at=timezone.now(), lease=self._lease)
        except LeaseLost:
            self._lost_lease()
            return True
        except (RpcError, RangeRefused, ProjectionFailed, PositionMoved) as error:
            return self._failed(error)
        except (OperationalError, InterfaceError) as error:
            connection.close()  # it may have been ended for idling; the next step opens another
            return self._failed(error)
        self._succeeded(advanced)
        return advanced.is_there

    def _hold_lease(self) -> None:
        if self._lease is None:
            self._lease = leases.take(owner=leases.this_process(), at=timezone.now())
            if self._lease is not None:
                self._say(f"Writing with epoch {self._lease.epoch}.")

    def _lost_lease(self) -> None:
        self._say("Another process writes now; standing by.")
        self._lease = None

    def _succeeded(self, advanced: Advanced) -> None:
        if self._failures:
            self._say("Going on.")
        self._failures, self._stepped_at = 0, time.monotonic()
        if advanced.logs or advanced.reactions:
            self._say(f"{advanced.blocks} blocks, {advanced.logs} logs, {advanced.reactions} reactions.")

    def _failed(self, error: Exception) -> bool:
        self._failures += 1
        self._stepped_at = time.monotonic()
        metrics.RPC_ERRORS.labels(type(error).__name__).inc()
        text = str(error).strip().splitlines()
        self._say(f"{type(error).__name__}: {text[0] if text else ''} (pausing {self._pause_s():.1f} s)")
        return True

    def _pause_s(self) -> float:
        base = settings.CHAIN.poll_interval_s
        if not self._failures:
            return base
        # Jitter, so that many indexers do not come back to a recovering node at once.
        return min(LONGEST_PAUSE_S, base * 2**self._failures) * random.uniform(0.7, 1.0)

    def _keep_renewing(self) -> None:
        while not self._stopping.wait(leases.RENEW_EVERY_S / 2):
            lease = self._lease
            if lease is None or time.monotonic() - self._stepped_at > LONGEST_STEP_S:
                continue
            try:
                leases.renew(lease, at=timezone.now())
            except LeaseLost:
                continue  # the step finds out by itself, before it writes
            except (OperationalError, InterfaceError):
                connection.close()
        connection.close()
