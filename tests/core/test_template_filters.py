from datetime import UTC, datetime

import pytest

from rwa_portal.core.templatetags import portal


@pytest.mark.parametrize(
    ("shown", "written"),
    [
        (portal.units(1250, 2), "12.50"),
        (portal.units(None), "–"),
        (portal.usdc(5_000_000_000), "5,000.000000 USDC"),
        (portal.usdc_short(5_000_000_000), "5,000.00 USDC"),
        (portal.usdc_short(4_999_999_999), "4,999.999999 USDC"),
        (portal.percent(1205), "12.05 %"),
        (portal.utc(datetime(2026, 3, 31, 12, tzinfo=UTC)), "31 Mar 2026 12:00 UTC"),
        (portal.utc(None), "–"),
    ],
)
def test_values_are_written_with_their_unit(shown, written):
    assert shown == written


def test_a_state_has_one_look():
    assert portal.badge("IN_REVIEW") == '<span class="badge badge-wait">IN REVIEW</span>'
    assert "badge-off" in portal.badge("<new>")
    assert "<new>" not in portal.badge("<new>")


def test_an_address_is_short_and_whole_to_copy():
    address = "0xaf88d065e77c8cC2239327C5EDb3A432268e5831"

    assert f'data-copy="{address}"' in portal.short(address)
    assert "0xaf88d0…8e5831" in portal.short(address)
