"""A registered issuer, a backed asset and three verified investors with USDC, by the portal's own ways."""

import re
from datetime import timedelta
from io import BytesIO, StringIO

from allauth.account.models import EmailAddress
from django.core.management import call_command
from django.urls import reverse
from eth_account.messages import encode_defunct
from pypdf import PdfWriter

from assets.models import Asset, CustodyProof, Issuer
from investors.kyc import Reading
from investors.models import KycSession, Verdict, WalletChallenge
from rwa_portal.core.models import User
from tests.flows.world import REASON, World, key_of
from tests.investors.conftest import LEVEL, notice_body, post_notice
from tests.investors.factories import PERSON
from tests.people import in_role, person

DAY = timedelta(days=1)
USDC = 10**6
CAP = 10_000
PRICE = 100 * USDC
LOCK_UP = 40 * DAY
COMPANY = {"legal_name": "Beispiel GmbH", "registration_number": "HRB 1", "jurisdiction_code": "DE"}
PROFILE = {
    "given_names": PERSON.given_names,
    "family_names": PERSON.family_names,
    "date_of_birth": "1987-06-05",
    "residential_address": PERSON.residential_address,
    "declared_type": "RETAIL",
}
INVESTORS = ("investor.a", "investor.b", "investor.c")
FUNDS = 2_000_000 * USDC


def deploy_suite(world: World) -> None:
    hire()
    call_command("deploy_contracts", network="dev", stdout=StringIO())
    world.settle()


def hire() -> None:
    in_role("officer.a", "compliance_officer")
    in_role("officer.b", "compliance_officer")
    in_role("counsel", "legal_reviewer")
    in_role("treasurer", "treasurer")
    in_role("operations", "operations")
    sign_up("issuer")


def sign_up(name: str) -> User:
    user = person(name, is_staff=False)
    EmailAddress.objects.create(user=user, email=user.email, verified=True, primary=True)
    return user


def register_issuer(world: World) -> Issuer:
    world.browser("issuer").post(reverse("issuer:apply"), COMPANY)
    issuer = Issuer.objects.get()
    world.decide("counsel", issuer, "start_review")
    world.decide("counsel", issuer, "register")
    issuer.refresh_from_db()
    return issuer


def submit_asset(world: World, issuer: Issuer) -> Asset:
    """Walk the issuer's wizard from a name to legal review."""
    page = world.browser("issuer")
    page.post(
        reverse("issuer:new_asset"),
        {"issuer": issuer.pk, "asset_type": "REAL_ESTATE", "name": "Beispielhaus"},
    )
    asset = Asset.objects.get()
    for step, form in wizard(world).items():
        answer = page.post(reverse("issuer:step", args=[asset.pk, step]), form)
        assert answer.status_code == 302, answer.content.decode()[:3000]
    documents = reverse("issuer:step_documents", args=[asset.pk])
    page.post(
        documents, {"kind": "TITLE", "file": pdf("deed"), "expires_on": str((world.now() + 180 * DAY).date())}
    )
    page.post(reverse("issuer:step_review", args=[asset.pk]))
    asset.refresh_from_db()
    assert asset.status == "IN_REVIEW"
    return asset


def wizard(world: World) -> dict[str, dict[str, str]]:
    now = world.now()
    return {
        "asset": {"name": "Beispielhaus", "symbol": "HAUS", "location": "Beispielstrasse 1, Berlin"},
        "legal": {
            "RETAIL": "DE",
            "ACCREDITED": "DE, US",
            "INSTITUTIONAL": "DE, US",
            "max_holders": "3",
            "lock_up_until": f"{now + LOCK_UP:%Y-%m-%dT%H:%M}",
        },
        "economics": {
            "decimals": "0",
            "supply_cap": str(CAP),
            "unit_price": "100",
            "min_units": "10",
            "min_holding": "10",
            "opens_at": f"{now - DAY:%Y-%m-%dT%H:%M}",
            "closes_at": f"{now + 150 * DAY:%Y-%m-%dT%H:%M}",
            "pay_to": key_of("issuer's bank").address,
        },
    }


def deploy_asset(world: World, asset: Asset) -> None:
    """One officer asks, another consents, custody signs; the chain says that it is there."""
    world.decide("officer.a", asset, "deploy")
    world.settle_with_approvals()
    asset.refresh_from_db()
    assert asset.status == "ACTIVE"


def record_proof(world: World, asset: Asset, *, days: int, text: str = "first") -> CustodyProof:
    """Hand in a certificate on the staff page."""
    page = reverse("admin:assets_asset_record_proof", args=[asset.pk])
    form = {
        "custodian_reference": f"C-{text}",
        "units": str(CAP),
        "burned_seen": "0",
        "expires_on": str((world.now() + days * DAY).date()),
        "file": pdf(text, "certificate.pdf"),
        "reason": REASON,
    }
    answer = world.browser("officer.a").post(page, form)
    assert answer.status_code == 302, answer.content.decode()[-3000:]
    return CustodyProof.objects.get(asset=asset, custodian_reference=f"C-{text}")


def attest(world: World, proof: CustodyProof) -> None:
    world.decide("counsel", proof, "verify")
    world.settle_with_approvals(kind="assets.attest")
    proof.refresh_from_db()
    assert proof.status == "VALID"


def join(world: World, name: str, *, country: str = "DE") -> None:
    """Sign up, write the profile, start the identity check, and prove a wallet."""
    sign_up(name)
    browser = world.browser(name)
    browser.post("/investor/profile", {**PROFILE, "jurisdiction_code": country})
    assert browser.post("/investor/identity").status_code == 200
    prove_wallet(world, name, key_of(name))


def prove_wallet(world: World, name: str, key) -> None:
    browser = world.browser(name)
    answer = browser.post("/investor/wallets", {"address": key.address})
    assert answer.status_code == 302, answer.content.decode()[:3000]
    challenge = WalletChallenge.objects.get(pk=re.search(r"[0-9a-f-]{36}", answer.url)[0])
    signed = key.sign_message(encode_defunct(text=challenge.message))
    signature = "0x" + signed.signature.hex().removeprefix("0x")
    answer = browser.post(answer.url, {"signature": signature})
    assert answer.status_code == 302, answer.content.decode()[:3000]


def verdict(world: World, vendor, name: str, word: str) -> None:
    """The provider decides and says so by its signed webhook; the portal then asks it for its answer."""
    now = world.now()
    session = KycSession.objects.get(investor=world.investor(name))
    vendor.answers = Reading(status="completed", verdict=Verdict(word), level=LEVEL, reviewed_at=now)
    said = {
        "createdAt": f"{now:%Y-%m-%d %H:%M:%S+0000}",
        "createdAtMs": f"{now:%Y-%m-%d %H:%M:%S}.{now.microsecond // 1000:03d}",
    }
    if not session.applicant_id:
        session.applicant_id = f"app-{str(session.pk)[:8]}"
    answer = post_notice(notice_body(session, word, **said))
    assert answer.status_code == 200, answer.content
    world.settle()


def allow(world: World, *names: str) -> None:
    """One officer asks for the allowlist, another consents."""
    for name in names:
        world.decide("officer.a", world.investor(name), "allowlist")
    world.settle_with_approvals()
    for name in names:
        wallet = world.investor(name).wallets.get(is_primary=True)
        assert wallet.allowlisted_at is not None


def open_market(world: World, vendor) -> None:
    """Everything up to the first order."""
    asset = submit_asset(world, register_issuer(world))
    world.decide("counsel", asset, "approve")
    deploy_asset(world, asset)
    attest(world, record_proof(world, asset, days=180))
    for name in INVESTORS:
        join(world, name)
        verdict(world, vendor, name, "GREEN")
        world.give_usdc(key_of(name).address, FUNDS)
    allow(world, *INVESTORS)


def pdf(text: str, name: str | None = None) -> BytesIO:
    writer, file = PdfWriter(), BytesIO()
    writer.add_blank_page(width=200, height=200)
    writer.add_metadata({"/Title": text})
    writer.write(file)
    file.seek(0)
    file.name = name or f"{text}.pdf"
    return file
