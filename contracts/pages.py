"""How the admin shows an operation."""

from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime

from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString

from contracts import operations, registry
from contracts.deployments import ContractNotDeployed
from contracts.encoding import Argument
from contracts.models import ChainOperation
from contracts.registry import KindUnknown
from indexer import rpc
from rwa_portal.core.chain_values import format_units
from rwa_portal.core.errors import DomainError
from rwa_portal.core.models import Approval

USDC_DECIMALS = 6
FAR = 253_402_300_800  # the year 10000: a number above it is no time that can be written


def table(headers: Sequence[str], rows: Iterable[Sequence[object]]) -> SafeString:
    return render_to_string("contracts/table.html", {"headers": headers, "rows": list(rows)})


def readable(argument: Argument) -> str:
    """Put a time or a sum of money beside the number the contract takes."""
    last = argument.name.rpartition(".")[2]
    if argument.type == "uint48":
        when = datetime.fromtimestamp(int(argument.value), UTC) if int(argument.value) < FAR else None
        return f"{argument.value} ({when:%d %b %Y %H:%M} UTC)" if when else argument.value
    if last in ("payment", "price"):
        return f"{argument.value} ({format_units(int(argument.value), USDC_DECIMALS)} USDC)"
    return argument.value


def balance(read: Callable[[str], int], address: str, *, decimals: int) -> str:
    """Ask the chain what an address holds; a page is shown without it when the chain does not answer."""
    try:
        return format_units(read(address), decimals)
    except (rpc.RpcError, ContractNotDeployed) as silence:
        return f"not known: {silence}"


def link_to(operation: ChainOperation) -> SafeString:
    url = reverse("admin:contracts_chainoperation_change", args=[operation.pk])
    text = f"{registry.title(operation)} ({operation.get_state_display()})"
    return format_html('<a class="text-primary-600" href="{}">{}</a>', url, text)


def waits_for(operation: ChainOperation) -> SafeString | str:
    """The operation that comes first, and from when on after it this one may be sent."""
    if operation.after is None:
        return "nothing"
    if not operation.wait:
        return link_to(operation.after)
    if operation.ready_at is None:
        return format_html("{}, then {}", link_to(operation.after), operation.wait)
    return format_html("{}, and until {:%d %b %Y %H:%M:%S} UTC", link_to(operation.after), operation.ready_at)


def consents(operation: ChainOperation) -> list[tuple[str, str, str]]:
    """Everybody's consent, and whether it still counts."""
    given = Approval.objects.filter(subject=operation.pk).select_related("by").order_by("at", "id")
    return [(str(row.by.label), f"{row.at:%d %b %Y %H:%M:%S} UTC", _counts(operation, row)) for row in given]


def facts_now(operation: ChainOperation) -> str:
    """Say whether the facts, read now, are still those consented to, and which one is not."""
    try:
        call = operations.current_call(operation)
    except DomainError as error:
        return f"no longer holds: {error}"
    except KindUnknown:
        return "its kind is no longer known here"
    return operations.changed_facts(operation, call) or "unchanged"


def _counts(operation: ChainOperation, row: Approval) -> str:
    if row.by_id == operation.requested_by_id:
        return "no: the requester never counts"
    if row.digest != operation.digest:
        return "no: a fact has changed since"
    return "yes"
