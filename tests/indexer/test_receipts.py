from indexer import branches, queries
from indexer.models import Block
from indexer.receipts import learn_block
from rwa_portal.core.chain_values import ZERO_ADDRESS
from tests.indexer.conftest import address


def test_a_receipt_in_a_block_that_was_passed_over_can_be_judged(chain, token, follow, monkeypatch):
    monkeypatch.setattr(branches, "NEAR", 3)
    follow()
    receipt = chain.send({"to": address(), "value": "0x1"})  # says nothing that is watched
    chain.mine(12)
    follow()
    block_hash, number = receipt["blockHash"], int(receipt["blockNumber"], 16)
    assert queries.receipt_status(block_hash, number) == "unknown"

    assert learn_block(chain.rpc, number)

    assert queries.receipt_status(block_hash, number) == "confirmed"
    assert learn_block(chain.rpc, number)
    assert not learn_block(chain.rpc, chain.head())


def test_nothing_is_learnt_of_a_chain_that_is_not_the_confirmed_one(chain, token, follow):
    receipt = chain.transfer(token, ZERO_ADDRESS, address(), 1)
    chain.mine(3)
    follow()
    chain.reorg(4)
    before = Block.objects.count()

    assert not learn_block(chain.rpc, int(receipt["blockNumber"], 16))
    assert Block.objects.count() == before
