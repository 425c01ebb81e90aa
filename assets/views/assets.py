from typing import Any
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from assets import actions, progress, queries, shown, terms
from assets.acting import act, kept, posted
from assets.forms import STEP_OF, STEPS, DocumentForm, NewAssetForm, PortalForm, ProofForm, StepForm
from assets.models import Asset, AssetDocument, CustodyProof, Issuer
from assets.models.asset import BEFORE_SUBMISSION
from rwa_portal.core import documents, drafts
from rwa_portal.core.errors import RuleBroken
from rwa_portal.core.signed_in import SignedIn

NEW_ASSET = "new-asset"


@login_required
@require_http_methods(["GET", "POST"])
def new(request: SignedIn) -> HttpResponse:
    """Begin an asset; the wizard continues with its steps."""
    issuers = queries.issuers_of(request.user).exclude(status=Issuer.Status.REFUSED)
    form = NewAssetForm(posted(request), issuers=issuers, initial=kept(request, NEW_ASSET))
    if request.method == "POST" and form.is_valid():
        given = {**form.cleaned_data, "issuer_id": form.cleaned_data["issuer"].pk}
        del given["issuer"]
        asset = act(form, request, actions.create_asset_draft, **given)
        if asset is not None:
            drafts.discard(user=request.user, name=NEW_ASSET)
            return redirect("issuer:step", asset.pk, "asset")
    return render(request, "assets/new.html", {"form": form, "draft": NEW_ASSET, "issuers": issuers})


@login_required
@require_http_methods(["GET", "POST"])
def step(request: SignedIn, asset_id: UUID, name: str) -> HttpResponse:
    """One step of the wizard. Saving goes on to the next; leaving keeps what was typed."""
    asset = _mine(request, asset_id)
    if asset.status not in BEFORE_SUBMISSION:
        return redirect("issuer:asset", asset.pk)
    title, form_class = STEPS[name]
    form = _step_form(request, asset, name, form_class)
    if request.method == "POST" and form.is_valid() and _save(request, form, asset, name):
        return redirect(*_after(name, asset))
    context = {"asset": asset, "form": form, "title": title, "step": name, "draft": _draft(asset, name)}
    return render(request, "assets/steps/form.html", {**context, **_wizard(asset)})


@login_required
@require_http_methods(["GET", "POST"])
def step_documents(request: SignedIn, asset_id: UUID) -> HttpResponse:
    asset = _mine(request, asset_id)
    form = DocumentForm(posted(request), request.FILES or None)
    if request.method == "POST" and form.is_valid():
        file = form.cleaned_data["file"]
        given = {**form.cleaned_data, "asset_id": asset.pk, "file_name": file.name}
        if act(form, request, actions.add_document, **given) is not None:
            messages.success(request, f"{file.name} is added and encrypted.")
            return redirect(request.path)
    context = {"asset": asset, "form": form, "step": "documents", "papers": _papers(asset)}
    return render(request, "assets/steps/documents.html", {**context, **_wizard(asset)})


@login_required
@require_http_methods(["GET", "POST"])
def step_review(request: SignedIn, asset_id: UUID) -> HttpResponse:
    """What will be deployed, in plain words, and the button that hands it to legal review."""
    asset = _mine(request, asset_id)
    form = PortalForm(posted(request))
    if form.is_valid() and act(form, request, actions.submit_asset, asset_id=asset.pk) is not None:
        messages.success(request, f"{asset} is with legal review. Its terms can no longer be changed.")
        return redirect("issuer:asset", asset.pk)
    context = {"asset": asset, "form": form, "step": "review", "papers": _papers(asset), "gap": _gap(asset)}
    return render(request, "assets/steps/review.html", {**context, **_wizard(asset)})


@login_required
@require_GET
def asset(request: SignedIn, asset_id: UUID) -> HttpResponse:
    """Where the asset stands and what comes next."""
    row = _mine(request, asset_id)
    proofs = [(proof, progress.proof_note(proof)) for proof in row.proofs.order_by("-recorded_at", "id")]
    context = {
        "asset": row,
        "steps": progress.steps(row),
        "papers": _papers(row),
        "proofs": proofs,
        "backing": row.proofs.valid_at(timezone.now()).first(),
        "takes_proofs": row.status in ("APPROVED", "DEPLOYING", "ACTIVE", "PAUSED"),
        "operation": queries.operation_of(row, queries.DEPLOY),
        "status_call": progress.status_call(row),
        **_wizard(row),
    }
    return render(request, "assets/asset.html", context)


@login_required
@require_http_methods(["GET", "POST"])
def record_proof(request: SignedIn, asset_id: UUID) -> HttpResponse:
    row = _mine(request, asset_id)
    form = ProofForm(posted(request), request.FILES or None, asset=row)
    if request.method == "POST" and form.is_valid():
        proof = act(form, request, actions.record_proof, asset_id=row.pk, **form.given())
        if proof is not None:
            messages.success(request, "The certificate is recorded. A person of the platform verifies it.")
            return redirect("issuer:asset", row.pk)
    return render(request, "assets/record_proof.html", {"asset": row, "form": form})


@login_required
@require_GET
def download_document(request: SignedIn, document_id: UUID) -> HttpResponseBase:
    mine = AssetDocument.objects.filter(asset__in=Asset.objects.of(request.user))
    row = get_object_or_404(mine.select_related("document"), pk=document_id)
    return documents.download(row.document, by=request.user, at=timezone.now())


@login_required
@require_GET
def download_proof(request: SignedIn, proof_id: UUID) -> HttpResponseBase:
    mine = CustodyProof.objects.filter(asset__in=Asset.objects.of(request.user))
    row = get_object_or_404(mine.select_related("document"), pk=proof_id)
    return documents.download(row.document, by=request.user, at=timezone.now())


@login_required
@require_POST
def withdraw_document(request: SignedIn, document_id: UUID) -> HttpResponse:
    mine = AssetDocument.objects.filter(asset__in=Asset.objects.of(request.user))
    row = get_object_or_404(mine, pk=document_id)
    form = PortalForm(request.POST)
    if form.is_valid() and act(form, request, actions.withdraw_document, document_id=row.pk) is None:
        messages.error(request, " ".join(map(str, form.non_field_errors())))
    return redirect("issuer:step_documents", row.asset_id)


def _mine(request: SignedIn, asset_id: UUID) -> Asset:
    # Another issuer's asset does not exist for this person.
    return get_object_or_404(queries.assets_of(request.user), pk=asset_id)


def _papers(asset: Asset) -> Any:
    return asset.documents.standing().order_by("kind", "file_name", "-version")


def _draft(asset: Asset, name: str) -> str:
    return f"asset-{asset.pk}-{name}"


def _step_form(request: SignedIn, asset: Asset, name: str, form_class: type[StepForm]) -> StepForm:
    initial = kept(request, _draft(asset, name), form_class.shown(asset))
    form = form_class(posted(request), asset=asset, initial=initial)
    form.mark_asked(asset.return_fields)
    return form


def _save(request: SignedIn, form: StepForm, asset: Asset, name: str) -> bool:
    saved = act(form, request, actions.update_asset_draft, asset_id=asset.pk, changes=form.changes())
    if saved is None:
        return False
    drafts.discard(user=request.user, name=_draft(asset, name))
    return True


def _after(name: str, asset: Asset) -> tuple[Any, ...]:
    names = list(STEPS)
    following = names.index(name) + 1
    if following < len(names):
        return "issuer:step", asset.pk, names[following]
    return "issuer:step_documents", asset.pk


def _gap(asset: Asset) -> str:
    """What is still missing, or nothing."""
    try:
        terms.check_complete(asset, at=timezone.now())
    except RuleBroken as error:
        return str(error)
    if not asset.documents.standing().filter(kind=AssetDocument.Kind.TITLE).exists():
        return str(terms.DocumentMissing())
    return ""


def _wizard(asset: Asset) -> dict[str, Any]:
    titles = [(name, title) for name, (title, _) in STEPS.items()]
    asked = dict.fromkeys(STEP_OF[name] for name in asset.return_fields if name in STEP_OF)
    return {
        "words": shown.words(asset),
        "wizard": [*titles, ("documents", "Documents"), ("review", "Review")],
        "asked": list(asked),
    }
