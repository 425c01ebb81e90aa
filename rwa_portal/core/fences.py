"""
What may never run against a chain that is not ours to play with.

- Fences follow the chain's id, not PORTAL_ENV: any id but 31337 refuses what is only good enough for dev.
- Every manage.py command, web process, worker and the indexer checks them before it does anything.
- Other apps add theirs with `register`.
"""

import os
from collections.abc import Callable, Iterator
from ipaddress import ip_address
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core import checks
from django.db import connection

from rwa_portal.conf import approvals

KEYS = ("SECRET_KEY", "ENCRYPTION_KEYS", "BLIND_INDEX_KEY", "AUDIT_CHECKPOINT_KEY", "LOCAL_SIGNER_SEED")
_fences: list[Callable[[], Iterator[str]]] = []
_everywhere: list[Callable[[], Iterator[str]]] = []


def register(fence: Callable[[], Iterator[str]]) -> Callable[[], Iterator[str]]:
    """Add a fence: it yields one sentence for each thing that is wrong. Asked on every chain but 31337."""
    _fences.append(fence)
    return fence


def register_everywhere(fence: Callable[[], Iterator[str]]) -> Callable[[], Iterator[str]]:
    """Add a fence that is asked on chain 31337 too."""
    _everywhere.append(fence)
    return fence


def broken() -> list[str]:
    """Every broken fence, in a sentence each."""
    faults = []
    if settings.DATABASES["default"].get("ATOMIC_REQUESTS"):
        faults.append("ATOMIC_REQUESTS must be off: an action opens its own transaction.")
    faults += [fault for fence in _everywhere for fault in fence()]
    if not settings.CHAIN.is_dev:
        faults += [fault for fence in _fences for fault in fence()]
    return faults


def hold() -> None:
    """
    Check everything a process rests on, the database's rights included, before it starts.

    :raises SystemExit: with one line for each broken fence
    """
    faults = broken() or _role_faults()
    if faults:
        raise SystemExit("Refusing to start.\n" + "\n".join(faults))


@checks.register(checks.Tags.security)
def check_fences(app_configs: Any, **_: Any) -> list[checks.CheckMessage]:
    return [checks.Error(fault, id="portal.E001") for fault in broken()]


@register
def _no_dev_settings() -> Iterator[str]:
    chain = settings.CHAIN.chain_id
    if settings.PORTAL_ENV == "dev":
        yield f"PORTAL_ENV=dev is for chain 31337 only, not {chain}."
    if settings.DEBUG:
        yield "DEBUG shows secrets on error pages."
    if not settings.MFA_REQUIRED:
        yield "MFA_REQUIRED is off: staff must have a second factor."
    if urlsplit(settings.PORTAL_URL).scheme != "https":
        yield "PORTAL_URL must be https: cookies would travel in the clear."
    if "*" in settings.ALLOWED_HOSTS:
        yield "ALLOWED_HOSTS must name the hosts."
    if not settings.EMAIL_HOST:
        yield "EMAIL_HOST is empty: no mail would ever be sent."
    if not settings.METRICS_TOKEN:
        yield "METRICS_TOKEN is empty: anybody could read the metrics."


@register
def _no_local_signer() -> Iterator[str]:
    if settings.LOCAL_SIGNER_SEED:
        yield "LOCAL_SIGNER_SEED is set: keys belong to a custodian."
    if settings.CUSTODIANS_IN_USE == ["local"]:
        yield "CUSTODY_VENDORS names only the local signer."


@register
def _no_sandbox_vendors() -> Iterator[str]:
    for name in settings.VENDOR_URLS:
        url = getattr(settings, name)
        if url and _is_loopback(url):
            yield f"{name} points at this machine: a sandbox decides nothing."
    if settings.SUMSUB_APP_TOKEN.startswith("sbx:"):
        yield "SUMSUB_APP_TOKEN is a sandbox's."


@register
def _no_keys_of_the_launcher() -> Iterator[str]:
    home = Path(os.environ.get("PORTAL_HOME", settings.BASE_DIR / ".portal"))
    file = home / "secrets.env"
    if not file.is_file():
        return
    generated = file.read_text()
    for name in KEYS:
        value = getattr(settings, name)
        if value and value in generated:
            yield f"{name} is the one generated under {home.name}: it lies in a file beside the code."


@register
def _enough_approvals() -> Iterator[str]:
    asked = approvals.needed_in(settings.PORTAL_ENV)
    for kind in sorted(set(asked) | set(settings.APPROVALS_NEEDED)):
        least = asked.get(kind, asked["*"])
        given = settings.APPROVALS_NEEDED.get(kind, settings.APPROVALS_NEEDED.get("*", 0))
        if given < least:
            yield f"APPROVALS_NEEDED[{kind}] is {given}; {settings.PORTAL_ENV} asks for {least}."


def _role_faults() -> list[str]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT to_regclass('indexer_eventlog') IS NOT NULL")
        if not cursor.fetchone()[0]:
            return ["The schema is not migrated: run manage.py migrate as the owner role."]
        cursor.execute("SELECT has_table_privilege('indexer_eventlog', 'UPDATE'), current_user")
        may_update, role = cursor.fetchone()
    if may_update:
        return [f"The database role {role} may change EventLog: DATABASE_URL must name the runtime role."]
    return []


def _is_loopback(url: str) -> bool:
    host = urlsplit(url).hostname or ""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost" or host.endswith(".localhost")
