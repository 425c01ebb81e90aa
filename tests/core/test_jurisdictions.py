import pytest

from rwa_portal.core import jurisdictions


def test_the_table_is_the_chains_249_places_in_alphabetical_order():
    codes = list(jurisdictions.COUNTRIES)

    assert (len(codes), codes) == (249, sorted(codes))
    assert [jurisdictions.jurisdiction_number(code) for code in ("AD", "DE", "US", "ZW")] == [1, 57, 233, 249]


def test_a_code_is_taken_in_any_case():
    assert jurisdictions.parse_jurisdiction(" de ") == "DE"


@pytest.mark.parametrize("text", ["", "D", "DEU", "XX", "UK", "ﬁ"])
def test_anything_else_names_the_rule_and_the_field(text):
    with pytest.raises(jurisdictions.JurisdictionUnknown) as refusal:
        jurisdictions.parse_jurisdiction(text, field="terms.jurisdictions")

    assert refusal.value.field == "terms.jurisdictions"
