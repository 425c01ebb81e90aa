"""How many other people must approve an operation before it may be sent, by kind and environment."""

EVERYWHERE = {
    # The investor's own signature is the consent; anyone may pay the gas.
    "subscriptions.relay_deposit": 0,
    # Anyone may call refund after settleBy, and the contract alone decides whom it pays.
    "subscriptions.refund": 0,
}


def needed_in(portal_env: str) -> dict[str, int]:
    """
    Return the policy of an environment; "*" is every kind without a line of its own.

    :raises KeyError: for an environment that does not exist
    """
    return {"*": {"dev": 0, "testnet": 1, "staging": 2, "mainnet": 2}[portal_env], **EVERYWHERE}
