from assets import actions, models
from rwa_portal.core.models import User
from tests.rows import row_of

from . import factories
from .factories import AT


def people() -> tuple[User, User, User]:
    return (
        factories.person("row-applicant"),
        factories.person("row-officer"),
        factories.person("row-counsel"),
    )


@row_of(models.Issuer)
def issuer() -> models.Issuer:
    applicant, officer, _ = people()
    row = actions.submit_issuer(
        legal_name="Beispiel GmbH", registration_number="R 1", jurisdiction_code="DE", by=applicant, at=AT
    )
    return actions.start_issuer_review(issuer_id=row.pk, by=officer, at=AT)


@row_of(models.IssuerMember)
def member() -> models.IssuerMember:
    return issuer().memberships.get()


@row_of(models.Asset)
def asset() -> models.Asset:
    applicant, officer, _ = people()
    return factories.submitted(factories.registered(applicant, officer), applicant)


@row_of(models.AssetDocument)
def document() -> models.AssetDocument:
    return asset().documents.get()


@row_of(models.AssetMetadata)
def metadata() -> models.AssetMetadata:
    applicant, officer, counsel = people()
    approved = factories.approved(factories.registered(applicant, officer), applicant, counsel)
    return approved.metadata.get()


@row_of(models.CustodyProof)
def proof() -> models.CustodyProof:
    applicant, officer, counsel = people()
    approved = factories.approved(factories.registered(applicant, officer), applicant, counsel)
    return factories.recorded(approved, officer)
