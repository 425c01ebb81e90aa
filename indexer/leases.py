"""
One writer.

- The lease is the Cursor row: owner, epoch, renewed_at. Whoever takes it raises the epoch.
- Every write calls `hold` first: it locks the row and compares the epoch, so a writer that was paused and
  woken again commits nothing. An advisory lock would not do: a paused process keeps it.
- A transaction that idles is ended by the database after 2 s, and with it the paused writer's lock.
"""

import contextlib
import functools
import os
import secrets
import socket
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.db import Error, connection
from django.db.backends.base.base import BaseDatabaseWrapper

from indexer.models import Cursor
from rwa_portal.core.actions import action, require_transaction

RENEW_EVERY_S = 0.5
EXPIRES_AFTER = timedelta(seconds=1.5)


class LeaseLost(Exception):
    """Another process writes now."""


@dataclass(frozen=True)
class Lease:
    owner: str
    epoch: int


def this_process() -> str:
    return _owner_of(os.getpid())


@functools.cache
def _owner_of(process_id: int) -> str:
    return f"{socket.gethostname()}:{process_id}:{secrets.token_hex(4)}"


@action
def take(*, owner: str, at: datetime) -> Lease | None:
    """Become the writer, if nobody else has been one in the last 1.5 s."""
    Cursor.objects.get_or_create(
        chain_id=settings.CHAIN.chain_id, defaults={"renewed_at": at, "polled_at": at}
    )
    cursor = _locked()
    if cursor.owner != owner:
        if cursor.owner and at - cursor.renewed_at < EXPIRES_AFTER:
            return None
        cursor.owner, cursor.epoch = owner, cursor.epoch + 1
    cursor.renewed_at = at
    cursor.save(update_fields=["owner", "epoch", "renewed_at"])
    return Lease(owner, cursor.epoch)


@action
def renew(lease: Lease, *, at: datetime, polled: bool = False) -> None:
    """
    Stay the writer; `polled` notes that the chain's head was compared with ours, too.

    :raises LeaseLost: if another process took over
    """
    times = {"renewed_at": at, "polled_at": at} if polled else {"renewed_at": at}
    mine = Cursor.objects.filter(chain_id=settings.CHAIN.chain_id, owner=lease.owner, epoch=lease.epoch)
    if not mine.update(**times):
        raise LeaseLost


@action
def release(lease: Lease) -> None:
    """Let another process take over at once."""
    mine = Cursor.objects.filter(chain_id=settings.CHAIN.chain_id, owner=lease.owner, epoch=lease.epoch)
    mine.update(owner="")


def hold(lease: Lease) -> Cursor:
    """
    Lock the cursor for one write.

    :raises LeaseLost: if another process took over
    """
    require_transaction()
    cursor = _locked()
    if (cursor.owner, cursor.epoch) != (lease.owner, lease.epoch):
        raise LeaseLost
    return cursor


def limit_session(connection: BaseDatabaseWrapper, **_: object) -> None:
    """Bound, on a connection, how long a write may wait for a lock or hold one without working."""
    with connection.cursor() as sql:
        sql.execute("SET lock_timeout = '1s'; SET idle_in_transaction_session_timeout = '2s'")


@contextlib.contextmanager
def session_limits() -> Iterator[None]:
    """Bound this connection for a while, in a process that has other work, too."""
    limit_session(connection)
    try:
        yield
    finally:
        # A connection the database has ended takes its settings along.
        with contextlib.suppress(Error), connection.cursor() as sql:
            sql.execute("RESET lock_timeout; RESET idle_in_transaction_session_timeout")


def _locked() -> Cursor:
    return Cursor.objects.select_for_update().get(chain_id=settings.CHAIN.chain_id)
