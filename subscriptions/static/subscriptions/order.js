// The order's steps, live: asks where it stands; a new status loads the page anew, a new count is only written down.
(() => {
  "use strict";
  const box = document.querySelector("[data-order-state]");
  if (!box) return;
  const ended = ["MINTED", "REFUNDED"];
  const short = (hash) => hash ? `${hash.slice(0, 8)}…${hash.slice(-6)}` : "";

  const show = (progress) => {
    const items = box.querySelectorAll("[data-steps] > li");
    progress.steps.forEach((step, number) => {
      items[number].querySelector("[data-note]").textContent = step.note;
      const tx = items[number].querySelector("[data-tx]");
      if (tx.dataset.tx === (step.tx_hash || "")) return;
      tx.dataset.tx = step.tx_hash || "";
      tx.replaceChildren(Object.assign(document.createElement("code"), { textContent: short(step.tx_hash), title: tx.dataset.tx }));
    });
    const expected = document.querySelector("[data-expected]");
    if (expected) expected.textContent = progress.expected;
  };

  const ask = async () => {
    const answer = await fetch(box.dataset.orderState, { headers: { Accept: "application/json" } }).catch(() => null);
    if (answer?.ok) {
      const progress = await answer.json();
      // Someone may be in the middle of typing: then the page stays and only the steps follow.
      const typing = ["INPUT", "TEXTAREA"].includes(document.activeElement?.tagName);
      if (progress.status !== box.dataset.status && !typing) { location.reload(); return; }
      show(progress);
    }
    setTimeout(ask, document.hidden ? 15000 : 2000);
  };
  if (!ended.includes(box.dataset.status)) setTimeout(ask, 2000);
})();
