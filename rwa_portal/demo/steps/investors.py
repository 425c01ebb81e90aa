import re
from urllib.parse import urlsplit

import httpx

from rwa_portal.demo.page import Page
from rwa_portal.demo.report import StepFailed, wait_for
from rwa_portal.demo.stage import Investor, Stage
from rwa_portal.demo.steps.approving import approve_operation
from rwa_portal.demo.wallet import InvestorWallet

PEOPLE = {
    "investor.a": ("Ada", "Ahrens", "DE"),
    "investor.b": ("Ben", "Berger", "AT"),
    "investor.c": ("Cleo", "Cole", "US"),
}
ALPHA_3 = {"DE": "DEU", "AT": "AUT", "US": "USA"}


def verify_investors(stage: Stage) -> None:
    """Sign-up, profile, the provider's hosted page with its verdict, and a wallet proof."""
    for name, (given, family, country) in PEOPLE.items():
        investor = stage.investors[name] = Investor(stage.person(name), InvestorWallet(stage.chain))
        investor.person.sign_up()
        investor.person.sign_in()
        _write_profile(investor, given, family, country)
        if name == "investor.b":
            _identify(stage, investor, given, family, country, verdict="RETRY")
            _wait_until_told(investor, "again")
            stage.tell(name, "was first refused: the photo was too dark")
        _identify(stage, investor, given, family, country, verdict="GREEN")
        _wait_until_told(investor, "VERIFIED")
        _prove_wallet(investor)
        stage.tell(name, f"is verified and proved the wallet {investor.wallet.address}")


def allowlist_wallets(stage: Stage) -> None:
    officer = stage.staff["officer.a"]
    for name, investor in stage.investors.items():
        investor.id = _find_investor(stage, investor)
        officer.press("investors/investor", investor.id, "allowlist")
        stage.tell("officer.a", f"asked to allowlist {name}")
    approve_operation(stage, "officer.b", "allow")
    compliance = stage.contracts["ComplianceModule"]
    for name, investor in stage.investors.items():
        _wait_until_told(investor, "On chain since")
        allowed = (stage.token, investor.wallet.address)
        if not stage.chain.read(compliance, "canReceive(address,address)", *allowed, returns="bool"):
            raise StepFailed(f"the chain does not let {name} receive units")
    events = officer.api("GET", "/api/events?event=AllowlistUpdated").json()["results"]
    stage.tell(
        "chain", "allows all three", tx_hash=events[0]["tx_hash"], block=int(events[0]["block_number"])
    )


def _wait_until_told(investor: Investor, words: str) -> None:
    wait_for(f"the page to say {words!r}", lambda: words in investor.person.get("/investor/").text)


def _write_profile(investor: Investor, given: str, family: str, country: str) -> None:
    investor.person.fill(
        "/investor/profile",
        {
            "given_names": given,
            "family_names": family,
            "date_of_birth": "1980-05-17",
            "residential_address": "Musterweg 1, 20457 Hamburg",
            "jurisdiction_code": country,
            "declared_type": "RETAIL",
        },
    )


def _identify(
    stage: Stage, investor: Investor, given: str, family: str, country: str, *, verdict: str
) -> None:
    """Go to the provider's page, as the link leads; send the form; then play the provider's reviewer."""
    begin = investor.person.get("/investor/identity").only_form()
    link = investor.person.submit(begin, {}).link("Open the identity check")
    if urlsplit(link).netloc != urlsplit(stage.sandbox).netloc:
        raise StepFailed(f"the identity check leads to {link}, not to the sandbox")
    with httpx.Client(follow_redirects=True, timeout=30) as browser:
        form = Page(link, browser.get(link).text).form("firstName", "lastName")
        sent = {"firstName": given, "lastName": family, "dob": "1980-05-17", "country": ALPHA_3[country]}
        answer = browser.post(form.action, data={**form.fields, **sent})
        review = Page(str(answer.url), answer.text).form("verdict")
        browser.post(review.action, data={**review.fields, "verdict": verdict}).raise_for_status()


def _prove_wallet(investor: Investor) -> None:
    person = investor.person
    page = person.fill("/investor/wallets", {"address": investor.wallet.address})
    message = re.search(r'<pre id="message">(.*?)</pre>', page.html, re.S)
    if not message:
        raise StepFailed("there is no message to sign")
    person.submit(page.form("signature"), {"signature": investor.wallet.sign_text(_unescaped(message[1]))})


def _find_investor(stage: Stage, investor: Investor) -> str:
    listed = stage.staff["officer.a"].get(f"/admin/investors/wallet/?q={investor.wallet.address}")
    wallet = re.search(r"/admin/investors/wallet/([0-9a-f-]{36})/change/", listed.html)
    if not wallet:
        raise StepFailed(f"the wallet {investor.wallet.address} is not in the list of wallets")
    page = stage.staff["officer.a"].get(f"/admin/investors/wallet/{wallet[1]}/change/")
    found = re.search(r"/admin/investors/investor/([0-9a-f-]{36})/change/", page.html)
    if not found:
        raise StepFailed("the wallet's page does not lead to its investor")
    return found[1]


def _unescaped(text: str) -> str:
    return (
        text.replace("&#x27;", "'")
        .replace("&quot;", '"')
        .replace("&lt;", "<")
        .replace("&gt;", ">")
        .replace("&amp;", "&")
    )
