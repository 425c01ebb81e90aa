from typing import Any

from django import forms

from investors.actions.profile import Profile
from investors.models import InvestorType
from investors.personal import PersonalDetails
from rwa_portal.core.errors import DomainError, RuleBroken
from rwa_portal.core.jurisdictions import COUNTRIES

TYPES = [
    (InvestorType.RETAIL, "Retail: I invest for myself"),
    (InvestorType.ACCREDITED, "Accredited: I can show income, means or knowledge"),
    (InvestorType.INSTITUTIONAL, "Institutional: I act for a regulated or large organisation"),
]


class ProfileForm(forms.Form):
    given_names = forms.CharField(max_length=120, help_text="All of them, as your passport shows them.")
    family_names = forms.CharField(max_length=120)
    date_of_birth = forms.DateField(widget=forms.DateInput(attrs={"type": "date"}))
    residential_address = forms.CharField(
        max_length=300, help_text="Street, number, postal code and town, in one line."
    )
    jurisdiction_code = forms.ChoiceField(
        label="Country of residence",
        choices=[("", "Choose a country"), *sorted(COUNTRIES.items(), key=lambda pair: pair[1])],
    )
    declared_type = forms.ChoiceField(
        label="You invest as",
        choices=TYPES,
        help_text="Compliance asks for evidence of anything but retail before it counts.",
    )

    def profile(self) -> Profile:
        answers = self.cleaned_data
        return Profile(
            details=PersonalDetails(
                given_names=answers["given_names"],
                family_names=answers["family_names"],
                date_of_birth=answers["date_of_birth"],
                residential_address=answers["residential_address"],
            ),
            jurisdiction_code=answers["jurisdiction_code"],
            declared_type=answers["declared_type"],
        )


class WalletForm(forms.Form):
    address = forms.CharField(
        label="Your wallet's address",
        max_length=60,
        help_text="0x and 40 characters. Copy it from the wallet; its capital letters are a checksum.",
        widget=forms.TextInput(attrs={"class": "mono", "spellcheck": "false", "autocomplete": "off"}),
    )


class SignatureForm(forms.Form):
    signature = forms.CharField(
        max_length=200,
        help_text="0x and 130 characters, as the wallet shows it after signing.",
        widget=forms.Textarea(attrs={"class": "mono", "rows": 3, "spellcheck": "false"}),
    )


def refuse(form: forms.Form, error: DomainError) -> None:
    """Show a broken rule beside its field, where the form has it, and else above all of them."""
    field = error.field if isinstance(error, RuleBroken) else ""
    form.add_error(
        field if field in form.fields else None, forms.ValidationError(str(error), code=error.code)
    )


def from_details(details: PersonalDetails, *, jurisdiction_code: str, declared_type: str) -> dict[str, Any]:
    """Fill the form with what was sent before."""
    return {
        "given_names": details.given_names,
        "family_names": details.family_names,
        "date_of_birth": details.date_of_birth,
        "residential_address": details.residential_address,
        "jurisdiction_code": jurisdiction_code,
        "declared_type": declared_type,
    }
