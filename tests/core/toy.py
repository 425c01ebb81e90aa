"""A small API over the kernel's own tables: the smallest thing that shows what every app's api.py gets."""

from datetime import datetime

from django.db.models import TextChoices
from django.http import HttpRequest, HttpResponse
from django.urls import include, path, re_path
from rest_framework import serializers, viewsets
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.routers import SimpleRouter

from rwa_portal import urls as portal
from rwa_portal.core import api
from rwa_portal.core.actions import Answer, action
from rwa_portal.core.errors import DomainError, RuleBroken
from rwa_portal.core.models import AuditEvent, User
from tests.people import AT


class Kind(TextChoices):
    RED = "toy.red"
    BLUE = "toy.blue"


class ToyBroken(DomainError):
    """The toy is broken."""


class ColourTaken(RuleBroken):
    """Somebody has this colour."""

    field = "colour"


class ToySerializer(serializers.Serializer):
    colour = serializers.ChoiceField(["red", "blue", "taken", "broken"])
    owner = api.AddressField(required=False)
    units = api.UnitsField(required=False)
    terms_hash = api.HashField(required=False)


class ShownSerializer(serializers.ModelSerializer):
    class Meta:
        model = AuditEvent
        fields = ["id", "kind", "at"]


@action
def make_toy(*, colour: str, by: User, at: datetime, **_: object) -> AuditEvent:
    """
    :raises ToyBroken:
    :raises ColourTaken:
    """
    AuditEvent.record(f"toy.{colour}", subject=by, by=by, at=at)
    if colour == "broken":
        raise ToyBroken
    if colour == "taken":
        raise ColourTaken
    return AuditEvent.objects.latest("id")


class ToyViewSet(viewsets.ReadOnlyModelViewSet):
    queryset = AuditEvent.objects.order_by("at", "id")
    serializer_class = ShownSerializer
    permission_classes = [api.person_with("core.view_auditevent") | api.scope("events:read")]
    filters = {"kind": api.one_of(Kind), "subject": api.a_uuid()}

    def create(self, request: Request) -> Response:
        form = ToySerializer(data=request.data)
        form.is_valid(raise_exception=True)
        return api.act_once(request, make_toy, made, by=request.user, at=AT, **form.validated_data)


def made(event: AuditEvent) -> Answer:
    return Answer(201, {"id": event.pk, "kind": event.kind})


def fault(request: HttpRequest) -> HttpResponse:
    raise RuntimeError("secret detail")


router = SimpleRouter(trailing_slash=False)
router.register("toys", ToyViewSet)
urlpatterns = [
    path("api/", include(router.urls)),
    path("api/fault", fault),
    path("fault", fault),
    *portal.urlpatterns,
    re_path("^api/", portal.problems.no_endpoint),
]
handler400, handler403 = portal.handler400, portal.handler403
handler404, handler500 = portal.handler404, portal.handler500
