import hashlib
import hmac
from dataclasses import replace

import httpx
import pytest

from rwa_portal.sandbox.server import Sandbox
from tests.sandbox.conftest import WEBHOOK_SECRET, Caller


def verdict(sumsub, applicant, answer="GREEN", **more):
    sumsub.post(f"/resources/applicants/{applicant}/status/testCompleted", {"reviewAnswer": answer, **more})


def test_a_notice_is_signed_over_its_raw_body(sumsub, applicant, receiver):
    verdict(sumsub, applicant)
    said = receiver.wait(2)

    headers, body = receiver.taken[-1]
    digest = hmac.new(WEBHOOK_SECRET.encode(), body, hashlib.sha256).hexdigest()
    assert headers["X-Payload-Digest"] == digest
    assert headers["X-Payload-Digest-Alg"] == "HMAC_SHA256_HEX"
    assert [notice["type"] for notice in said] == ["applicantCreated", "applicantReviewed"]
    assert said[1]["reviewResult"] == {"reviewAnswer": "GREEN"}
    assert said[1]["externalUserId"] == "inv-1" and said[1]["sandboxMode"] is True
    assert said[0]["createdAtMs"] < said[1]["createdAtMs"]


def test_a_refused_notice_is_sent_again_until_it_is_taken(sumsub, receiver):
    receiver.status = 503
    sumsub.post("/resources/applicants?levelName=basic-kyc", {"externalUserId": "inv-1"})
    receiver.wait(1)
    receiver.status = 200

    receiver.wait(2)

    assert receiver.taken[0][1] == receiver.taken[1][1]


def test_after_four_resends_it_is_given_up(config, receiver):
    receiver.status = 500
    with Sandbox(replace(config, retry_factor=0)) as sandbox:
        sandbox.sender.store.write(
            "INSERT INTO notices (subject, type, body, event_ms, due_at) VALUES ('a', 't', X'7b7d', 1, 0)"
        )
        receiver.wait(5)
    rows = sandbox.store.all("SELECT tries, state FROM notices")
    assert rows == [{"tries": 5, "state": "GIVEN_UP"}]
    assert len(receiver.taken) == 5


@pytest.mark.parametrize(
    ("order", "kinds"),
    [
        ("oldest", ["applicantCreated", "applicantReviewed", "applicantReset"]),
        ("newest", ["applicantReset", "applicantReviewed", "applicantCreated"]),
    ],
)
def test_held_notices_are_released_in_the_order_asked_for(sumsub, sandbox, receiver, order, kinds):
    console = sandbox.config.url + "/sumsub"
    httpx.post(f"{console}/notices/hold")
    created = sumsub.post("/resources/applicants?levelName=basic-kyc", {"externalUserId": "inv-1"}).json()
    verdict(sumsub, created["id"])
    sumsub.post(f"/resources/applicants/{created['id']}/reset")
    assert receiver.taken == []

    httpx.post(f"{console}/notices/release", data={"order": order})

    assert [notice["type"] for notice in receiver.wait(3)] == kinds


def test_a_notice_is_sent_again_byte_for_byte(sumsub, applicant, sandbox, receiver):
    receiver.wait(1)

    httpx.post(f"{sandbox.config.url}/sumsub/notices/1/again", data={"times": 3})

    receiver.wait(4)
    assert len({body for _, body in receiver.taken}) == 1


def test_state_survives_a_restart(config, receiver):
    with Sandbox(config) as sandbox:
        sandbox.store.set_switch("hold", "1")
        caller = Caller(config.url)
        created = caller.post("/resources/applicants?levelName=basic-kyc", {"externalUserId": "inv-1"}).json()
        verdict(caller, created["id"])

    with Sandbox(config) as sandbox:
        found = Caller(config.url).get(f"/resources/applicants/{created['id']}/status").json()
        assert found["reviewResult"] == {"reviewAnswer": "GREEN"}
        sandbox.sender.release(newest_first=False)
        assert len(receiver.wait(2)) == 2


def test_a_person_fills_in_the_hosted_page_and_plays_the_reviewer(sumsub, sandbox, receiver):
    asked = {
        "userId": "inv-9",
        "levelName": "basic-kyc",
        "redirect": {"successUrl": "http://127.0.0.1/back", "rejectUrl": "http://127.0.0.1/back"},
    }
    url = sumsub.post("/resources/sdkIntegrations/levels/-/websdkLink", asked).json()["url"]
    person = {"firstName": "Zoltana", "lastName": "Quintessa", "dob": "1987-06-05", "country": "DEU"}

    page = httpx.get(url)
    assert "SANDBOX" in page.text and "Verify your identity" in page.text
    waiting = httpx.post(f"{url}/person", data=person, follow_redirects=True)
    assert "being reviewed" in waiting.text
    again = httpx.post(
        f"{url}/verdict",
        data={"verdict": "RETRY", "label": "BAD_PHOTO", "moderation_comment": "Too dark."},
        follow_redirects=True,
    )
    assert "Please send it again" in again.text and "Too dark." in again.text
    httpx.post(f"{url}/person", data=person)
    done = httpx.post(f"{url}/verdict", data={"verdict": "GREEN"}, follow_redirects=True)
    assert "You are identified" in done.text and "http://127.0.0.1/back" in done.text

    kinds = [notice["type"] for notice in receiver.wait(5)]
    assert kinds == ["applicantCreated", *["applicantPending", "applicantReviewed"] * 2]
    assert not any(b"Zoltana" in body for _, body in receiver.taken)  # no names in notices


def test_an_expired_link_says_so(sumsub, sandbox):
    asked = {"userId": "inv-9", "levelName": "basic-kyc", "ttlInSecs": -1}
    url = sumsub.post("/resources/sdkIntegrations/levels/-/websdkLink", asked).json()["url"]

    answer = httpx.get(url)

    assert answer.status_code == 404 and "expired" in answer.text


def test_the_console_decides_again_and_deletes(sumsub, applicant, sandbox, receiver):
    console = f"{sandbox.config.url}/sumsub/applicants/{applicant}"
    for verb, data in (
        ("verdict", {"verdict": "GREEN"}),
        ("verdict", {"verdict": "FINAL", "label": "SANCTIONS"}),
        ("deactivate", {}),
        ("activate", {}),
        ("delete", {}),
    ):
        assert httpx.post(f"{console}/{verb}", data=data).status_code == 303

    kinds = [notice["type"] for notice in receiver.wait(6)][1:]
    assert kinds == [
        "applicantReviewed",
        "applicantReviewed",
        "applicantDeactivated",
        "applicantActivated",
        "applicantDeleted",
    ]
    assert sumsub.get(f"/resources/applicants/{applicant}/status").status_code == 404
    assert httpx.get(f"{sandbox.config.url}/").status_code in (200, 302)
