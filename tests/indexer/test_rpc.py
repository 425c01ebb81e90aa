import httpx
import orjson
import pytest
from django.db import transaction

from indexer import rpc as rpc_module
from indexer.rpc import (
    Rpc,
    RpcMalformed,
    RpcRangeTooWide,
    RpcRateLimited,
    RpcRefused,
    RpcUnreachable,
    RpcWrongChain,
)
from rwa_portal.core.actions import TransactionOpen

URL = "https://user:secret@node.example/v2/access-key"


def node(*answers, chain_id=31337):
    """A node that first names its chain and then gives these answers."""
    asked = []

    def answer(request):
        body = orjson.loads(request.content)
        if isinstance(body, dict) and body["method"] == "eth_chainId":
            return httpx.Response(200, json={"id": 0, "result": hex(chain_id)})
        asked.append(body)
        given = answers[len(asked) - 1]
        if isinstance(given, Exception):
            raise given
        return given if isinstance(given, httpx.Response) else httpx.Response(200, json=given)

    return Rpc(URL, chain_id=31337, transport=httpx.MockTransport(answer)), asked


def error(code, message):
    return {"id": 0, "error": {"code": code, "message": message}}


def test_a_batch_is_answered_in_the_order_of_the_questions():
    rpc, asked = node([{"id": 1, "result": "second"}, {"id": 0, "result": "first"}])

    assert rpc.batch([("a", [1]), ("b", [])]) == ["first", "second"]
    assert [request["method"] for request in asked[0]] == ["a", "b"]


@pytest.mark.django_db(transaction=True)
def test_nothing_is_asked_while_a_transaction_is_open():
    rpc, asked = node({"id": 0, "result": "0x1"})

    # Rpc._check_chain
    with transaction.atomic(), pytest.raises(TransactionOpen):
        rpc.call("eth_blockNumber")
    assert asked == []


@pytest.mark.django_db
def test_another_chain_is_refused_before_the_first_question():
    rpc, asked = node({"id": 0, "result": "0x1"}, chain_id=1)

    with pytest.raises(RpcWrongChain, match="https://node.example serves chain 1, not 31337"):
        rpc.call("eth_blockNumber")
    assert asked == []


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        (httpx.ConnectError("refused"), RpcUnreachable),
        (httpx.ReadTimeout("slow"), RpcUnreachable),
        (httpx.Response(429), RpcRateLimited),
        (httpx.Response(200, html="<h1>Welcome</h1>"), RpcMalformed),
        (httpx.Response(502, text="Bad gateway"), RpcMalformed),
        ({"id": 0}, RpcMalformed),
        (["what"], RpcMalformed),
        (error(-32005, "rate limit exceeded"), RpcRateLimited),
        (error(-32005, "query returned more than 10000 results"), RpcRangeTooWide),
        (error(3, "execution reverted"), RpcRefused),
    ],
)
def test_each_failure_has_its_kind_and_names_the_endpoint_without_its_secrets(answer, kind):
    rpc, _ = node(answer)

    with pytest.raises(kind) as caught:
        rpc.call("eth_getLogs", [{}])
    assert type(caught.value) is kind
    assert "https://node.example" in str(caught.value)
    assert "secret" not in str(caught.value) and "access-key" not in str(caught.value)


@pytest.mark.django_db
def test_a_batch_with_a_missing_answer_is_malformed():
    rpc, _ = node([{"id": 0, "result": 1}])

    with pytest.raises(RpcMalformed, match="answered 1 of 2 requests"):
        rpc.batch([("a", []), ("b", [])])


@pytest.mark.parametrize(
    ("reason", "width"),
    [
        ("Log response size exceeded. this block range should work: [0x10, 0x1f]", 16),
        ("query returned more than 10000 results. Try with this block range [0x1, 0x2].", 2),
        ("eth_getLogs is limited to a 10,000 range", 10_000),
        ("up to a 10 block range", 10),
        ("please limit the query to at most 1000 blocks", 1000),
        ("exceed maximum block range: 50000", 50_000),
        ("range is too large, max is 10k blocks", 10_000),
        ("block range is too wide", 0),
    ],
)
def test_the_width_a_provider_suggests_is_read(reason, width):
    assert rpc_module._suggested_width(reason) == width


def test_the_client_belongs_to_this_process_and_configuration(settings):
    assert rpc_module.client() is rpc_module.client()
    assert rpc_module.client().name == "http://127.0.0.1:8545"
