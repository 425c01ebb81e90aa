from datetime import UTC, datetime
from decimal import Decimal
from typing import Any, ClassVar

from django import forms
from django.http import HttpRequest
from unfold.widgets import (
    UnfoldAdminFileFieldWidget,
    UnfoldAdminTextareaWidget,
    UnfoldAdminTextInputWidget,
)

from corporate_actions import queries_final, treasury
from corporate_actions import queries_redemptions as queries
from corporate_actions.actions import OffChain
from corporate_actions.models import FinalRedemption, Redemption
from rwa_portal.core.admin import ReasonForm
from rwa_portal.core.chain_values import format_units, parse_units
from rwa_portal.core.errors import DomainError, RuleBroken


class UsdcField(forms.CharField):
    """USDC as a person writes it; the value is in micro-USDC."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(max_length=60, widget=UnfoldAdminTextInputWidget(), **kwargs)

    def clean(self, value: Any) -> int:
        text = super().clean(value).replace(",", "")
        try:
            return parse_units(text, decimals=queries.USDC_DECIMALS)
        except RuleBroken as error:
            raise forms.ValidationError(str(error), code=error.code) from None


class SettleForm(ReasonForm):
    payment = UsdcField(label="Payment in USDC")
    field_order: ClassVar[list[str]] = ["payment", "reason"]

    def __init__(self, request: HttpRequest, object_id: Any = None, *args: Any, **kwargs: Any) -> None:
        super().__init__(request, object_id, *args, **kwargs)
        redemption = Redemption.objects.select_related("asset").filter(pk=object_id).first()
        if redemption is None:
            return
        least = redemption.min_payment
        value = queries.value_at_issue_price(redemption.asset, redemption.amount)
        self.fields["payment"].initial = _plain(least or value)
        self.fields["payment"].help_text = (
            f"The holder accepts {queries.shown_usdc(least)} or more for {queries.shown_units(redemption)}; "
            f"at the issue price they cost {queries.shown_usdc(value)}. {treasury.shown(needed=least)}"
        )


class OpenFinalForm(ReasonForm):
    price = UsdcField(label="Price of one whole token in USDC")
    expires_at = forms.DateField(
        label="Open until (last day, UTC)",
        widget=UnfoldAdminTextInputWidget(attrs={"type": "date"}),
        help_text="What nobody has taken may be swept after it.",
    )
    field_order: ClassVar[list[str]] = ["price", "expires_at", "reason"]

    def __init__(self, request: HttpRequest, object_id: Any = None, *args: Any, **kwargs: Any) -> None:
        super().__init__(request, object_id, *args, **kwargs)
        final = FinalRedemption.objects.select_related("asset").filter(pk=object_id).first()
        if final is None:
            return
        price = int(final.asset.unit_price or 0)
        left = format_units(queries_final.units_left(final.asset), final.asset.decimals)
        cost = queries_final.due(final.asset, price)
        self.fields["price"].initial = _plain(price)
        self.fields["price"].help_text = (
            f"{left} {final.asset.symbol} are left. At the issue price the pay-out costs "
            f"{queries.shown_usdc(cost)}, taken from the treasury at once. {treasury.shown(needed=cost)}"
        )

    def clean_expires_at(self) -> datetime:
        """The last second of that day."""
        day = self.cleaned_data["expires_at"]
        return datetime(day.year, day.month, day.day, 23, 59, 59, tzinfo=UTC)


class SettlementForm(forms.Form):
    """What was paid or delivered outside the chain; a page of its own, for a dialog takes no files."""

    amount = forms.DecimalField(
        label="Amount paid or delivered",
        max_digits=38,
        decimal_places=8,
        min_value=Decimal("0.00000001"),
        widget=UnfoldAdminTextInputWidget,
    )
    currency = forms.CharField(
        min_length=3,
        max_length=3,
        widget=UnfoldAdminTextInputWidget,
        help_text="ISO 4217, metals included: EUR, USD, XAU.",
    )
    reference = forms.CharField(
        max_length=140,
        widget=UnfoldAdminTextInputWidget,
        help_text="The bank's or the vault's own reference.",
    )
    file = forms.FileField(label="Document (PDF)", widget=UnfoldAdminFileFieldWidget)
    reason = forms.CharField(
        min_length=5,
        max_length=2000,
        widget=UnfoldAdminTextareaWidget,
        help_text="What you checked. It is kept in the audit trail.",
    )

    def outside(self) -> OffChain:
        given = self.cleaned_data
        return OffChain(
            amount=given["amount"],
            currency=given["currency"].upper(),
            reference=given["reference"],
            file=given["file"],
            file_name=given["file"].name,
        )

    def refuse(self, error: DomainError) -> None:
        """Show a refusal of the action beside the field it is about."""
        field = error.field if isinstance(error, RuleBroken) else ""
        self.add_error(field if field in self.fields else None, str(error))


def _plain(amount: int) -> str:
    text = format_units(amount, queries.USDC_DECIMALS).replace(",", "")
    return text.rstrip("0").rstrip(".")
