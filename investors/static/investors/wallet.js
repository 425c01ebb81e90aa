// Ask the browser's wallet for a personal_sign signature over the message shown, and send the form.
(() => {
  "use strict";
  const form = document.getElementById("proof");
  const said = document.getElementById("wallet-error");
  if (!form || !window.ethereum) return;
  document.getElementById("wallet-part").classList.remove("hidden");

  const hex = (text) => "0x" + [...new TextEncoder().encode(text)].map((b) => b.toString(16).padStart(2, "0")).join("");

  document.getElementById("sign").addEventListener("click", async () => {
    said.textContent = "";
    try {
      const accounts = await window.ethereum.request({ method: "eth_requestAccounts" });
      const address = form.dataset.address;
      if (!accounts.some((account) => account.toLowerCase() === address.toLowerCase())) {
        said.textContent = `The wallet shows ${accounts[0] || "no account"}. Choose ${address} in it and try again.`;
        return;
      }
      const message = document.getElementById("message").textContent;
      form.elements.signature.value = await window.ethereum.request({ method: "personal_sign", params: [hex(message), address] });
      form.requestSubmit();
    } catch (error) {
      said.textContent = error?.code === 4001 ? "You declined to sign. Nothing has happened." : `The wallet says: ${error?.message || error}`;
    }
  });
})();
