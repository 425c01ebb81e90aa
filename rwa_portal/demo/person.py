"""A person at a browser: signs up, signs in, fills in forms, presses buttons of the admin."""

import re
from collections.abc import Mapping
from typing import Any

import httpx

from rwa_portal.demo.page import Form, Page
from rwa_portal.demo.report import StepFailed, wait_for


class Person:
    """One signed-in session with the portal. Nothing here knows the database."""

    def __init__(self, base_url: str, name: str, email: str, password: str) -> None:
        self.name, self.email, self.password = name, email, password
        self.http = httpx.Client(base_url=base_url, follow_redirects=True, timeout=30)
        self.base_url = base_url

    def get(self, path: str) -> Page:
        answer = self.http.get(path)
        if answer.status_code >= 400:
            raise StepFailed(f"{self.name}: GET {path} answered {answer.status_code}")
        return Page(str(answer.url), answer.text)

    def submit(self, form: Form, values: Mapping[str, str], files: Mapping[str, Any] | None = None) -> Page:
        """
        Send a form with what it already holds and these values.

        :raises StepFailed: when the page comes back with an error summary
        """
        unknown = set(values) - form.names
        if unknown:
            raise StepFailed(
                f"{self.name}: {form.action} has no field {sorted(unknown)}, only {sorted(form.names)}"
            )
        headers = {"Referer": self.base_url}
        answer = self.http.post(form.action, data={**form.fields, **values}, files=files, headers=headers)
        page = Page(str(answer.url), answer.text)
        if (
            answer.status_code >= 400
            or 'class="errors"' in answer.text
            or '<ul class="errorlist' in answer.text
        ):
            raise StepFailed(
                f"{self.name}: {form.action} answered {answer.status_code}: {shown_errors(answer.text)}"
            )
        return page

    def fill(self, path: str, values: Mapping[str, str], files: Mapping[str, Any] | None = None) -> Page:
        """Open a page, fill in the form that has these fields, send it."""
        names = [*values, *(files or {})]
        return self.submit(self.get(path).form(*names), values, files)

    def sign_up(self) -> None:
        self.fill(
            "/accounts/signup/", {"email": self.email, "password1": self.password, "password2": self.password}
        )
        path = wait_for(f"the mail to {self.email}", self._confirmation_path, timeout_s=20)
        page = self.get(str(path))
        self.submit(page.only_form(), {})

    def sign_in(self) -> None:
        if "/accounts/login" in str(self.http.get("/accounts/email/").url):
            self.fill("/accounts/login/", {"login": self.email, "password": self.password})

    def press(self, model: str, pk: str, button: str, **values: str) -> str:
        """
        Press a button of the admin ("subscriptions/subscription") and return the message it shows.

        :raises StepFailed: when the button is missing, forbidden, or answers with an error
        """
        path = f"/admin/{model}/{pk}/"
        page = self.get(path + "change/")
        token = self.http.cookies.get("csrftoken") or page.form().fields.get("csrfmiddlewaretoken", "")
        data = {
            "reason": "Checked for the demo.",
            **values,
            "_form_submitted": "True",
            "csrfmiddlewaretoken": token,
        }
        answer = self.http.post(
            f"{path}{button}/", data=data, headers={"Referer": self.base_url, "HX-Request": "true"}
        )
        target = answer.headers.get("HX-Redirect")
        if answer.status_code >= 400 or not target:
            raise StepFailed(
                f"{self.name}: {path}{button} answered {answer.status_code}: {shown_errors(answer.text)}"
            )
        return admin_messages(self.http.get(target).text, self.name, f"{path}{button}")

    def api(self, method: str, path: str, key: str = "", **arguments: Any) -> httpx.Response:
        """Call the API with the person's session."""
        headers = {
            "Referer": self.base_url,
            "X-CSRFToken": self.http.cookies.get("csrftoken") or "",
            "Idempotency-Key": key,
        }
        return self.http.request(method, path, headers=headers, **arguments)

    def _confirmation_path(self) -> str:
        """Look into the mail that the dev chain's portal shows instead of sending."""
        rows = self.http.get("/dev/mail").text.split("<tr>")
        mine = [row for row in rows if self.email in row]
        links = re.findall(r'href="(/dev/mail/[0-9a-f-]{36})"', mine[0]) if mine else []
        body = self.http.get(links[0]).text if links else ""
        found = re.findall(r"/accounts/confirm-email/[^\s\"'<&]+", body)
        return found[0] if found else ""


def shown_errors(html: str) -> str:
    """The texts of error lists, for a message."""
    found = re.findall(r'class="error[^"]*"[^>]*>(.*?)</(?:ul|div)>', html, re.S)
    text = " ".join(re.sub(r"<[^>]+>", " ", " ".join(found)).split())
    return text[:400] or re.sub(r"<[^>]+>", " ", html)[:200].strip()


def admin_messages(html: str, who: str, what: str) -> str:
    """
    Return what the admin says after a button.

    :raises StepFailed: if it says anything else than "done"
    """
    page = Page("", html).text
    if "done." not in page:
        raise StepFailed(f"{who}: {what} did not say that it is done: {shown_errors(html)}")
    return "done"
