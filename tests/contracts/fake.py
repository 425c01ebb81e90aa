"""A custodian that can be told to accept and then fall silent, or to hear nothing."""

from collections import deque
from uuid import UUID

from contracts.custody import AnswerUnknown, Progress, Refused, Request, Standing, VendorWallet
from rwa_portal.core.actions import refuse_transaction

accepted: dict[UUID, Standing] = {}
asked: list[UUID] = []
trouble: deque[str] = deque()  # what the next calls meet: "accepted, no answer", "not heard" or "no"


def forget() -> None:
    accepted.clear()
    asked.clear()
    trouble.clear()


class FakeCustodian:
    def submit(self, request: Request) -> Standing:
        refuse_transaction()
        asked.append(request.external_id)
        fate = trouble.popleft() if trouble else ""
        if fate == "no":
            raise Refused("PolicyDenied")
        standing = Standing(f"fake-{request.external_id}", "PENDING_SIGNATURE", Progress.IN_CUSTODY)
        if fate != "not heard":
            accepted.setdefault(request.external_id, standing)
        if fate:
            raise AnswerUnknown
        return accepted[request.external_id]

    def find(self, request: Request) -> Standing | None:
        refuse_transaction()
        return accepted.get(request.external_id)

    def status(self, request: Request) -> Standing | None:
        return self.find(request)

    def wallets(self) -> list[VendorWallet]:
        return []

    def cancel(self, request: Request) -> Standing | None:
        refuse_transaction()
        if trouble and trouble.popleft() == "no":
            raise Refused("PolicyDenied")
        accepted.pop(request.external_id)
        return None
