"""What is wrong with a page, as a browser sees it: errors, refused or failed requests, sideways scrolling."""

from dataclasses import dataclass, field

from playwright.sync_api import Page

WIDTHS = (1280, 390)
TOO_WIDE = """() => {
  const width = document.documentElement.clientWidth;
  if (document.documentElement.scrollWidth <= width) return null;
  const all = [...document.querySelectorAll("body *")];
  const wide = all.filter((e) => e.getBoundingClientRect().right > width + 1);
  return wide.slice(-3).map((e) => `${e.tagName}.${e.className}`).join(" ");
}"""


@dataclass
class Looking:
    """Open pages one after another and collect what is wrong with any of them."""

    page: Page
    wrong: list[str] = field(default_factory=list)
    opened: int = 0

    def __post_init__(self) -> None:
        # A violation of the content security policy is an error in the console.
        self.page.on("console", lambda said: said.type == "error" and self._note(said.text))
        self.page.on("pageerror", lambda error: self._note(str(error)))
        self.page.on("requestfailed", lambda request: self._note(f"{request.url} {request.failure}"))
        self.page.on(
            "response", lambda answer: answer.status >= 400 and self._note(f"{answer.status} {answer.url}")
        )

    def at(self, *paths: str) -> None:
        """Open each path in a wide and a narrow window; it must be shown there, not behind a redirect."""
        for path in paths:
            self.page.set_viewport_size({"width": WIDTHS[0], "height": 900})
            self.page.goto(path)
            self.opened += 1
            if not self.page.url.endswith(path):
                self._note(f"{path} leads here")
            # The admin is for desks: its lists are wider than a telephone.
            for width in WIDTHS[:1] if path.startswith("/admin/") else WIDTHS:
                self.page.set_viewport_size({"width": width, "height": 900})
                too_wide = self.page.evaluate(TOO_WIDE)
                if too_wide is not None:
                    self._note(f"scrolls sideways at {width}: {too_wide}")
            icons = self.page.locator("link[rel~=icon]")
            if not icons.count():  # the browser would ask for /favicon.ico, which nobody serves
                self._note("names no icon")

    def _note(self, what: str) -> None:
        self.wrong.append(f"{self.page.url}: {what}")
