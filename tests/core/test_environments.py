import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "deploy" / "environments"


def names(path: Path) -> set[str]:
    return set(re.findall(r"^#? ?([A-Z][A-Z_]+)=", path.read_text(), re.M))


def test_every_variable_the_settings_read_is_explained():
    settings = (ROOT / "rwa_portal" / "settings.py").read_text()
    read = set(re.findall(r'env(?:\.\w+)?\(\s*"([A-Z_]+)"', settings))

    assert read - names(FOLDER / "dev.env") <= {"DEBUG"}


@pytest.mark.parametrize("name", ["testnet", "staging", "mainnet"])
def test_no_environment_sets_what_dev_does_not_explain(name):
    assert names(FOLDER / f"{name}.env") <= names(FOLDER / "dev.env")


@pytest.mark.parametrize("path", sorted(FOLDER.glob("*.env")), ids=lambda path: path.name)
def test_no_file_holds_a_secret(path):
    secret = r"^(\w*(?:SECRET|PASSWORD|TOKEN|SEED|_KEY|KEYS|DSN)\w*|DATABASE\w*URL|REDIS_URL)=(.+)$"

    assert not re.findall(secret, path.read_text(), re.M)
