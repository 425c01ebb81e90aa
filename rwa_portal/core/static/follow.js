// <div data-follow-state="url" data-status="…">: asks where a thing stands; when its status is another, the page is loaded anew.
(() => {
  "use strict";
  const box = document.querySelector("[data-follow-state]");
  if (!box) return;
  const ask = async () => {
    const answer = await fetch(box.dataset.followState, { headers: { Accept: "application/json" } }).catch(() => null);
    if (answer?.ok) {
      const { status } = await answer.json();
      const typing = ["INPUT", "TEXTAREA"].includes(document.activeElement?.tagName);
      if (status !== box.dataset.status && !typing) { location.reload(); return; }
    }
    setTimeout(ask, document.hidden ? 15000 : 2500);
  };
  setTimeout(ask, 2500);
})();
