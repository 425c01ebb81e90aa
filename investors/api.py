from django.db.models import QuerySet
from django.urls import path
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import exceptions, mixins, serializers, viewsets
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from contracts import answers
from contracts.models import ChainOperation
from investors import actions, identification
from investors.kyc.registry import chosen
from investors.models import Investor, KycSession, KycStatus, Wallet
from investors.throttles import KycSessionThrottle
from investors.webhooks import KycWebhookView
from rwa_portal.core.actions import Answer
from rwa_portal.core.api import AddressField, HashField, act_once, one_of, person, person_with, scope
from rwa_portal.core.api.requests import SignedInPerson


class WalletSerializer(serializers.ModelSerializer):
    address = AddressField(read_only=True)

    class Meta:
        model = Wallet
        fields = ["id", "address", "is_primary", "proven_at", "allowlisted_at", "profile_valid_until"]
        read_only_fields = fields


class InvestorSerializer(serializers.ModelSerializer):
    """What may be told of an investor: states and codes, never who it is."""

    wallet_address = AddressField(read_only=True, allow_null=True)
    kyc_hash = HashField(read_only=True, allow_null=True)
    wallets = WalletSerializer(many=True, read_only=True)

    class Meta:
        model = Investor
        fields = [
            "id",
            "wallet_address",
            "kyc_status",
            "kyc_valid_until",
            "jurisdiction_code",
            "investor_type",
            "kyc_hash",
            "created_at",
            "updated_at",
            "wallets",
        ]
        read_only_fields = fields


class InvestorViewSet(mixins.ListModelMixin, mixins.RetrieveModelMixin, viewsets.GenericViewSet):
    """Investors: staff with the right see all, a person sees its own record."""

    queryset = Investor.objects.order_by("created_at", "id").prefetch_related("wallets")
    serializer_class = InvestorSerializer
    permission_classes = [SignedInPerson]
    filters = {"kyc_status": one_of(KycStatus)}

    def get_queryset(self) -> QuerySet[Investor]:
        investors = super().get_queryset()
        if self.request.user.has_perm("investors.view_investor"):
            return investors
        return investors.filter(user=person(self.request))


class KycSessionSerializer(serializers.Serializer):
    id = serializers.UUIDField(read_only=True)
    provider = serializers.CharField(read_only=True)
    status = serializers.CharField(read_only=True)
    verdict = serializers.CharField(read_only=True)
    url = serializers.URLField(read_only=True, help_text="The provider's page, good for half an hour.")


class InvestorProfileMissing(exceptions.NotFound):
    default_detail = "Fill in your investor profile first."


class KycSessionView(APIView):
    permission_classes = [SignedInPerson]
    throttle_classes = [KycSessionThrottle]

    @extend_schema(operation_id="kyc_session", request=None, responses={200: KycSessionSerializer})
    def post(self, request: Request) -> Response:
        """Begin or continue the caller's identity check; answer with the provider's page for the person."""
        investor = Investor.objects.filter(user=person(request)).first()
        if investor is None:
            raise InvestorProfileMissing
        vendor = chosen()
        response = act_once(
            request,
            actions.open_session,
            _opened,
            investor_id=investor.pk,
            provider=vendor.name,
            level=vendor.required_level(),
            by=person(request),
            at=timezone.now(),
        )
        # A link is a credential for minutes, not a part of the decision: a repeated request gets a new one.
        session = KycSession.objects.get(pk=response.data["id"])
        response.data["url"] = identification.link(session=session, by=person(request), at=timezone.now())
        return response


def _opened(session: KycSession) -> Answer:
    return Answer(
        status=200,
        body={
            "id": str(session.pk),
            "provider": session.provider,
            "status": session.status,
            "verdict": session.verdict,
        },
    )


class AllowlistSerializer(serializers.Serializer):
    investor_id = serializers.UUIDField()
    allowlisted = serializers.BooleanField(default=True, help_text="false takes the wallets off.")
    reason = serializers.CharField(min_length=5, max_length=2000)


class AllowlistAskedSerializer(answers.AskedSerializer):
    investor_id = serializers.UUIDField()


class InvestorUnknown(serializers.ValidationError):
    def __init__(self) -> None:
        super().__init__({"investor_id": ["There is no such investor."]}, code="InvestorUnknown")


class AllowlistView(APIView):
    permission_classes = [person_with("investors.write_allowlist") | scope("compliance:write")]

    @extend_schema(
        operation_id="compliance_allowlist",
        request=AllowlistSerializer,
        responses={202: AllowlistAskedSerializer},
    )
    def post(self, request: Request) -> Response:
        """Ask the chain to let all proven wallets of an investor hold tokens, or to take them off."""
        form = AllowlistSerializer(data=request.data)
        form.is_valid(raise_exception=True)
        asked = form.validated_data
        if not Investor.objects.filter(pk=asked["investor_id"]).exists():
            raise InvestorUnknown
        act = actions.allowlist_investor if asked["allowlisted"] else actions.disallow_investor
        return act_once(
            request,
            act,
            _asked,
            investor_id=asked["investor_id"],
            reason=asked["reason"],
            by=request.user,
            at=timezone.now(),
        )


def _asked(operation: ChainOperation) -> Answer:
    return answers.asked(operation, investor_id=str(operation.subject))


routes = [
    path("investors", InvestorViewSet.as_view({"get": "list"}), name="api_investors"),
    path("investors/<uuid:pk>", InvestorViewSet.as_view({"get": "retrieve"}), name="api_investor"),
    path("kyc/session", KycSessionView.as_view(), name="api_kyc_session"),
    path("compliance/allowlist", AllowlistView.as_view(), name="api_allowlist"),
    path("webhooks/kyc/<str:provider>", KycWebhookView.as_view(), name="api_kyc_webhook"),
]
