"""Who holds which role on chain. Nobody else writes these rows, so they can be rebuilt from the log."""

from collections.abc import Sequence

from django.conf import settings

from contracts.models import RoleFact
from indexer.registry import Event


def project_roles(batch: Sequence[Event]) -> None:
    """Note each grant and each revocation; the last one of a role and an account counts."""
    facts = {
        (event.payload["role"], event.payload["account"]): RoleFact(
            chain_id=settings.CHAIN.chain_id,
            role=event.payload["role"],
            account=event.payload["account"],
            is_held=event.name == "RoleGranted",
            updated_block=event.block_number,
        )
        for event in batch
    }
    RoleFact.objects.bulk_create(
        facts.values(),
        update_conflicts=True,
        unique_fields=["chain_id", "role", "account"],
        update_fields=["is_held", "updated_block"],
    )
