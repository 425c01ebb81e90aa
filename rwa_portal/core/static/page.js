// What every page can use: copy buttons, drafts of forms, forms that cannot be sent twice, focus on the error summary.
(() => {
  "use strict";
  const token = () => (document.cookie.match(/(?:^|; )csrftoken=([^;]+)/) || [])[1] ||
    document.querySelector("[name=csrfmiddlewaretoken]")?.value || "";

  // <code data-copy>0x…</code> gets a button that copies its text (or the attribute's value).
  for (const element of document.querySelectorAll("[data-copy]")) {
    const button = Object.assign(document.createElement("button"), { type: "button", className: "copy", textContent: "Copy" });
    button.addEventListener("click", async () => {
      await navigator.clipboard.writeText(element.dataset.copy || element.textContent.trim());
      button.textContent = "Copied";
      setTimeout(() => { button.textContent = "Copy"; }, 1500);
    });
    element.after(button);
  }

  // <form data-draft="name"> is kept on the server while it is being filled in; files and passwords never are.
  const values = (form) => Object.fromEntries([...new FormData(form)].filter(([name, value]) =>
    typeof value === "string" && name !== "csrfmiddlewaretoken" && form.elements[name]?.type !== "password"));
  for (const form of document.querySelectorAll("form[data-draft]")) {
    const state = form.querySelector(".draft-state");
    let timer = 0;
    const save = async () => {
      const answer = await fetch(`/drafts/${encodeURIComponent(form.dataset.draft)}`, {
        method: "POST", headers: { "Content-Type": "application/json", "X-CSRFToken": token() },
        body: JSON.stringify(values(form)), keepalive: true,
      }).catch(() => null);
      if (state) state.textContent = answer?.ok ? "Draft saved." : "The draft could not be saved.";
    };
    form.addEventListener("input", () => { clearTimeout(timer); timer = setTimeout(save, 800); });
    form.addEventListener("submit", () => clearTimeout(timer));
  }

  for (const form of document.querySelectorAll("form[method=post]")) {
    form.addEventListener("submit", (event) => {
      if (form.dataset.sent) { event.preventDefault(); return; }
      form.dataset.sent = "1";
      setTimeout(() => { delete form.dataset.sent; }, 8000);
    });
  }
  document.querySelector(".errors")?.focus();
})();
