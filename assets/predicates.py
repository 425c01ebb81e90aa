"""Assets and custody proofs against the events that moved them."""

from collections.abc import Iterator
from typing import Any

from assets.models import Asset, CustodyProof
from assets.models.asset import ON_CHAIN
from assets.projections import CHAIN_STATUS, asset_id_of
from indexer.findings import Finding, Kind
from indexer.models import EventLog
from indexer.queries import heard

NEXT_STEP = "Only the chain's events move it there: find out who did, and compare with its history."


def assets_as_said() -> Iterator[Finding]:
    """An asset is on chain exactly if it was deployed, and stands where the token's last event put it."""
    deployed = {asset_id_of(said["assetId"]): log for log, said in _said("AssetFactory.AssetDeployed")}
    status = {log.address: log for log, _ in _said("AssetToken.StatusChanged")}  # the last one counts
    for asset in Asset.objects.order_by("id").iterator(chunk_size=500):
        yield from _asset(asset, deployed.get(asset.pk), status)


def proofs_as_said() -> Iterator[Finding]:
    """A custody proof is VALID exactly as long as its attestation is its token's last, and not revoked."""
    attested: dict[str, EventLog] = {}
    revoked: dict[str, EventLog] = {}
    known: dict[tuple[str, str], EventLog] = {}
    for log, said in _said("CustodyRegistry.CustodyAttested"):
        attested[said["token"]] = known[said["token"], said["proofHash"]] = log
    for log, said in _said("CustodyRegistry.CustodyRevoked"):
        revoked[said["token"]] = log
    for proof in CustodyProof.objects.select_related("asset").order_by("id").iterator(chunk_size=500):
        token = proof.asset.token_address or ""
        own, last, end = known.get((token, proof.proof_hash)), attested.get(token), revoked.get(token)
        is_ended = end is not None and last is not None and _place(end) > _place(last)
        is_last = own is not None and own == last and not is_ended
        if proof.status == CustodyProof.Status.VALID and not is_last:
            yield _finding(proof, "status", "attested last, not revoked", "VALID", last)
        if proof.status == CustodyProof.Status.SUBMITTED and own is not None:
            yield _finding(proof, "status", "VALID or EXPIRED", "SUBMITTED", own)
        if proof.attest_tx_hash and (own is None or own.tx_hash != proof.attest_tx_hash):
            tx_hash = own.tx_hash if own else "nothing"
            yield _finding(proof, "attest_tx_hash", tx_hash, proof.attest_tx_hash, own)


def _asset(asset: Asset, deployed: EventLog | None, status: dict[str, EventLog]) -> Iterator[Finding]:
    if deployed is None:
        if asset.status in ON_CHAIN:
            yield _finding(asset, "status", "not deployed", asset.status, None)
        return
    said = deployed.decoded_payload or {}
    changed = status.get(said["token"])
    expected = CHAIN_STATUS[changed.decoded_payload["status"]] if changed else Asset.Status.ACTIVE  # type: ignore[index]
    if asset.status != expected:
        yield _finding(asset, "status", expected, asset.status, changed or deployed)
    for column, key in (("token_address", "token"), ("escrow_address", "escrow")):
        if getattr(asset, column) != said[key]:
            yield _finding(asset, column, said[key], str(getattr(asset, column)), deployed)


def _said(name: str) -> Iterator[tuple[EventLog, dict[str, Any]]]:
    for log in heard(name).iterator(chunk_size=1000):
        yield log, log.decoded_payload or {}


def _place(log: EventLog) -> tuple[int, int]:
    return log.block_number, log.log_index


def _finding(
    row: Asset | CustodyProof, column: str, expected: str, found: str, log: EventLog | None
) -> Finding:
    evidence = {"table": row._meta.db_table, "id": str(row.pk), "tx": log.tx_hash if log else None}
    subject = f"{row._meta.db_table}:{row.pk}:{column}"
    return Finding(Kind.TAMPERED_ROW, subject, str(expected), str(found), evidence, NEXT_STEP)
