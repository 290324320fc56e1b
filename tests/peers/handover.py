#!/usr/bin/env python3
"""Opens what Kabar hands over with the tools of those who get it, and compares it with the records, text by text.

Run by .ci/handover: handover.py KABAR RECORDS SCHEMAS. Tools: translate-toolkit (TMX, XLIFF), the XLIFF schemas of
OASIS, Python's own csv and json. Comparisons and schemas are given a spoilt copy too, to show that they can fail.
"""

import csv
import json
import subprocess
import sys
import tempfile
from pathlib import Path

from lxml import etree
from translate.storage import tmx, xliff, xliff2

KABAR, RECORDS, SCHEMAS = Path(sys.argv[1]), Path(sys.argv[2]), Path(sys.argv[3])
XLIFF1, XLIFF2 = "{urn:oasis:names:tc:xliff:document:1.2}", "{urn:oasis:names:tc:xliff:document:2.0}"


def export(form, path):
    subprocess.run([KABAR, "export", RECORDS, "--format", form, "-o", path], check=True)
    return path


def legal(text):
    """The text without what XML 1.0 forbids."""
    return None if text is None else "".join(c for c in text if c >= " " or c in "\t\n\r")


def records():
    paths = (path for path in RECORDS.rglob("*.json") if ".kabar" not in path.parts)
    found = [(path, json.loads(path.read_text())) for path in paths]
    return [(path, record) for path, record in found if record.get("schema") == "kabar/article/1"]


def texts():
    """Every text of the records: record, paragraph as the record has it (the title as paragraph 0)."""
    for _, record in records():
        if record["title"]["id"]:
            yield record, {"n": 0, "kind": "title", "findings": [], **record["title"]}
        for section in record["sections"]:
            for paragraph in section["paragraphs"]:
                yield record, paragraph


def expected():
    return sorted((p["n"], legal(p["id"]), legal(p["en"]) or "", "skipped" in p) for _, p in texts())


def same(what, found, wanted):
    assert found == wanted, f"{what}: {[x for x in found if x not in wanted]} / {[x for x in wanted if x not in found]}"
    print(f"{what}: {len(found)} texts as in the records")


def number(address):
    address = address.rsplit("\x04", 1)[-1]
    return 0 if address == "title" else int(address.lstrip("p"))


def schema(name):
    class Local(etree.Resolver):
        def resolve(self, url, _id, context):
            return self.resolve_filename(str(SCHEMAS / "xml.xsd"), context) if url.endswith("xml.xsd") else None

    parser = etree.XMLParser()
    parser.resolvers.add(Local())
    return etree.XMLSchema(etree.parse(SCHEMAS / name, parser))


def valid(path, name):
    judge, tree = schema(name), etree.parse(path)
    judge.assertValid(tree)
    tree.getroot()[0].set("colour", "red")
    assert not judge.validate(tree), "the schema refuses nothing"
    print(f"{path.name}: valid by {name}")


def check_tmx(path):
    units = tmx.tmxfile.parsefile(str(path)).units
    assert all(unit.istranslated() for unit in units)
    wanted = [(p, record) for record, p in texts() if p["en"] and "skipped" not in p]
    same(path.name, sorted((u.source, u.target) for u in units), sorted((legal(p["id"]), legal(p["en"])) for p, _ in wanted))
    notes = sorted(note for unit in units for note in unit.getnotes().splitlines())
    details = sorted(f"{f['rule']} ({f['severity']}): {f['detail']}" for p, _ in wanted for f in p["findings"])
    assert notes == details, (notes, details)


def check_xliff(path, module, namespace, state_of):
    units = module.parsefile(str(path)).units
    found = sorted((number(u.getid()), u.source, u.target or "", not u.istranslatable()) for u in units)
    same(path.name, found, expected())
    tree = etree.parse(path)
    notes = sorted(note.text for note in tree.iter(namespace + "note"))
    wanted = [f"{f['rule']} ({f['severity']}): {f['detail']}" for _, p in texts() for f in p["findings"]]
    wanted += [f"not translated: {p['skipped']}" for _, p in texts() if "skipped" in p]
    assert notes == sorted(wanted), (notes, wanted)
    states = sorted(state_of(tree))
    assert states == sorted(state(p) for _, p in texts()), states


def state(paragraph):
    if not paragraph["en"]:
        return "initial"
    return "review" if any(f["severity"] == "error" for f in paragraph["findings"]) else "translated"


def states_2(tree):
    for segment in tree.iter(XLIFF2 + "segment"):
        yield "review" if segment.get("subState") == "kabar:needs-review" else segment.get("state")


def states_1(tree):
    names = {"new": "initial", "needs-review-translation": "review", "translated": "translated"}
    for target in tree.iter(XLIFF1 + "target"):
        yield names[target.get("state")]


def check_csv(path):
    rows = list(csv.DictReader(path.open(newline=""), strict=True))
    assert rows and all(None not in row and None not in row.values() for row in rows)
    names = {str(path.relative_to(RECORDS).with_suffix("")): record for path, record in records()}
    for row in rows:
        assert not any(cell[:1] in "=@+\t\r" for cell in row.values() if cell), row
        name = row["article"].removeprefix("'") if row["article"] not in names else row["article"]
        paragraphs = [p for r, p in texts() if r is names[name] or r == names[name]]
        text = next(p for p in paragraphs if str(p["n"]) == row["paragraph"])
        assert row["figure"].split()[0] in text["id"], row
        assert (row["agrees"] == "yes") == (row["english"] != ""), row
        assert row["english"].split(" ")[0] in (text["en"] or ""), row
    print(f"{path.name}: {len(rows)} figures, {sum(row['agrees'] == 'no' for row in rows)} without their English")


def check_jsonl(path):
    lines = [json.loads(line) for line in path.read_text().split("\n")[:-1]]
    key = lambda record: record["source"]["path"] + record["source"]["sha256"]
    same(path.name, sorted(lines, key=key), sorted((record for _, record in records()), key=key))


def check_way_back(folder):
    """A translator edits one text of an exported memory: the finished article changes there and nowhere else."""

    def kabar(*arguments):
        demo = ["--config", Path("fixtures/demo.toml").resolve(), "--quiet"]
        subprocess.run([KABAR.resolve(), *demo, *arguments], check=True, cwd=folder, stdout=subprocess.DEVNULL)

    def paragraphs():
        record = json.loads(next((folder / "kabar-out").rglob("*.json")).read_text())
        return [(p["en"], p.get("backend")) for section in record["sections"] for p in section["paragraphs"]]

    article = next(path for path in Path("fixtures/articles/iran-rusia").resolve().iterdir() if path.suffix == ".txt")
    kabar("translate", article)
    before = paragraphs()
    kabar("memory", "export", "memory.tmx")
    store = tmx.tmxfile.parsefile(str(folder / "memory.tmx"))
    unit = next(unit for unit in store.units if unit.target == before[0][0])
    edited = unit.target + " This was added by hand."
    unit.target = edited
    store.savefile(str(folder / "edited.tmx"))
    kabar("memory", "import", "edited.tmx")
    kabar("translate", article)
    assert paragraphs() == [(edited, "import"), *before[1:]], paragraphs()
    print("memory.tmx: edited, imported, and seen in the finished article")


def refused(check, path, *more):
    """The check must not accept a file in which one English word was changed."""
    spoilt = path.with_stem("spoilt")
    spoilt.write_text(path.read_text().replace("Floods have inundated", "Floods had inundated"))
    try:
        check(spoilt, *more)
    except AssertionError:
        return
    raise AssertionError(f"{path.name}: the comparison cannot fail")


with tempfile.TemporaryDirectory() as folder:
    folder = Path(folder)
    memory = export("tmx", folder / "all.tmx")
    check_tmx(memory)
    refused(check_tmx, memory)
    two, one = export("xliff", folder / "all.xliff"), export("xliff12", folder / "all.xlf")
    valid(two, "xliff-core-2.0.xsd")
    valid(one, "xliff-core-1.2-strict.xsd")
    check_xliff(two, xliff2.Xliff2File, XLIFF2, states_2)
    check_xliff(one, xliff.xlifffile, XLIFF1, states_1)
    refused(check_xliff, two, xliff2.Xliff2File, XLIFF2, states_2)
    refused(check_xliff, one, xliff.xlifffile, XLIFF1, states_1)
    check_csv(export("csv", folder / "figures.csv"))
    check_jsonl(export("jsonl", folder / "records.jsonl"))
    check_way_back(folder)
