from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from indexer import actions
from indexer.models import (
    Block,
    Cursor,
    EventLog,
    Holding,
    HoldingChange,
    Incident,
    ReactionFailure,
    Reorg,
    Watched,
)
from rwa_portal.core.admin import Button, ReadOnlyAdmin
from rwa_portal.core.chain_values import parse_address, parse_hash
from rwa_portal.core.errors import RuleBroken

RESOLVE = "indexer.resolve_incident"


class ChainRowAdmin(ReadOnlyAdmin):
    """Rows found by exactly what the chain calls them; counting all of them would take too long."""

    show_full_result_count = False
    hash_field = address_fields = number_field = ""

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet, search_term: str
    ) -> tuple[QuerySet, bool]:
        if not search_term:
            return queryset, False
        return self._found(queryset, search_term.strip()), False

    def _found(self, queryset: QuerySet, text: str) -> QuerySet:
        if text.isascii() and text.isdigit() and self.number_field:
            return queryset.filter(**{self.number_field: int(text[:18])})
        try:
            if self.hash_field and len(text) > 42:
                return queryset.filter(**{self.hash_field: parse_hash(text)})
            found = queryset.none()
            for name in self.address_fields.split():
                found = found | queryset.filter(**{name: parse_address(text)})
        except RuleBroken:
            return queryset.none()
        return found


@admin.register(Block)
class BlockAdmin(ChainRowAdmin):
    list_display = ["number", "is_canonical", "hash", "at"]
    list_filter = ["is_canonical"]
    ordering = ["-number"]
    search_fields = ["number"]
    search_help_text = "Block number or hash"
    hash_field, number_field = "hash", "number"


@admin.register(EventLog)
class EventLogAdmin(ChainRowAdmin):
    list_display = ["seq", "full_name", "block_number", "is_on_chain", "contract", "transaction"]
    list_select_related = ["block"]
    ordering = ["-seq"]
    search_fields = ["seq"]
    search_help_text = "Block number, transaction hash or contract address"
    fields = [
        "seq",
        "full_name",
        "is_on_chain",
        "block",
        "log_index",
        "tx_hash",
        "address",
        "decoded_payload",
        "raw_topics",
        "raw_data",
        "abi_version",
        "processed_at",
    ]
    readonly_fields = fields
    hash_field, address_fields, number_field = "tx_hash", "address", "block_number"

    @admin.display(description="On chain", boolean=True)
    def is_on_chain(self, log: EventLog) -> bool:
        return log.block.is_canonical

    @admin.display(description="Event")
    def full_name(self, log: EventLog) -> str:
        return log.full_name

    @admin.display(description="Contract")
    def contract(self, log: EventLog) -> str:
        return _short(log.address)

    @admin.display(description="Transaction")
    def transaction(self, log: EventLog) -> str:
        return _short(log.tx_hash)

    @admin.display(description="Topics")
    def raw_topics(self, log: EventLog) -> str:
        raw = bytes(log.topics)
        return "\n".join("0x" + raw[start : start + 32].hex() for start in range(0, len(raw), 32))

    @admin.display(description="Data")
    def raw_data(self, log: EventLog) -> str:
        return "0x" + bytes(log.data).hex()


@admin.register(Reorg)
class ReorgAdmin(ReadOnlyAdmin):
    list_display = [
        "at",
        "depth",
        "ancestor_number",
        "old_head_number",
        "new_head_number",
        "is_beyond_confirmed",
    ]
    list_filter = ["is_beyond_confirmed"]
    ordering = ["-at"]


@admin.register(Cursor)
class CursorAdmin(ReadOnlyAdmin):
    list_display = ["chain_id", "head_number", "confirmed_number", "head_at", "polled_at", "owner", "epoch"]
    exclude = ["digest"]
    readonly_fields = ["running_digest"]

    @admin.display(description="Digest of all confirmed events")
    def running_digest(self, cursor: Cursor) -> str:
        return bytes(cursor.digest).hex()


@admin.register(Watched)
class WatchedAdmin(ChainRowAdmin):
    list_display = ["address", "abi", "kind", "token", "from_block", "watched_at"]
    list_filter = ["abi", "kind"]
    ordering = ["-id"]
    search_fields = ["abi"]
    search_help_text = "Contract or token address"
    address_fields = "address token"


@admin.register(Holding)
class HoldingAdmin(ChainRowAdmin):
    list_display = ["token", "wallet", "units", "updated_block"]
    ordering = ["token", "-units"]
    search_fields = ["updated_block"]
    search_help_text = "Token or wallet address"
    address_fields = "token wallet"


@admin.register(HoldingChange)
class HoldingChangeAdmin(ChainRowAdmin):
    list_display = ["block_number", "token", "wallet", "units"]
    ordering = ["-block_number"]
    search_fields = ["block_number"]
    search_help_text = "Block number, token or wallet address"
    address_fields, number_field = "token wallet", "block_number"


@admin.register(Incident)
class IncidentAdmin(ReadOnlyAdmin):
    list_display = ["kind", "subject", "sending", "opened_at", "closed_at", "closed_by"]
    list_filter = ["kind", "halts_sending", ("closed_at", admin.EmptyFieldListFilter)]
    ordering = ["-opened_at"]
    fields = [
        "kind",
        "subject",
        "summary",
        "sending",
        "opened_at",
        "close_requested_by",
        "closed_at",
        "closed_by",
    ]
    readonly_fields = fields
    buttons = [
        Button(
            name="close_incident",
            label="Close incident",
            action=actions.close_incident,
            permission=RESOLVE,
            id_name="incident_id",
        )
    ]

    @admin.display(description="Sending", ordering="halts_sending")
    def sending(self, incident: Incident) -> str:
        if not incident.halts_sending:
            return "goes on"
        return "halted" if incident.closed_at is None else "was halted"


@admin.register(ReactionFailure)
class ReactionFailureAdmin(ReadOnlyAdmin):
    list_display = ["event", "subject", "status", "error", "attempts", "parked_at", "tried_at"]
    list_filter = ["status"]
    list_select_related = ["event"]
    ordering = ["-parked_at"]
    buttons = [
        Button(
            name="retry_reaction",
            label="Try again",
            action=actions.retry_reaction,
            permission=RESOLVE,
            id_name="event_id",
        )
    ]

    def get_queryset(self, request: HttpRequest) -> Any:
        return super().get_queryset(request).select_related("event__block")


def _short(text: str) -> str:
    return f"{text[:10]}…{text[-6:]}"
