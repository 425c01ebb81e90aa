from contracts.models import CustodyNotice
from tests.contracts.conftest import AT
from tests.rows import row_of


@row_of(CustodyNotice)
def notice() -> CustodyNotice:
    return CustodyNotice.objects.create(
        provider="fireblocks", dedupe_key="n-1", event_type="transaction.created", body=b"{}", received_at=AT
    )
