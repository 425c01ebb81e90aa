from dataclasses import dataclass
from typing import Literal

DEV_CHAIN_ID = 31337  # anvil's; every relaxation of a fence asks for this id, never for a label

USDC = {
    42161: "0xaf88d065e77c8cC2239327C5EDb3A432268e5831",
    421614: "0x75faf114eafb1BDbe2F0316DF893fd58CE46AA4d",
    8453: "0x833589fCD6eDb6E08f4c7C32D4f71b54bdA02913",
    84532: "0x036CbD53842c5426634e7929541eC2318f3dCF7e",
}  # native USDC; Circle, "USDC contract addresses". On 31337 our own deployment of the same code.


@dataclass(frozen=True)
class ChainParameters:
    """The one chain of this deployment. `confirmations` are blocks and count for the rule `blocks`."""

    chain_id: int
    rpc_urls: tuple[str, ...]
    rule: Literal["blocks", "safe", "finalized"]
    confirmations: int
    poll_interval_s: float

    @property
    def is_dev(self) -> bool:
        return self.chain_id == DEV_CHAIN_ID
