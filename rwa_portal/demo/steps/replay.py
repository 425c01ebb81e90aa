import os

import psycopg

from rwa_portal.demo.report import StepFailed
from rwa_portal.demo.stage import Stage
from rwa_portal.demo.steps.start import manage

EQUAL = "All equal."


def verify_books(stage: Stage) -> None:
    """Build every derived row anew from the event log, and ask the chain about every balance."""
    for command in (["replay_events", "--verify"], ["reconcile"]):
        said = manage(*command)
        if EQUAL not in said:
            raise StepFailed(f"{command[0]} says: {said.strip().splitlines()[-1]}")
        stage.tell("operations", f"{' '.join(command)}: {said.strip().splitlines()[0]} {EQUAL}")


def find_tampering(stage: Stage) -> None:
    """Whoever owns the database alters one balance: both commands name it, and a repair restores it."""
    wallet = stage.investors["investor.b"].wallet.address
    _alter(stage.token, wallet)
    stage.tell("intruder", f"gave investor.b 1,000 units by SQL, wallet {wallet}")
    for command in (["reconcile"], ["replay_events", "--verify"]):
        _must_name(stage, command, wallet)
    said = manage("replay_events", "--apply", "--reason", "A balance was altered by hand.")
    if "1 repaired" not in said:
        raise StepFailed(f"the repair says: {said.strip().splitlines()[-1]}")
    stage.tell("operations", "replay_events --apply: 1 row restored from the event log")
    if EQUAL not in manage("reconcile"):
        raise StepFailed("after the repair the books still differ from the chain")
    stage.tell("operations", f"reconcile: {EQUAL}")


def _alter(token: str, wallet: str) -> None:
    with psycopg.connect(os.environ["DATABASE_OWNER_URL"]) as connection:
        changed = connection.execute(
            "UPDATE indexer_holding SET units = units + 1000 WHERE token = %s AND wallet = %s",
            [bytes.fromhex(token[2:]), bytes.fromhex(wallet[2:])],
        )
        if changed.rowcount != 1:
            raise StepFailed("there is no balance to alter")


def _must_name(stage: Stage, command: list[str], wallet: str) -> None:
    try:
        manage(*command)
    except StepFailed as found:
        if wallet not in str(found):
            raise
        stage.tell("operations", str(found).removeprefix("manage.py ").replace("CommandError: ", ""))
    else:
        raise StepFailed(f"{command[0]} did not notice that a balance was altered")
