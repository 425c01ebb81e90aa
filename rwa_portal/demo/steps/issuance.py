import re
from datetime import UTC, datetime, timedelta

from rwa_portal.demo.papers import pdf
from rwa_portal.demo.report import StepFailed, wait_for
from rwa_portal.demo.stage import Stage
from rwa_portal.demo.steps.approving import approve_operation, status_of
from rwa_portal.demo.wallet import InvestorWallet

UNITS, PRICE = 10_000, 100  # whole units under the cap, USDC each


def register_issuer(stage: Stage) -> None:
    """A company applies by its form; an officer takes it up and registers it in the admin."""
    issuer = stage.issuer
    issuer.sign_up()
    issuer.sign_in()
    page = issuer.fill(
        "/issuer/apply",
        {
            "legal_name": f"Hafenhaus {stage.run.upper()} GmbH",
            "registration_number": f"HRB {stage.run}",
            "jurisdiction_code": "DE",
        },
    )
    stage.issuer_id = _id_in(page.url)
    stage.tell("issuer", "applied by the form")
    stage.staff["officer.a"].press("assets/issuer", stage.issuer_id, "start_review")
    stage.staff["officer.a"].press("assets/issuer", stage.issuer_id, "register")
    stage.tell("officer.a", "reviewed and registered it")
    _expect("the issuer's page", issuer.get(f"/issuer/companies/{stage.issuer_id}").text, "REGISTERED")


def review_asset(stage: Stage) -> None:
    """The issuer's wizard, a return by counsel, the answer, the approval."""
    issuer = stage.issuer
    page = issuer.fill(
        "/issuer/assets/new", {"asset_type": "REAL_ESTATE", "name": f"Hafenhaus {stage.run.upper()}"}
    )
    stage.asset_id = _id_in(page.url)
    steps = f"/issuer/assets/{stage.asset_id}/edit"
    for step, values in _terms(stage).items():
        issuer.fill(f"{steps}/{step}", values)
    _hand_in(stage, "TITLE", "deed.pdf", pdf("Deed", "Hafenstrasse 12, Hamburg", f"Folio {stage.run}"))
    _hand_in(stage, "AGREEMENT", "agreement.pdf", pdf("Subscription agreement", f"Issue {stage.run}"))
    _submit(stage)
    stage.tell("issuer", "submitted the asset with its deed")
    counsel = stage.staff["counsel"]
    asked = {"asked": "min_units", "reason": "The smallest order is too small."}
    counsel.press("assets/asset", stage.asset_id, "send_back", **asked)
    stage.tell("counsel", "returned it: the smallest order is too small")
    _expect("the returned asset", issuer.get(f"/issuer/assets/{stage.asset_id}").text, "too small")
    issuer.fill(f"{steps}/economics", {"min_units": "10"})
    _submit(stage)
    stage.tell("issuer", "answered and submitted again")
    counsel.press("assets/asset", stage.asset_id, "approve")
    stage.tell("counsel", "approved it; its terms are content-addressed now")


def deploy_asset(stage: Stage) -> None:
    officer, page = stage.staff["officer.a"], f"/issuer/assets/{stage.asset_id}"
    officer.press("assets/asset", stage.asset_id, "deploy")
    stage.tell("officer.a", "asked for the deployment")
    approve_operation(stage, "officer.b", "deploy")
    wait_for("the asset to be ACTIVE", lambda: "ACTIVE" in stage.issuer.get(page).text)
    asset = officer.api("GET", f"/api/assets/{stage.asset_id}").json()
    stage.token, stage.escrow = asset["token_address"], asset["escrow_address"]
    event = _event(stage, "AssetDeployed", tx_of=stage.token)
    stage.tell("chain", f"token {stage.token}", tx_hash=event["tx_hash"], block=int(event["block_number"]))
    symbol = stage.chain.read(stage.token, "symbol()", returns="string")
    stage.tell("chain", f"says symbol {symbol}, cap {stage.chain.read(stage.token, 'cap()')}")


def attest_proof(stage: Stage) -> None:
    """The issuer hands in the custodian's certificate; a second person verifies it; the chain takes it."""
    issuer, page = stage.issuer, f"/issuer/assets/{stage.asset_id}"
    until = (datetime.now(UTC) + timedelta(days=180)).date().isoformat()
    certificate = pdf("Custody certificate", f"We hold the deed of issue {stage.run}.")
    issuer.fill(
        f"{page}/proofs/new",
        {"custodian_reference": f"CUST-{stage.run}", "units": str(UNITS), "expires_on": until},
        {"file": ("certificate.pdf", certificate, "application/pdf")},
    )
    stage.tell("issuer", "handed in the custodian's certificate")
    counsel = stage.staff["counsel"]
    counsel.press("assets/custodyproof", _newest_proof(stage), "verify")
    stage.tell("counsel", "verified it")
    approve_operation(stage, "officer.a", "attest")
    wait_for("the proof to be VALID", lambda: "VALID" in issuer.get(page).text)
    event = _event(stage, "CustodyAttested", tx_of=stage.token)
    stage.tell(
        "chain", f"{UNITS} units are backed", tx_hash=event["tx_hash"], block=int(event["block_number"])
    )


def _terms(stage: Stage) -> dict[str, dict[str, str]]:
    now = datetime.now(UTC)
    opens, closes = now - timedelta(hours=1), now + timedelta(days=30)
    return {
        "asset": {"name": f"Hafenhaus {stage.run.upper()}", "symbol": f"HAF{stage.run.upper()}",
                  "location": "Hafenstrasse 12, Hamburg"},
        "legal": {"RETAIL": "DE, AT, US", "ACCREDITED": "DE, AT, US"},
        "economics": {
            "decimals": "0",
            "supply_cap": str(UNITS),
            "unit_price": str(PRICE),
            "min_units": "1",
            "opens_at": opens.strftime("%Y-%m-%dT%H:%M"),
            "closes_at": closes.strftime("%Y-%m-%dT%H:%M"),
            "pay_to": _proceeds(stage),
        },
    }  # fmt: skip


def _proceeds(stage: Stage) -> str:
    wallet = stage.kept.setdefault("proceeds", InvestorWallet(stage.chain))
    return wallet.address


def _hand_in(stage: Stage, kind: str, name: str, content: bytes) -> None:
    path = f"/issuer/assets/{stage.asset_id}/edit/documents"
    stage.issuer.fill(path, {"kind": kind}, {"file": (name, content, "application/pdf")})


def _submit(stage: Stage) -> None:
    path = f"/issuer/assets/{stage.asset_id}/edit/review"
    stage.issuer.submit(stage.issuer.get(path).only_form(), {})
    _expect(
        "the submitted asset", status_of(stage.issuer.get(f"/issuer/assets/{stage.asset_id}")), "IN REVIEW"
    )


def _newest_proof(stage: Stage) -> str:
    listed = stage.staff["counsel"].get(f"/admin/assets/custodyproof/?q=CUST-{stage.run}")
    found = re.search(r"/admin/assets/custodyproof/([0-9a-f-]{36})/change/", listed.html)
    if not found:
        raise StepFailed("the certificate is not in the list of custody proofs")
    return found[1]


def _event(stage: Stage, name: str, *, tx_of: str) -> dict[str, str]:
    answer = stage.staff["auditor"].api("GET", f"/api/events?event={name}&asset={tx_of}").json()
    return answer["results"][0]


def _id_in(url: str) -> str:
    found = re.search(r"[0-9a-f]{8}-[0-9a-f-]{27}", url)
    if not found:
        raise StepFailed(f"{url} names no row")
    return found[0]


def _expect(what: str, text: str, expected: str) -> None:
    if expected not in text:
        raise StepFailed(f"{what} does not say {expected!r}")
