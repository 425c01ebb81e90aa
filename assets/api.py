import json
from typing import Any

from django.db.models import Prefetch, QuerySet
from django.urls import path
from django.utils import timezone
from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework import mixins, serializers, viewsets
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response

from assets import actions, queries, terms
from assets.models import Asset, CustodyProof, Issuer
from assets.models.asset import ON_CHAIN
from contracts import answers
from contracts.models import State
from rwa_portal.core.actions import Answer
from rwa_portal.core.api import (
    AddressField,
    HashField,
    SelfLinkSerializer,
    UnitsField,
    a_uuid,
    act_once,
    an_address,
    one_of,
    person_with,
    scope,
)
from rwa_portal.core.api.requests import SignedInPerson

READERS = [SignedInPerson | scope("assets:read")]


class IssuerSerializer(serializers.ModelSerializer):
    class Meta:
        model = Issuer
        fields = ["id", "legal_name", "registration_number", "jurisdiction_code", "status", "created_at"]
        read_only_fields = fields


class BackingSerializer(serializers.ModelSerializer):
    """The valid custody proof: what backs new units, and until when."""

    proof_hash = HashField(read_only=True)
    units = UnitsField(read_only=True)

    class Meta:
        model = CustodyProof
        fields = ["id", "proof_hash", "units", "verified_at", "expiry_at", "status"]
        read_only_fields = fields


class AssetSerializer(serializers.ModelSerializer):
    issuer_id = serializers.UUIDField(read_only=True)
    supply_cap = UnitsField(read_only=True, allow_null=True, help_text="In the smallest unit.")
    unit_price = UnitsField(read_only=True, allow_null=True, help_text="Micro-USDC for one whole token.")
    min_units = UnitsField(read_only=True, allow_null=True, help_text="In the smallest unit.")
    pay_to = AddressField(read_only=True, allow_null=True)
    metadata_hash = HashField(read_only=True, allow_null=True)
    token_address = AddressField(read_only=True, allow_null=True)
    escrow_address = AddressField(read_only=True, allow_null=True)
    custody_proof = serializers.SerializerMethodField()

    class Meta:
        model = Asset
        fields = [
            "id",
            "issuer_id",
            "asset_type",
            "name",
            "symbol",
            "particulars",
            "decimals",
            "supply_cap",
            "unit_price",
            "min_units",
            "opens_at",
            "closes_at",
            "maturity_date",
            "pay_to",
            "terms",
            "metadata_uri",
            "metadata_hash",
            "token_address",
            "escrow_address",
            "custody_proof",
            "status",
            "created_at",
            "deployed_at",
        ]
        read_only_fields = fields

    @extend_schema_field(BackingSerializer(allow_null=True))
    def get_custody_proof(self, asset: Asset) -> dict[str, Any] | None:
        proofs = asset.proofs.all()  # prefetched: the valid one, if any
        return BackingSerializer(proofs[0]).data if proofs else None


class JurisdictionsSerializer(serializers.Serializer):
    """Who may hold the asset: country codes (ISO 3166-1) by type of investor."""

    RETAIL = serializers.ListField(child=serializers.CharField(max_length=2), default=list, max_length=249)
    ACCREDITED = serializers.ListField(
        child=serializers.CharField(max_length=2), default=list, max_length=249
    )
    INSTITUTIONAL = serializers.ListField(
        child=serializers.CharField(max_length=2), default=list, max_length=249
    )


class NewAssetSerializer(serializers.Serializer):
    """The full terms of an asset."""

    issuer_id = serializers.UUIDField()
    asset_type = serializers.ChoiceField(Asset.Type.choices)
    name = serializers.CharField(max_length=100)
    symbol = serializers.CharField(max_length=11)
    particulars = serializers.DictField(child=serializers.CharField(max_length=500), default=dict)
    decimals = serializers.IntegerField(min_value=0, max_value=18)
    supply_cap = UnitsField(help_text="In the smallest unit.")
    unit_price = UnitsField(help_text="Micro-USDC for one whole token.")
    min_units = UnitsField(help_text="In the smallest unit.")
    opens_at = serializers.DateTimeField()
    closes_at = serializers.DateTimeField()
    maturity_date = serializers.DateField(allow_null=True, default=None)
    pay_to = AddressField()
    jurisdictions = JurisdictionsSerializer()
    max_holders = serializers.IntegerField(
        min_value=1, max_value=terms.MAX_HOLDERS, allow_null=True, default=None
    )
    lock_up_until = serializers.DateTimeField(allow_null=True, default=None)
    min_holding = UnitsField(allow_null=True, default=None, help_text="In the smallest unit.")

    def validate(self, given: dict[str, Any]) -> dict[str, Any]:
        # A term that is passed over in silence would be missing from a legal text.
        unknown = sorted(set(self.initial_data) - set(self.fields))
        if unknown:
            raise serializers.ValidationError(dict.fromkeys(unknown, "The asset has no such term."))
        return given

    def changes(self) -> dict[str, Any]:
        return {name: value for name, value in self.validated_data.items() if name != "issuer_id"}


class AssetLinksSerializer(SelfLinkSerializer):
    operation = serializers.CharField(required=False, help_text="Once the deployment is asked for.")


class AssetAskedForSerializer(serializers.Serializer):
    """The new asset, and either the call that deploys it or what that call awaits."""

    asset = AssetSerializer()
    awaiting = serializers.ChoiceField(["legal_review"], allow_null=True)
    operation = serializers.UUIDField(allow_null=True)
    state = serializers.ChoiceField(State.choices, allow_null=True)
    approvals = serializers.CharField(allow_null=True, help_text="Given/needed, by other people.")
    links = AssetLinksSerializer()


def asked_for(asset: Asset) -> Answer:
    row = AssetSerializer(with_backing(Asset.objects.all()).get(pk=asset.pk)).data
    # Through JSON once, because the answer is kept under the idempotency key as JSON.
    shown, links = json.loads(JSONRenderer().render(row)), {"self": f"/api/assets/{asset.pk}"}
    operation = queries.operation_of(asset, queries.DEPLOY)
    if operation is not None:
        return answers.asked(operation, asset=shown, awaiting=None, links=links)
    waits = dict.fromkeys(("operation", "state", "approvals"))
    return Answer(status=202, body={"asset": shown, "awaiting": "legal_review", **waits, "links": links})


def with_backing(assets: QuerySet[Asset]) -> QuerySet[Asset]:
    valid = CustodyProof.objects.valid_at(timezone.now())
    return assets.prefetch_related(Prefetch("proofs", queryset=valid))


class AssetViewSet(mixins.ListModelMixin, mixins.RetrieveModelMixin, viewsets.GenericViewSet):
    """Assets: the active tokens, and the creation of one from its full terms."""

    serializer_class = AssetSerializer
    filters = {
        "type": one_of(Asset.Type, lookup="asset_type"),
        "status": one_of([str(status) for status in ON_CHAIN]),
        "issuer_id": a_uuid(),
        "token_address": an_address(),
    }

    def get_permissions(self) -> list[Any]:
        kinds = [person_with("assets.deploy_asset")] if self.action == "create" else READERS
        return [kind() for kind in kinds]

    def get_queryset(self) -> QuerySet[Asset]:
        assets = Asset.objects.order_by("created_at", "id")
        if self.action == "list":
            chosen = "status" in self.request.query_params
            return with_backing(assets.on_chain() if chosen else assets.active())
        return with_backing(assets.visible_to(self.request.user))

    @extend_schema(request=NewAssetSerializer, responses={202: AssetAskedForSerializer})
    def create(self, request: Request) -> Response:
        """Create the asset of a registered issuer and deploy it once the review policy is met."""
        form = NewAssetSerializer(data=request.data)
        form.is_valid(raise_exception=True)
        return act_once(
            request,
            actions.create_asset,
            asked_for,
            issuer_id=form.validated_data["issuer_id"],
            changes=form.changes(),
            by=request.user,
            at=timezone.now(),
        )


class IssuerViewSet(mixins.ListModelMixin, mixins.RetrieveModelMixin, viewsets.GenericViewSet):
    """Registered issuers; members and staff also see one that is not registered yet."""

    serializer_class = IssuerSerializer
    permission_classes = READERS
    filters = {"status": one_of(Issuer.Status)}

    def get_queryset(self) -> QuerySet[Issuer]:
        return Issuer.objects.visible_to(self.request.user).order_by("created_at", "id")


routes = [
    path("assets", AssetViewSet.as_view({"get": "list", "post": "create"}), name="api_assets"),
    path("assets/<uuid:pk>", AssetViewSet.as_view({"get": "retrieve"}), name="api_asset"),
    path("issuers", IssuerViewSet.as_view({"get": "list"}), name="api_issuers"),
    path("issuers/<uuid:pk>", IssuerViewSet.as_view({"get": "retrieve"}), name="api_issuer"),
]
