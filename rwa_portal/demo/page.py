"""A page as a browser without scripts sees it: its forms, its messages, its text."""

from dataclasses import dataclass, field
from html.parser import HTMLParser
from urllib.parse import urljoin


@dataclass
class Form:
    action: str
    method: str
    fields: dict[str, str] = field(default_factory=dict)
    buttons: list[str] = field(default_factory=list)
    names: set[str] = field(default_factory=set)


class Page(HTMLParser):
    """Parsed HTML: `forms`, `links` (text, address) and `text` without tags."""

    _SKIPPED = ("script", "style", "template")

    def __init__(self, url: str, html: str) -> None:
        super().__init__()
        self.url, self.html = url, html
        self.forms: list[Form] = []
        self.links: list[tuple[str, str]] = []
        self._texts: list[str] = []
        self._form: Form | None = None
        self._select = self._textarea = self._link = self._button = ""
        self._skip = 0
        self.feed(html)

    @property
    def text(self) -> str:
        return " ".join(" ".join(self._texts).split())

    def form(self, *names: str, action: str = "") -> Form:
        """
        Return the first form that has all these fields (and an address ending so).

        :raises LookupError: naming the page and what its forms have
        """
        for form in self.forms:
            if set(names) <= form.names and form.action.rstrip("/").endswith(action.rstrip("/")):
                return form
        raise LookupError(
            f"{self.url} has no form with {names} {action}: {[sorted(f.names) for f in self.forms]}"
        )

    def only_form(self) -> Form:
        """
        Return the page's own form, which asks for nothing but a click.

        :raises LookupError: when there is none, or the choice is not clear
        """
        mine = [form for form in self.forms if form.method == "post" and "logout" not in form.action]
        if len(mine) != 1:
            raise LookupError(f"{self.url} has {len(mine)} forms: {[form.action for form in mine]}")
        return mine[0]

    def link(self, text: str) -> str:
        """
        Return the address of the first link that shows this text.

        :raises LookupError:
        """
        for shown, address in self.links:
            if text.lower() in shown.lower():
                return urljoin(self.url, address)
        raise LookupError(f"{self.url} has no link {text!r}")

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag in self._SKIPPED:
            self._skip += 1
        elif tag == "form":
            address = urljoin(self.url, given.get("action", ""))
            self._form = Form(address, given.get("method", "get").lower())
            self.forms.append(self._form)
        elif tag == "a" and given.get("href"):
            self._link = given["href"]
            self.links.append(("", self._link))
        elif self._form is not None:
            self._control(tag, given)

    def _control(self, tag: str, given: dict[str, str]) -> None:
        assert self._form is not None  # noqa: S101  narrowing for the type checker only
        name = given.get("name", "")
        if name:
            self._form.names.add(name)
        if tag == "input" and given.get("type") in ("checkbox", "radio"):
            if "checked" in given:
                self._form.fields[name] = given.get("value", "on")
        elif tag == "input" and given.get("type") not in ("file", "submit", "button"):
            self._form.fields[name] = given.get("value", "")
        elif tag == "select":
            self._select = name
        elif (
            tag == "option"
            and self._select
            and ("selected" in given or self._select not in self._form.fields)
        ):
            self._form.fields[self._select] = given.get("value", "")
        elif tag == "textarea":
            self._textarea = name
            self._form.fields[name] = ""

    def handle_endtag(self, tag: str) -> None:
        if tag in self._SKIPPED:
            self._skip = max(0, self._skip - 1)
        elif tag == "form":
            self._form = None
        elif tag == "select":
            self._select = ""
        elif tag == "textarea":
            self._textarea = ""
        elif tag == "a":
            self._link = ""

    def handle_data(self, data: str) -> None:
        if self._skip:
            return
        if self._textarea and self._form is not None:
            self._form.fields[self._textarea] += (
                data.lstrip("\n") if not self._form.fields[self._textarea] else data
            )
        if self._link:
            shown, address = self.links[-1]
            self.links[-1] = (" ".join(f"{shown} {data}".split()), address)
        self._texts.append(data)
