"""What people type about dividends: texts become values here; every rule is the actions'."""

from datetime import UTC, datetime, time, timedelta
from typing import Any

from django import forms
from django.db.models import QuerySet

from assets.forms import DateField, DateTimeField, PortalForm, UnitsField
from assets.models import Asset
from corporate_actions.actions import DistributionTerms
from corporate_actions.queries_dividends import USDC_DECIMALS
from rwa_portal.core.chain_values import parse_units
from rwa_portal.core.errors import DomainError, RuleBroken

CLAIMS_STAY_OPEN = timedelta(days=365)


class DividendForm(PortalForm):
    asset = forms.ModelChoiceField(Asset.objects.none(), empty_label="Choose…")
    amount = UnitsField(label="Amount in USDC", help_text="For all holders together, such as 1,000.00.")
    distribution_date = DateField(label="Pay date", help_text="When holders can expect the money.")
    expires_at = DateTimeField(
        label="Claims expire (UTC)",
        help_text="What nobody has claimed by then may be swept to the asset's unclaimed account.",
    )

    def __init__(self, *args: Any, assets: QuerySet[Asset], today: datetime, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["asset"] = forms.ModelChoiceField(assets, empty_label="Choose…")
        self.fields["distribution_date"].initial = today.date()
        expiry = datetime.combine(today.date() + CLAIMS_STAY_OPEN, time(), UTC)
        self.fields["expires_at"].initial = expiry

    def clean_amount(self) -> int:
        """Micro-USDC."""
        text = self.cleaned_data["amount"].replace(",", "").replace(" ", "")
        try:
            return parse_units(text, decimals=USDC_DECIMALS, field="amount")
        except RuleBroken as error:
            raise forms.ValidationError(str(error)) from None

    def terms(self) -> DistributionTerms:
        given = self.cleaned_data
        return DistributionTerms(
            given["asset"].pk, given["amount"], given["distribution_date"], given["expires_at"]
        )

    def refuse(self, error: DomainError) -> None:
        """Show a refusal beside the field it is about; what the asset itself cannot do, beside the asset."""
        field = error.field if isinstance(error, RuleBroken) else "asset"
        name = {"asset_id": "asset"}.get(field, field)
        self.add_error(name if name in self.fields else None, str(error))
