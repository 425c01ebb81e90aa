from django.apps import AppConfig


class SubscriptionsConfig(AppConfig):
    name = "subscriptions"

    def ready(self) -> None:
        # Models exist only now, so these imports cannot stand on top.
        from contracts import registry as contracts
        from indexer import registry as indexer
        from subscriptions import hooks, predicates, projections, reconcilers
        from subscriptions.models import OrderFact

        for kind, recheck, failed, expects, title in hooks.CALLS:
            contracts.register(kind, recheck=recheck, on_failed=failed, expects=expects, title=title)

        indexer.predicate("orders as their escrow says", predicates.orders_as_said)
        indexer.predicate("payments as their escrow says", predicates.payments_as_said)
        indexer.predicate("refunds as their escrow says", predicates.refunds_as_said)
        indexer.reconciler("escrows", reconcilers.escrows)
        indexer.react("USDC.Transfer", projections.react_usdc_transfer, subject="to")
        indexer.react("Escrow.OrderFunded", projections.react_order_funded)
        indexer.react("Escrow.OrderSettled", projections.react_order_settled)
        indexer.react("Escrow.OrderRefunded", projections.react_order_refunded)
        indexer.react("Escrow.Allocated", projections.react_allocated)
        indexer.react("Escrow.PaymentReturned", projections.react_payment_returned, subject="receipt")
        for name in sorted(projections.FACTS.keys() - {"Minted"}):
            indexer.project(f"Escrow.{name}", projections.project_order_facts, tables=[OrderFact])
        indexer.project("IssuanceModule.Minted", projections.project_order_facts, tables=[OrderFact])
        for name, reason in projections.RECORD_ONLY.items():
            indexer.record_only(name, because=reason)
