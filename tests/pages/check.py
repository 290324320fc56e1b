"""Opens what the real binary writes in a real browser, a feed parser and a mail parser: `check.py KABAR [PICTURES]`."""

import email
import email.policy
import importlib.resources
import pathlib
import sys
import tempfile

import feedparser
from playwright.sync_api import sync_playwright

import desk

AXE = importlib.resources.files("axe_playwright_python").joinpath("axe.min.js").read_text()
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking"]
FLAGS += ["--disable-component-update", "--disable-sync"]
WIDE, PHONE = {"width": 1100, "height": 900}, {"width": 390, "height": 844}
FERRY = "harian-nusantara/2026-11-24-sinar-wisesa"
DAY = "briefing-2026-11-26"


class Reader:
    """A page in the browser that notes whatever it should not do."""

    def __init__(self, browser, path, viewport=WIDE, scheme="light"):
        self.page = browser.new_page(viewport=viewport, color_scheme=scheme)
        self.console, self.requests = [], []
        self.page.on("console", lambda message: self.console.append(message.text))
        self.page.on("pageerror", lambda error: self.console.append(str(error)))
        self.page.on("dialog", lambda dialog: (self.console.append("a dialog"), dialog.dismiss()))
        self.page.on("request", lambda request: self.requests.append(request.url))
        self.page.goto(path.as_uri())
        self.session = self.page.context.new_cdp_session(self.page)

    def js(self, expression):
        """The value of an expression, past the policy of the page."""
        answer = self.session.send(
            "Runtime.evaluate", {"expression": expression, "returnByValue": True, "awaitPromise": True}
        )
        assert "exceptionDetails" not in answer, answer
        return answer["result"].get("value")

    def wait(self, expression):
        """Until an expression holds: the browser's own waiting would evaluate it in the page, which its policy forbids."""
        for _ in range(200):
            if self.js(expression):
                return
            self.page.wait_for_timeout(50)
        raise AssertionError(f"never came true: {expression}")

    def close(self, within):
        """It said nothing, and asked for nothing but files within a folder."""
        assert self.console == [], self.console
        strangers = [url for url in self.requests if not url.startswith(within.as_uri())]
        assert strangers == [], strangers
        self.page.close()


def accessible(reader, what):
    reader.js(AXE)
    found = reader.js("axe.run().then(r => r.violations.map(v => v.id + ': ' + v.nodes.map(n => n.html).slice(0, 3).join(' | ')))")
    assert found == [], (what, found)


def looks(browser, path, within):
    """What every page must do: light and dark, wide and narrow, on paper, for everyone."""
    for viewport in (WIDE, PHONE):
        for scheme in ("light", "dark"):
            reader = Reader(browser, path, viewport, scheme)
            accessible(reader, f"{path.name} {scheme} {viewport['width']}")
            assert reader.js("document.documentElement.scrollWidth <= innerWidth"), f"{path} scrolls sideways"
            paper = reader.js("getComputedStyle(document.body).backgroundColor.match(/\\d+/g).map(Number)")
            assert (sum(paper) < 200) == (scheme == "dark"), paper
            reader.close(within)
    reader = Reader(browser, path)
    pdf = reader.page.pdf()
    assert pdf.startswith(b"%PDF") and len(pdf) > 5_000
    reader.page.emulate_media(media="print")
    assert reader.js("[...document.querySelectorAll('.switch, .keys')].every(e => getComputedStyle(e).display === 'none')")
    reader.close(within)


def article(browser, out):
    path = out / f"{FERRY}.html"
    looks(browser, path, path)
    columns = """[...document.querySelectorAll('.pair')].map(p => [p.querySelector('.en'), p.querySelector('.id')]
        .map(e => e.getBoundingClientRect()).map(r => [r.left, r.right, r.top, r.bottom]))"""
    wide, narrow = Reader(browser, path), Reader(browser, path, PHONE)
    rows = wide.js(columns)
    assert len(rows) >= 6 and len({(en[0], id[0]) for en, id in rows}) == 1, "the columns do not line up"
    for en, id in rows:
        assert en[2] == id[2] and en[1] <= id[0], "a pair does not stand side by side"
    for en, id in narrow.js(columns):
        assert en[3] <= id[2], "a pair does not stand one below the other on a phone"
    keyboard(wide)
    lit = "getComputedStyle(document.querySelector('#p3')).backgroundColor"
    wide.js("document.activeElement.blur()")
    before = wide.js(lit)
    wide.page.hover("#p3 .id")
    assert wide.js(lit) != before, "hovering the original does not light its counterpart"
    wide.close(path)
    narrow.close(path)


def keyboard(reader):
    page, shown = reader.page, "(s) => getComputedStyle(document.querySelector(s)).display !== 'none'"
    at = "document.activeElement.closest('.pair')?.id"
    numbers = reader.js("[...document.querySelectorAll('.pair')].map(p => p.id)")
    visited = []
    for key in ("j", "j", "j", "k"):
        page.keyboard.press(key)
        visited.append(reader.js(at))
    assert visited == [numbers[0], numbers[1], numbers[2], numbers[1]], visited
    plain = reader.js(f"getComputedStyle(document.querySelector('#{numbers[3]}')).backgroundColor")
    assert reader.js(f"getComputedStyle(document.querySelector('#{numbers[1]}')).backgroundColor") != plain
    for key, en, id in (("e", True, False), ("o", False, True), ("b", True, True)):
        page.keyboard.press(key)
        assert [reader.js(f"({shown})('.pair {s}')") for s in (".en", ".id")] == [en, id], key
    reader.js("document.activeElement.blur()")
    page.keyboard.press("Tab")
    assert reader.js("document.activeElement.matches('a, input')"), "Tab leads nowhere"


def briefing(browser, folder):
    out, bare = folder / "out", folder / "bare"
    looks(browser, out / f"{DAY}.html", out / f"{DAY}.html")
    looks(browser, bare / f"{DAY}.html", bare / f"{DAY}.html")
    reader = Reader(browser, out / f"{DAY}.html")
    text = reader.page.inner_text("body")
    for part in ("watch list", "Outlets disagree".upper(), "What changed".upper(), "Adds:", "What this rests on"):
        assert part in text, f"the briefing does not say {part!r}"
    assert "Meratus" in reader.page.inner_text("#item-1"), "the watch list does not come first"
    assert reader.js("[...document.querySelectorAll('.statements > li')].every(li => li.querySelector('.cites a, .cites summary'))")
    reader.page.click(".statements .cite >> nth=0")
    reader.page.wait_for_url("**/*.html#p*")
    target = reader.page.url.rsplit("#", 1)[1]
    assert reader.js(f"document.querySelector('#{target}').matches('.pair:target')")
    reader.close(out)
    reader = Reader(browser, bare / f"{DAY}.html")
    original = reader.page.locator(".statements details.original >> nth=0")
    assert not original.locator("[lang=id]").is_visible()
    original.locator("summary").focus()
    reader.page.keyboard.press("Enter")
    assert original.locator("[lang=id]").is_visible() and original.locator("[lang=en]").is_visible()
    reader.close(bare / f"{DAY}.html")


def hostile(browser, folder):
    for path in (folder / "out/jahat.html", folder / f"out/{DAY}.html", folder / "site/article/jahat.html",
                 folder / f"site/briefing/{DAY}.html", folder / "site/day/2026-11-25.html", folder / "site/index.html"):
        reader = Reader(browser, path)
        assert "window.evil" in reader.page.inner_text("body") or "index" in path.name, path
        reader.page.mouse.move(200, 100)
        for n in range(0, 700, 20):
            reader.page.mouse.move(300, n)
        assert reader.js("window.evil") is None, path
        assert reader.js("document.querySelectorAll('body :is(img, iframe, svg, object, [onclick], [onmouseover], [onerror])').length") == 0
        assert reader.js("document.scripts.length") <= 1
        assert reader.js(r"/[\u202a-\u202e\u2066-\u2069]/.test(document.documentElement.outerHTML)") is False, path
        schemes = reader.js("[...new Set([...document.links].map(a => a.protocol))]")
        assert set(schemes) <= {"file:", "https:"}, schemes
        reader.close(path)


def site(browser, folder):
    site = folder / "site"
    for name in ("index.html", "day/2026-11-24.html", "outlet/kabar-rimba.html", "topic/sinar-wisesa.html"):
        looks(browser, site / name, site / name)
    reader = Reader(browser, site / "index.html")
    page = reader.page
    for words, least in (("feri bone", 2), ("fer", 3), ("tidak", 2), ("ORANGUTAN", 2), ("lashings", 1), ("kabaena", 1)):
        page.keyboard.press("/")
        page.fill("#words", words)
        reader.wait("document.querySelectorAll('#found li').length >= %d" % least)
    page.fill("#words", "qqqq")
    reader.wait("document.querySelector('#count').textContent.startsWith('0 ')")
    page.fill("#words", "window evil demak")
    reader.wait("document.querySelectorAll('#found li').length === 1")
    assert reader.js("window.evil") is None and reader.js("document.querySelectorAll('#found img').length") == 0
    accessible(reader, "search")
    page.fill("#words", "lashings")
    page.click("#found a >> nth=0")
    page.wait_for_url("**/article/**")
    page.click("nav.links a >> text=2026-11-24")
    page.wait_for_url("**/day/**")
    page.click("nav.links a >> nth=0")
    page.wait_for_url("**/index.html")
    page.click("text=Briefing, 26 November 2026")
    page.click(".statements .cite >> nth=0")
    page.wait_for_url("**/site/article/**.html#p*")
    page.click("nav.links a >> text=Briefing")
    page.wait_for_url("**/site/briefing/**")
    page.click("nav.links a >> text=Earlier briefing")
    page.wait_for_url("**/briefing-2026-11-24.html")
    reader.close(site)


def feed(path):
    parsed = feedparser.parse(path.read_bytes())
    assert not parsed.bozo, parsed.get("bozo_exception")
    assert parsed.version == "atom10" and parsed.feed.id.startswith("urn:uuid:") and parsed.feed.updated_parsed
    assert len({entry.id for entry in parsed.entries}) == len(parsed.entries) >= 2
    for entry in parsed.entries:
        assert entry.title and entry.updated_parsed and entry.content[0].value
        assert all(link.href.startswith("https://desk.example/kabar/article/") for link in entry.links)


def mail(path):
    message = email.message_from_bytes(path.read_bytes(), policy=email.policy.default)
    assert message.defects == [] and message["subject"].startswith("Briefing 26 November 2026: ")
    sender = message["from"].addresses[0]
    assert (sender.display_name, sender.addr_spec) == ("Meja “Berita”", "desk@example.org")
    assert [a.addr_spec for a in message["to"].addresses] == ["editor@example.org", "night@example.org"]
    assert message["date"].datetime.isoformat() == "2026-11-26T00:00:00+00:00" and message["message-id"]
    assert message.get_content_type() == "multipart/alternative"
    text, html = message.get_body(("plain",)).get_content(), message.get_body(("html",)).get_content()
    assert text.startswith("BRIEFING") and "desk.example/kabar/article/" in html and "<script" not in html
    lines = path.read_bytes().split(b"\r\n")
    assert all(len(line) <= 78 and line.isascii() and b"\n" not in line for line in lines)


def pictures(browser, folder, target):
    target.mkdir(parents=True, exist_ok=True)
    for name, path, scheme, height, before in (
        ("page", folder / f"out/{FERRY}.html", "light", 1100, "document.querySelector('#p3 a').focus()"),
        ("page-dark", folder / f"out/{FERRY}.html", "dark", 1100, "0"),
        ("briefing", folder / f"bare/{DAY}.html", "light", 1450, "document.querySelector('#item-2 details').open = true"),
        ("site", folder / "site/index.html", "light", 1100, "0"),
    ):
        reader = Reader(browser, path, {"width": 1000, "height": height}, scheme)
        reader.js(before)
        reader.page.screenshot(path=target / f"{name}.png")
        reader.page.close()
    reader = Reader(browser, folder / f"bare/{DAY}.html", PHONE)
    reader.page.screenshot(path=target / "briefing-phone.png", full_page=True)


def main():
    kabar = pathlib.Path(sys.argv[1]).resolve()
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        folder = pathlib.Path(folder)
        desk.build(kabar, folder)
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=FLAGS)
        if len(sys.argv) > 2:
            (folder / "clean").mkdir()
            desk.build(kabar, folder / "clean", hostile=False)
            pictures(browser, folder / "clean", pathlib.Path(sys.argv[2]))
        article(browser, folder / "out")
        briefing(browser, folder)
        hostile(browser, folder)
        site(browser, folder)
        for name in ("out", "bare"):
            feed(folder / name / f"{DAY}.atom")
            mail(folder / name / f"{DAY}.eml")
        feed(folder / "site/feed.atom")
        print(f"pages: ok in Chromium {browser.version}")
        browser.close()


main()
