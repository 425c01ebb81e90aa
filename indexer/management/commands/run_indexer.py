import signal
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand

from indexer.following import Follower
from rwa_portal.core import fences


class Command(BaseCommand):
    help = "Follow the chain: read, confirm and react, until SIGTERM. A second one stands by."

    def handle(self, *args: Any, **options: Any) -> None:
        fences.hold()
        follower = Follower(say=self._say)
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: follower.stop())
        chain = settings.CHAIN
        self._say(f"Chain {chain.chain_id}, rule {chain.rule} ({chain.confirmations} confirmations).")
        follower.run()

    def _say(self, line: str) -> None:
        self.stdout.write(f"[indexer] {line}")
        self.stdout.flush()
