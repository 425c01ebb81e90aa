import os
import re
import subprocess
import sys

from rwa_portal.demo.person import Person
from rwa_portal.demo.report import StepFailed, wait_for
from rwa_portal.demo.stage import STAFF, Stage


def services_and_contracts(stage: Stage) -> None:
    """Check that everything answers, and make one account for each role, through the sign-up page."""
    visitor = stage.person("visitor")
    wait_for("the portal to be ready", lambda: visitor.http.get("/readyz").status_code == 200)
    stage.tell("portal", f"ready on {stage.web}")
    manage(
        "create_staff",
        "--email",
        stage.person("operations").email,
        "--role",
        "operations",
        password=stage.password,
    )
    stage.staff["operations"] = operations = stage.person("operations")
    operations.sign_in()
    _read_contracts(stage, operations)
    for name, role in STAFF.items():
        if name != "operations":
            stage.staff[name] = _join(stage, name, role, operations)
    stage.tell("operations", f"granted {len(STAFF) - 1} roles")


def manage(*arguments: str, password: str = "") -> str:
    """
    Run a manage.py command, as operations would.

    :raises StepFailed: with the command's last line
    """
    environment = {**os.environ, "PORTAL_STAFF_PASSWORD": password} if password else None
    done = subprocess.run(
        [sys.executable, "manage.py", *arguments],
        capture_output=True,
        text=True,
        env=environment,
        timeout=120,
    )
    if done.returncode:
        last = (done.stderr or done.stdout).strip().splitlines()[-1:]
        raise StepFailed(f"manage.py {arguments[0]}: {' '.join(last)}")
    return done.stdout


def _join(stage: Stage, name: str, role: str, operations: Person) -> Person:
    person = stage.person(name)
    person.sign_up()
    listed = operations.get(f"/admin/core/user/?q={person.email.replace('+', '%2B')}")
    found = re.search(r"/admin/core/user/([0-9a-f-]{36})/change/", listed.html)
    if not found:
        raise StepFailed(f"{person.email} is not in the list of users")
    operations.press("core/user", found[1], "grant_role", role=role)
    person.sign_in()
    return person


def _read_contracts(stage: Stage, operations: Person) -> None:
    page = operations.get("/admin/contracts/deployment/")
    rows = re.findall(r'/change/"[^>]*>(\w+)</a>.*?data-label="address">(0x\w{40})<', page.html, re.S)
    stage.contracts.update(rows)
    for name in ("AssetFactory", "ComplianceModule", "IssuanceModule", "USDC"):
        address = stage.contracts.get(name, "")
        if not address or stage.chain.call("eth_getCode", address, "latest") == "0x":
            raise StepFailed(f"{name} is not on chain ({address or 'no address'})")
        stage.tell("chain", f"{name} at {address}")
