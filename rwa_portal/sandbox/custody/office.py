"""The three custodians put together: what the application serves and the server starts."""

from flask import Flask

from rwa_portal.sandbox.config import Custody
from rwa_portal.sandbox.custody import console
from rwa_portal.sandbox.custody.anchorage import api as anchorage_api
from rwa_portal.sandbox.custody.anchorage.signing import NoticeSigner as AnchorageSigner
from rwa_portal.sandbox.custody.book import Book
from rwa_portal.sandbox.custody.chain import Chain
from rwa_portal.sandbox.custody.engine import Engine
from rwa_portal.sandbox.custody.fireblocks import api as fireblocks_api
from rwa_portal.sandbox.custody.fireblocks import notices as fireblocks_notices
from rwa_portal.sandbox.custody.fireblocks.signing import NoticeSigner as FireblocksSigner
from rwa_portal.sandbox.custody.notices import Queue
from rwa_portal.sandbox.custody.prime import api as prime_api
from rwa_portal.sandbox.custody.vaults import Vaults
from rwa_portal.sandbox.notices import Channel, Sender
from rwa_portal.sandbox.store import Store

ANCHORAGE_RESEND_AFTER_S = (60, 300, 3_600)  # the vendor does not say


class Office:
    def __init__(self, config: Custody, store: Store) -> None:
        self.config = config
        self.book, self.vaults = Book(store), Vaults(config.seed, store)
        self.fireblocks, self.anchorage = FireblocksSigner(store), AnchorageSigner(store)
        chain = Chain(config.rpc_url)
        self.engine = Engine(self.book, self.vaults, chain, chain_id=config.chain_id, pace_s=config.pace_s)

    def channels(self) -> dict[str, Channel]:
        return {
            "fireblocks": fireblocks_notices.channel(self.config, self.fireblocks),
            "anchorage": Channel(
                f"{self.config.webhook_url}/anchorage", self.anchorage.headers, ANCHORAGE_RESEND_AFTER_S
            ),
        }

    def register(self, app: Flask, sender: Sender) -> None:
        queue = Queue(sender)
        self.book.listen(lambda row: fireblocks_notices.tell(queue, row))
        self.book.listen(lambda row: anchorage_api.tell(queue, row))
        app.register_blueprint(fireblocks_api.blueprint(self.config, self.book, self.vaults, self.fireblocks))
        app.register_blueprint(anchorage_api.blueprint(self.config, self.book, self.vaults, self.anchorage))
        app.register_blueprint(prime_api.blueprint(self.config, self.book, self.vaults))
        app.register_blueprint(console.blueprint(self.book, self.vaults))
