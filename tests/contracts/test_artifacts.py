"""The committed ABI files: complete, linkable, and compared with what the sources build."""

import json

import pytest

from contracts import artifacts


@pytest.mark.parametrize("name", artifacts.NAMES)
def test_load_gives_every_contract_with_its_code(name):
    artifact = artifacts.load(name)

    assert artifact.abi
    assert artifact.bytecode.startswith("0x") and len(artifact.bytecode) > 100
    assert len(artifact.deployed_bytecode) // 2 < 24_000


def test_load_refuses_a_name_that_is_no_contract():
    with pytest.raises(artifacts.UnknownContract):
        artifacts.load("../../package")


def test_linked_puts_the_library_in_every_place():
    token = artifacts.load("FiatTokenV2_2")
    places = token.link_references["contracts/util/SignatureChecker.sol"]["SignatureChecker"]

    linked = token.linked({"SignatureChecker": "0x" + "ab" * 20})

    assert "__$" in token.bytecode and "__$" not in linked
    assert linked.count("ab" * 20) == len(places) == 2
    assert len(linked) == len(token.bytecode)


def test_linked_refuses_a_missing_library():
    with pytest.raises(KeyError):
        artifacts.load("FiatTokenV2_2").linked({})


def test_immutables_are_named():
    assert {"roles", "FACTORY", "CUSTODY"} <= artifacts.load("AssetToken").immutable_references.keys()


def test_the_published_rules_are_those_of_the_source():
    assert artifacts.stale_rules() == []


def test_check_names_the_file_that_the_sources_build_differently(tmp_path, monkeypatch):
    build = {"contracts": {}, "sources": {}}
    for name, source in artifacts.OURS.items():
        code = {"object": "00"}
        build["contracts"][source] = {name: {"abi": [], "evm": {"bytecode": code, "deployedBytecode": code}}}
    (tmp_path / "build-info").mkdir()
    (tmp_path / "build-info/one.json").write_text(json.dumps({"output": build}))
    circle = {"abi": [], "bytecode": "0x", "deployedBytecode": "0x", "linkReferences": {}}
    for name, source in artifacts.CIRCLES.items():
        (tmp_path / source).mkdir(parents=True)
        (tmp_path / source / f"{name}.json").write_text(json.dumps(circle))
    monkeypatch.setattr(artifacts, "CIRCLE_DIR", tmp_path)
    target = tmp_path / "abi"

    changed = artifacts.export(tmp_path, target)
    (target / "Escrow.json").write_text("{}")

    assert len(changed) == len(artifacts.NAMES)
    assert list(artifacts.stale(tmp_path, target)) == [target / "Escrow.json"]


def test_an_incomplete_build_is_no_answer(tmp_path):
    with pytest.raises(artifacts.IncompleteBuild):
        artifacts.stale(tmp_path)
