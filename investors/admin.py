"""Investors in the admin: ids, states and codes. Who somebody is, is behind a reason."""

from typing import Any, ClassVar

from django import forms
from django.contrib import admin
from django.db.models import Count, Q, QuerySet
from django.http import HttpRequest
from django.utils import timezone
from unfold.contrib.filters.admin import RangeDateTimeFilter
from unfold.decorators import display
from unfold.widgets import UnfoldAdminSelectWidget, UnfoldAdminSingleDateWidget, UnfoldAdminTextInputWidget

from investors import actions, identification, queries
from investors.models import (
    Investor,
    InvestorType,
    KycSession,
    KycStatus,
    Outcome,
    Verdict,
    Wallet,
    WalletChallenge,
    WebhookDelivery,
)
from investors.reveal import RevealingAdmin
from rwa_portal.core.admin import Button, ReadOnlyAdmin, ReasonForm

VERDICT_TONES = {
    Verdict.GREEN: "success",
    Verdict.RETRY: "warning",
    Verdict.UNCLEAR: "danger",
    Verdict.FINAL: "danger",
}
OUTCOME_TONES = {
    Outcome.APPLIED: "success",
    Outcome.RECEIVED: "warning",
    Outcome.QUARANTINED: "danger",
}


class TypeForm(ReasonForm):
    investor_type = forms.ChoiceField(
        label="Type", choices=InvestorType.choices, widget=UnfoldAdminSelectWidget
    )
    evidence = forms.CharField(
        required=False,
        max_length=64,
        help_text="How it was shown: INCOME, LICENCE, … Empty for RETAIL.",
        widget=UnfoldAdminTextInputWidget,
    )
    valid_until = forms.DateField(
        required=False,
        help_text="Last day on which the evidence counts. Empty for RETAIL.",
        widget=UnfoldAdminSingleDateWidget,
    )
    field_order: ClassVar[list[str]] = ["investor_type", "evidence", "valid_until", "reason"]


def _is_listed(investor: Investor) -> bool:
    return investor.wallets.allowlisted().exists()


@admin.register(Investor)
class InvestorAdmin(RevealingAdmin):
    list_display = [
        "id",
        "kyc_status",
        "jurisdiction_code",
        "investor_type",
        "kyc_valid_until",
        "on_chain",
        "created_at",
    ]
    list_filter = ["kyc_status", "investor_type", "jurisdiction_code", ("created_at", RangeDateTimeFilter)]
    list_filter_submit = True
    search_fields = ["=id"]
    ordering = ["-created_at", "id"]
    exclude = ["user"]
    readonly_fields = ["on_chain", "cannot_hold", "sealed"]
    reveal_action = actions.reveal_person
    reveal_id_name = "investor_id"
    buttons = [
        Button(
            name="allowlist",
            label="Put on the allowlist",
            action=actions.allowlist_investor,
            permission="investors.write_allowlist",
            id_name="investor_id",
            shown_if=lambda investor: investor.kyc_status == KycStatus.VERIFIED,
        ),
        Button(
            name="disallow",
            label="Take off the allowlist",
            action=actions.disallow_investor,
            permission="investors.write_allowlist",
            id_name="investor_id",
            shown_if=_is_listed,
        ),
        Button(
            name="classify",
            label="Say the type",
            action=actions.classify_investor,
            permission="investors.decide_eligibility",
            id_name="investor_id",
            form=TypeForm,
        ),
    ]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Investor]:
        listed = Count("wallets", filter=Q(wallets__allowlisted_at__isnull=False))
        return super().get_queryset(request).annotate(listed=listed, proven=Count("wallets"))

    @display(description="Wallets on chain")
    def on_chain(self, investor: Any) -> str:
        return f"{investor.listed} of {investor.proven} allowlisted"

    @display(description="Why no tokens can be held")
    def cannot_hold(self, investor: Investor) -> str:
        failed = queries.eligibility(investor, at=timezone.now())
        return " ".join(f"{rule.text} {rule.remedy}" for rule in failed) or "Nothing: eligible."


@admin.register(Wallet)
class WalletAdmin(ReadOnlyAdmin):
    list_display = ["address", "investor", "is_primary", "proven_at", "allowlisted_at", "frozen_at"]
    list_filter = ["is_primary", ("allowlisted_at", admin.EmptyFieldListFilter)]
    search_fields = ["=id", "=investor__id"]
    list_select_related = ["investor"]
    ordering = ["-proven_at", "id"]


@admin.register(WalletChallenge)
class WalletChallengeAdmin(ReadOnlyAdmin):
    list_display = ["id", "investor", "address", "issued_at", "expires_at", "used_at"]
    search_fields = ["=id", "=investor__id"]
    list_select_related = ["investor"]
    ordering = ["-issued_at", "id"]


@admin.register(KycSession)
class KycSessionAdmin(RevealingAdmin):
    list_display = ["id", "investor", "provider", "stage", "shown_verdict", "verdict_at", "read_at"]
    list_filter = ["verdict", "provider", ("verdict_at", RangeDateTimeFilter)]
    list_filter_submit = True
    search_fields = ["=id", "=investor__id", "=applicant_id"]
    list_select_related = ["investor"]
    ordering = ["-created_at", "id"]
    readonly_fields = ["sealed"]
    reveal_action = actions.reveal_comments
    reveal_id_name = "session_id"
    buttons = [
        Button(
            name="read_again",
            label="Read the verdict again",
            action=identification.read_again,
            permission="investors.decide_eligibility",
            id_name="session_id",
            shown_if=lambda session: bool(session.applicant_id),
        ),
    ]

    @display(description="Stage", ordering="status")
    def stage(self, session: KycSession) -> str:
        return session.status or "–"

    @display(description="Verdict", ordering="verdict", label=VERDICT_TONES)
    def shown_verdict(self, session: KycSession) -> str:
        return session.verdict


@admin.register(WebhookDelivery)
class WebhookDeliveryAdmin(RevealingAdmin):
    list_display = ["received_at", "provider", "event_type", "vendor_at", "shown_outcome", "note", "session"]
    list_filter = ["outcome", "provider", "event_type", ("received_at", RangeDateTimeFilter)]
    list_filter_submit = True
    search_fields = ["=id", "=session__id", "=dedupe_key"]
    list_select_related = ["session"]
    ordering = ["-received_at", "id"]
    readonly_fields = ["sealed"]
    reveal_action = actions.reveal_notice
    reveal_id_name = "delivery_id"
    buttons = [
        Button(
            name="retry",
            label="Work off again",
            action=actions.retry_notice,
            permission="investors.decide_eligibility",
            id_name="delivery_id",
            shown_if=lambda delivery: delivery.outcome == Outcome.QUARANTINED,
        ),
    ]

    @display(description="Outcome", ordering="outcome", label=OUTCOME_TONES)
    def shown_outcome(self, delivery: WebhookDelivery) -> str:
        return delivery.outcome
