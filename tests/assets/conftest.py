import pytest

from tests.assets import factories


@pytest.fixture(autouse=True)
def no_broker(monkeypatch):
    monkeypatch.setattr("rwa_portal.core.pokes.send", lambda task, *ids: None)


@pytest.fixture
def suite(db):
    factories.deploy_suite()


@pytest.fixture
def applicant(db):
    return factories.person("applicant")


@pytest.fixture
def colleague(db):
    return factories.person("colleague")


@pytest.fixture
def stranger(db):
    return factories.person("stranger")


@pytest.fixture
def officer(db):
    return factories.person(
        "officer.a",
        "review_issuer",
        "deploy_asset",
        "record_proof",
        "verify_proof",
        "pause_asset",
        "resume_asset",
        "mark_redeemed",
        "view_issuer",
        "view_asset",
        "view_custodyproof",
        "view_assetdocument",
    )


@pytest.fixture
def second(db):
    return factories.person("officer.b", "verify_proof", "view_custodyproof", "view_asset")


@pytest.fixture
def counsel(db):
    return factories.person("counsel", "review_asset", "view_asset", "view_assetdocument")


@pytest.fixture
def issuer(suite, applicant, officer):
    return factories.registered(applicant, officer)


@pytest.fixture
def draft(issuer, applicant):
    return factories.draft(issuer, applicant)


@pytest.fixture
def submitted(issuer, applicant):
    return factories.submitted(issuer, applicant)


@pytest.fixture
def approved(issuer, applicant, counsel):
    return factories.approved(issuer, applicant, counsel)


@pytest.fixture
def active(issuer, applicant, counsel, officer):
    return factories.active(issuer, applicant, counsel, officer)


@pytest.fixture
def recorded(active, officer):
    return factories.recorded(active, officer)


@pytest.fixture
def paused(active):
    factories.timelock_says(172_800)
    return factories.paused(active)
