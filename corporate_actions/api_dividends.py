from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from django.db.models import QuerySet
from django.utils import timezone
from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework import mixins, serializers, viewsets
from rest_framework.decorators import action as route
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.routers import SimpleRouter

from contracts import answers
from contracts.models import ChainOperation
from corporate_actions import actions
from corporate_actions import queries_dividends as queries
from corporate_actions.models import DividendDistribution
from rwa_portal.core.actions import Answer
from rwa_portal.core.api import HashField, UnitsField, a_uuid, act_once, one_of, person_with, scope
from rwa_portal.core.api.requests import SignedInPerson

DECLARE, FUND = "corporate_actions.declare_dividend", "corporate_actions.fund_dividend"


class TotalsSerializer(serializers.Serializer):
    """Where the money is, in micro-USDC: all but declared and shortfall sum to funded."""

    declared = UnitsField()
    funded = UnitsField()
    shortfall = UnitsField(help_text="Declared and not funded yet.")
    paid = UnitsField()
    held = UnitsField(help_text="Kept out of the sweep for its holder.")
    outstanding = UnitsField(help_text="Shares that nobody has taken yet.")
    residual = UnitsField(help_text="What rounding every share down leaves over.")
    swept = UnitsField(help_text="Went to the asset's unclaimed account.")
    waiting = UnitsField(help_text="Came in before the opening.")
    returned = UnitsField(help_text="Sent back by a cancellation.")


class DividendSerializer(serializers.ModelSerializer):
    amount = UnitsField(read_only=True, help_text="Declared, in micro-USDC.")
    total_funded = UnitsField(read_only=True, help_text="In micro-USDC.")
    number = UnitsField(read_only=True, allow_null=True, help_text="The distributor's own number of it.")
    snapshot_id = UnitsField(read_only=True, allow_null=True, help_text="The token's snapshot on chain.")
    eligible_units = UnitsField(read_only=True, allow_null=True)
    snapshot_tx_hash = HashField(read_only=True, allow_null=True)

    class Meta:
        model = DividendDistribution
        fields = [
            "id",
            "asset_id",
            "amount",
            "total_funded",
            "distribution_date",
            "expires_at",
            "status",
            "number",
            "snapshot_id",
            "snapshot_block",
            "snapshot_at",
            "snapshot_tx_hash",
            "eligible_units",
            "opened_at",
            "closed_at",
            "cancelled_at",
            "created_at",
        ]
        read_only_fields = fields


class DividendDetailSerializer(DividendSerializer):
    totals = serializers.SerializerMethodField()
    operations = serializers.SerializerMethodField(help_text="Ids of every call about it, the newest first.")

    class Meta(DividendSerializer.Meta):
        fields = [*DividendSerializer.Meta.fields, "totals", "operations"]
        read_only_fields = fields

    @extend_schema_field(TotalsSerializer)
    def get_totals(self, distribution: DividendDistribution) -> dict[str, Any]:
        sums = queries.totals(distribution)
        return TotalsSerializer({**asdict(sums), "shortfall": sums.shortfall}).data

    @extend_schema_field(serializers.ListField(child=serializers.UUIDField()))
    def get_operations(self, distribution: DividendDistribution) -> list[str]:
        calls = ChainOperation.objects.filter(subject=distribution.pk).order_by("-requested_at", "-id")
        return [str(pk) for pk in calls.values_list("pk", flat=True)]


class DividendOrderSerializer(serializers.Serializer):
    asset_id = serializers.UUIDField()
    amount = UnitsField(help_text="For all holders together, in micro-USDC.")
    distribution_date = serializers.DateField(help_text="The pay date.")
    expires_at = serializers.DateTimeField(help_text="From then on what nobody has claimed may be swept.")


class FundSerializer(serializers.Serializer):
    amount = UnitsField(required=False, help_text="In micro-USDC; if absent, all that is missing.")


class DividendLinksSerializer(answers.LinksSerializer):
    distribution = serializers.CharField()


class DividendAskedSerializer(answers.AskedSerializer):
    """
    What was asked for. `operation` tells how it ends; each may wait for other people's consent.

    A dividend's funding can be asked for only when its declaration is confirmed, which gives it its number:
    until then `operations` holds the declaration alone and `follows` says what will be asked for by itself.
    """

    distribution = serializers.UUIDField()
    operations = serializers.ListField(child=serializers.UUIDField(), help_text="In the order of sending.")
    follows = serializers.ListField(child=serializers.CharField())
    links = DividendLinksSerializer()


def ordered(operation: ChainOperation) -> Answer:
    return _asked(operation, follows=["allow_distributor", "fund_dividend"])


def funded(operation: ChainOperation) -> Answer:
    return _asked(operation, follows=[])


def _asked(operation: ChainOperation, *, follows: list[str]) -> Answer:
    before = [str(operation.after_id)] if operation.after_id else []
    return answers.asked(
        operation,
        distribution=str(operation.subject),
        operations=[*before, str(operation.pk)],
        follows=follows,
        links={"distribution": f"/api/dividends/{operation.subject}"},
    )


class DividendViewSet(mixins.ListModelMixin, mixins.RetrieveModelMixin, viewsets.GenericViewSet):
    """Dividends: what was declared on which snapshot, and where the money is."""

    queryset = DividendDistribution.objects.select_related("asset").order_by("created_at", "id")
    serializer_class = DividendSerializer
    lookup_value_regex = "[0-9a-f-]{36}"
    permission_classes = [SignedInPerson | scope("dividends:read")]
    filters = {"status": one_of(DividendDistribution.Status), "asset_id": a_uuid()}

    def get_permissions(self) -> Sequence[Any]:
        if self.action == "create":
            may = person_with(DECLARE) & person_with(FUND)  # it does both
            return [(may | scope("dividends:write"))()]
        if self.action == "fund":
            return [(person_with(FUND) | scope("dividends:write"))()]
        return super().get_permissions()

    def get_serializer_class(self) -> type[serializers.BaseSerializer]:
        return DividendDetailSerializer if self.action == "retrieve" else DividendSerializer

    def get_queryset(self) -> QuerySet[DividendDistribution]:
        if self.request.auth is not None:
            return super().get_queryset()
        return super().get_queryset().visible_to(self.request.user)  # type: ignore[attr-defined]

    @extend_schema(request=DividendOrderSerializer, responses={202: DividendAskedSerializer})
    def create(self, request: Request) -> Response:
        """
        Pay a dividend: draft it, declare it (which takes the snapshot), and fund its pool.

        Three calls of the treasury's wallet. The declaration is asked for at once; allowing and funding
        follow by themselves when it is confirmed, in the same requester's name. Each needs its own consents.
        """
        form = DividendOrderSerializer(data=request.data)
        form.is_valid(raise_exception=True)
        return act_once(
            request,
            actions.order_distribution,
            ordered,
            terms=actions.DistributionTerms(**form.validated_data),
            by=request.user,
            at=timezone.now(),
        )

    @extend_schema(request=FundSerializer, responses={202: DividendAskedSerializer})
    @route(detail=True, methods=["post"])
    def fund(self, request: Request, pk: str) -> Response:
        """Fund a declared dividend from the treasury, or top it up: an allowance, then the funding."""
        form = FundSerializer(data=request.data)
        form.is_valid(raise_exception=True)
        return act_once(
            request,
            actions.fund_distribution,
            funded,
            distribution_id=self.get_object().pk,
            by=request.user,
            at=timezone.now(),
            **form.validated_data,
        )


router = SimpleRouter(trailing_slash=False)
router.register("dividends", DividendViewSet, basename="api_dividend")
routes = router.urls
