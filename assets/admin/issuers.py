from django.contrib import admin
from unfold.contrib.filters.admin import RangeDateTimeFilter
from unfold.decorators import display

from assets import actions
from assets.actions.issuers import FIELDS
from assets.admin.parts import ReadOnlyInline, asking_for
from assets.models import Issuer, IssuerMember
from rwa_portal.core.admin import Button, ReadOnlyAdmin

REVIEW_ISSUER = "assets.review_issuer"


class MemberInline(ReadOnlyInline):
    model = IssuerMember
    fields = ["person", "joined_at"]
    readonly_fields = fields
    verbose_name_plural = "members"

    @display(description="Person")
    def person(self, member: IssuerMember) -> str:
        return member.user.label


@admin.register(Issuer)
class IssuerAdmin(ReadOnlyAdmin):
    list_display = ["legal_name", "registration_number", "jurisdiction_code", "status", "submitted_at"]
    list_filter = ["status", "jurisdiction_code", ("submitted_at", RangeDateTimeFilter)]
    list_filter_submit = True
    search_fields = ["legal_name", "registration_number", "=id"]
    ordering = ["-submitted_at", "id"]
    inlines = [MemberInline]
    buttons = [
        Button(
            name="start_review",
            label="Start the review",
            action=actions.start_issuer_review,
            permission=REVIEW_ISSUER,
            id_name="issuer_id",
            shown_if=lambda issuer: issuer.status == Issuer.Status.SUBMITTED,
        ),
        Button(
            name="register",
            label="Register",
            action=actions.register_issuer,
            permission=REVIEW_ISSUER,
            id_name="issuer_id",
            shown_if=lambda issuer: issuer.status == Issuer.Status.IN_REVIEW,
        ),
        Button(
            name="send_back",
            label="Return",
            action=actions.return_issuer,
            permission=REVIEW_ISSUER,
            id_name="issuer_id",
            form=asking_for(FIELDS),
            shown_if=lambda issuer: issuer.status == Issuer.Status.IN_REVIEW,
        ),
        Button(
            name="refuse",
            label="Refuse",
            action=actions.refuse_issuer,
            permission=REVIEW_ISSUER,
            id_name="issuer_id",
            shown_if=lambda issuer: issuer.status == Issuer.Status.IN_REVIEW,
        ),
    ]


@admin.register(IssuerMember)
class IssuerMemberAdmin(ReadOnlyAdmin):
    list_display = ["issuer", "user", "added_by", "joined_at"]
    list_filter = [("issuer", admin.RelatedOnlyFieldListFilter)]
    search_fields = ["issuer__legal_name", "=user__id"]
    ordering = ["-joined_at", "id"]
