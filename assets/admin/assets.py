from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import URLPattern, path, reverse
from django.utils.safestring import SafeString
from unfold.decorators import display

from assets import actions, progress, queries, shown
from assets.acting import act
from assets.admin.parts import (
    DownloadingAdmin,
    ReadOnlyInline,
    asking_for,
    by_and_at,
    download_link,
    in_units,
    lines,
    link,
)
from assets.forms import StaffProofForm
from assets.models import Asset, AssetDocument, AssetMetadata, CustodyProof
from assets.models.asset import TERMS_FINAL, AssetStatus
from rwa_portal.core.admin import Button, ReadOnlyAdmin
from rwa_portal.core.signed_in import SignedIn
from rwa_portal.core.templatetags.portal import usdc_short

REVIEW_ASSET = "assets.review_asset"
ASSET_FIELDS = (
    "name",
    "symbol",
    "particulars",
    "jurisdictions",
    "max_holders",
    "lock_up_until",
    "maturity_date",
    "decimals",
    "supply_cap",
    "unit_price",
    "min_units",
    "min_holding",
    "opens_at",
    "closes_at",
    "pay_to",
    "documents",
)


class DocumentInline(ReadOnlyInline):
    model = AssetDocument
    fields = ["download", "kind", "version", "sha256", "expires_on", "added_at", "withdrawn_at"]
    readonly_fields = fields
    verbose_name_plural = "documents"
    ordering = ["kind", "file_name", "-version"]

    @display(description="File")
    def download(self, document: AssetDocument) -> SafeString:
        return download_link("assetdocument", document, document.file_name)


class ProofInline(ReadOnlyInline):
    model = CustodyProof
    fields = ["proof", "units_shown", "expiry_at", "status", "where"]
    readonly_fields = fields
    verbose_name_plural = "custody proofs"
    ordering = ["-recorded_at"]

    @display(description="Certificate")
    def proof(self, proof: CustodyProof) -> SafeString:
        url = reverse("admin:assets_custodyproof_change", args=[proof.pk])
        return link(url, proof.custodian_reference)

    @display(description="Units")
    def units_shown(self, proof: CustodyProof) -> str:
        return proof.shown_units

    @display(description="Where it stands")
    def where(self, proof: CustodyProof) -> str:
        return progress.proof_note(proof)


@admin.register(Asset)
class AssetAdmin(ReadOnlyAdmin):
    list_display = ["name", "symbol", "issuer", "asset_type", "cap", "price", "status", "created_at"]
    list_filter = [
        "status",
        "asset_type",
        ("matured_at", admin.EmptyFieldListFilter),
        ("issuer", admin.RelatedOnlyFieldListFilter),
    ]
    search_fields = ["name", "symbol", "issuer__legal_name", "=id"]
    ordering = ["-created_at", "id"]
    inlines = [DocumentInline, ProofInline]
    fieldsets = [
        (
            None,
            {
                "fields": [
                    "name",
                    "symbol",
                    "issuer",
                    "asset_type",
                    "state",
                    "where",
                    "status_calls",
                    "record_link",
                ]
            },
        ),
        ("What it is", {"fields": ["particulars_shown", "maturity_date", "matured_at"]}),
        ("Price and supply", {"fields": ["decimals", "cap", "price", "smallest_order", "window", "pay_to"]}),
        ("Who may hold it", {"fields": ["jurisdictions", "max_holders", "lock_up", "smallest_holding"]}),
        ("Review", {"fields": ["submitted", "approved", "returned"]}),
        (
            "On chain",
            {"fields": ["token_address", "escrow_address", "deployed_at", "terms_link", "metadata_hash"]},
        ),
    ]
    buttons = [
        Button(
            name="approve",
            label="Approve",
            action=actions.approve_asset,
            permission=REVIEW_ASSET,
            id_name="asset_id",
            shown_if=lambda asset: asset.status == Asset.Status.IN_REVIEW,
        ),
        Button(
            name="send_back",
            label="Return",
            action=actions.return_asset,
            permission=REVIEW_ASSET,
            id_name="asset_id",
            form=asking_for(ASSET_FIELDS),
            shown_if=lambda asset: asset.status == Asset.Status.IN_REVIEW,
        ),
        Button(
            name="deploy",
            label="Deploy",
            action=actions.deploy_asset,
            permission="assets.deploy_asset",
            id_name="asset_id",
            shown_if=lambda asset: asset.status == Asset.Status.APPROVED,
        ),
        Button(
            name="pause",
            label="Pause",
            action=actions.pause_asset,
            permission="assets.pause_asset",
            id_name="asset_id",
            shown_if=lambda asset: _can_change(asset, Asset.Status.ACTIVE),
        ),
        Button(
            name="resume",
            label="Resume",
            action=actions.resume_asset,
            permission="assets.resume_asset",
            id_name="asset_id",
            shown_if=lambda asset: _can_change(asset, Asset.Status.PAUSED),
        ),
        Button(
            name="close",
            label="Mark redeemed",
            action=actions.mark_redeemed,
            permission="assets.mark_redeemed",
            id_name="asset_id",
            shown_if=lambda asset: _can_change(asset, Asset.Status.PAUSED),
        ),
    ]

    def get_urls(self) -> list[URLPattern]:
        page = self.admin_site.admin_view(self.record_proof)
        return [
            path("<uuid:asset_id>/record-proof/", page, name="assets_asset_record_proof"),
            *super().get_urls(),
        ]

    def record_proof(self, request: SignedIn, asset_id: object) -> HttpResponse:
        """The page on which staff hand in a certificate: a dialog takes no files."""
        if not (self.has_view_permission(request) and request.user.has_perm("assets.record_proof")):
            raise PermissionDenied
        asset = self.get_object(request, str(asset_id))
        if asset is None:
            raise Http404
        form = StaffProofForm(request.POST or None, request.FILES or None, asset=asset)
        if form.is_valid() and _recorded(request, form, asset):
            messages.success(request, "The certificate is recorded. A second person must verify it.")
            return redirect("admin:assets_asset_change", asset.pk)
        context = {**self.admin_site.each_context(request), "asset": asset, "form": form, "opts": self.opts}
        return render(
            request, "assets/admin/record_proof.html", {**context, "title": "Record a custody proof"}
        )

    @display(description="Supply cap", ordering="supply_cap")
    def cap(self, asset: Asset) -> str:
        return in_units(asset, asset.supply_cap)

    @display(description="Price of one unit", ordering="unit_price")
    def price(self, asset: Asset) -> str:
        return usdc_short(asset.unit_price)

    @display(description="Smallest order")
    def smallest_order(self, asset: Asset) -> str:
        return in_units(asset, asset.min_units)

    @display(description="Orders")
    def window(self, asset: Asset) -> str:
        if asset.opens_at is None or asset.closes_at is None:
            return "–"
        return f"{asset.opens_at:%d %b %Y %H:%M} to {asset.closes_at:%d %b %Y %H:%M} UTC"

    @display(description="Particulars")
    def particulars_shown(self, asset: Asset) -> SafeString | str:
        return lines(shown.particulars(asset))

    @display(description="Allowed jurisdictions")
    def jurisdictions(self, asset: Asset) -> SafeString | str:
        return lines([(label, codes or "nobody") for label, codes in shown.jurisdictions(asset)])

    @display(description="Most holders")
    def max_holders(self, asset: Asset) -> str:
        return str(asset.terms.get("max_holders") or "no limit")

    @display(description="Lock-up until")
    def lock_up(self, asset: Asset) -> str:
        return shown.lock_up(asset)

    @display(description="Smallest holding")
    def smallest_holding(self, asset: Asset) -> str:
        return shown.smallest_holding(asset)

    @display(description="Submitted")
    def submitted(self, asset: Asset) -> str:
        return by_and_at(asset.submitted_by, asset.submitted_at)

    @display(description="Approved")
    def approved(self, asset: Asset) -> str:
        return by_and_at(asset.approved_by, asset.approved_at)

    @display(description="Status")
    def state(self, asset: Asset) -> str:
        return asset.status.replace("_", " ")

    @display(description="Returned")
    def returned(self, asset: Asset) -> str:
        names = ", ".join(name.replace("_", " ") for name in asset.return_fields)
        return f"{names}: {asset.return_reason}" if names else "–"

    @display(description="Where it stands")
    def where(self, asset: Asset) -> str:
        now = [step for step in progress.steps(asset) if step.note]
        return "; ".join(f"{step.title}: {step.note}" for step in now) or "–"

    @display(description="Asked of the chain")
    def status_calls(self, asset: Asset) -> SafeString | str:
        call = progress.status_call(asset)
        if call is None:
            return "–"
        url = reverse("admin:contracts_chainoperation_change", args=[call.operation.pk])
        return link(url, f"{call.wish}: {call.note}")

    @display(description="Published terms")
    def terms_link(self, asset: Asset) -> SafeString | str:
        if not asset.metadata_uri:
            return "–"
        return link(asset.metadata_uri, asset.metadata_uri)

    @display(description="Custody certificate")
    def record_link(self, asset: Asset) -> SafeString | str:
        if asset.status not in TERMS_FINAL or asset.status == Asset.Status.REDEEMED:
            return "recorded once legal review has approved the asset"
        url = reverse("admin:assets_asset_record_proof", args=[asset.pk])
        return link(url, "Record a custody proof")


def _can_change(asset: Asset, status: AssetStatus) -> bool:
    return bool(asset.status == status and not queries.status_calls(asset).exists())


def _recorded(request: SignedIn, form: StaffProofForm, asset: Asset) -> bool:
    proof = act(form, request, actions.record_proof, asset_id=asset.pk, **form.given())
    return proof is not None


@admin.register(AssetDocument)
class AssetDocumentAdmin(DownloadingAdmin):
    list_display = [
        "file_name",
        "version",
        "kind",
        "asset",
        "sha256",
        "expires_on",
        "added_at",
        "withdrawn_at",
    ]
    list_filter = ["kind", ("asset", admin.RelatedOnlyFieldListFilter)]
    search_fields = ["file_name", "asset__name", "asset__symbol", "=sha256"]
    exclude = ["document", "file_name"]
    readonly_fields = ["file"]
    ordering = ["-added_at", "id"]


@admin.register(AssetMetadata)
class AssetMetadataAdmin(ReadOnlyAdmin):
    list_display = ["sha256", "asset", "created_at"]
    search_fields = ["=sha256", "asset__name", "asset__symbol"]
    ordering = ["-created_at"]
