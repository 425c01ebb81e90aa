import json
from pathlib import Path

from rwa_portal.demo.report import StepFailed, wait_for
from rwa_portal.demo.stage import Stage
from rwa_portal.demo.wallet import ChainRefused, InvestorWallet, calldata

MOVED = 10
RULES = Path(__file__).resolve().parents[3] / "contracts" / "abi" / "v1" / "failed_rules.json"


def transfer_units(stage: Stage) -> None:
    """investor.a sends units to investor.c, who is verified; a stranger is refused by the chain."""
    sender, receiver = stage.investors["investor.a"].wallet, stage.investors["investor.c"].wallet
    stage.chain.call("anvil_setBalance", sender.address, hex(10**18))
    receipt = sender.send(stage.token, calldata("transfer(address,uint256)", receiver.address, MOVED))
    block = int(receipt["blockNumber"], 16)
    stage.tell(
        "investor.a", f"sent {MOVED} units to investor.c", tx_hash=receipt["transactionHash"], block=block
    )
    stranger = InvestorWallet(stage.chain)
    _refused(stage, sender, stranger)
    wait_for("the holding", lambda: f"{MOVED} HAF" in stage.investors["investor.c"].person.get("/").text)
    stage.tell("portal", "shows investor.c's holding")


def _refused(stage: Stage, sender: InvestorWallet, stranger: InvestorWallet) -> None:
    bits = stage.chain.read(
        stage.contracts["ComplianceModule"],
        "explain(address,address,address,address,uint256)",
        stage.token, sender.address, stranger.address, sender.address, 100_000,
    )  # fmt: skip
    rules = json.loads(RULES.read_text())
    failing = [rule for rule in rules if bits >> rule["bit"] & 1]
    try:
        sender.send(stage.token, calldata("transfer(address,uint256)", stranger.address, 100_000))
    except ChainRefused:
        pass
    else:
        raise StepFailed("the chain let a stranger receive units")
    if not failing:
        raise StepFailed("explain() names no rule for a transfer that the chain refuses")
    stage.tell("chain", "refused a transfer of 100,000 units to a stranger:")
    for rule in failing:
        stage.tell("", f"- {rule['name']}: {rule['text']}")
