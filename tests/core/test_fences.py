import dataclasses
import os
import subprocess
import sys

import pytest
from django.conf import settings as live
from django.core.management import call_command
from django.core.management.base import SystemCheckError
from django.db import connection

from rwa_portal.core import fences

SAFE = {
    "PORTAL_ENV": "testnet",
    "CHAIN": dataclasses.replace(live.CHAIN, chain_id=421614),
    "DEBUG": False,
    "MFA_REQUIRED": True,
    "PORTAL_URL": "https://portal.example",
    "ALLOWED_HOSTS": ["portal.example"],
    "EMAIL_HOST": "smtp.portal.example",
    "METRICS_TOKEN": "scrape",
    "LOCAL_SIGNER_SEED": "",
    "CUSTODIANS_IN_USE": ["coinbase_prime"],
    "PRIME_ACCESS_KEY": "key",
    "PRIME_PASSPHRASE": "phrase",
    "PRIME_SIGNING_KEY": "signing",
    "PRIME_PORTFOLIO_ID": "portfolio",
    "SUMSUB_BASE_URL": "https://api.sumsub.com",
    "SUMSUB_APP_TOKEN": "prd:token",
    "SANDBOX_URL": "",
    "APPROVALS_NEEDED": {"*": 1, "subscriptions.refund": 0, "subscriptions.relay_deposit": 0},
}


@pytest.fixture
def safe(settings, tmp_path, monkeypatch):
    monkeypatch.setenv("PORTAL_HOME", str(tmp_path))
    for name, value in SAFE.items():
        setattr(settings, name, value)
    return settings


def test_a_real_deployment_holds(safe):
    assert fences.broken() == []


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("PORTAL_ENV", "dev", "PORTAL_ENV=dev"),
        ("DEBUG", True, "DEBUG"),
        ("MFA_REQUIRED", False, "MFA_REQUIRED"),
        ("PORTAL_URL", "http://portal.example", "PORTAL_URL"),
        ("ALLOWED_HOSTS", ["*"], "ALLOWED_HOSTS"),
        ("EMAIL_HOST", "", "EMAIL_HOST"),
        ("METRICS_TOKEN", "", "METRICS_TOKEN"),
        ("LOCAL_SIGNER_SEED", "seed", "LOCAL_SIGNER_SEED"),
        ("CUSTODIANS_IN_USE", ["local"], "local signer"),
        ("SUMSUB_BASE_URL", "http://127.0.0.1:9000", "SUMSUB_BASE_URL points at this machine"),
        ("SUMSUB_BASE_URL", "http://localhost:9000", "SUMSUB_BASE_URL points at this machine"),
        ("SANDBOX_URL", "http://[::1]:9000", "SANDBOX_URL points at this machine"),
        ("FIREBLOCKS_BASE_URL", "https://127.0.0.1:1", "FIREBLOCKS_BASE_URL points at this machine"),
        ("FIREBLOCKS_JWKS_URL", "https://localhost/keys", "FIREBLOCKS_JWKS_URL points at this machine"),
        ("ANCHORAGE_BASE_URL", "https://[::1]", "ANCHORAGE_BASE_URL points at this machine"),
        ("PRIME_BASE_URL", "http://prime.example", "PRIME_BASE_URL must be https"),
        ("PRIME_SIGNING_KEY", "", "PRIME_SIGNING_KEY is not set"),
        ("CUSTODIANS_IN_USE", ["fort-knox"], "CUSTODY_VENDORS names fort-knox"),
        ("CUSTODY_BY_PURPOSE", {"ISSUER": "anchorage"}, "which CUSTODY_VENDORS does not name"),
        ("SUMSUB_APP_TOKEN", "sbx:token", "sandbox's"),
        ("APPROVALS_NEEDED", {"*": 0}, "APPROVALS_NEEDED[*] is 0"),
        ("APPROVALS_NEEDED", {"*": 1, "assets.deploy": 0}, "APPROVALS_NEEDED[assets.deploy] is 0"),
    ],
)
def test_any_chain_but_the_dev_chain_refuses(safe, name, value, said):
    setattr(safe, name, value)

    assert any(said in fault for fault in fences.broken())


@pytest.mark.django_db
@pytest.mark.parametrize("label", ["testnet", "mainnet", "staging", "dev"])
def test_the_label_relaxes_nothing(safe, label):
    safe.PORTAL_ENV, safe.LOCAL_SIGNER_SEED = label, "seed"

    with pytest.raises(SystemExit, match="LOCAL_SIGNER_SEED"):
        fences.hold()
    with pytest.raises(SystemCheckError, match="LOCAL_SIGNER_SEED"):
        call_command("check")


def test_keys_the_launcher_generated_are_refused(safe, tmp_path):
    (tmp_path / "secrets.env").write_text(f"ENCRYPTION_KEYS={safe.ENCRYPTION_KEYS}\n")

    assert any(fault.startswith("ENCRYPTION_KEYS") for fault in fences.broken())


@pytest.mark.parametrize("chain_id", [31337, 421614])
def test_an_open_transaction_around_every_request_is_refused_everywhere(safe, chain_id, monkeypatch):
    safe.CHAIN = dataclasses.replace(safe.CHAIN, chain_id=chain_id)
    monkeypatch.setitem(safe.DATABASES["default"], "ATOMIC_REQUESTS", True)

    assert any("ATOMIC_REQUESTS" in fault for fault in fences.broken())


@pytest.mark.parametrize(
    ("vendor", "settings_of_it", "said"),
    [
        ("fireblocks", {"FIREBLOCKS_PRIVATE_KEY": "c2VjcmV0"}, "FIREBLOCKS_PRIVATE_KEY is no private key"),
        ("anchorage", {"ANCHORAGE_SIGNING_KEY": "c2VjcmV0"}, "ANCHORAGE_SIGNING_KEY is no Ed25519 seed"),
        ("anchorage", {"ANCHORAGE_ACCESS_KEY": ""}, "ANCHORAGE_ACCESS_KEY, ANCHORAGE_SIGNING_KEY is not set"),
    ],
)
def test_a_custodians_key_that_does_not_parse_refuses_on_every_chain(settings, vendor, settings_of_it, said):
    settings.CUSTODIANS_IN_USE = ["local", vendor]
    settings.FIREBLOCKS_API_KEY = settings.ANCHORAGE_ACCESS_KEY = "key"
    for name, value in settings_of_it.items():
        setattr(settings, name, value)

    faults = fences.broken()

    assert any(said in fault for fault in faults)
    assert not any("c2VjcmV0" in fault for fault in faults)


def test_the_dev_chain_asks_for_none_of_it():
    assert fences.broken() == []


@pytest.mark.django_db
def test_a_role_that_may_change_the_event_log_is_refused():
    fences.hold()  # as the runtime role
    with connection.cursor() as cursor:
        cursor.execute("SET ROLE NONE")
        try:
            with pytest.raises(SystemExit, match="may change EventLog"):
                fences.hold()
        finally:
            cursor.execute("SET ROLE rwa_app")


@pytest.mark.parametrize("start", [["-c", "import rwa_portal.wsgi"], ["manage.py", "run_indexer"]])
def test_a_process_refuses_to_start_in_lines_and_not_in_a_traceback(start):
    environment = os.environ | {"CHAIN_ID": "42161", "PORTAL_ENV": "mainnet"}

    done = subprocess.run(
        [sys.executable, *start], env=environment, capture_output=True, text=True, timeout=60
    )

    assert done.returncode == 1
    assert "LOCAL_SIGNER_SEED is set" in done.stderr
    assert "Traceback" not in done.stderr
