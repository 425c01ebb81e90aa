import pytest
from django.core.management import CommandError, call_command

from rwa_portal.core import lifecycles


def test_the_page_names_every_arrow_of_a_life_cycle():
    page = lifecycles.document()

    assert "## Subscription.status" in page
    assert "| PAID | `approve` | APPROVED |" in page
    assert "PAID --> APPROVED: approve" in page


def test_a_page_that_is_no_longer_true_fails_the_check(settings, tmp_path):
    settings.BASE_DIR = tmp_path
    (tmp_path / "docs").mkdir()
    with pytest.raises(CommandError, match="--write"):
        call_command("check_states")

    call_command("check_states", "--write")
    call_command("check_states")

    (tmp_path / "docs" / "states.md").write_text("PAID --> MINTED")
    with pytest.raises(CommandError, match="--write"):
        call_command("check_states")
