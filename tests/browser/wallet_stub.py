"""A browser wallet (EIP-1193) whose key is real: what the page asks it to sign is signed by eth_account."""

import json

from eth_account import Account
from playwright.sync_api import Page

_PROVIDER = """window.ethereum = {
  request: async (asked) => {
    const answer = await window.askWallet(JSON.stringify(asked));
    const { result, error } = JSON.parse(answer);
    if (error) throw error;
    return result;
  },
};"""


class Wallet:
    """Put into a page before it is opened; remembers what it was asked."""

    def __init__(
        self, page: Page, account: Account, *, chain_id: int = 31337, declines: bool = False
    ) -> None:
        self.account, self.chain_id, self.declines = account, chain_id, declines
        self.asked: list[str] = []
        page.expose_function("askWallet", self._answer)
        page.add_init_script(_PROVIDER)

    def _answer(self, text: str) -> str:
        asked = json.loads(text)
        self.asked.append(asked["method"])
        if self.declines and asked["method"].startswith("eth_sign"):
            return json.dumps({"error": {"code": 4001, "message": "User rejected the request."}})
        return json.dumps({"result": self._result(asked["method"], asked.get("params", []))})

    def _result(self, method: str, params: list) -> object:
        match method:
            case "eth_requestAccounts":
                return [self.account.address]
            case "eth_chainId":
                return hex(self.chain_id)
            case "wallet_switchEthereumChain":
                self.chain_id = int(params[0]["chainId"], 16)
                return None
            case "eth_signTypedData_v4":
                signed = self.account.sign_typed_data(full_message=json.loads(params[1]))
                return "0x" + signed.signature.hex().removeprefix("0x")
        raise ValueError(f"The wallet knows no {method}.")
