import csv

from rwa_portal.demo.report import StepFailed
from rwa_portal.demo.stage import Stage
from rwa_portal.demo.steps.orders import ORDERS
from rwa_portal.demo.steps.start import manage


def compare_with_chain(stage: Stage) -> None:
    """What the portal's pages say of supply, holdings and escrow against the chain itself."""
    officer, chain = stage.staff["officer.a"], stage.chain
    supply = chain.read(stage.token, "totalSupply()")
    table = csv.DictReader(officer.http.get(f"/assets/{stage.asset_id}/cap-table.csv").text.splitlines())
    held = {row["wallet"]: int(row["units"]) for row in table}
    onchain = {
        i.wallet.address: chain.read(stage.token, "balanceOf(address)", i.wallet.address)
        for i in stage.investors.values()
    }
    shown = {wallet: held.get(wallet, 0) for wallet in onchain}
    if shown != onchain or sum(onchain.values()) != supply:
        raise StepFailed(f"the cap table says {shown}, the chain {onchain} of {supply}")
    stage.tell("portal", f"cap table equals the chain: {supply} units, {len(onchain)} holders")
    if supply != sum(ORDERS.values()):
        raise StepFailed(f"the supply is {supply}, but the minted orders sum to {sum(ORDERS.values())}")
    _compare_money(stage)


def _compare_money(stage: Stage) -> None:
    usdc, paid = stage.contracts["USDC"], sum(ORDERS.values()) * 100 * 10**6
    in_escrow = stage.chain.read(usdc, "balanceOf(address)", stage.escrow)
    proceeds = stage.chain.read(usdc, "balanceOf(address)", stage.kept["proceeds"].address)
    if (in_escrow, proceeds) != (0, paid):
        raise StepFailed(f"escrow holds {in_escrow} and the issuer {proceeds}, not 0 and {paid} micro-USDC")
    stage.tell("chain", f"escrow 0, issuer {paid // 10**6:,}.00 USDC")


def verify_audit(stage: Stage) -> None:
    """Recompute the chain of seals; the command fails at the first that is broken or missing."""
    stage.tell("operations", manage("verify_audit").strip().splitlines()[-1])
