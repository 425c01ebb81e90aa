from datetime import UTC, datetime
from typing import Any

from django import forms

from rwa_portal.core.errors import RuleBroken
from rwa_portal.desk import cap_table


class ReasonForm(forms.Form):
    reason = forms.CharField(
        min_length=5,
        max_length=2000,
        widget=forms.TextInput(attrs={"placeholder": "What you checked"}),
        help_text="Kept in the audit trail.",
    )


class MomentField(forms.DateTimeField):
    """A moment in UTC, as a browser's own picker writes it."""

    widget = forms.DateTimeInput(attrs={"type": "datetime-local", "step": 60}, format="%Y-%m-%dT%H:%M")

    def to_python(self, value: Any) -> datetime | None:
        moment: datetime | None = super().to_python(value)
        return moment.replace(tzinfo=UTC) if moment and moment.tzinfo is None else moment


class CapTableForm(forms.Form):
    """Which block, or which moment; and which block to compare with."""

    block = forms.IntegerField(required=False, min_value=0, max_value=cap_table.MAX_BLOCK, label="At block")
    at = MomentField(required=False, label="or at a time (UTC)")
    since = forms.IntegerField(
        required=False, min_value=0, max_value=cap_table.MAX_BLOCK, label="Compared with block"
    )

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        if given.get("block") is not None and given.get("at") is not None:
            self.add_error("at", "Give a block or a time, not both.")
            return given
        if not self.errors:
            self._read(given)
        return given

    def _read(self, given: dict[str, Any]) -> None:
        try:
            if given["block"] is not None:
                given["point"] = cap_table.block(given["block"])
            elif given["at"] is not None:
                given["point"] = cap_table.block_at(given["at"])
            else:
                given["point"] = cap_table.confirmed()
            given["since_point"] = None
            if given["since"] is not None:
                given["since_point"] = cap_table.block(given["since"], field="since")
        except RuleBroken as error:
            self.add_error(error.field if error.field in self.fields else None, str(error))


class StatementForm(forms.Form):
    """The days of a statement, both included."""

    begins = forms.DateField(label="From", widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"))
    ends = forms.DateField(label="To", widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"))
