from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from contracts import artifacts


def test_what_the_sources_build_is_what_is_committed(monkeypatch):
    monkeypatch.setattr(artifacts, "stale", dict)
    out = StringIO()

    call_command("export_abi", check=True, stdout=out)

    assert "as the sources build them" in out.getvalue()


def test_a_file_that_differs_is_named(monkeypatch):
    monkeypatch.setattr(artifacts, "stale", lambda: {Path("Escrow.json"): ""})

    with pytest.raises(CommandError, match="Escrow.json"):
        call_command("export_abi", check=True)


def test_a_build_that_is_missing_says_what_to_run(monkeypatch, tmp_path):
    monkeypatch.setattr(artifacts, "stale", lambda: artifacts._built(tmp_path))

    with pytest.raises(CommandError, match="forge build --force"):
        call_command("export_abi", check=True)
