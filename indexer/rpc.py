"""
Raw JSON-RPC over one kept-alive connection, read with orjson.

- Refuses to work while a transaction is open: a node may take seconds, and a lock must not.
- Makes sure, before the first call, that the endpoint serves the chain we are configured for.
- Never repeats a call by itself: what may be asked again is the caller's knowledge.
- Errors name the endpoint by scheme and host alone: paths and user names carry access keys.
"""

import functools
import os
import re
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import urlsplit

import httpx
import orjson
from django.conf import settings

from rwa_portal.core.actions import refuse_transaction

TIMEOUT = httpx.Timeout(15, connect=3)  # providers give up on eth_getLogs after 10 s
LOOPBACK = ("127.0.0.1", "localhost", "::1")

# What providers write when a range is too wide: a range that would do, or a width.
_SUGGESTED = re.compile(r"block range[^\[]*\[(0x[0-9a-f]+), ?(0x[0-9a-f]+)\]", re.I)
_WIDTH = re.compile(
    r"(?:limited to an? |at most |maximum block range: |up to an? |max range: |max is )([\d,.]+)(k?)", re.I
)
_TOO_WIDE_CODES = {-32005, -32600, -32602, -32614, -32701, -32000, 35}
_TOO_WIDE = re.compile(r"range|limit|size|more than|too (?:large|many)|timeout|timed out", re.I)
_TOO_OFTEN = re.compile(r"rate.?limit|too many requests|capacity|per second|throttl|credits", re.I)


class RpcError(Exception):
    """The node did not answer as JSON-RPC; the message names the endpoint."""


class RpcUnreachable(RpcError):
    """No answer came: the request may or may not have arrived."""


class RpcMalformed(RpcError):
    """What came is no JSON-RPC answer."""


class RpcRateLimited(RpcError):
    """We asked too often."""


class RpcWrongChain(RpcError):
    """The endpoint serves another chain."""


class RpcRefused(RpcError):
    """The node answered with an error."""

    def __init__(self, message: str, *, code: int, reason: str, data: Any) -> None:
        super().__init__(message)
        self.code, self.reason, self.data = code, reason, data


class RpcRangeTooWide(RpcRefused):
    """The node will not search that many blocks; `width` is what it suggests, or 0."""

    width = 0


class Rpc:
    """One endpoint of the chain."""

    def __init__(self, url: str, *, chain_id: int, transport: httpx.BaseTransport | None = None) -> None:
        parts = urlsplit(url)
        self.name = f"{parts.scheme}://{parts.hostname}" + (f":{parts.port}" if parts.port else "")
        self.width = 2000  # blocks to search at once; follows what the endpoint bears
        self._url, self._chain_id, self._is_checked = url, chain_id, False
        # A proxy meant for the world must not stand between us and a node on this machine.
        self._client = httpx.Client(
            timeout=TIMEOUT, transport=transport, trust_env=parts.hostname not in LOOPBACK
        )

    def call(self, method: str, params: Sequence[Any] = ()) -> Any:
        """
        Ask one question.

        :raises RpcError: one of its kinds
        """
        self._check_chain()
        return self._result(self._post(_request(0, method, params)))

    def batch(self, requests: Sequence[tuple[str, Sequence[Any]]]) -> list[Any]:
        """
        Ask many questions in one round trip; the answers come in the order of the questions.

        :raises RpcError: one of its kinds, also when a single answer is an error
        """
        if not requests:
            return []
        self._check_chain()
        answers = self._post([_request(number, *request) for number, request in enumerate(requests)])
        if not isinstance(answers, list):
            self._result(answers)  # a provider refuses a whole batch with one error
            raise RpcMalformed(f"{self.name} answered a batch with one result")
        by_id = {answer.get("id"): answer for answer in answers if isinstance(answer, dict)}
        if set(by_id) != set(range(len(requests))):
            raise RpcMalformed(f"{self.name} answered {len(by_id)} of {len(requests)} requests")
        return [self._result(by_id[number]) for number in range(len(requests))]

    def _check_chain(self) -> None:
        refuse_transaction()
        if self._is_checked:
            return
        chain_id = int(self._result(self._post(_request(0, "eth_chainId", ()))), 16)
        if chain_id != self._chain_id:
            raise RpcWrongChain(f"{self.name} serves chain {chain_id}, not {self._chain_id}")
        self._is_checked = True

    def _post(self, body: Any) -> Any:
        headers = {"content-type": "application/json"}
        try:
            response = self._client.post(self._url, content=orjson.dumps(body), headers=headers)
        except httpx.HTTPError as error:
            # A node that was restarted may be another one.
            self._is_checked = False
            raise RpcUnreachable(f"{self.name}: {type(error).__name__}") from None
        if response.status_code == 429:
            raise RpcRateLimited(f"{self.name} asks for fewer requests")
        try:
            return orjson.loads(response.content)
        except orjson.JSONDecodeError:
            kind = response.headers.get("content-type", "no type")
            raise RpcMalformed(f"{self.name} answered {response.status_code} with {kind}, no JSON") from None

    def _result(self, answer: Any) -> Any:
        if not isinstance(answer, dict) or not ("result" in answer or "error" in answer):
            raise RpcMalformed(f"{self.name} answered without result or error")
        if answer.get("error") is not None:
            raise self._refusal(answer["error"])
        return answer["result"]

    def _refusal(self, error: Any) -> RpcError:
        if not isinstance(error, Mapping):
            return RpcMalformed(f"{self.name} answered with an error that is no object")
        code, reason, data = error.get("code", 0), str(error.get("message", "")), error.get("data")
        message = f"{self.name} refused: {reason} ({code})"
        if _TOO_OFTEN.search(reason):  # before the range: Infura uses -32005 for both
            return RpcRateLimited(message)
        if code in _TOO_WIDE_CODES and _TOO_WIDE.search(reason):
            refusal = RpcRangeTooWide(message, code=code, reason=reason, data=data)
            refusal.width = _suggested_width(reason)
            return refusal
        return RpcRefused(message, code=code, reason=reason, data=data)


def client() -> Rpc:
    """Return this process's connection to the chain."""
    return _client_of(settings.CHAIN.rpc_urls[0], settings.CHAIN.chain_id, os.getpid())


def clients() -> list[Rpc]:
    """Return this process's connections to every endpoint; the first one answers all other questions."""
    return [_client_of(url, settings.CHAIN.chain_id, os.getpid()) for url in settings.CHAIN.rpc_urls]


@functools.cache
def _client_of(url: str, chain_id: int, process_id: int) -> Rpc:
    # By process, because a forked worker must not share its parent's socket.
    return Rpc(url, chain_id=chain_id)


def _request(number: int, method: str, params: Sequence[Any]) -> dict[str, Any]:
    return {"jsonrpc": "2.0", "id": number, "method": method, "params": list(params)}


def _suggested_width(reason: str) -> int:
    if found := _SUGGESTED.search(reason):
        return int(found[2], 16) - int(found[1], 16) + 1
    if found := _WIDTH.search(reason):
        return int(found[1].replace(",", "").replace(".", "")) * (1000 if found[2] else 1)
    return 0
