import json
import urllib.request

import pytest

from rwa_portal.embedded.anvil import EmbeddedAnvil
from rwa_portal.embedded.home import Home
from rwa_portal.embedded.output import CannotGoOn
from tests.launcher.running import eventually

BINARY = Home.of_environment().chain_tool("anvil")
ACCOUNT = "0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266"  # anvil's first


def _ask(chain, method, *params):
    question = json.dumps({"jsonrpc": "2.0", "id": 1, "method": method, "params": params}).encode()
    request = urllib.request.Request(chain.url, question, {"Content-Type": "application/json"})
    with urllib.request.urlopen(request, timeout=5) as answer:
        return json.load(answer)["result"]


def test_the_chain_goes_on_after_a_restart(place, serving):
    chain = EmbeddedAnvil(place, place, BINARY)
    program = chain.prepare()
    process = serving(program)
    eventually(lambda: int(_ask(chain, "eth_blockNumber"), 16) >= 2)
    second = _ask(chain, "eth_getBlockByNumber", "0x2", False)["hash"]
    program.stop(process)

    again = EmbeddedAnvil(place, place, BINARY)
    serving(again.prepare())

    assert _ask(again, "eth_getBlockByNumber", "0x2", False)["hash"] == second
    assert int(_ask(again, "eth_getBalance", ACCOUNT, "latest"), 16) > 10**20


def test_past_states_are_removed(place, serving):
    chain = EmbeddedAnvil(place, place, BINARY, block_time_s=None)
    (place / "anvil" / "cache").mkdir(parents=True)
    (place / "anvil" / "cache" / "of a killed one").write_text("state")
    program = chain.prepare()
    process = serving(program)
    _ask(chain, "anvil_mine", "0x200")
    program.stop(process)

    chain.clean_up()

    assert not (place / "anvil" / "cache").exists()


def test_a_missing_binary_is_named(place):
    with pytest.raises(CannotGoOn, match="anvil is missing: ./portal installs it, or set CHAIN_RPC_URL"):
        EmbeddedAnvil(place, place, place / "anvil").prepare()


def test_a_chain_that_cannot_start_says_why(place, serving):
    chain = EmbeddedAnvil(place, place, BINARY)
    program = chain.prepare()
    (place / "anvil" / "state.json").write_text("half of a st")

    with pytest.raises(CannotGoOn, match=r"(?s)anvil ended with code .*(state|JSON|json)"):
        serving(program)


def test_the_sessions_chain_mines_at_once(anvil):
    before = int(_ask(anvil, "eth_blockNumber"), 16)

    _ask(anvil, "eth_sendTransaction", {"from": ACCOUNT, "to": ACCOUNT, "value": "0x1"})

    eventually(lambda: int(_ask(anvil, "eth_blockNumber"), 16) == before + 1, within_s=5)
    assert int(_ask(anvil, "eth_chainId"), 16) == 31337
