"""The second pair of eyes: an officer opens the inbox, reads, approves."""

import re

from rwa_portal.demo.page import Page
from rwa_portal.demo.report import StepFailed, wait_for
from rwa_portal.demo.stage import Stage


def approve_operation(stage: Stage, officer: str, word: str) -> int:
    """
    Approve every call in the inbox that has this word in its title (any with ""); return how many.

    :raises StepFailed: when there is nothing
    """
    person = stage.staff[officer]
    page = person.get("/approvals/")
    cards = re.findall(r'id="operation-([0-9a-f-]{36})">\s*<h2>(.*?)</h2>', page.html, re.S)
    asked = [pk for pk, title in cards if word.lower() in title.lower()]
    mine = [form for form in page.forms if any(form.action.endswith(pk) for pk in asked)]
    if not mine:
        raise StepFailed(
            f"{officer} finds nothing to approve about {word!r}: {[title.strip() for _, title in cards]}"
        )
    for form in mine:
        answer = person.submit(form, {"reason": "Read the call and its facts."})
        if "Approved (" not in answer.text:
            raise StepFailed(f"{officer} could not approve: {answer.text[:300]}")
    about = f" to {word}" if word else ""
    stage.tell(officer, f"approved the call{'s' if len(mine) > 1 else ''}{about} ({len(mine)})")
    return len(mine)


def status_of(page: Page) -> str:
    """The states a page shows as badges, joined."""
    return " ".join(re.findall(r'class="badge[^"]*">([^<]+)<', page.html))


def wait_for_status(stage: Stage, who: str, path: str, status: str, *, timeout_s: float = 60) -> Page:
    person = stage.staff.get(who) or stage.investors[who].person
    shown = status.replace("_", " ")

    def look() -> Page | None:
        page = person.get(path)
        return page if shown in status_of(page) else None

    found = wait_for(f"{path} to be {status}", look, timeout_s=timeout_s)
    assert isinstance(found, Page)  # noqa: S101  narrowing for the type checker only
    return found
