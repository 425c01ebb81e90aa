// Paying with a browser wallet (EIP-1193). Whatever the wallet signs is shown on the page, too.
(() => {
  "use strict";
  const wallet = window.ethereum;

  const connect = async (address, chain) => {
    if (!wallet) throw new Error("No wallet found in this browser. Sign elsewhere and paste the signature.");
    const accounts = await wallet.request({ method: "eth_requestAccounts" });
    const mine = accounts.find((account) => account.toLowerCase() === address.toLowerCase());
    if (!mine) throw new Error(`Choose the account ${address} in your wallet.`);
    const wanted = `0x${Number(chain).toString(16)}`;
    if (await wallet.request({ method: "eth_chainId" }) !== wanted) {
      await wallet.request({ method: "wallet_switchEthereumChain", params: [{ chainId: wanted }] });
    }
    return mine;
  };

  const form = document.querySelector("form[data-sign]");
  form?.querySelector("[data-sign-now]").addEventListener("click", async () => {
    const state = form.querySelector("[data-sign-state]");
    try {
      state.textContent = "Look at your wallet…";
      const from = await connect(form.dataset.wallet, form.dataset.chain);
      const text = form.querySelector("[data-typed-data]").textContent;
      form.elements.signature.value = await wallet.request({ method: "eth_signTypedData_v4", params: [from, text] });
      state.textContent = "Signed. Sending…";
      form.requestSubmit();
    } catch (error) {
      state.textContent = error.message || "The wallet refused.";
    }
  });

  for (const button of document.querySelectorAll("[data-send]")) {
    button.addEventListener("click", async () => {
      const state = button.parentElement.querySelector("[data-send-state]");
      try {
        state.textContent = "Look at your wallet…";
        const from = await connect(button.dataset.wallet, button.dataset.chain);
        const call = { from, to: button.dataset.to, data: button.dataset.call };
        const hash = await wallet.request({ method: "eth_sendTransaction", params: [call] });
        state.textContent = `Sent: ${hash}`;
      } catch (error) {
        state.textContent = error.message || "The wallet refused.";
      }
    });
  }

  const deadline = document.querySelector("[data-deadline]");
  const countdown = document.querySelector("[data-countdown]");
  const tick = () => {
    const left = Math.floor((new Date(deadline.dateTime) - Date.now()) / 1000);
    const [days, hours, minutes] = [Math.floor(left / 86400), Math.floor(left / 3600) % 24, Math.floor(left / 60) % 60];
    countdown.textContent = left <= 0 ? "passed" : days ? `${days} d ${hours} h left` : `${hours} h ${minutes} min left`;
  };
  if (deadline && countdown) { tick(); setInterval(tick, 30000); }
})();
