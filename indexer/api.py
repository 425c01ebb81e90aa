from typing import Any, ClassVar

from django.urls import path
from drf_spectacular.utils import extend_schema_field
from rest_framework import generics, serializers

from indexer import queries, registry
from indexer.models import EventLog, Watched
from indexer.models.chain import EventLogQuerySet
from rwa_portal.core import chain_values
from rwa_portal.core.api import (
    AddressField,
    Filter,
    HashField,
    an_address,
    an_integer,
    one_of,
    person_with,
    scope,
)
from rwa_portal.core.api.filters import FilterNotValid, parsed

STATUSES = ["confirmed", "seen", "orphaned"]


def an_asset() -> Filter:
    """A token's address; finds what the token and its escrow say, and what names one of them."""

    def parse(text: str) -> list[str]:
        token = chain_values.parse_address(text)
        if not Watched.objects.filter(address=token).exists():
            raise FilterNotValid("No asset has this token.")
        return [token, *Watched.objects.filter(token=token).values_list("address", flat=True)]

    return Filter(parse, {"type": "string"}, "asset")


def an_event() -> Filter:
    """An event's name, alone or with its interface: Transfer, AssetToken.Transfer."""

    def parse(text: str) -> str:
        known = registry.event_names()
        if text not in known and text not in {name.partition(".")[2] for name in known}:
            raise FilterNotValid("No watched contract has this event.")
        return text

    return Filter(parse, {"type": "string"}, "event")


def a_transaction() -> Filter:
    return Filter(chain_values.parse_hash, {"type": "string"}, "tx_hash")


class EventSerializer(serializers.Serializer):
    """A log of a watched contract. Every integer of the chain is a string of decimal digits."""

    id = serializers.UUIDField(read_only=True)
    seq = serializers.CharField(read_only=True, help_text="Rises with every event; never reused.")
    status = serializers.SerializerMethodField()
    contract = serializers.CharField(source="abi", read_only=True)
    event = serializers.CharField(
        source="event_name", read_only=True, help_text="Empty: not in the interface; see topics and data."
    )
    address = AddressField(read_only=True)
    payload = serializers.DictField(source="decoded_payload", read_only=True, allow_null=True)
    block_number = serializers.CharField(read_only=True)
    block_hash = HashField(source="block_id", read_only=True)
    block_at = serializers.DateTimeField(source="block.at", read_only=True)
    tx_hash = HashField(read_only=True)
    log_index = serializers.CharField(read_only=True)
    topics = serializers.SerializerMethodField()
    data = serializers.SerializerMethodField()  # type: ignore[assignment]

    @extend_schema_field(serializers.ChoiceField(STATUSES))
    def get_status(self, log: EventLog) -> str:
        if not log.block.is_canonical:
            return "orphaned"
        return "confirmed" if log.block_number <= self.context["confirmed_number"] else "seen"

    def get_topics(self, log: EventLog) -> list[str]:
        raw = bytes(log.topics)
        return ["0x" + raw[start : start + 32].hex() for start in range(0, len(raw), 32)]

    def get_data(self, log: EventLog) -> str:
        return "0x" + bytes(log.data).hex()


class EventList(generics.ListAPIView):
    """What the watched contracts have said, oldest first; confirmed and canonical unless asked otherwise."""

    permission_classes = [person_with("indexer.view_eventlog") | scope("events:read")]
    serializer_class = EventSerializer
    queryset = EventLog.objects.select_related("block").order_by("seq")
    filters: ClassVar[dict[str, Filter]] = {
        "status": one_of(STATUSES),
        "asset": an_asset(),
        "event": an_event(),
        "wallet": an_address("wallet"),
        "tx": a_transaction(),
        "from_block": an_integer("block_number__gte"),
        "to_block": an_integer("block_number__lte"),
    }

    def get_serializer_context(self) -> dict[str, Any]:
        confirmed_number = queries.position().confirmed_number
        return {**super().get_serializer_context(), "confirmed_number": confirmed_number or 0}

    def filter_queryset(self, queryset: Any) -> Any:
        chosen = parsed(self.request, self.filters)
        logs = _in_status(queryset, chosen.pop("status", "confirmed"))
        if event := chosen.pop("event", ""):
            abi, _, event_name = event.rpartition(".")
            chosen |= {"event_name": event_name} | ({"abi": abi} if abi else {})
        if contracts := chosen.pop("asset", None):
            logs = logs.naming(*contracts)
        if wallet := chosen.pop("wallet", ""):
            logs = logs.naming(wallet)
        return logs.filter(**chosen)


def _in_status(logs: EventLogQuerySet, status: str) -> EventLogQuerySet:
    confirmed_number = queries.position().confirmed_number or 0
    if status == "orphaned":
        return logs.orphaned()
    return (
        logs.confirmed_at(confirmed_number)
        if status == "confirmed"
        else logs.unconfirmed_at(confirmed_number)
    )


class EventDetail(generics.RetrieveAPIView):
    """One event by its id, whether it still counts or was taken back."""

    permission_classes = EventList.permission_classes
    serializer_class = EventSerializer
    queryset = EventList.queryset
    filter_backends = []

    def get_serializer_context(self) -> dict[str, Any]:
        confirmed_number = queries.position().confirmed_number
        return {**super().get_serializer_context(), "confirmed_number": confirmed_number or 0}


routes = [
    path("events", EventList.as_view(), name="events"),
    path("events/<uuid:pk>", EventDetail.as_view(), name="event"),
]
