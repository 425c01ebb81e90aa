"""Every admin page of every app: it only reads, and each button asks for both rights, on the POST too."""

import uuid

import pytest
from django.contrib import admin
from django.contrib.auth.models import Permission
from django.urls import reverse
from django_fsm import FSMField

from rwa_portal.core.admin import ReadOnlyAdmin
from rwa_portal.core.models import AuditEvent, User
from tests.people import person
from tests.rows import makers

pytestmark = pytest.mark.django_db
FORM = {"reason": "Papers checked.", "_form_submitted": "True"}
PAGES = list(admin.site._registry.values())
BUTTONS = [(page, button) for page in PAGES for button in getattr(page, "buttons", [])]
WITH_ROWS = [page for page in PAGES if page.model in makers()]


def address(page, name: str, *args) -> str:
    return reverse(f"admin:{page.opts.app_label}_{page.opts.model_name}_{name}", args=args)


@pytest.fixture
def rows_for():
    """A row of the model, or the id of none where its part has no maker yet."""

    def pk(model):
        return makers()[model]().pk if model in makers() else uuid.uuid4()

    return pk


def staff(*codenames: str) -> User:
    return person("clerk", *codenames)


def label(value) -> str:
    return getattr(value, "name", "") or value.opts.label


@pytest.mark.parametrize("page", PAGES, ids=label)
def test_every_page_only_reads(page):
    assert isinstance(page, ReadOnlyAdmin)
    assert {b.name for b in page.buttons} == set(page.actions_detail)


@pytest.mark.parametrize("rights", ["none", "view only", "act only"])
@pytest.mark.parametrize(("page", "button"), BUTTONS, ids=label)
def test_every_button_is_403_for_staff_without_both_rights(client, rows_for, page, button, rights):
    codenames = {
        "none": [],
        "view only": [f"view_{page.opts.model_name}"],
        "act only": [button.permission.split(".")[1]],
    }[rights]
    pk = rows_for(page.model)
    client.force_login(staff(*codenames))
    before = AuditEvent.objects.count()

    answer = client.post(address(page, button.name, pk), FORM)

    assert answer.status_code == 403
    assert AuditEvent.objects.count() == before


@pytest.mark.parametrize(("page", "button"), BUTTONS, ids=label)
def test_every_button_asks_for_a_right_that_exists_and_moves_no_chain_state(page, button):
    app, codename = button.permission.split(".")

    assert Permission.objects.filter(content_type__app_label=app, codename=codename).exists()
    assert not button.name.startswith("record_")


@pytest.mark.parametrize(("page", "button"), BUTTONS, ids=label)
def test_a_button_on_a_row_that_does_not_exist_is_404(client, page, button):
    client.force_login(staff(f"view_{page.opts.model_name}", button.permission.split(".")[1]))
    form = dict.fromkeys(button.form.base_fields, "") | FORM
    fields = button.form.base_fields.items()
    form |= {name: field.choices[0][0] for name, field in fields if getattr(field, "choices", None)}

    answer = client.post(address(page, button.name, uuid.uuid4()), form)

    assert answer.status_code == 404 or b"required" in answer.content


@pytest.mark.parametrize("page", PAGES, ids=label)
def test_nothing_is_added_changed_or_deleted(client, rows_for, page):
    client.force_login(
        staff(*(f"{verb}_{page.opts.model_name}" for verb in ("view", "add", "change", "delete")))
    )
    pk = rows_for(page.model)
    change = address(page, "change", pk)

    assert client.post(address(page, "add"), {"status": "MINTED"}).status_code == 403
    assert client.post(address(page, "delete", pk), {"post": "yes"}).status_code in (302, 403)
    assert client.post(change, {"status": "MINTED"}).status_code in (302, 403)
    client.post(
        address(page, "changelist"), {"action": "delete_selected", "_selected_action": pk, "post": "yes"}
    )
    assert page.model not in makers() or page.model.objects.filter(pk=pk).exists()


@pytest.mark.parametrize("page", WITH_ROWS, ids=label)
def test_every_row_is_shown_listed_and_exported_to_those_who_may_see_it(client, page):
    row = makers()[page.model]()
    client.force_login(staff(f"view_{page.opts.model_name}"))
    before = page.model.objects.filter(pk=row.pk).values().get()

    shown = client.get(address(page, "change", row.pk))
    listed = client.get(address(page, "changelist"))
    history = client.get(address(page, "history", row.pk))
    exported = client.get(address(page, "export"))

    assert [a.status_code for a in (shown, listed, history, exported)] == [200, 200, 200, 200]
    assert page.model.objects.filter(pk=row.pk).values().get() == before


@pytest.mark.parametrize("page", WITH_ROWS, ids=label)
def test_nobody_without_the_right_sees_a_row(client, page):
    row = makers()[page.model]()
    client.force_login(staff())

    for answer in (
        client.get(address(page, "change", row.pk)),
        client.get(address(page, "changelist")),
        client.get(address(page, "export")),
    ):
        assert answer.status_code == 403


@pytest.mark.parametrize("page", WITH_ROWS, ids=label)
def test_no_transition_has_an_address_of_its_own(client, page):
    row = makers()[page.model]()
    fields = [f for f in page.model._meta.fields if isinstance(f, FSMField)]
    names = {t.name for f in fields for t in f.get_all_transitions(page.model)}
    client.force_login(staff(f"view_{page.opts.model_name}", f"change_{page.opts.model_name}"))
    before = page.model.objects.filter(pk=row.pk).values().get()

    for name in names - {button.name for button in page.buttons}:
        change = address(page, "change", row.pk)
        for guess in (f"{name}/", f"transition-{name}/"):
            assert client.post(change.replace("change/", guess), FORM).status_code in (302, 403, 404)
    assert page.model.objects.filter(pk=row.pk).values().get() == before
