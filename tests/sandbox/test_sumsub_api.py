import time

import pytest

from rwa_portal.sandbox.sumsub import signing

STATUS = "/resources/applicants/{}/status"


def test_an_applicant_is_created_and_found_by_both_ids(sumsub, applicant):
    assert len(applicant) == 24
    by_ours = sumsub.get("/resources/applicants/-;externalUserId=inv-1/one").json()
    assert by_ours["id"] == applicant
    assert by_ours["review"]["reviewStatus"] == "init"
    assert sumsub.get(f"/resources/applicants/{applicant}/one").json()["externalUserId"] == "inv-1"
    assert sumsub.get("/resources/applicants/-/byExternalUserId/inv-1").json()["exists"] is True
    assert sumsub.get("/resources/applicants/-/byExternalUserId/inv-2").json() == {"exists": False}


def test_the_same_external_id_conflicts_and_names_the_applicant(sumsub, applicant):
    answer = sumsub.post("/resources/applicants?levelName=basic-kyc", {"externalUserId": "inv-1"})

    assert answer.status_code == 409
    assert answer.json()["description"].endswith(f"already exists: {applicant}")


@pytest.mark.parametrize("skew", [-61, 90, -3600])
def test_an_old_or_early_request_is_refused(sumsub, applicant, skew):
    answer = sumsub.send("GET", STATUS.format(applicant), ts=int(time.time()) + skew)

    assert (answer.status_code, answer.json()["description"]) == (401, "Invalid signature")


@pytest.mark.parametrize(
    "headers",
    [
        {"X-App-Access-Sig": "0" * 64},
        {"X-App-Access-Sig": ""},
        {"X-App-Token": "sbx:other"},
        {"X-App-Access-Ts": "yesterday"},
    ],
)
def test_a_wrongly_signed_request_is_refused(sumsub, applicant, headers):
    assert sumsub.get(STATUS.format(applicant), **headers).status_code == 401


def test_a_signature_counts_for_its_own_query_only(sumsub):
    signed = sumsub.send("POST", "/resources/applicants?levelName=basic-kyc", b"{}")
    assert signed.status_code == 400  # signed well; the body lacks the id

    sumsub.url += "/resources/applicants?levelName=other#"
    assert sumsub.send("POST", "/resources/applicants?levelName=basic-kyc", b"{}").status_code == 401


def test_an_unknown_level_is_refused(sumsub):
    assert sumsub.post("/resources/applicants?levelName=gold", {"externalUserId": "x"}).status_code == 404


def test_who_does_not_exist_is_not_found(sumsub):
    assert sumsub.get(STATUS.format("0" * 24)).status_code == 404
    assert sumsub.get("/resources/applicants/-;externalUserId=nobody/one").status_code == 404


@pytest.mark.parametrize(
    ("asked", "result"),
    [
        ({"reviewAnswer": "GREEN", "rejectLabels": []}, {"reviewAnswer": "GREEN"}),
        (
            {
                "reviewAnswer": "RED",
                "reviewRejectType": "RETRY",
                "rejectLabels": ["UNSATISFACTORY_PHOTOS"],
                "moderationComment": "Too dark.",
                "clientComment": "Strange.",
            },
            {
                "reviewAnswer": "RED",
                "reviewRejectType": "RETRY",
                "rejectLabels": ["UNSATISFACTORY_PHOTOS"],
                "buttonIds": [],
                "moderationComment": "Too dark.",
                "clientComment": "Strange.",
            },
        ),
    ],
)
def test_a_test_verdict_shows_flat_and_nested(sumsub, applicant, asked, result):
    assert sumsub.post(f"/resources/applicants/{applicant}/status/testCompleted", asked).status_code == 200

    flat = sumsub.get(STATUS.format(applicant)).json()
    assert (flat["reviewStatus"], flat["reviewResult"], flat["levelName"]) == (
        "completed",
        result,
        "basic-kyc",
    )
    nested = sumsub.get(f"/resources/applicants/{applicant}/one").json()["review"]
    assert nested["reviewResult"] == result


def test_a_reset_takes_the_verdict_back(sumsub, applicant):
    sumsub.post(f"/resources/applicants/{applicant}/status/testCompleted", {"reviewAnswer": "GREEN"})

    sumsub.post(f"/resources/applicants/{applicant}/reset")

    flat = sumsub.get(STATUS.format(applicant)).json()
    assert flat["reviewStatus"] == "init" and "reviewResult" not in flat


def test_a_document_is_kept_and_listed(sumsub, applicant):
    body = (
        b'--b\r\nContent-Disposition: form-data; name="metadata"\r\n\r\n'
        b'{"idDocType":"PASSPORT","country":"DEU"}\r\n'
        b'--b\r\nContent-Disposition: form-data; name="content"; filename="p.png"\r\n'
        b"Content-Type: image/png\r\n\r\nPNGPNG\r\n--b--\r\n"
    )
    answer = sumsub.send(
        "POST",
        f"/resources/applicants/{applicant}/info/idDoc",
        body,
        **{"Content-Type": "multipart/form-data; boundary=b"},
    )
    image = answer.headers["X-Image-Id"]

    listed = sumsub.get(f"/resources/applicants/{applicant}/metadata/resources").json()["items"]
    assert [item["id"] for item in listed] == [image]
    shown = sumsub.get(f"/resources/applicants/{applicant}/resources/{image}")
    assert (shown.content, shown.headers["Content-Type"]) == (b"PNGPNG", "image/png")
    steps = sumsub.get(f"/resources/applicants/{applicant}/requiredIdDocsStatus").json()
    assert steps["IDENTITY"]["idDocType"] == "PASSPORT" and steps["SELFIE"] is None


def test_tokens_and_links_are_given(sumsub):
    token = sumsub.post(
        "/resources/accessTokens/sdk", {"userId": "inv-1", "levelName": "basic-kyc", "ttlInSecs": 600}
    ).json()
    assert token["token"].startswith("_act-sbx-") and token["userId"] == "inv-1"
    old = sumsub.post("/resources/accessTokens?userId=inv-1&levelName=basic-kyc&ttlInSecs=600")
    assert old.json()["token"].startswith("_act-sbx-")
    link = sumsub.post(
        "/resources/sdkIntegrations/levels/-/websdkLink", {"userId": "inv-1", "levelName": "basic-kyc"}
    )
    assert link.json()["url"].startswith(sumsub.url + "/websdk/p/")


def test_too_many_posts_are_refused(sumsub, applicant, monkeypatch):
    monkeypatch.setattr(signing, "WINDOW_S", 600)  # a busy machine needs longer than 5 s for 55 posts
    answers = {sumsub.post(f"/resources/applicants/{applicant}/reset").status_code for _ in range(55)}

    assert answers == {200, 429}
