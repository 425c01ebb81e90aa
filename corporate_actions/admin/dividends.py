from typing import Any, ClassVar

from django import forms
from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from unfold.contrib.filters.admin import RangeDateFilter, RangeDateTimeFilter
from unfold.decorators import action as unfold_action
from unfold.decorators import display
from unfold.widgets import UnfoldAdminTextInputWidget

from contracts import operations, pages
from corporate_actions import actions, progress_dividends
from corporate_actions import queries_dividends as queries
from corporate_actions.models import FUNDABLE, ClaimState, DividendClaim, DividendDistribution
from corporate_actions.progress_dividends import usdc
from rwa_portal.core.admin import Button, ReadOnlyAdmin, ReasonForm
from rwa_portal.core.chain_values import format_units, parse_address, parse_units
from rwa_portal.core.errors import RuleBroken

OF_ASSET = ("asset", admin.RelatedOnlyFieldListFilter)
Status = DividendDistribution.Status
HOLDERS_SHOWN = 25


class DividendForm(ReasonForm):
    """A dialog that begins with what the dividend itself suggests."""

    def __init__(self, request: HttpRequest, object_id: Any = None, *args: Any, **kwargs: Any) -> None:
        super().__init__(request, object_id, *args, **kwargs)
        rows = DividendDistribution.objects.select_related("asset")
        self.distribution = rows.filter(pk=object_id).first() if object_id else None
        if self.distribution is not None:
            self.suggest(self.distribution)

    def suggest(self, distribution: DividendDistribution) -> None: ...


class FundForm(DividendForm):
    amount = forms.CharField(
        label="Amount in USDC", max_length=60, required=False, widget=UnfoldAdminTextInputWidget
    )
    field_order: ClassVar[list[str]] = ["amount", "reason"]

    def suggest(self, distribution: DividendDistribution) -> None:
        missing = format_units(distribution.missing, queries.USDC_DECIMALS).replace(",", "")
        self.fields["amount"].initial = missing
        self.fields["amount"].help_text = f"{missing} are missing. With less, claims stay closed."

    def clean_amount(self) -> int | None:
        """Micro-USDC; empty is all that is missing."""
        text = self.cleaned_data["amount"].replace(",", "").strip()
        try:
            return parse_units(text, decimals=queries.USDC_DECIMALS, field="amount") if text else None
        except RuleBroken as error:
            raise forms.ValidationError(str(error)) from None


class HoldForm(DividendForm):
    wallet = forms.CharField(label="Wallet of the holder", max_length=60, widget=UnfoldAdminTextInputWidget)
    field_order: ClassVar[list[str]] = ["wallet", "reason"]

    def clean_wallet(self) -> str:
        return _address(self.cleaned_data["wallet"])


class AccountForm(DividendForm):
    account = forms.CharField(
        label="Account for unclaimed money",
        max_length=60,
        help_text="Of this asset's dividends and final redemption; the next sweep pays it.",
        widget=UnfoldAdminTextInputWidget,
    )
    field_order: ClassVar[list[str]] = ["account", "reason"]

    def suggest(self, distribution: DividendDistribution) -> None:
        known = queries.unclaimed_account(queries.token_of(distribution.asset))
        self.fields["account"].initial = known or distribution.asset.pay_to

    def clean_account(self) -> str:
        return _address(self.cleaned_data["account"])


def _address(text: str) -> str:
    try:
        return parse_address(text)
    except RuleBroken as error:
        raise forms.ValidationError(str(error)) from None


@admin.register(DividendDistribution)
class DividendDistributionAdmin(ReadOnlyAdmin):
    list_display = ["created_at", "asset", "declared", "funded", "status", "distribution_date", "expires_at"]
    list_filter = ["status", OF_ASSET, ("distribution_date", RangeDateFilter)]
    list_filter_submit = True
    list_select_related = ["asset"]
    search_fields = ["=id", "=number", "asset__name", "asset__symbol"]
    search_help_text = "Id, number on chain, asset, or a transaction's hash"
    ordering = ["-created_at", "id"]
    actions_list: ClassVar[list[str]] = ["draft"]
    fieldsets = [
        (None, {"fields": ["status", "stands", "asset", "distribution_date", "expires_at", "page"]}),
        (
            "Money",
            {
                "fields": [
                    "declared",
                    "funded",
                    "shortfall",
                    "paid",
                    "held",
                    "outstanding",
                    "residual",
                    "rest",
                ]
            },
        ),
        ("Who is entitled", {"fields": ["holders"]}),
        (
            "Snapshot",
            {
                "fields": [
                    "number",
                    "snapshot_id",
                    "snapshot_block",
                    "snapshot_at",
                    "snapshot_tx_hash",
                    "eligible",
                    "snapshots_lost",
                ]
            },
        ),
        ("Calls to the chain", {"fields": ["calls", "unclaimed_account", "funding_by"]}),
        ("Record", {"fields": ["drafted", "created_at", "opened_at", "closed_at", "cancelled_at", "id"]}),
    ]
    buttons = [
        Button(
            name="declare",
            label="Declare",
            action=actions.declare_distribution,
            permission="corporate_actions.declare_dividend",
            id_name="distribution_id",
            shown_if=lambda row: (
                row.status == Status.DRAFT and not queries.living_operation(queries.declare_key(row))
            ),
        ),
        Button(
            name="fund",
            label="Fund",
            action=actions.fund_distribution,
            permission="corporate_actions.fund_dividend",
            id_name="distribution_id",
            form=FundForm,
            shown_if=lambda row: row.status in FUNDABLE,
        ),
        Button(
            name="pay",
            label="Pay holders",
            action=actions.pay_holders,
            permission="corporate_actions.fund_dividend",
            id_name="distribution_id",
            shown_if=lambda row: row.status == Status.ACTIVE,
        ),
        Button(
            name="hold",
            label="Hold a share",
            action=actions.hold_dividend,
            permission="corporate_actions.hold_dividend",
            id_name="distribution_id",
            form=HoldForm,
            shown_if=lambda row: row.status == Status.ACTIVE,
        ),
        Button(
            name="set_account",
            label="Set unclaimed account",
            action=actions.set_unclaimed_account,
            permission="corporate_actions.sweep_dividend",
            id_name="distribution_id",
            form=AccountForm,
            shown_if=lambda row: row.status == Status.ACTIVE,
        ),
        Button(
            name="sweep",
            label="Sweep",
            action=actions.sweep_distribution,
            permission="corporate_actions.sweep_dividend",
            id_name="distribution_id",
            shown_if=lambda row: row.status == Status.ACTIVE and timezone.now() > row.expires_at,
        ),
        Button(
            name="cancel",
            label="Cancel",
            action=actions.cancel_distribution,
            permission="corporate_actions.cancel_dividend",
            id_name="distribution_id",
            shown_if=lambda row: row.status in FUNDABLE,
        ),
        Button(
            name="discard",
            label="Discard",
            action=actions.discard_distribution,
            permission="corporate_actions.draft_dividend",
            id_name="distribution_id",
            shown_if=lambda row: row.status == Status.DRAFT,
        ),
        Button(
            name="retake_snapshot",
            label="Take the snapshot again",
            action=actions.retake_snapshot,
            permission="corporate_actions.declare_dividend",
            id_name="distribution_id",
            shown_if=lambda row: row.status in FUNDABLE and not queries.snapshot_stands(row),
        ),
    ]

    @unfold_action(description="Draft a dividend", url_path="draft", permissions=["draft"])
    def draft(self, request: HttpRequest) -> HttpResponse:
        return redirect("corporate_actions:new_dividend")

    def has_draft_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("corporate_actions.draft_dividend")

    @display(description="Where it stands")
    def stands(self, row: DividendDistribution) -> str:
        progress = progress_dividends.of(row, at=timezone.now())
        now = [f"{step.name}: {step.note}" for step in progress.steps if step.state == "now" and step.note]
        return " · ".join(filter(None, [*now, progress.ribbon, progress.expected])) or "–"

    @display(description="Page with every holder")
    def page(self, row: DividendDistribution) -> SafeString:
        url = reverse("corporate_actions:dividend", args=[row.pk])
        return format_html('<a class="text-primary-600" href="{}">Open, with the list as CSV</a>', url)

    @display(description="Declared", ordering="amount")
    def declared(self, row: DividendDistribution) -> str:
        return usdc(row.amount)

    @display(description="Funded", ordering="total_funded")
    def funded(self, row: DividendDistribution) -> str:
        return usdc(row.total_funded)

    @display(description="Shortfall")
    def shortfall(self, row: DividendDistribution) -> str:
        return usdc(row.missing)

    @display(description="Paid")
    def paid(self, row: DividendDistribution) -> str:
        return usdc(queries.totals(row).paid)

    @display(description="Held")
    def held(self, row: DividendDistribution) -> str:
        return usdc(queries.totals(row).held)

    @display(description="Outstanding")
    def outstanding(self, row: DividendDistribution) -> str:
        return usdc(queries.totals(row).outstanding)

    @display(description="Residual of rounding down")
    def residual(self, row: DividendDistribution) -> str:
        return f"{format_units(queries.totals(row).residual, queries.USDC_DECIMALS)} USDC"

    @display(description="Swept or returned")
    def rest(self, row: DividendDistribution) -> str:
        sums = queries.totals(row)
        return usdc(sums.swept + sums.returned)

    @display(description="Eligible units")
    def eligible(self, row: DividendDistribution) -> str:
        return "–" if row.eligible_units is None else format_units(row.eligible_units, row.asset.decimals)

    @display(description="Holders")
    def holders(self, row: DividendDistribution) -> SafeString:
        entitled = queries.entitlements(row)
        rows = [
            (
                each.wallet,
                format_units(each.units, row.asset.decimals),
                usdc(each.gross),
                each.state,
                (each.claim.reason if each.claim else "") or "–",
            )
            for each in entitled[:HOLDERS_SHOWN]
        ]
        more = len(entitled) - len(rows)
        if more > 0:
            rows.append((f"and {more} more on its page", "", "", "", ""))
        return pages.table(["Wallet", "Units", "Share", "State", "Why not"], rows)

    @display(description="Operations")
    def calls(self, row: DividendDistribution) -> SafeString:
        found = progress_dividends.operations_of(row)
        rows = [(pages.link_to(each), operations.approvals(each), each.failure or "–") for each in found]
        return pages.table(["Operation", "Approvals", "Failure"], rows)

    @display(description="Drafted by")
    def drafted(self, row: DividendDistribution) -> str:
        return str(row.drafted_by.label)

    @display(description="Funding follows for")
    def funding_by(self, row: DividendDistribution) -> str:
        asked_by = row.funding_requested_by
        return f"{asked_by.label}, who ordered it over the API" if asked_by else "nobody"

    @display(description="Unclaimed account")
    def unclaimed_account(self, row: DividendDistribution) -> str:
        account = queries.unclaimed_account(queries.token_of(row.asset))
        return account or "not set: a sweep needs it"


@admin.register(DividendClaim)
class DividendClaimAdmin(ReadOnlyAdmin):
    list_display = ["said_at", "distribution", "wallet", "shown_amount", "state", "reason"]
    list_filter = ["state", ("said_at", RangeDateTimeFilter)]
    list_filter_submit = True
    list_select_related = ["distribution__asset"]
    search_fields = ["=id", "=investor__id", "=distribution__id"]
    search_help_text = "Id, investor's id, a wallet's address or a transaction's hash"
    ordering = ["-said_at", "id"]
    fields = [
        "state",
        "distribution",
        "wallet",
        "investor",
        "shown_amount",
        "payee",
        "reason",
        "tx_hash",
        "block_number",
        "said_at",
        "id",
    ]
    buttons = [
        Button(
            name="hold",
            label="Hold",
            action=actions.hold_claim,
            permission="corporate_actions.hold_dividend",
            id_name="claim_id",
            shown_if=lambda claim: claim.state == ClaimState.SKIPPED,
        ),
    ]

    @display(description="Amount", ordering="amount")
    def shown_amount(self, claim: DividendClaim) -> str:
        return usdc(claim.amount)
