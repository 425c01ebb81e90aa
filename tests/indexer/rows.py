from indexer import models
from rwa_portal.core.models import User
from tests.people import AT
from tests.rows import row_of


@row_of(models.Break)
def open_break() -> models.Break:
    return models.Break.objects.create(
        kind="TAMPERED_ROW",
        subject="indexer_holding:row",
        summary="A row.",
        expected="1",
        found="2",
        block_number=1,
        evidence={"table": "indexer_holding", "event": {"name": "AssetToken.Transfer"}},
        opened_at=AT,
        last_seen_at=AT,
    )


@row_of(models.BooksCheck)
def books_check() -> models.BooksCheck:
    return models.BooksCheck.objects.create(
        kind="REPLAY",
        asked_by=User.service("clock"),
        asked_at=AT,
        started_at=AT,
        finished_at=AT,
        differences=1,
    )
