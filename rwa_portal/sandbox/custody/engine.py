"""What happens behind a custodian's API: approval, signing, sending, watching. One thread does it all."""

import threading
import time

from rwa_portal.sandbox.custody.book import Book
from rwa_portal.sandbox.custody.chain import Chain, ChainRefused, ChainSilent
from rwa_portal.sandbox.custody.vaults import Vaults
from rwa_portal.sandbox.store import Row


class Engine:
    def __init__(self, book: Book, vaults: Vaults, chain: Chain, *, chain_id: int, pace_s: float) -> None:
        self.book, self.vaults, self.chain = book, vaults, chain
        self.chain_id, self.pace_s = chain_id, pace_s
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="custody", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._stop.set()
        if self._thread.is_alive():
            self._thread.join(timeout=15)

    def step_all(self) -> None:
        for row in self.book.living():
            try:
                self._step(row)
            except ChainSilent:
                return  # the node is away; everything waits
            except ChainRefused as refusal:
                self.book.move(row, "FAILED", reason=f"node: {refusal}"[:120])

    def _run(self) -> None:
        while not self._stop.wait(self.pace_s):
            self.step_all()

    def _step(self, row: Row) -> None:
        match row["stage"]:
            case "WAITING":
                self._approve(row)
            case "APPROVED":
                self._sign(row)
            case "SIGNED":
                self._send(row)
            case "SENT":
                self._watch(row)

    def _approve(self, row: Row) -> None:
        policy = self.book.policy(row["vendor"])
        if policy == "reject" or row["fault"] == "reject":
            self.book.move(row, "FAILED", reason="policy")
        elif policy == "auto" and row["fault"] != "stuck":
            self.book.move(row, "APPROVED")

    def _sign(self, row: Row) -> None:
        vault = self.vaults.find(row["vendor"], row["vault"])
        if vault is None:
            self.book.move(row, "FAILED", reason="signing")
            return
        self.chain.fund(vault.address)
        if row["gas"] is None:
            row = {**row, "gas": self.chain.gas(vault.address, row["recipient"], row["calldata"])}
        if row["max_fee"] is None:
            row["max_fee"], row["tip"] = self.chain.fees()
        if row["nonce"] is None:
            row["nonce"] = self._next_nonce(row, vault.address)
        names = ("nonce", "gas", "max_fee", "tip")
        raw, tx_hash = self._signed(row)
        self.book.move(row, "SIGNED", raw=raw, tx_hash=tx_hash, **{name: row[name] for name in names})

    def _next_nonce(self, row: Row, address: str) -> int:
        """Count what is signed and not yet out, too; in the order of signing."""
        waiting = self.book.store.one(
            "SELECT max(nonce) AS last FROM transactions WHERE vendor = ? AND vault = ?"
            " AND stage IN ('SIGNED', 'SENT')",
            row["vendor"],
            row["vault"],
        )
        last = (waiting or {}).get("last")
        return max(self.chain.nonce(address), -1 if last is None else last + 1)

    def _signed(self, row: Row) -> tuple[str, str]:
        vault = self.vaults.find(row["vendor"], row["vault"])
        if vault is None:
            raise KeyError(row["vault"])
        signed = vault.key.sign_transaction(
            {
                "type": 2,
                "chainId": self.chain_id,
                "nonce": row["nonce"],
                "to": row["recipient"],
                "value": 0,
                "data": row["calldata"],
                "gas": row["gas"],
                "maxFeePerGas": row["max_fee"],
                "maxPriorityFeePerGas": row["tip"],
            }
        )
        return "0x" + bytes(signed.raw_transaction).hex(), "0x" + bytes(signed.hash).hex()

    def _send(self, row: Row) -> None:
        match row["fault"]:
            case "reject_after_signing":
                self.book.move(row, "FAILED", reason="user")
            case "dropped":
                self.book.move(row, "FAILED", reason="dropped")
            case "fail_after_broadcast":
                self.chain.send(row["raw"])
                self.book.move(row, "FAILED", reason="internal")
            case "replaced":
                # The first is only named; it is as lost as one that no node has kept.
                self.book.move(row, "SENT", due_at=time.time() + 10 * self.pace_s)
            case _:
                self.chain.send(row["raw"])
                self.book.move(row, "SENT")

    def _watch(self, row: Row) -> None:
        if row["fault"] == "replaced" and row["replaced_hash"] is None:
            row = {**row, "max_fee": 2 * row["max_fee"], "tip": 2 * row["tip"]}
            raw, tx_hash = self._signed(row)
            self.chain.send(raw)
            changes = {"max_fee": row["max_fee"], "tip": row["tip"], "replaced_hash": row["tx_hash"]}
            self.book.move(row, "SENT", raw=raw, tx_hash=tx_hash, **changes)
            return
        receipt = self.chain.receipt(row["tx_hash"])
        if receipt is None:
            self.chain.send(row["raw"])  # a custodian sends again what its node has lost
            return
        block = {"block_number": int(receipt["blockNumber"], 16), "block_hash": receipt["blockHash"]}
        if int(receipt["status"], 16) == 1:
            self.book.move(row, "DONE", **block)
        else:
            self.book.move(row, "FAILED", reason="reverted", **block)
