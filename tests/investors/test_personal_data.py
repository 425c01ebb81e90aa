"""Who an investor is stands nowhere in clear: not in rows, logs or calldata. Unlikely words show a leak."""

import pytest
from django.db import connection

from contracts.models import ChainOperation
from investors.actions import allowlist_investor
from investors.models import Investor
from tests.investors.conftest import RETRY, notice_body, post_notice, work_off_all
from tests.investors.factories import AT, PERSON, make_wallet
from tests.investors.test_pages import PROFILE
from tests.people import person

pytestmark = pytest.mark.django_db
SECRETS = [
    "Zoltana",
    "Marike",
    "Quintessa",
    "Featherstone",
    "Marmalade",
    "1987-06-05",
    "Too dark",
    "Looks forged",
]


def everything_in_the_database() -> bytes:
    with connection.cursor() as cursor:
        text = []
        for table in connection.introspection.table_names(cursor):
            cursor.execute(f'SELECT t::text FROM "{table}" t')
            text += [row[0] for row in cursor.fetchall()]
    return "\n".join(text).encode()


def test_an_investors_way_leaves_no_personal_data_in_clear(
    client, vendor, poked, compliance_module, caplog, capfd, time_machine
):
    time_machine.move_to(AT)
    caplog.set_level("DEBUG")
    visitor = person("visitor", is_staff=False)
    client.force_login(visitor)
    client.post("/investor/profile", PROFILE)
    client.post("/investor/identity")
    investor = Investor.objects.get()
    session = investor.kyc_sessions.get()
    vendor.answers = RETRY
    post_notice(notice_body(session, "RETRY"))
    work_off_all()
    vendor.answers = type(RETRY)(status="completed", verdict="GREEN", level="basic-kyc", reviewed_at=AT)
    post_notice(notice_body(session, "GREEN", seconds=60))
    work_off_all()
    make_wallet(investor)
    officer = person("officer")
    allowlist_investor(
        investor_id=investor.pk, by=officer, at=AT, reason=f"{PERSON.family_names} showed the passport."
    )

    printed = capfd.readouterr()
    calldata = b"".join(bytes(row.calldata) for row in ChainOperation.objects.all())
    seen = everything_in_the_database()
    assert b"investor.verified" in seen  # the scan sees the rows
    places = {
        "rows": seen,
        "log": caplog.text.encode() + printed.out.encode() + printed.err.encode(),
        "calldata": calldata,
    }
    for place, content in places.items():
        for secret in SECRETS:
            assert secret.encode() not in content, f"{secret} in the {place}"
            assert secret.encode().hex().encode() not in content, f"{secret} in the {place}, in hexadecimal"
