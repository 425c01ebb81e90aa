// Signing a payment with a browser wallet; wallet.js connects it and sends the calls.
(() => {
  "use strict";
  const { connect, provider: wallet } = window.portalWallet;

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

  const deadline = document.querySelector("[data-deadline]");
  const countdown = document.querySelector("[data-countdown]");
  const tick = () => {
    const left = Math.floor((new Date(deadline.dateTime) - Date.now()) / 1000);
    const [days, hours, minutes] = [Math.floor(left / 86400), Math.floor(left / 3600) % 24, Math.floor(left / 60) % 60];
    countdown.textContent = left <= 0 ? "passed" : days ? `${days} d ${hours} h left` : `${hours} h ${minutes} min left`;
  };
  if (deadline && countdown) { tick(); setInterval(tick, 30000); }
})();
