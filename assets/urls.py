from django.urls import path, register_converter

from assets.forms import STEPS
from assets.views import assets, issuers


class StepConverter:
    regex = "|".join(STEPS)

    def to_python(self, value: str) -> str:
        return value

    def to_url(self, value: str) -> str:
        return value


register_converter(StepConverter, "wizard_step")
app_name = "issuer"
urlpatterns = [
    path("", issuers.home, name="home"),
    path("apply", issuers.apply, name="apply"),
    path("companies/<uuid:issuer_id>", issuers.issuer, name="issuer"),
    path("companies/<uuid:issuer_id>/members", issuers.add_member, name="add_member"),
    path("assets/new", assets.new, name="new_asset"),
    path("assets/<uuid:asset_id>", assets.asset, name="asset"),
    path("assets/<uuid:asset_id>/edit/<wizard_step:name>", assets.step, name="step"),
    path("assets/<uuid:asset_id>/edit/documents", assets.step_documents, name="step_documents"),
    path("assets/<uuid:asset_id>/edit/review", assets.step_review, name="step_review"),
    path("assets/<uuid:asset_id>/proofs/new", assets.record_proof, name="record_proof"),
    path("documents/<uuid:document_id>", assets.download_document, name="download_document"),
    path("documents/<uuid:document_id>/withdraw", assets.withdraw_document, name="withdraw_document"),
    path("proofs/<uuid:proof_id>", assets.download_proof, name="download_proof"),
]
