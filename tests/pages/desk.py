"""A small desk: the real binary makes articles, briefings and a site from the fixtures, with English written by hand."""

import http.server
import json
import pathlib
import re
import shutil
import subprocess
import threading

ROOT = pathlib.Path(__file__).resolve().parents[2]
BRIEFING = ROOT / "fixtures" / "briefing"
ENGLISH = BRIEFING / "english"

BIDI = "\u202e\u2066"
EVIL = (
    f"<script>window.evil = 1</script><img src=x onerror=\"window.evil = 1\">{BIDI} </style><iframe srcdoc=x></iframe>"
    "{{ 7 * 7 }} <a href=\"javascript:window.evil = 1\" onclick=\"window.evil = 1\">klik</a>"
)
HOSTILE = f"""---
title: 'Judul {EVIL}'
date: 2026-11-25T09:00:00+07:00
outlet: '" onmouseover="window.evil = 1'
url: javascript:window.evil=1
author: '<svg onload=window.evil=1>'
---

Polisi menangkap tiga orang di Demak pada Rabu pagi. {EVIL}

Kata kepala desa, 12 rumah rusak. {EVIL}
"""
CONFIG = """
[translate]
backend = ["desk"]
[backends.desk]
dialect = "openai"
url = "http://127.0.0.1:{port}/v1"
model = "by-hand"
retries = 0
[brief]
watch = ["orangutan", "Meratus"]
[pages]
title = "Kabar: the desk"
url = "https://desk.example/kabar"
[mail]
from = "Meja “Berita” <desk@example.org>"
to = ["editor@example.org", "Night shift <night@example.org>"]
"""


def blocks(text):
    """The title and the paragraphs of an article."""
    head = re.match(r"---\n(.*?)\n---\n", text, re.S)
    title = [re.search(r'title: "(.*)"', head.group(1)).group(1)] if head else []
    return title + [block.strip() for block in text[head.end() if head else 0 :].split("\n\n") if block.strip()]


def key(text):
    return re.sub(r"\W", "", text)


def translations():
    known = {}
    for english in ENGLISH.rglob("*.md"):
        original = (BRIEFING / english.relative_to(ENGLISH)).read_text()
        pairs = list(zip(blocks(original), blocks(english.read_text()), strict=True))
        known.update((key(indonesian), text) for indonesian, text in pairs)
    return known


class Handler(http.server.BaseHTTPRequestHandler):
    """Answers in the dialect of chat completions; what nobody translated comes back with hostile mark-up."""

    known = translations()

    def do_POST(self):
        asked = json.loads(self.rfile.read(int(self.headers["content-length"])))
        task = json.loads(asked["messages"][-1]["content"])
        if "segments" in task:
            answer = {"segments": [{"n": s["n"], "en": self.english(s["text"])} for s in task["segments"]]}
        elif task["task"] == "brief":
            told = [p for p in task["paragraphs"] if p["text"][0].isalnum()][:3]
            answer = {"items": [{"text": p["text"].split(". ")[0].rstrip(".") + ".", "cites": [p["cite"]]} for p in told]}
        else:
            first = [self.first_sentence(s["text"]) for s in task["sections"]]
            lines = [line for s in task["sections"] for line in s["text"].split("\n") if line.strip()]
            sections = [{"n": s["n"], "summary": text} for s, text in zip(task["sections"], first)]
            points = [self.first_sentence(line) for line in lines[1:4]]
            answer = {"summary": first[0], "points": points, "sections": sections}
        usage = {"prompt_tokens": 1, "completion_tokens": 1}
        choice = {"message": {"role": "assistant", "content": json.dumps(answer)}, "finish_reason": "stop"}
        body = json.dumps({"choices": [choice], "usage": usage}).encode()
        self.send_response(200)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def first_sentence(self, text):
        return self.english(text.strip().split("\n")[0]).split(". ")[0].rstrip(".") + "."

    def english(self, text):
        return self.known.get(key(text)) or f"The village head said on Wednesday that 12 houses in Demak were damaged. {EVIL}"

    def log_message(self, *_):
        pass


def run(kabar, folder, *arguments, codes=(0,)):
    done = subprocess.run([kabar, *arguments], cwd=folder, capture_output=True, text=True)
    assert done.returncode in codes, f"kabar {arguments}: {done.returncode}\n{done.stderr}"


def build(kabar, folder, hostile=True):
    """Articles with pages in `out`, the same without pages in `bare`, two briefings each, a site in `site`."""
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    (folder / "kabar.toml").write_text(CONFIG.replace("{port}", str(server.server_port)))
    for english in ENGLISH.rglob("*.md"):
        target = folder / "in" / english.relative_to(ENGLISH)
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(BRIEFING / english.relative_to(ENGLISH), target)
    if hostile:
        (folder / "in" / "jahat.md").write_text(HOSTILE)
    run(kabar, folder, "translate", "in", "-o", "out", "--format", "md,json,html", "-q", codes=(0, 3))
    shutil.copytree(folder / "out", folder / "bare", ignore=shutil.ignore_patterns("*.html", ".kabar"))
    forms = ["--format", "json,html,md,atom,eml"]
    for out in ("out", "bare"):
        run(kabar, folder, "brief", out, "-o", out, *forms, "--from", "2026-11-22T00:00Z", "--to", "2026-11-24T00:00Z")
        run(kabar, folder, "brief", out, "-o", out, *forms, "--from", "2026-11-24T00:00Z", "--to", "2026-11-26T00:00Z")
        run(kabar, folder, "brief", out, "--verify", f"{out}/briefing-2026-11-26.md")
    run(kabar, folder, "site", "out", "-o", "site", "-q")
    server.shutdown()
