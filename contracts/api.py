from typing import Any

from django.utils import timezone
from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework import mixins, serializers, viewsets
from rest_framework.decorators import action as route
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.routers import SimpleRouter

from contracts import actions, operations, queries, registry
from contracts.models import ChainOperation, OperationEvent, State
from rwa_portal.core.actions import Answer
from rwa_portal.core.api import AddressField, HashField, UnitsField, act_once, person_with, scope


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
    tx_hash = HashField(read_only=True)
    block_hash = HashField(read_only=True)
    gas_price = UnitsField(read_only=True, help_text="Wei.")
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


class ReasonSerializer(serializers.Serializer):
    reason = serializers.CharField(min_length=5, max_length=2000)


class ConsentSerializer(serializers.Serializer):
    operation = serializers.UUIDField()
    state = serializers.CharField()
    approvals = serializers.CharField(help_text="m/n")


def consented(operation: ChainOperation) -> Answer:
    waits = operation.state == State.AWAITING_APPROVAL
    return Answer(
        status=202 if waits else 200,
        body={
            "operation": str(operation.pk),
            "state": operation.state,
            "approvals": operations.approvals(operation),
        },
    )


class OperationViewSet(mixins.RetrieveModelMixin, viewsets.GenericViewSet):
    """A call to the chain: what it will do, who has consented, and where it stands."""

    queryset = ChainOperation.objects.select_related("wallet", "after").prefetch_related("events")
    serializer_class = OperationSerializer
    lookup_value_regex = "[0-9a-f-]{36}"
    permission_classes = [person_with("contracts.view_chainoperation") | scope("operations:read")]

    @extend_schema(request=ReasonSerializer, responses={200: ConsentSerializer, 202: ConsentSerializer})
    @route(detail=True, methods=["post"], permission_classes=[person_with("contracts.approve_operation")])
    def approve(self, request: Request, pk: str) -> Response:
        """Consent to the call as it stands, with the facts it rests on now. The last consent queues it."""
        form = ReasonSerializer(data=request.data)
        form.is_valid(raise_exception=True)
        return act_once(
            request,
            actions.approve_operation,
            consented,
            operation_id=self.get_object().pk,
            by=request.user,
            at=timezone.now(),
            **form.validated_data,
        )


router = SimpleRouter(trailing_slash=False)
router.register("operations", OperationViewSet, basename="api_operation")
routes = router.urls
