"""Writes what the program is made of as a CycloneDX 1.6 list, from `cargo metadata` on standard input."""
import json, sys
from urllib.parse import quote

metadata = json.load(sys.stdin)
packages = {package["id"]: package for package in metadata["packages"]}
nodes = {node["id"]: node for node in metadata["resolve"]["nodes"]}


def built(node):
    """What is compiled into the program or builds it: everything but what only tests use."""
    kinds = lambda dep: {kind["kind"] for kind in dep["dep_kinds"]}
    return [dep["pkg"] for dep in node["deps"] if kinds(dep) != {"dev"}]


def component(package, kind):
    reference = f"pkg:cargo/{quote(package['name'])}@{quote(package['version'])}"
    entry = {"type": kind, "bom-ref": reference, "name": package["name"], "version": package["version"], "purl": reference}
    if package["license"]:
        entry["licenses"] = [{"expression": package["license"].replace("/", " OR ")}]
    return entry


root = metadata["resolve"]["root"]
wanted, stack = set(), [root]
while stack:
    here = stack.pop()
    if here not in wanted:
        wanted.add(here)
        stack.extend(built(nodes[here]))
reference = lambda package: component(packages[package], "library")["bom-ref"]
ordered = sorted(wanted - {root}, key=reference)
json.dump(
    {
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "version": 1,
        "metadata": {"component": component(packages[root], "application")},
        "components": [component(packages[package], "library") for package in ordered],
        "dependencies": [
            {"ref": reference(package), "dependsOn": sorted(set(map(reference, built(nodes[package]))))}
            for package in [root, *ordered]
        ],
    },
    sys.stdout,
    indent=1,
)
