import base64
import stat

import pytest

from rwa_portal.embedded.home import Home
from rwa_portal.embedded.output import CannotGoOn
from rwa_portal.embedded.secret_file import MADE, load_secrets


@pytest.fixture
def home(tmp_path):
    made = Home(tmp_path, tmp_path / "home")
    made.create()
    return made


def test_secrets_are_made_once_and_for_the_owners_eyes(home):
    first = load_secrets(home)

    assert load_secrets(home) == first
    assert first.keys() == MADE.keys()
    assert stat.S_IMODE((home.path / "secrets.env").stat().st_mode) == 0o600
    assert stat.S_IMODE(home.path.stat().st_mode) == 0o700


def test_keys_have_the_form_the_settings_read(home):
    secrets = load_secrets(home)

    name, _, key = secrets["ENCRYPTION_KEYS"].partition(":")
    assert name and len(base64.b64decode(key)) == 32
    assert secrets["SUMSUB_APP_TOKEN"].startswith("sbx:")


def test_a_lost_file_is_never_replaced(home):
    load_secrets(home)
    (home.path / "secrets.env").unlink()

    with pytest.raises(CannotGoOn, match="has lost .*AUDIT_CHECKPOINT_KEY, .*: bring the file back"):
        load_secrets(home)

    assert not (home.path / "secrets.env").exists()


def test_a_lost_line_is_never_replaced(home):
    load_secrets(home)
    path = home.path / "secrets.env"
    lines = [line for line in path.read_text().splitlines() if not line.startswith("BLIND_INDEX_KEY")]
    path.write_text("\n".join(lines))

    with pytest.raises(CannotGoOn, match="has lost BLIND_INDEX_KEY"):
        load_secrets(home)


def test_a_secret_of_a_newer_version_is_added(home, monkeypatch):
    before = load_secrets(home)
    monkeypatch.setitem(MADE, "NEW_KEY", lambda: "fresh")

    assert load_secrets(home) == {**before, "NEW_KEY": "fresh"}


def test_a_kill_between_the_two_files_costs_nothing(home):
    before = load_secrets(home)
    (home.path / "stamps" / "secrets").unlink()

    assert load_secrets(home) == before
    assert (home.path / "stamps" / "secrets").exists()
