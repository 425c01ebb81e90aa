"""The vaults each custodian starts with. Their keys, which a real one splits by MPC, are derived here."""

import hashlib
import hmac
import uuid
from dataclasses import dataclass

from eth_account import Account
from eth_account.signers.local import LocalAccount

from rwa_portal.sandbox.store import Store

VENDORS = ("fireblocks", "anchorage", "prime")
NAMES = (
    *(f"ISSUER {number}" for number in range(1, 9)),
    *(f"CUSTODIAN {number}" for number in range(1, 9)),
    "TREASURER 1",
)
ELSEWHERE = "ELSEWHERE 1"  # stands on another chain than ours
CURVE_ORDER = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141  # of secp256k1


@dataclass(frozen=True)
class Vault:
    vendor: str
    id: str
    name: str
    key: LocalAccount

    @property
    def address(self) -> str:
        return self.key.address

    @property
    def is_elsewhere(self) -> bool:
        return self.name == ELSEWHERE


class Vaults:
    """The vaults made from the seed, and those whose keys were brought from elsewhere."""

    def __init__(self, seed: str, store: Store) -> None:
        self._store = store
        made = [
            _vault(seed, vendor, n, name) for vendor in VENDORS for n, name in enumerate((*NAMES, ELSEWHERE))
        ]
        self._by_id = {(vault.vendor, vault.id): vault for vault in made}
        self._load()

    def of(self, vendor: str) -> list[Vault]:
        return [vault for vault in self._by_id.values() if vault.vendor == vendor]

    def bring(self, vendor: str, vault_id: str, name: str, secret: str) -> None:
        """Open a vault with a key that exists already."""
        sql = "INSERT OR REPLACE INTO brought_keys (vendor, id, name, secret) VALUES (?, ?, ?, ?)"
        self._store.write(sql, vendor, vault_id, name, secret)
        self._load()

    def _load(self) -> None:
        for row in self._store.all("SELECT * FROM brought_keys ORDER BY vendor, id"):
            vault = Vault(row["vendor"], row["id"], row["name"], Account.from_key(row["secret"]))
            self._by_id[vault.vendor, vault.id] = vault

    def find(self, vendor: str, vault_id: str) -> Vault | None:
        return self._by_id.get((vendor, vault_id))


def _vault(seed: str, vendor: str, number: int, name: str) -> Vault:
    digest = hmac.new(seed.encode(), f"{vendor}/{name}".encode(), hashlib.sha512).digest()
    secret = int.from_bytes(digest, "big") % (CURVE_ORDER - 1) + 1
    ids = {
        "fireblocks": str(number),
        "anchorage": hashlib.sha256(f"anchorage/{name}".encode()).hexdigest()[:32],
        "prime": str(uuid.uuid5(uuid.NAMESPACE_URL, f"prime/{name}")),
    }
    return Vault(vendor, ids[vendor], name, Account.from_key(secret.to_bytes(32, "big")))
