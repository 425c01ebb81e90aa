// A browser wallet (EIP-1193) that sends a call shown on the page: <button data-send data-to data-call data-wallet data-chain>.
(() => {
  "use strict";
  const wallet = window.ethereum;

  const connect = async (address, chain) => {
    if (!wallet) throw new Error("No wallet found in this browser. What to sign or send is shown on this page: use the wallet you have.");
    const accounts = await wallet.request({ method: "eth_requestAccounts" });
    const mine = accounts.find((account) => account.toLowerCase() === address.toLowerCase());
    if (!mine) throw new Error(`Choose the account ${address} in your wallet.`);
    const wanted = `0x${Number(chain).toString(16)}`;
    if (await wallet.request({ method: "eth_chainId" }) !== wanted) {
      await wallet.request({ method: "wallet_switchEthereumChain", params: [{ chainId: wanted }] });
    }
    return mine;
  };

  for (const button of document.querySelectorAll("[data-send]")) {
    button.addEventListener("click", async () => {
      const state = button.parentElement.querySelector("[data-send-state]");
      try {
        state.textContent = "Look at your wallet…";
        const from = await connect(button.dataset.wallet, button.dataset.chain);
        const call = { from, to: button.dataset.to, data: button.dataset.call };
        const hash = await wallet.request({ method: "eth_sendTransaction", params: [call] });
        state.textContent = `Sent: ${hash}`;
        button.disabled = true;
      } catch (error) {
        state.textContent = error?.code === 4001 ? "You declined. Nothing has happened." : error?.message || "The wallet refused.";
      }
    });
  }

  window.portalWallet = { connect, provider: wallet };
})();
