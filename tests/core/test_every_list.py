"""Every table of the admin: found by id, narrowed by state and date, one page a fixed number of queries."""

import uuid
from datetime import timedelta

import pytest
from django.contrib import admin
from django.contrib.auth.models import Group
from django.db import connection, models
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from rwa_portal.core.admin.filters import STATES
from rwa_portal.core.fields import AddressField, Hash32Field
from rwa_portal.core.models import User
from tests.people import person
from tests.rows import makers

pytestmark = pytest.mark.django_db
PAGES = list(admin.site._registry.values())
WITH_ROWS = [page for page in PAGES if page.model in makers()]
MOST_QUERIES = 25


def label(page) -> str:
    return page.opts.label


def address(page, name: str, *args) -> str:
    return reverse(f"admin:{page.opts.app_label}_{page.opts.model_name}_{name}", args=args)


@pytest.fixture
def reader(client):
    def sign_in(page):
        client.force_login(person("clerk", f"view_{page.opts.model_name}"))
        return client

    return sign_in


def narrowed_by(page, rf) -> set[str]:
    return {
        each[0] if isinstance(each, tuple | list) else str(each) for each in page.get_list_filter(rf.get("/"))
    }


@pytest.mark.parametrize("page", PAGES, ids=label)
def test_every_list_has_columns_a_search_box_and_filters(page, rf):
    fields = {each.name: each for each in page.model._meta.fields}
    found = narrowed_by(page, rf)

    assert list(page.list_display) != ["__str__"], "the columns are chosen, not left to chance"
    assert page.get_search_fields(rf.get("/"))
    for name in STATES:
        assert name not in fields or not fields[name].choices or name in found
    dates = {name for name, each in fields.items() if isinstance(each, models.DateField)}
    assert not dates or dates & found
    assert "asset" not in fields or "asset" in found


@pytest.mark.parametrize("page", WITH_ROWS, ids=label)
def test_a_row_is_found_by_its_id_and_by_each_address_and_hash_of_it(reader, page):
    row = makers()[page.model]()
    client = reader(page)
    chain = [each for each in page.model._meta.fields if isinstance(each, AddressField | Hash32Field)]
    wanted = [str(row.pk), *(str(value) for each in chain if (value := getattr(row, each.name)))]

    for text in wanted:
        answer = client.get(address(page, "changelist"), {"q": text})
        assert row in answer.context["cl"].result_list, text


@pytest.mark.parametrize("text", ["nothing", "0x12", "=1+1", "9" * 40, "\x00", "ä ö", "31 Mar 2026", "'; --"])
@pytest.mark.parametrize("page", PAGES, ids=label)
def test_odd_words_find_nothing_and_break_nothing(reader, page, text):
    answer = reader(page).get(address(page, "changelist"), {"q": text})

    assert answer.status_code == 200


@pytest.mark.parametrize("page", PAGES, ids=label)
def test_a_date_that_is_none_breaks_nothing(reader, page, rf):
    client = reader(page)
    for name in narrowed_by(page, rf):
        answer = client.get(
            address(page, "changelist"),
            {f"{name}_from": "soon", f"{name}_from_0": "31/31", f"{name}_to_0": "x"},
        )
        assert answer.status_code in (200, 302), name


def _multiply(row: models.Model, count: int) -> None:
    for number in range(1, count + 1):
        _copy(row, number)


def _copy(row: models.Model, number: int) -> models.Model:
    """Write the row once more, with other keys and whatever else must be unique."""
    unique = {name for each in row._meta.constraints for name in getattr(each, "fields", ())}
    unique |= {"is_primary"}  # one a person
    alone = {each.fields for each in row._meta.constraints if len(getattr(each, "fields", ())) == 1}
    copy = type(row).objects.get(pk=row.pk)
    for column in row._meta.concrete_fields:
        is_alone = column.unique or (column.name,) in alone
        points = getattr(copy, column.attname) is not None
        if is_alone and points and column.remote_field is not None and column.related_model is not User:
            setattr(copy, column.attname, _copy(getattr(copy, column.name), number).pk)
        elif column.primary_key or column.unique or column.name in unique:
            _renew(copy, column, number)
    copy._state.adding = True
    models.Model.save_base(copy, force_insert=True, raw=True)
    return copy


def _renew(copy: models.Model, column: models.Field, number: int) -> None:
    value = getattr(copy, column.attname)
    if value is not None and (new := _another(column, value, number)) is not None:
        setattr(copy, column.attname, new)
    elif isinstance(column, models.AutoField):
        setattr(copy, column.attname, None)


def _another(column: models.Field, value, number: int):
    """Another value of the column; None where the old one does."""
    if column.remote_field is not None:
        return person(f"copy-{number}").pk if column.related_model is User else None
    match column:
        case models.AutoField():
            return None
        case models.UUIDField():
            return uuid.uuid4()
        case AddressField():
            return f"0x{10**9 + number:040x}"
        case Hash32Field():
            return f"0x{10**9 + number:064x}"
        case models.CharField() | models.TextField() if not column.choices and column.max_length != 2:
            return f"{number}-{value}"[: column.max_length]
        case models.DateField():
            return value + timedelta(days=number)
        case models.SmallIntegerField():
            return 100 + number
        case models.IntegerField() | models.DecimalField():
            return 10**6 + number
        case models.BooleanField():
            return False
    return None


def _queries(client, url: str) -> int:
    with CaptureQueriesContext(
        connection,
    ) as caught:
        assert client.get(url).status_code == 200
    return len(caught)


@pytest.mark.parametrize("page", WITH_ROWS, ids=label)
def test_a_list_asks_as_often_for_60_rows_as_for_one(reader, page):
    row = makers()[page.model]()
    client = reader(page)
    url = address(page, "changelist")
    client.get(url)  # what is read once a process
    of_one = _queries(client, url)
    if page.model is Group:  # the table of roles has as many rows as there are, and nobody adds one
        return
    _multiply(row, 60)

    of_many = _queries(client, url)

    assert of_many <= of_one + 2  # a second page: its count and its links
    assert of_many <= MOST_QUERIES
