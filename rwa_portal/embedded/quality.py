"""The commands that judge the code: test and check."""

import os

from rwa_portal.embedded.home import Home


def needs_chain_tools(development: bool) -> bool:
    return development or not os.environ.get("CHAIN_RPC_URL")


def test(home: Home, arguments: list[str]) -> int:
    raise NotImplementedError


def check(home: Home, arguments: list[str]) -> int:
    raise NotImplementedError
