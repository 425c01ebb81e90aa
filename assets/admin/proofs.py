from django.contrib import admin
from unfold.contrib.filters.admin import RangeDateTimeFilter
from unfold.decorators import display

from assets import actions, progress
from assets.admin.parts import DownloadingAdmin
from assets.models import CustodyProof
from rwa_portal.core.admin import Button


@admin.register(CustodyProof)
class CustodyProofAdmin(DownloadingAdmin):
    list_display = ["custodian_reference", "asset", "backs", "expiry_at", "status", "recorded_at"]
    list_filter = ["status", ("asset", admin.RelatedOnlyFieldListFilter), ("expiry_at", RangeDateTimeFilter)]
    list_filter_submit = True
    search_fields = ["custodian_reference", "asset__name", "asset__symbol"]
    exclude = ["document", "file_name", "warned_days"]
    readonly_fields = ["file", "backs", "where"]
    ordering = ["-recorded_at", "id"]
    buttons = [
        Button(
            name="verify",
            label="Verify and attest",
            action=actions.verify_proof,
            permission="assets.verify_proof",
            id_name="proof_id",
            shown_if=lambda proof: proof.status == CustodyProof.Status.SUBMITTED and not proof.is_verified,
        ),
    ]

    @display(description="Backs", ordering="units")
    def backs(self, proof: CustodyProof) -> str:
        return f"{proof.shown_units} {proof.asset.symbol}"

    @display(description="Where it stands")
    def where(self, proof: CustodyProof) -> str:
        return progress.proof_note(proof)
