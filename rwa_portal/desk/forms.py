from django import forms


class ReasonForm(forms.Form):
    reason = forms.CharField(
        min_length=5,
        max_length=2000,
        widget=forms.TextInput(attrs={"placeholder": "What you checked"}),
        help_text="Kept in the audit trail.",
    )
