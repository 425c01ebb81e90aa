from typing import Any

from django import forms
from django.urls import reverse
from django.utils.html import format_html

from assets.models import Asset
from assets.queries import subscription_terms_hash
from investors.models import Investor, Wallet
from rwa_portal.core.chain_values import parse_units
from rwa_portal.core.errors import DomainError, RuleBroken
from subscriptions import calculations, queries
from subscriptions.actions import OrderRequest
from subscriptions.offers import offer_of

FIELDS = {"amount_requested": "units", "terms_hash": "terms_hash", "wallet_id": "wallet"}  # rule -> form


class WalletChoice(forms.ModelChoiceField):
    def label_from_instance(self, wallet: Wallet) -> str:
        return f"{wallet.address}{' (primary)' if wallet.is_primary else ''}"


class SubscribeForm(forms.Form):
    """An order: units or USDC, the wallet, and the documents to accept."""

    units = forms.CharField(
        label="Units",
        max_length=60,
        error_messages={"required": "Say how many units you want, or for how much."},
    )
    usdc = forms.CharField(
        label="Amount in USDC",
        max_length=60,
        required=False,
        help_text="Fill in either; the other follows. It is rounded down to what the token can divide.",
    )
    wallet = WalletChoice(
        queryset=Wallet.objects.none(),
        empty_label=None,
        help_text="Pays the order and receives the units. Pay from this wallet only.",
    )
    terms_hash = forms.CharField(widget=forms.HiddenInput)

    def __init__(self, *args: Any, asset: Asset, investor: Investor | None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.asset, self.investor = asset, investor
        self.initial["terms_hash"] = subscription_terms_hash(asset)
        decimals = f"at most {asset.decimals} decimals" if asset.decimals else "whole units"
        self.fields["units"].label = f"Units of {asset.symbol} ({decimals})"
        self.fields["units"].required = not self.data.get("usdc")
        if investor is not None:
            chosen_from = investor.wallets.order_by("-is_primary", "proven_at")
            self.fields["wallet"].queryset = chosen_from  # type: ignore[attr-defined]
        self.documents = queries.documents_to_accept(asset)
        for number, document in enumerate(self.documents):
            self.fields[f"accept_{number}"] = forms.BooleanField(
                label=f"I have read and accept the {document.get_kind_display().lower()}",
                help_text=format_html(
                    '<a href="{}">{}</a>, SHA-256 <code>{}</code>',
                    reverse("orders:document", args=[document.pk]),
                    document.file_name,
                    document.sha256,
                ),
                error_messages={"required": "Accept this document to go on."},
            )
        if not self.documents:
            self.fields["accept"] = forms.BooleanField(
                label="I accept the terms of this asset as published",
                help_text=format_html(
                    '<a href="{}">The terms and the hashes of all documents</a>, SHA-256 <code>{}</code>',
                    asset.metadata_uri,
                    asset.metadata_hash,
                ),
                error_messages={"required": "Accept the terms to go on."},
            )

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if cleaned.get("units") or cleaned.get("usdc"):
            try:
                cleaned["token_units"] = self._units(cleaned)
            except RuleBroken as error:
                self.add_error(error.field or "units", str(error))
        return cleaned

    def _units(self, cleaned: dict[str, Any]) -> int:
        if cleaned.get("units"):
            return parse_units(_plain(cleaned["units"]), decimals=self.asset.decimals, field="units")
        amount = parse_units(_plain(cleaned["usdc"]), decimals=queries.USDC_DECIMALS, field="usdc")
        return calculations.units_for(amount, offer_of(self.asset).price, self.asset.decimals)

    def order_by(self, investor: Investor) -> OrderRequest:
        return OrderRequest(
            investor_id=investor.pk,
            asset_id=self.asset.pk,
            units=self.cleaned_data["token_units"],
            terms_hash=self.cleaned_data["terms_hash"],
            wallet_id=self.cleaned_data["wallet"].pk,
        )

    def refuse(self, error: DomainError) -> None:
        """Show a refusal of the action beside the field it is about."""
        field = FIELDS.get(getattr(error, "field", ""))
        self.add_error(field if field in self.fields and field != "terms_hash" else None, str(error))


class SignatureForm(forms.Form):
    signature = forms.CharField(
        label="Signature",
        max_length=200,
        help_text="0x and 130 hexadecimal digits, as the wallet returns it.",
    )


def _plain(number: str) -> str:
    """Take the thousands' commas out, which our own pages write."""
    return number.replace(",", "").replace(" ", "")
