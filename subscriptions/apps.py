from django.apps import AppConfig


class SubscriptionsConfig(AppConfig):
    name = "subscriptions"

    def ready(self) -> None:
        # Models exist only now, so these imports cannot stand on top.
        from contracts import registry as contracts
        from indexer import registry as indexer
        from subscriptions import actions, hooks, projections

        contracts.register(actions.MINT, recheck=hooks.recheck_mint, on_failed=hooks.mint_failed)
        indexer.react("Escrow.OrderSettled", projections.react_order_settled)
