from indexer.models.breaks import BooksCheck, Break
from indexer.models.chain import Block, EventLog, Reorg
from indexer.models.cursor import Cursor, Watched
from indexer.models.holdings import Holding, HoldingChange
from indexer.models.incidents import Incident, ReactionFailure

__all__ = [
    "Block",
    "BooksCheck",
    "Break",
    "Cursor",
    "EventLog",
    "Holding",
    "HoldingChange",
    "Incident",
    "ReactionFailure",
    "Reorg",
    "Watched",
]
