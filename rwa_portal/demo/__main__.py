"""
The life cycle, walked over the public interfaces of a running portal: `python -m rwa_portal.demo`.

- Pages, forms, webhooks, the API and the admin's buttons; never a row written directly.
- Reads .portal/run.json to find the portal, writes .portal/demo.json; exits 0 only if every step held.
"""

import json
import os
import sys
from pathlib import Path

import httpx

from rwa_portal.demo.report import Report, StepFailed
from rwa_portal.demo.stage import Stage
from rwa_portal.demo.steps import STEPS
from rwa_portal.demo.wallet import Chain


def main() -> int:
    home = Path(os.environ.get("PORTAL_HOME", ".portal"))
    report = Report(home / "demo.json")
    try:
        stage = _stage(home, report)
        for name, walk in STEPS:
            with report.step(name):
                walk(stage)
    except (StepFailed, LookupError, httpx.HTTPError) as error:
        print(f"\nThe demo stopped: {error or type(error).__name__}", file=sys.stderr)
        return 1
    if "--once" not in sys.argv[1:]:
        _say_log_ins(stage)
    return 0


def _stage(home: Path, report: Report) -> Stage:
    path = home / "run.json"
    if not path.exists():
        raise StepFailed(f"{path} is missing: start the portal first (./portal up)")
    running = json.loads(path.read_text())
    return Stage(running["web"], running["sandbox"], Chain(running["rpc"]), report)


def _say_log_ins(stage: Stage) -> None:
    print(f"\nEvery step held. Sign in at {stage.web}/accounts/login/ with the password {stage.password}")
    people = [*stage.staff.values(), stage.issuer, *(i.person for i in stage.investors.values())]
    for person in people:
        print(f"  {person.name:<12} {person.email}")
    for title, address in {
        "Admin": f"{stage.web}/admin/",
        "API": f"{stage.web}/api/docs",
        "Mail": f"{stage.web}/dev/mail",
        "KYC sandbox": stage.sandbox,
    }.items():
        print(f"  {title:<12} {address}")


if __name__ == "__main__":
    sys.exit(main())
