from typing import Any

from django import forms

from assets.models import Asset
from corporate_actions import queries_redemptions as queries
from corporate_actions.actions import RedemptionRequest
from corporate_actions.models import Method
from investors.models import Investor, Wallet
from rwa_portal.core.chain_values import format_units, parse_units
from rwa_portal.core.errors import DomainError, RuleBroken

FIELDS = {"amount": "units", "min_payment": "least", "wallet_id": "wallet"}  # the rule's field -> the form's


class WalletChoice(forms.ModelChoiceField):
    def label_from_instance(self, wallet: Wallet) -> str:
        return f"{wallet.address}{' (primary)' if wallet.is_primary else ''}"


class RedeemForm(forms.Form):
    """How many units of one asset to give back, from which wallet, and for what."""

    wallet = WalletChoice(
        queryset=Wallet.objects.none(),
        empty_label=None,
        help_text="It holds the units, sends the request and is paid.",
    )
    units = forms.CharField(label="Units", max_length=60)
    method = forms.ChoiceField(
        label="How you are paid",
        choices=[
            (Method.USDC, "In USDC, in the same step as the burn"),
            (Method.OFF_CHAIN, "Outside the chain: by bank transfer, or with the asset itself"),
        ],
        initial=Method.USDC,
    )
    least = forms.CharField(
        label="The least you accept, in USDC",
        max_length=60,
        error_messages={"required": "Say the least you accept."},
        help_text="For all units together. The contract refuses to burn them for less; outside the chain it "
        "does not count.",
    )

    def __init__(self, *args: Any, asset: Asset, investor: Investor | None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.asset = asset
        decimals = f"at most {asset.decimals} decimals" if asset.decimals else "whole units"
        self.fields["least"].required = self.data.get("method") != Method.OFF_CHAIN
        self.fields["units"].label = f"Units of {asset.symbol} ({decimals})"
        if investor is not None:
            wallets = investor.wallets.order_by("-is_primary", "proven_at")
            self.fields["wallet"].queryset = wallets  # type: ignore[attr-defined]
        price = format_units(int(asset.unit_price or 0), queries.USDC_DECIMALS)
        self.fields["least"].help_text += f" When it was issued, a unit cost {price} USDC."

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if cleaned.get("units"):
            self._parse("units", self.asset.decimals)
        if cleaned.get("method") == Method.USDC and cleaned.get("least"):
            self._parse("least", queries.USDC_DECIMALS)
        return cleaned

    def _parse(self, name: str, decimals: int) -> None:
        text = self.cleaned_data[name].replace(",", "").replace(" ", "")
        try:
            self.cleaned_data[name] = parse_units(text, decimals=decimals, field=name)
        except RuleBroken as error:
            self.add_error(name, str(error))

    def wanted_by(self, investor: Investor) -> RedemptionRequest:
        given = self.cleaned_data
        in_usdc = given["method"] == Method.USDC
        return RedemptionRequest(
            investor_id=investor.pk,
            asset_id=self.asset.pk,
            amount=given["units"],
            min_payment=given["least"] if in_usdc else 0,
            method=given["method"],
            wallet_id=given["wallet"].pk,
        )

    def refuse(self, error: DomainError) -> None:
        """Show a refusal of the action beside the field it is about."""
        field = FIELDS.get(getattr(error, "field", ""))
        self.add_error(field if field in self.fields else None, str(error))
