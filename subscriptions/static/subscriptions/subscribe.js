// Units and USDC follow each other while typing. Whole numbers only (BigInt); the server computes again and decides.
(() => {
  "use strict";
  const form = document.querySelector("form[data-order]");
  if (!form) return;
  const price = BigInt(form.dataset.price);
  const decimals = Number(form.dataset.decimals);
  const one = 10n ** BigInt(decimals);
  const [units, usdc, due] = [form.elements.units, form.elements.usdc, form.querySelector("[data-due]")];

  const parse = (text, places) => {
    const match = text.replace(/[,\s]/g, "").match(/^(\d{0,30})(?:\.(\d*))?$/);
    if (!match || !(match[1] || match[2]) || (match[2] || "").length > places) return null;
    return BigInt((match[1] || "0") + (match[2] || "").padEnd(places, "0"));
  };
  const write = (amount, places) => {
    const digits = amount.toString().padStart(places + 1, "0");
    return places ? `${digits.slice(0, -places)}.${digits.slice(-places)}` : digits;
  };
  const grouped = (text) => text.replace(/^\d+/, (whole) => whole.replace(/\B(?=(\d{3})+$)/g, ","));
  const cost = (amount) => (amount * price + one - 1n) / one; // rounded up, as the escrow does

  const show = (amount) => { due.textContent = amount ? `${grouped(write(cost(amount), 6))} USDC` : "–"; };
  units.addEventListener("input", () => {
    const amount = parse(units.value, decimals);
    usdc.value = amount ? write(cost(amount), 6) : "";
    show(amount);
  });
  usdc.addEventListener("input", () => {
    const money = parse(usdc.value, 6);
    const amount = money ? money * one / price : null; // rounded down
    units.value = amount ? write(amount, decimals) : "";
    show(amount);
  });
  show(parse(units.value, decimals));
})();
