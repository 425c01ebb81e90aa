from typing import Any

from django.db.models import QuerySet
from django.urls import path
from django.utils import timezone
from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework import mixins, serializers, viewsets
from rest_framework.decorators import action as route
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.routers import SimpleRouter

from contracts import actions, answers, operations, queries, registry
from contracts.models import ChainOperation, OperationEvent, State
from contracts.webhooks import CustodyWebhookView
from rwa_portal.core.api import (
    AddressField,
    HashField,
    ReasonSerializer,
    UnitsField,
    a_uuid,
    act_once,
    one_of,
    person_with,
)
from rwa_portal.core.api.filters import Filter
from rwa_portal.core.api.requests import SignedIn
from rwa_portal.core.models import ApiKey


class ArgumentSerializer(serializers.Serializer):
    name = serializers.CharField()
    type = serializers.CharField()
    value = serializers.CharField(help_text="Integers as decimal strings, bytes as 0x hex.")


class CalledSerializer(serializers.Serializer):
    """Which function of which contract is called, decoded from the calldata that will be sent."""

    contract = serializers.CharField()
    function = serializers.CharField()
    arguments = ArgumentSerializer(many=True)


class OperationEventSerializer(serializers.ModelSerializer):
    class Meta:
        model = OperationEvent
        fields = ["state", "at", "note"]


class OperationSerializer(serializers.ModelSerializer):
    title = serializers.SerializerMethodField(help_text="What it does, in plain words.")
    approvals = serializers.SerializerMethodField(
        help_text="m/n: consents given to exactly this digest, needed."
    )
    call = serializers.SerializerMethodField()
    to = AddressField(read_only=True)
    wallet = AddressField(source="wallet.address", read_only=True)
    calldata = serializers.SerializerMethodField()
    after = serializers.UUIDField(source="after_id", read_only=True, allow_null=True)
    ready_at = serializers.DateTimeField(
        read_only=True,
        allow_null=True,
        help_text="From when it may be sent, once the one before it is confirmed.",
    )
    tx_hash = HashField(read_only=True, allow_null=True)
    block_hash = HashField(read_only=True, allow_null=True)
    gas_price = UnitsField(read_only=True, allow_null=True, help_text="Wei.")
    events = OperationEventSerializer(many=True, read_only=True)

    class Meta:
        model = ChainOperation
        fields = [
            "id",
            "kind",
            "title",
            "key",
            "subject",
            "state",
            "state_at",
            "vendor_status",
            "approvals",
            "facts",
            "digest",
            "to",
            "call",
            "calldata",
            "wallet",
            "after",
            "ready_at",
            "tx_hash",
            "block_number",
            "block_hash",
            "gas_used",
            "gas_price",
            "failure",
            "requested_at",
            "confirmed_at",
            "events",
        ]

    def get_title(self, operation: ChainOperation) -> str:
        return registry.title(operation)

    def get_approvals(self, operation: ChainOperation) -> str:
        return operations.approvals(operation)

    @extend_schema_field(CalledSerializer(allow_null=True))
    def get_call(self, operation: ChainOperation) -> dict[str, Any] | None:
        described = queries.describe(operation)
        return CalledSerializer(described).data if described else None

    def get_calldata(self, operation: ChainOperation) -> str:
        return "0x" + bytes(operation.calldata).hex()


class OperationSummarySerializer(serializers.ModelSerializer):
    """An operation in a list; read it by its id for what it calls and what has happened."""

    title = serializers.SerializerMethodField(help_text="What it does, in plain words.")
    tx_hash = HashField(read_only=True, allow_null=True)

    class Meta:
        model = ChainOperation
        fields = [
            "id",
            "kind",
            "title",
            "key",
            "subject",
            "state",
            "state_at",
            "tx_hash",
            "failure",
            "requested_at",
            "confirmed_at",
        ]
        read_only_fields = fields

    def get_title(self, operation: ChainOperation) -> str:
        return registry.title(operation)


def a_kind() -> Filter:
    def parse(text: str) -> str:
        if text not in registry.kinds():
            raise ValueError(text)
        return text

    return Filter(parse, {"type": "string"}, "kind")


class OperationViewSet(mixins.ListModelMixin, mixins.RetrieveModelMixin, viewsets.GenericViewSet):
    """
    Calls to the chain: what each will do, who has consented, and where it stands.

    Staff with the right and machines with the scope see all; anybody else what they have asked for.
    """

    queryset = ChainOperation.objects.order_by("requested_at", "id")
    serializer_class = OperationSerializer
    lookup_value_regex = "[0-9a-f-]{36}"
    permission_classes = [SignedIn]
    filters = {"state": one_of(State), "kind": a_kind(), "subject": a_uuid(), "after": a_uuid("after_id")}

    def get_serializer_class(self) -> type[serializers.BaseSerializer]:
        return OperationSummarySerializer if self.action == "list" else OperationSerializer

    def get_queryset(self) -> QuerySet[ChainOperation]:
        operations_seen = super().get_queryset()
        if self.action != "list":
            operations_seen = operations_seen.select_related("wallet", "after").prefetch_related("events")
        if _sees_all(self.request):
            return operations_seen
        return operations_seen.filter(requested_by=self.request.user.pk)

    @extend_schema(request=ReasonSerializer, responses={202: answers.AskedSerializer})
    @route(detail=True, methods=["post"], permission_classes=[person_with("contracts.approve_operation")])
    def approve(self, request: Request, pk: str) -> Response:
        """Consent to the call as it stands, with the facts it rests on now. The last consent queues it."""
        form = ReasonSerializer(data=request.data)
        form.is_valid(raise_exception=True)
        return act_once(
            request,
            actions.approve_operation,
            answers.asked,
            operation_id=self.get_object().pk,
            by=request.user,
            at=timezone.now(),
            **form.validated_data,
        )


def _sees_all(request: Request) -> bool:
    if isinstance(request.auth, ApiKey):
        return "operations:read" in request.auth.scopes
    return request.user.has_perm("contracts.view_chainoperation")


router = SimpleRouter(trailing_slash=False)
router.register("operations", OperationViewSet, basename="api_operation")
routes = [
    *router.urls,
    path("webhooks/custody/<str:provider>", CustodyWebhookView.as_view(), name="api_custody_webhook"),
]
