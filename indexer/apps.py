from typing import ClassVar

from django.apps import AppConfig


class IndexerConfig(AppConfig):
    name = "indexer"
    append_only: ClassVar[list[str]] = ["indexer_eventlog", "indexer_reorg"]

    def ready(self) -> None:
        # Models exist only now, so these imports cannot stand on top.
        from indexer import metrics, predicates, projections, registry
        from indexer.models import Holding, HoldingChange

        registry.project(
            "AssetToken.Transfer", projections.project_transfers, tables=[Holding, HoldingChange]
        )
        registry.predicate("rows equal the last row of their history", predicates.rows_as_in_history)
        assert metrics  # registers its gauges
