from django.contrib import admin
from django.utils import timezone
from unfold.contrib.filters.admin import RangeDateTimeFilter
from unfold.decorators import display

from corporate_actions import actions
from corporate_actions import queries_final as queries
from corporate_actions.admin.redemption_forms import OpenFinalForm
from corporate_actions.models import FinalRedemption
from corporate_actions.queries_redemptions import shown_usdc
from rwa_portal.core.admin import Button, ReadOnlyAdmin
from rwa_portal.core.chain_values import format_units

Status = FinalRedemption.Status


def _can_be_swept(final: FinalRedemption) -> bool:
    expired = final.expires_at is not None and timezone.now() > final.expires_at
    return final.status == Status.OPEN and expired and not queries.living(queries.sweep_key(final))


@admin.register(FinalRedemption)
class FinalRedemptionAdmin(ReadOnlyAdmin):
    list_display = ["created_at", "asset", "shown_price", "shown_funded", "left", "expires_at", "status"]
    list_filter = ["status", ("expires_at", RangeDateTimeFilter)]
    list_filter_submit = True
    list_select_related = ["asset"]
    search_fields = ["=id", "asset__name", "asset__symbol"]
    ordering = ["-created_at", "id"]
    fieldsets = [
        (None, {"fields": ["status", "asset", "units_left", "last_failure"]}),
        ("Pay-out", {"fields": ["shown_price", "shown_funded", "paid", "left", "expires_at"]}),
        (
            "On chain",
            {
                "fields": [
                    "opened_at",
                    "open_tx_hash",
                    "shown_swept",
                    "swept_to",
                    "swept_at",
                    "sweep_tx_hash",
                ]
            },
        ),
        ("Record", {"fields": ["created_at", "id"]}),
    ]
    buttons = [
        Button(
            name="open",
            label="Open",
            action=actions.open_final_redemption,
            permission="corporate_actions.open_final_redemption",
            id_name="final_id",
            form=OpenFinalForm,
            shown_if=lambda final: final.status == Status.DUE,
        ),
        Button(
            name="sweep",
            label="Sweep",
            action=actions.sweep_final_redemption,
            permission="corporate_actions.open_final_redemption",
            id_name="final_id",
            shown_if=_can_be_swept,
        ),
    ]

    @display(description="Price of a token", ordering="price")
    def shown_price(self, final: FinalRedemption) -> str:
        return _usdc(final.price)

    @display(description="Funded", ordering="funded")
    def shown_funded(self, final: FinalRedemption) -> str:
        return _usdc(final.funded)

    @display(description="Swept", ordering="swept")
    def shown_swept(self, final: FinalRedemption) -> str:
        return _usdc(final.swept)

    @display(description="Paid out")
    def paid(self, final: FinalRedemption) -> str:
        return _usdc(queries.paid(final))

    @display(description="Left in the contract")
    def left(self, final: FinalRedemption) -> str:
        return _usdc(queries.remaining(final))

    @display(description="Units not redeemed yet")
    def units_left(self, final: FinalRedemption) -> str:
        left = format_units(queries.units_left(final.asset), final.asset.decimals)
        return f"{left} {final.asset.symbol}"

    @display(description="Last call")
    def last_failure(self, final: FinalRedemption) -> str:
        if not final.failure or not final.failed_at:
            return "–"
        return f"Failed on {final.failed_at:%d %b %Y %H:%M} UTC: {final.failure}"


def _usdc(amount: int | None) -> str:
    return "–" if amount is None else shown_usdc(amount)
