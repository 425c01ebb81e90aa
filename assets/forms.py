"""What people type. Each form turns texts into values and leaves every rule to the actions."""

from collections.abc import Iterable
from datetime import UTC, date, datetime, time
from typing import Any

from django import forms
from django.utils.html import format_html
from unfold.widgets import UnfoldAdminFileFieldWidget, UnfoldAdminTextareaWidget, UnfoldAdminTextInputWidget

from assets import terms
from assets.models import Asset, AssetDocument, Issuer
from assets.shown import TYPES
from rwa_portal.core.chain_values import format_units, parse_address, parse_units
from rwa_portal.core.errors import DomainError, RuleBroken
from rwa_portal.core.jurisdictions import COUNTRIES, parse_jurisdiction
from rwa_portal.core.templatetags.portal import USDC_DECIMALS

DATE_TIME = "%Y-%m-%dT%H:%M"
ASKED = "<strong>A change was asked for here.</strong> {}"


class PortalForm(forms.Form):
    """A form that shows what an action refused, and what a reviewer asked to change."""

    def refuse(self, error: DomainError) -> None:
        field = error.field if isinstance(error, RuleBroken) else ""
        self.add_error(field if field in self.fields else None, str(error))

    def mark_asked(self, names: Iterable[str]) -> None:
        for name in set(names) & set(self.fields):
            field = self.fields[name]
            field.widget.attrs["class"] = "asked"
            field.help_text = format_html(ASKED, field.help_text)


class UnitsField(forms.CharField):
    """Whole tokens or USDC as a person writes them; the value is in the smallest unit."""

    def __init__(self, *, decimals: int | None = None, **kwargs: Any) -> None:
        kwargs.setdefault("widget", forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off"}))
        super().__init__(max_length=60, **kwargs)
        self.decimals = decimals


class DateTimeField(forms.DateTimeField):
    """A moment in UTC, to the minute."""

    def __init__(self, **kwargs: Any) -> None:
        widget = forms.DateTimeInput(attrs={"type": "datetime-local"}, format=DATE_TIME)
        super().__init__(
            widget=widget, input_formats=[DATE_TIME, f"{DATE_TIME}:%S", "%Y-%m-%d %H:%M"], **kwargs
        )


class DateField(forms.DateField):
    def __init__(self, **kwargs: Any) -> None:
        super().__init__(widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"), **kwargs)


class PdfField(forms.FileField):
    def __init__(self, **kwargs: Any) -> None:
        widget = forms.FileInput(attrs={"accept": "application/pdf"})
        super().__init__(widget=widget, help_text="A PDF of at most 25 MB, without a password.", **kwargs)


class ApplicationForm(PortalForm):
    legal_name = forms.CharField(max_length=200, help_text="As in the commercial register.")
    registration_number = forms.CharField(
        max_length=64, help_text="Its number in that register, such as HRB 1234."
    )
    jurisdiction_code = forms.ChoiceField(
        label="Country of the register", choices=[("", "Choose…"), *COUNTRIES.items()]
    )


class MemberForm(PortalForm):
    email = forms.EmailField(label="E-mail address", help_text="Of an account whose address is verified.")


class NewAssetForm(PortalForm):
    issuer = forms.ModelChoiceField(Issuer.objects.none())
    asset_type = forms.ChoiceField(label="Type", choices=Asset.Type.choices)
    name = forms.CharField(
        max_length=100, help_text="Investors and wallets show it, such as Beispielhaus Berlin."
    )

    def __init__(self, *args: Any, issuers: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["issuer"] = forms.ModelChoiceField(issuers)
        if len(issuers) == 1:
            self.fields["issuer"].initial = issuers[0]


class StepForm(PortalForm):
    """One step of the wizard: reads the draft, returns the changes to write."""

    def __init__(self, *args: Any, asset: Asset, **kwargs: Any) -> None:
        self.asset = asset
        super().__init__(*args, **kwargs)

    @staticmethod
    def shown(asset: Asset) -> dict[str, Any]:
        raise NotImplementedError

    def changes(self) -> dict[str, Any]:
        return dict(self.cleaned_data)


class BasicsForm(StepForm):
    name = forms.CharField(max_length=100, help_text="The token's name.")
    symbol = forms.CharField(max_length=11, help_text="2 to 11 characters, A-Z and 0-9, such as HAUS.")

    def __init__(self, *args: Any, asset: Asset, **kwargs: Any) -> None:
        super().__init__(*args, asset=asset, **kwargs)
        for number, (name, label) in enumerate(terms.PARTICULARS[Asset.Type(asset.asset_type)].items()):
            self.fields[name] = forms.CharField(label=label, max_length=500, required=number == 0)

    @staticmethod
    def shown(asset: Asset) -> dict[str, Any]:
        return {"name": asset.name, "symbol": asset.symbol, **asset.particulars}

    def clean_symbol(self) -> str:
        return self.cleaned_data["symbol"].upper()

    def mark_asked(self, names: Iterable[str]) -> None:
        whole = list(terms.PARTICULARS[Asset.Type(self.asset.asset_type)]) if "particulars" in names else []
        super().mark_asked([*names, *whole])

    def changes(self) -> dict[str, Any]:
        given = dict(self.cleaned_data)
        words = {"name": given.pop("name"), "symbol": given.pop("symbol")}
        return {**words, "particulars": {name: text for name, text in given.items() if text}}


class LegalForm(StepForm):
    max_holders = forms.IntegerField(
        label="Most holders", required=False, help_text="Persons, over all their wallets. Empty: no limit."
    )
    lock_up_until = DateTimeField(
        label="Lock-up until",
        required=False,
        help_text="No transfer between investors before (UTC). Empty: none.",
    )
    maturity_date = DateField(required=False, help_text="When the asset falls due, if it does.")
    field_order = [*terms.INVESTOR_TYPES, "max_holders", "lock_up_until", "maturity_date"]

    def __init__(self, *args: Any, asset: Asset, **kwargs: Any) -> None:
        super().__init__(*args, asset=asset, **kwargs)
        for kind in terms.INVESTOR_TYPES:
            self.fields[kind] = forms.CharField(
                label=f"{TYPES[kind]} investors from",
                required=False,
                max_length=1000,
                help_text="Country codes separated by commas, such as DE, AT. Empty: nobody of this type.",
            )
        self.order_fields(self.field_order)

    @staticmethod
    def shown(asset: Asset) -> dict[str, Any]:
        allowed = asset.terms.get("jurisdictions", {})
        return {
            **{kind: ", ".join(allowed.get(kind, ())) for kind in terms.INVESTOR_TYPES},
            "max_holders": asset.terms.get("max_holders"),
            "lock_up_until": terms.lock_up_until(asset),
            "maturity_date": asset.maturity_date,
        }

    def clean(self) -> dict[str, Any]:
        for kind in terms.INVESTOR_TYPES:
            codes = self.cleaned_data.get(kind, "").replace(";", ",").replace(" ", ",").split(",")
            try:
                self.cleaned_data[kind] = [parse_jurisdiction(code, field=kind) for code in codes if code]
            except RuleBroken as error:
                self.refuse(error)
        return self.cleaned_data

    def refuse(self, error: DomainError) -> None:
        if isinstance(error, RuleBroken) and error.field == "jurisdictions":
            error.field = "RETAIL"
        super().refuse(error)

    def mark_asked(self, names: Iterable[str]) -> None:
        super().mark_asked([*names, *(terms.INVESTOR_TYPES if "jurisdictions" in names else ())])

    def changes(self) -> dict[str, Any]:
        given = dict(self.cleaned_data)
        return {"jurisdictions": {kind: given.pop(kind) for kind in terms.INVESTOR_TYPES}, **given}


class EconomicsForm(StepForm):
    decimals = forms.IntegerField(
        min_value=0,
        max_value=18,
        initial=0,
        help_text="How far one unit can be divided. 0: whole units only.",
    )
    supply_cap = UnitsField(help_text="Most units that can ever exist.")
    unit_price = UnitsField(
        label="Price of one unit", decimals=USDC_DECIMALS, help_text="In USDC, with up to 6 decimals."
    )
    min_units = UnitsField(label="Smallest order", help_text="In units.")
    min_holding = UnitsField(
        label="Smallest holding", required=False, help_text="In units; nobody may keep less. Empty: no limit."
    )
    opens_at = DateTimeField(label="Orders from", help_text="UTC.")
    closes_at = DateTimeField(label="Orders until", help_text="UTC.")
    pay_to = forms.CharField(
        label="Proceeds are paid to",
        max_length=64,
        help_text="The issuer's own wallet on this chain. It gets the USDC of every settled order.",
    )

    @staticmethod
    def shown(asset: Asset) -> dict[str, Any]:
        return {
            "decimals": asset.decimals,
            "supply_cap": _written(asset.supply_cap, asset.decimals),
            "unit_price": _written(asset.unit_price, USDC_DECIMALS),
            "min_units": _written(asset.min_units, asset.decimals),
            "min_holding": _written(terms.min_holding(asset), asset.decimals),
            "opens_at": asset.opens_at,
            "closes_at": asset.closes_at,
            "pay_to": asset.pay_to,
        }

    def clean(self) -> dict[str, Any]:
        decimals = self.cleaned_data.get("decimals")
        for name, field in self.fields.items():
            if isinstance(field, UnitsField) and decimals is not None:
                self._parse(name, field.decimals if field.decimals is not None else decimals)
        if self.cleaned_data.get("pay_to"):
            try:
                self.cleaned_data["pay_to"] = parse_address(self.cleaned_data["pay_to"], field="pay_to")
            except RuleBroken as error:
                self.refuse(error)
        return self.cleaned_data

    def _parse(self, name: str, decimals: int) -> None:
        text = self.cleaned_data.get(name)
        if text is None:
            return
        if not text:
            self.cleaned_data[name] = None
            return
        try:
            self.cleaned_data[name] = parse_units(text, decimals=decimals, field=name)
        except RuleBroken as error:
            self.refuse(error)


class DocumentForm(PortalForm):
    kind = forms.ChoiceField(choices=AssetDocument.Kind.choices)
    expires_on = DateField(label="Good until", required=False, help_text="The last day, if it has one.")
    file = PdfField()


class ProofForm(PortalForm):
    custodian_reference = forms.CharField(
        max_length=128, help_text="The certificate's number at the custodian."
    )
    units = UnitsField(label="Units it backs", help_text="In whole units, as on the certificate.")
    burned_seen = UnitsField(
        label="Redeemed units already taken off", required=False, help_text="Empty: none."
    )
    expires_on = DateField(
        label="Good until", required=False, help_text="The last day, at most 400 days ahead. Empty: 399 days."
    )
    file = PdfField(label="Certificate")

    def __init__(self, *args: Any, asset: Asset, **kwargs: Any) -> None:
        self.asset = asset
        super().__init__(*args, **kwargs)

    def clean(self) -> dict[str, Any]:
        for name in ("units", "burned_seen"):
            text = self.cleaned_data.get(name)
            try:
                is_none = name == "burned_seen" and text in ("", "0")
                parsed = 0 if is_none else parse_units(text or "", decimals=self.asset.decimals, field=name)
            except RuleBroken as error:
                if not self.has_error(name):
                    self.refuse(error)
            else:
                self.cleaned_data[name] = parsed
        return self.cleaned_data

    def refuse(self, error: DomainError) -> None:
        if isinstance(error, RuleBroken) and error.field == "expiry_at":
            error.field = "expires_on"
        super().refuse(error)

    def given(self) -> dict[str, Any]:
        """The arguments of record_proof."""
        given = dict(self.cleaned_data)
        expires_on, file = given.pop("expires_on"), given.pop("file")
        return {**given, "expiry_at": end_of(expires_on), "file": file, "file_name": file.name}


class StaffProofForm(ProofForm):
    """The same, as the admin looks, with the reason staff give for what they do."""

    reason = forms.CharField(min_length=5, max_length=2000, widget=UnfoldAdminTextareaWidget)
    custodian_reference = forms.CharField(max_length=128, widget=UnfoldAdminTextInputWidget)

    def __init__(self, *args: Any, asset: Asset, **kwargs: Any) -> None:
        super().__init__(*args, asset=asset, **kwargs)
        for name in ("units", "burned_seen"):
            self.fields[name].widget = UnfoldAdminTextInputWidget()
        self.fields["expires_on"].widget = UnfoldAdminTextInputWidget(attrs={"type": "date"})
        self.fields["file"].widget = UnfoldAdminFileFieldWidget()


STEPS: dict[str, tuple[str, type[StepForm]]] = {
    "asset": ("The asset", BasicsForm),
    "legal": ("Who may hold it", LegalForm),
    "economics": ("Price and supply", EconomicsForm),
}
STEP_OF = {
    "name": "asset",
    "symbol": "asset",
    "asset_type": "asset",
    "particulars": "asset",
    "jurisdictions": "legal",
    "max_holders": "legal",
    "lock_up_until": "legal",
    "maturity_date": "legal",
    "decimals": "economics",
    "supply_cap": "economics",
    "unit_price": "economics",
    "min_units": "economics",
    "min_holding": "economics",
    "opens_at": "economics",
    "closes_at": "economics",
    "pay_to": "economics",
    "documents": "documents",
}


def end_of(day: date | None) -> datetime | None:
    """The last second of a day on which a document is still good."""
    return datetime.combine(day, time(23, 59, 59), UTC) if day else None


def _written(units: int | None, decimals: int) -> str:
    if units is None:
        return ""
    text = format_units(units, decimals).replace(",", "")
    return text.rstrip("0").rstrip(".") if "." in text else text
