from typing import Any, ClassVar

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from unfold.contrib.filters.admin import RangeDateTimeFilter
from unfold.decorators import display

from contracts import registry
from contracts.models import ChainOperation
from corporate_actions import actions, progress_redemptions, treasury
from corporate_actions import queries_redemptions as queries
from corporate_actions.admin.redemption_forms import SettleForm, SettlementForm
from corporate_actions.models import (
    Freeze,
    Method,
    OffChainSettlement,
    Redemption,
    SettlementStage,
    SettlementStatus,
)
from rwa_portal.core import documents
from rwa_portal.core.admin import Button, ReadOnlyAdmin
from rwa_portal.core.errors import DomainError
from rwa_portal.core.signed_in import SignedIn

OF_ASSET = ("asset", admin.RelatedOnlyFieldListFilter)
RECORD = "corporate_actions.record_settlement"


def _may_end(redemption: Redemption) -> bool:
    return not queries.settlement(redemption) and not queries.cancellation(redemption)


def _is_payable(redemption: Redemption) -> bool:
    pending = redemption.settlement_status == SettlementStatus.PENDING
    return pending and redemption.method == Method.USDC and _may_end(redemption)


def _stage(redemption: Redemption) -> str:
    settlement = queries.standing_settlement(redemption)
    return settlement.status if settlement else ""


def _awaits_record(redemption: Redemption) -> bool:
    pending = redemption.settlement_status == SettlementStatus.PENDING
    return pending and redemption.method == Method.OFF_CHAIN and not _stage(redemption)


class OverdueFilter(admin.SimpleListFilter):
    title = "overdue"
    parameter_name = "overdue"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("yes", "Overdue"), ("failed", "The last attempt failed")]

    def queryset(self, request: HttpRequest, queryset: QuerySet) -> QuerySet:
        if self.value() == "yes":
            return queryset.overdue(timezone.now())  # type: ignore[attr-defined]
        if self.value() == "failed":
            return queryset.locked().exclude(failure="")  # type: ignore[attr-defined]
        return queryset


@admin.register(Redemption)
class RedemptionAdmin(ReadOnlyAdmin):
    addresses_elsewhere = ("wallet__address",)
    list_display = [
        "created_at",
        "number",
        "asset",
        "units",
        "least",
        "settlement_status",
        "note",
        "due",
        "investor",
    ]
    list_display_links = ["created_at", "number"]
    list_filter = [
        "settlement_status",
        OverdueFilter,
        "method",
        OF_ASSET,
        "is_outside",
        ("created_at", RangeDateTimeFilter),
    ]
    list_filter_submit = True
    list_select_related = ["asset", "investor"]
    search_fields = ["=id", "=number", "=investor__id", "asset__name", "asset__symbol"]
    search_help_text = "Id, number on chain, investor, asset, wallet or a transaction's hash"
    ordering = ["-created_at", "id"]
    fieldsets = [
        (None, {"fields": ["settlement_status", "where", "due", "last_failure", "held_because", "held_at"]}),
        ("What is asked for", {"fields": ["asset", "units", "least", "method", "value", "money"]}),
        ("Settlement outside the chain", {"fields": ["outside", "record_link"]}),
        ("Calls to the chain", {"fields": ["calls"]}),
        (
            "On chain",
            {
                "fields": [
                    "number",
                    "wallet",
                    "locked_at",
                    "lock_tx_hash",
                    "paid",
                    "payee",
                    "settled_at",
                    "burn_tx_hash",
                    "cancelled_at",
                    "ended_because",
                    "cancel_tx_hash",
                ]
            },
        ),
        ("Record", {"fields": ["investor", "requested_by", "is_outside", "created_at", "lock_by", "id"]}),
    ]
    buttons = [
        Button(
            name="settle",
            label="Settle",
            action=actions.settle_redemption,
            permission="corporate_actions.settle_redemption",
            id_name="redemption_id",
            form=SettleForm,
            shown_if=_is_payable,
        ),
        Button(
            name="confirm_settlement",
            label="Confirm settlement",
            action=actions.confirm_settlement,
            permission=RECORD,
            id_name="redemption_id",
            shown_if=lambda row: row.is_locked and _stage(row) == SettlementStage.RECORDED,
        ),
        Button(
            name="decline_settlement",
            label="Decline settlement",
            action=actions.decline_settlement,
            permission=RECORD,
            id_name="redemption_id",
            shown_if=lambda row: row.is_locked and _stage(row) == SettlementStage.RECORDED,
        ),
        Button(
            name="burn",
            label="Burn again",
            action=actions.burn_settled_redemption,
            permission="corporate_actions.settle_redemption",
            id_name="redemption_id",
            shown_if=lambda row: (
                row.settlement_status == SettlementStatus.PENDING
                and _stage(row) == SettlementStage.CONFIRMED
                and _may_end(row)
            ),
        ),
        Button(
            name="hold",
            label="Hold",
            action=actions.hold_redemption,
            permission="corporate_actions.hold_redemption",
            id_name="redemption_id",
            shown_if=lambda row: row.settlement_status == SettlementStatus.PENDING,
        ),
        Button(
            name="release",
            label="Release",
            action=actions.release_redemption,
            permission="corporate_actions.hold_redemption",
            id_name="redemption_id",
            shown_if=lambda row: row.settlement_status == SettlementStatus.HELD,
        ),
        Button(
            name="cancel_for",
            label="Cancel by legal order",
            action=actions.cancel_redemption_for,
            permission="corporate_actions.cancel_redemption_for",
            id_name="redemption_id",
            shown_if=lambda row: row.is_locked and _may_end(row),
        ),
    ]

    def get_urls(self) -> list[URLPattern]:
        record = self.admin_site.admin_view(self.record_settlement)
        name = "corporate_actions_redemption_record_settlement"
        return [path("<uuid:row_id>/record-settlement/", record, name=name), *super().get_urls()]

    def record_settlement(self, request: SignedIn, row_id: object) -> HttpResponse:
        """The page on which staff hand in the document of a settlement: a dialog takes no files."""
        if not (self.has_view_permission(request) and request.user.has_perm(RECORD)):
            raise PermissionDenied
        row = self.get_object(request, str(row_id))
        if row is None:
            raise Http404
        form = SettlementForm(request.POST or None, request.FILES or None)
        if form.is_valid() and _recorded(request, form, row):
            messages.success(request, "The settlement is recorded. A second person must confirm it.")
            return redirect("admin:corporate_actions_redemption_change", row.pk)
        context = {**self.admin_site.each_context(request), "row": row, "form": form, "opts": self.opts}
        page = "corporate_actions/admin/record_settlement.html"
        return render(request, page, {**context, "title": "Record a settlement outside the chain"})

    @display(description="Units", ordering="amount")
    def units(self, row: Redemption) -> str:
        return queries.shown_units(row)

    @display(description="At least", ordering="min_payment")
    def least(self, row: Redemption) -> str:
        return queries.shown_usdc(row.min_payment) if row.min_payment else "–"

    @display(description="Paid")
    def paid(self, row: Redemption) -> str:
        return "–" if row.payment is None else queries.shown_usdc(row.payment)

    @display(description="At the issue price")
    def value(self, row: Redemption) -> str:
        return queries.shown_usdc(queries.value_at_issue_price(row.asset, row.amount))

    @display(description="Treasury")
    def money(self, row: Redemption) -> str:
        return treasury.shown(needed=row.min_payment) if _is_payable(row) else "–"

    @display(description="Due", ordering="due_at")
    def due(self, row: Redemption) -> str:
        if row.due_at is None or not row.is_locked:
            return "–"
        return f"{row.due_at:%d %b %Y}"

    @display(description="Note", label={"overdue": "danger", "failed": "danger", "two people": "info"})
    def note(self, row: Redemption) -> tuple[str, str] | None:
        if row.is_overdue(timezone.now()):
            return "overdue", "overdue"
        if row.is_locked and row.failure:
            return "failed", "last attempt failed"
        if row.method == Method.OFF_CHAIN and row.is_locked and _stage(row) == SettlementStage.RECORDED:
            return "two people", "waits for a second person"
        return None

    @display(description="Last attempt")
    def last_failure(self, row: Redemption) -> str:
        if not row.failure or not row.failed_at or not row.is_locked:
            return "–"
        return f"Failed on {row.failed_at:%d %b %Y %H:%M} UTC: {row.failure}. The units stay locked."

    @display(description="Where it stands")
    def where(self, row: Redemption) -> str:
        return progress_redemptions.of(row, at=timezone.now()).for_staff

    @display(description="Recorded")
    def outside(self, row: Redemption) -> SafeString | str:
        if row.method != Method.OFF_CHAIN:
            return "–"
        records = row.settlements.select_related("recorded_by", "decided_by").order_by("-recorded_at")
        return format_html_join("", "<div>{}</div>", [(_shown(each),) for each in records]) or "Nothing yet."

    @display(description="Document")
    def record_link(self, row: Redemption) -> SafeString | str:
        if not _awaits_record(row):
            return "–"
        url = reverse("admin:corporate_actions_redemption_record_settlement", args=[row.pk])
        return _link(url, "Record what was paid or delivered")

    @display(description="Asked for")
    def calls(self, row: Redemption) -> SafeString | str:
        asked = ChainOperation.objects.filter(subject=row.pk).order_by("-requested_at", "-id")
        return format_html_join("", "<div>{}: {}</div>", [_call(each) for each in asked]) or "Nothing yet."


@admin.register(OffChainSettlement)
class OffChainSettlementAdmin(ReadOnlyAdmin):
    list_display = ["recorded_at", "redemption", "shown", "reference", "status", "recorded_by", "decided_by"]
    list_filter = ["status", "currency", ("recorded_at", RangeDateTimeFilter)]
    list_filter_submit = True
    list_select_related = ["redemption", "recorded_by", "decided_by"]
    search_fields = ["=id", "=redemption__id", "reference"]
    ordering = ["-recorded_at", "id"]
    fields: ClassVar[list[str]] = [
        "status",
        "redemption",
        "shown",
        "reference",
        "file",
        "recorded_by",
        "recorded_at",
        "decided_by",
        "decided_at",
        "id",
    ]

    def get_urls(self) -> list[URLPattern]:
        page = self.admin_site.admin_view(self.download_file)
        name = "corporate_actions_offchainsettlement_download"
        return [path("<uuid:row_id>/download/", page, name=name), *super().get_urls()]

    def download_file(self, request: SignedIn, row_id: object) -> HttpResponseBase:
        if not self.has_view_permission(request):
            raise PermissionDenied
        row = self.get_object(request, str(row_id))
        if row is None:
            raise Http404
        return documents.download(row.document, by=request.user, at=timezone.now())

    @display(description="Paid or delivered", ordering="amount")
    def shown(self, row: OffChainSettlement) -> str:
        return row.shown_amount

    @display(description="Document")
    def file(self, row: OffChainSettlement) -> SafeString:
        return _download(row)


@admin.register(Freeze)
class FreezeAdmin(ReadOnlyAdmin):
    list_display = ["token", "wallet", "units", "is_whole", "updated_block"]
    list_filter = ["is_whole"]
    search_fields = ["=updated_block"]
    ordering = ["-updated_block", "id"]


def _recorded(request: SignedIn, form: SettlementForm, row: Redemption) -> bool:
    try:
        actions.record_settlement(
            redemption_id=row.pk,
            outside=form.outside(),
            by=request.user,
            at=timezone.now(),
            reason=form.cleaned_data["reason"],
        )
    except DomainError as error:
        form.refuse(error)
        return False
    return True


def _shown(settlement: OffChainSettlement) -> SafeString:
    decided = (
        f", {settlement.status.lower()} by {settlement.decided_by.label}" if settlement.decided_by else ""
    )
    return format_html(
        "{}, reference {}: {}. Recorded by {}{}.",
        settlement.shown_amount,
        settlement.reference,
        _download(settlement),
        settlement.recorded_by.label,
        decided,
    )


def _download(settlement: OffChainSettlement) -> SafeString:
    url = reverse("admin:corporate_actions_offchainsettlement_download", args=[settlement.pk])
    return _link(url, settlement.document.name)


def _call(operation: ChainOperation) -> tuple[SafeString, str]:
    url = reverse("admin:contracts_chainoperation_change", args=[operation.pk])
    state = operation.state.replace("_", " ")
    return _link(url, registry.title(operation)), f"{state} {operation.failure}".strip()


def _link(url: str, text: str) -> SafeString:
    return format_html('<a class="text-primary-600 underline" href="{}">{}</a>', url, text)
