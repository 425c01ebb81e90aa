"""How many other people must approve an operation before it may be sent, by kind and environment."""

EVERYWHERE = {
    # The investor's own signature is the consent; anyone may pay the gas.
    "subscriptions.relay_deposit": 0,
    # Anyone may call refund after settleBy, and the contract alone decides whom it pays.
    "subscriptions.refund": 0,
    # Anyone may call claimFor, and it pays each holder's own share to the holder alone.
    "corporate_actions.pay_holders": 0,
    # The timelock executes exactly what was scheduled, and people have approved that.
    "assets.resume": 0,
    "assets.mark_redeemed": 0,
}


NO_CALLS = ("core.grant_role", "indexer.close_incident")  # decisions that send nothing to the chain


def needed_in(portal_env: str, *, at_least: int = 0) -> dict[str, int]:
    """
    Return the policy of an environment; "*" is every kind without a line of its own.

    `at_least` can only make calls to the chain stricter: the demo shows two people where dev asks for one.

    :raises KeyError: for an environment that does not exist
    """
    usual = {"dev": 0, "testnet": 1, "staging": 2, "mainnet": 2}[portal_env]
    return {"*": max(usual, at_least), **dict.fromkeys(NO_CALLS, usual), **EVERYWHERE}
