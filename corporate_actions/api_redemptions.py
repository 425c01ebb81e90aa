from collections.abc import Sequence
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db.models import QuerySet
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import mixins, serializers, viewsets
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.routers import SimpleRouter

from corporate_actions import actions, instructions_redemptions
from corporate_actions.models import EndedBecause, HeldBecause, Method, Redemption, SettlementStatus
from investors.on_behalf import investor_of
from rwa_portal.core.actions import Answer
from rwa_portal.core.api import (
    AddressField,
    HashField,
    SelfLinkSerializer,
    UnitsField,
    a_uuid,
    act_once,
    one_of,
    scope,
)
from rwa_portal.core.api.requests import SignedInPerson

ASKED_FOR = [(Method.USDC.value, Method.USDC.value), (Method.OFF_CHAIN.value, Method.OFF_CHAIN.value)]


class RedemptionSerializer(serializers.ModelSerializer):
    amount = UnitsField(read_only=True)
    min_payment = UnitsField(read_only=True)
    number = UnitsField(read_only=True, allow_null=True)
    payment = UnitsField(read_only=True, allow_null=True)
    wallet_address = AddressField(read_only=True, source="wallet.address")
    lock_tx_hash = HashField(read_only=True, allow_null=True)
    burn_tx_hash = HashField(read_only=True, allow_null=True)
    cancel_tx_hash = HashField(read_only=True, allow_null=True)
    # Of a column that a model may leave empty, a read-only field would promise that it is filled.
    held_because = serializers.ChoiceField(HeldBecause.choices, allow_blank=True, read_only=True)
    ended_because = serializers.ChoiceField(EndedBecause.choices, allow_blank=True, read_only=True)

    class Meta:
        model = Redemption
        fields = [
            "id",
            "investor_id",
            "asset_id",
            "amount",
            "method",
            "min_payment",
            "wallet_address",
            "number",
            "settlement_status",
            "lock_by",
            "lock_tx_hash",
            "due_at",
            "failure",
            "held_because",
            "payment",
            "burn_tx_hash",
            "ended_because",
            "cancel_tx_hash",
            "created_at",
        ]
        read_only_fields = fields


class RedemptionOrderSerializer(serializers.Serializer):
    asset_id = serializers.UUIDField()
    amount = UnitsField(help_text="In the token's smallest unit.")
    min_payment = UnitsField(
        required=False, help_text="The least the holder accepts, in micro-USDC; with OFF_CHAIN none."
    )
    method = serializers.ChoiceField(choices=ASKED_FOR, default=Method.USDC.value)
    investor_id = serializers.UUIDField(
        required=False, help_text="Whose units; a machine names them, a person asks for themselves."
    )
    wallet_id = serializers.UUIDField(required=False, help_text="A proven wallet; if absent, the primary.")


class WalletCallSerializer(serializers.Serializer):
    chain_id = serializers.IntegerField()
    sender = AddressField(help_text="Only this wallet can send it.")
    to = AddressField()
    calldata = serializers.CharField(help_text="In hexadecimal, to be sent exactly so.")


class RequestedRedemptionSerializer(RedemptionSerializer):
    links = SelfLinkSerializer(read_only=True)
    transaction = WalletCallSerializer(
        read_only=True, help_text="Locks the units; sent by the holder's wallet."
    )

    class Meta(RedemptionSerializer.Meta):
        fields = [*RedemptionSerializer.Meta.fields, "transaction", "links"]
        read_only_fields = fields


def requested(redemption: Redemption) -> Answer:
    call = instructions_redemptions.request_call(redemption)
    transaction = {
        "chain_id": settings.CHAIN.chain_id,
        "sender": redemption.wallet.address,
        "to": call.to,
        "calldata": "0x" + call.calldata.hex(),
    }
    body = {
        **RedemptionSerializer(redemption).data,
        "transaction": WalletCallSerializer(transaction).data,
        "links": {"self": f"/api/redemptions/{redemption.pk}"},
    }
    return Answer(status=201, body=_plain(body))


class RedemptionViewSet(mixins.ListModelMixin, mixins.RetrieveModelMixin, viewsets.GenericViewSet):
    """Units given back: an investor's own, or all for staff with the right and for machines."""

    queryset = Redemption.objects.select_related("wallet").order_by("created_at", "id")
    serializer_class = RedemptionSerializer
    lookup_value_regex = "[0-9a-f-]{36}"
    permission_classes = [SignedInPerson | scope("redemptions:read")]
    filters = {
        "settlement_status": one_of(SettlementStatus),
        "method": one_of(Method),
        "asset_id": a_uuid(),
        "investor_id": a_uuid(),
    }

    def get_permissions(self) -> Sequence[Any]:
        if self.action == "create":
            return [(SignedInPerson | scope("redemptions:write"))()]
        return super().get_permissions()

    def get_queryset(self) -> QuerySet[Redemption]:
        rows, user = super().get_queryset(), self.request.user
        if self.request.auth is not None or user.has_perm("corporate_actions.view_redemption"):
            return rows
        return rows.filter(investor__user=user)

    @extend_schema(request=RedemptionOrderSerializer, responses={201: RequestedRedemptionSerializer})
    def create(self, request: Request) -> Response:
        """
        Ask for units to be redeemed. The answer is the transaction that the holder's own wallet sends.

        The redemption becomes PENDING when the chain has locked the units, SETTLED when it has burned them.
        """
        form = RedemptionOrderSerializer(data=request.data)
        form.is_valid(raise_exception=True)
        given = form.validated_data
        wanted = actions.RedemptionRequest(
            investor_id=investor_of(request, named=given.get("investor_id")),
            asset_id=given["asset_id"],
            amount=given["amount"],
            min_payment=given.get("min_payment", 0),
            method=given["method"],
            wallet_id=given.get("wallet_id"),
        )
        return act_once(
            request,
            actions.request_redemption,
            requested,
            wanted=wanted,
            by=request.user,
            at=timezone.now(),
        )


def _plain(body: dict[str, Any]) -> dict[str, Any]:
    """As JSON has it: the answer is kept with its Idempotency-Key."""
    return {name: str(value) if isinstance(value, UUID) else value for name, value in body.items()}


router = SimpleRouter(trailing_slash=False)
router.register("redemptions", RedemptionViewSet)
routes = router.urls
