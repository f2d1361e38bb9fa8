"""The dashboard as a user meets it: served by the real command, driven in headless Chromium.

Screenshots go to the folder named by VEDETTE_SCREENSHOTS, or to pytest's own temporary folder.
"""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import time
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from urllib.parse import quote, urlsplit

import pytest
from sqlalchemy import select, update

from domain.document import Filters
from domain.time import end_of, parse_day
from index.store.schema import alerts, versions
from interfaces.dashboard.launch import command
from service.pipeline import ingest_documents
from service.stories import stories
from service.wiring import Home, open_home
from tests.dashboard.eventful import add as add_warned
from tests.dashboard.followed import HOSTILE_NAME
from tests.dashboard.followed import add as add_followed
from tests.dashboard.test_document_view import HOSTILE, REPORT, told

sync_api = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
pytestmark = [pytest.mark.browser, pytest.mark.slow]

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-dev-shm-usage"]
DAY = "2014-05-11"
DRAWN = "[data-testid=stVegaLiteChart] canvas, [data-testid=stVegaLiteChart] svg"
FORMATTED = replace(
    told("Test Post", "formatted-1", "Communiqué", "The ministers met in Hà Nội.", 0), html="<ul><li>first</li></ul>"
)
EDITED = REPORT.replace("three months", "four months")
TOLD = [
    told("Test Wire", "carried-1", "Hotline reopens", REPORT, 0),
    told("Test Gazette", "carried-2", "Hotline reopens", REPORT, 3),
    told("Test Wire", "carried-1", "Hotline reopens", EDITED, 40),
]
HOSTILE_MARKUP = (
    "<h2>Communiqué</h2><p onclick=alert(1)>end <a href='http://evil.example/' target=_top>follow</a></p>"
    "<script>alert(1); top.location='http://evil.example/'</script><img src=http://evil.example/x.png onerror=alert(1)>"
    "<iframe src=http://evil.example/></iframe><meta http-equiv=refresh content='0;url=http://evil.example/'>"
    "<style>@import url(http://evil.example/x.css); body{background:url(http://evil.example/y)}</style>"
    "<link rel=stylesheet href=http://evil.example/z.css><svg onload=alert(1)></svg><form action=http://evil.example/>"
    "<input autofocus onfocus=alert(1)></form><p>after \u202eall</p>"
)
# What Streamlit's front end asks for first to learn whether it is served under a path; the answer is 404 by design.
PROBES = ("/_stcore/health", "/_stcore/host-config")


@pytest.fixture(scope="module")
def chromium() -> str:
    found = os.environ.get("VEDETTE_CHROMIUM") or next((p for n in NAMES if (p := shutil.which(n))), None)
    if not found:
        pytest.skip("no Chromium on this machine: install Debian's package chromium, or name one in VEDETTE_CHROMIUM")
    return found


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("served")


@pytest.fixture(scope="module")
def explained(served: str, folder: Path) -> str:
    """The alert that has an explanation."""
    home = open_home(folder / "home")
    with home.read() as c:
        found = c.scalar(select(alerts.c.id).where(alerts.c.series == "dyad:CN-VN").order_by(alerts.c.opened))
    home.close()
    return str(found)


@pytest.fixture(scope="module")
def story(served: str, folder: Path) -> str:
    """The story that most documents tell by the day."""
    home = open_home(folder / "home")
    known = stories(home, filters=Filters(as_of=end_of(parse_day(DAY)), until=end_of(parse_day(DAY))))
    home.close()
    return max(known, key=lambda one: len(one.document_ids)).id


@pytest.fixture(scope="module")
def served(demo_home: Home, folder: Path, chromium: str) -> Iterator[str]:
    """The address of a dashboard on a copy of the demo that also holds a hostile document, events and a scenario."""
    with demo_home.write():
        shutil.copytree(demo_home.path, folder / "home")
    home = open_home(folder / "home")
    ingest_documents(home, [HOSTILE, FORMATTED, *TOLD])
    with home.write() as c:  # past what makes it harmless, as if that had failed
        c.execute(update(versions).where(versions.c.html.is_not(None)).values(html=HOSTILE_MARKUP))
    add_followed(home)
    add_warned(home)
    home.close()
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        port = s.getsockname()[1]
    # Started from an empty folder: what it needs must come with the command, not from a file lying there.
    log = (folder / "log").open("wb")
    process = subprocess.Popen(
        command(folder / "home", port=port), cwd=folder, stdout=log, stderr=subprocess.STDOUT,
        env={k: v for k, v in os.environ.items() if not k.startswith(("VEDETTE_HOME", "STREAMLIT"))},
    )  # fmt: skip
    try:
        base = f"http://127.0.0.1:{port}"
        _wait_for(base, process, folder / "log")
        yield base
    finally:
        process.terminate()
        process.wait(timeout=20)
        log.close()


def _wait_for(base: str, process: subprocess.Popen[bytes], log: Path) -> None:
    for _ in range(240):
        if process.poll() is not None:
            raise AssertionError(f"the dashboard ended: {log.read_text('utf-8', 'replace')}")
        try:
            with urllib.request.urlopen(f"{base}/_stcore/health", timeout=2) as answer:
                if answer.status == 200:
                    return
        except OSError:
            time.sleep(0.25)
    raise AssertionError(f"the dashboard did not come up: {log.read_text('utf-8', 'replace')}")


class Visitor:
    """A page that writes down every request, error and dialog."""

    def __init__(self, page, base: str, pictures: Path) -> None:  # type: ignore[no-untyped-def]
        self.page, self.base, self.pictures = page, base, pictures
        self.requests: list[str] = []
        self.troubles: list[str] = []
        page.on("request", lambda r: self.requests.append(r.url))
        page.on("websocket", lambda w: self.requests.append(w.url))
        page.on("pageerror", lambda e: self.troubles.append(f"error: {e}"))
        page.on("dialog", lambda d: (self.troubles.append(f"dialog: {d.message}"), d.dismiss()))
        page.on("response", self._answered)

    def _answered(self, response) -> None:  # type: ignore[no-untyped-def]
        if response.status >= 400 and not urlsplit(response.url).path.endswith(PROBES):
            self.troubles.append(f"{response.status}: {response.url}")

    def open(self, path: str, expect: str) -> None:
        self.page.goto(self.base + path)
        self.settled(expect)

    def settled(self, expect: str) -> None:
        self.page.wait_for_selector(expect, timeout=60_000)
        self.page.wait_for_function("() => !document.querySelector('[data-stale=true]')", timeout=60_000)
        self.page.wait_for_timeout(400)
        assert self.page.locator("[data-testid=stException]").count() == 0

    def picture(self, name: str) -> None:
        width = self.page.viewport_size["width"]
        tall = self.page.evaluate("document.querySelector('[data-testid=stMain]').scrollHeight")
        self.page.set_viewport_size({"width": width, "height": max(900, min(tall, 6000))})
        self.page.wait_for_timeout(500)
        self.page.screenshot(path=str(self.pictures / f"{name}-{width}.png"))
        self.page.set_viewport_size({"width": width, "height": 900})

    def fits(self) -> bool:
        return bool(self.page.evaluate(
            "[document.querySelector('[data-testid=stMain]')].every(m => m.scrollWidth <= m.clientWidth)"
        ))  # fmt: skip

    def strangers(self) -> list[str]:
        return [u for u in self.requests if urlsplit(u).scheme not in ("data", "blob")
                and urlsplit(u).hostname != "127.0.0.1"]  # fmt: skip


@pytest.fixture
def visit(chromium: str, served: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[int], Visitor]]:
    """Opens a page of a width on the served dashboard; afterwards nothing may have gone wrong or out."""
    pictures = Path(os.environ.get("VEDETTE_SCREENSHOTS") or tmp_path_factory.mktemp("screenshots"))
    pictures.mkdir(parents=True, exist_ok=True)
    visitors: list[Visitor] = []
    with sync_api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=FLAGS)

        def run(width: int) -> Visitor:
            page = browser.new_page(viewport={"width": width, "height": 900})
            visitors.append(Visitor(page, served, pictures))
            return visitors[-1]

        yield run
        browser.close()
    for one in visitors:
        assert one.requests
        assert one.strangers() == []
        assert one.troubles == []


@pytest.mark.parametrize("width", [1280, 1920])
def test_every_view_is_drawn_and_fits(visit: Callable[[int], Visitor], explained: str, story: str, width: int) -> None:
    visitor = visit(width)
    for name, path, expect in (
        ("overview", f"/?day={DAY}", ".v-figures"),
        ("search", f"/search?q=gi%C3%A0n%20khoan&day={DAY}", ".v-piece mark"),
        ("alerts", f"/alerts?day={DAY}", DRAWN),
        ("document", f"/document?id=r-0503-vi-a01&day={DAY}", ".v-text mark"),
        ("sources", "/sources", ".v-sources a"),
        ("source", "/sources?name=Silent%20Post", ".v-large"),
        ("source-hostile", f"/sources?name={quote(HOSTILE_NAME)}", ".v-head"),
        ("copied", "/document?id=carried-1", ".v-text"),
        ("briefing", f"/briefing?about=China%20and%20Vietnam&day={DAY}", ".v-brief summary"),
        ("inbox", f"/inbox?desk=east&day={DAY}", DRAWN),
        ("alert", f"/alert?alert={explained}&day={DAY}", DRAWN),
        ("country", f"/country?code=VN&day={DAY}", DRAWN),
        ("dyad", f"/dyad?a=CN&b=VN&day={DAY}", DRAWN),
        ("dyads", f"/dyad?day={DAY}", ".v-table a"),
        ("board", f"/board?day={DAY}", DRAWN),
        ("stories", f"/stories?day={DAY}", ".v-storyhead a"),
        ("story", f"/stories?id={story}&day={DAY}", ".v-three .v-quote"),
        ("backtest", "/backtest", DRAWN),
    ):  # fmt: skip
        visitor.open(path, expect)
        assert visitor.fits(), name
        visitor.picture(name)


def test_from_the_overview_to_an_alert_its_evidence_and_the_document(visit: Callable[[int], Visitor]) -> None:
    visitor = visit(1280)
    page = visitor.page
    visitor.open(f"/?day={DAY}", ".v-figures")
    page.get_by_role("link", name="Why, and the evidence").first.click()
    visitor.settled(".v-title")
    assert page.locator(".v-head h1").inner_text() == "Alerts"
    page.get_by_role("link", name="Read the document").first.click()
    visitor.settled(".v-text")
    assert f"day={DAY}" in page.url
    assert "id=d" in page.url
    page.go_back()
    visitor.settled(".v-title")


def test_searching_as_one_types(visit: Callable[[int], Visitor]) -> None:
    visitor = visit(1280)
    page = visitor.page
    visitor.open("/search", ".v-three")
    page.get_by_label("Question").fill("беспорядки на заводах во Вьетнаме")
    page.get_by_label("Question").press("Enter")
    visitor.settled(".v-hit, .v-piece")
    page.wait_for_function("document.querySelectorAll('.v-piece').length === 10")
    assert page.locator(".v-piece .v-lang").all_inner_texts().count("RU") >= 1


def test_a_citation_opens_to_its_passage(visit: Callable[[int], Visitor]) -> None:
    visitor = visit(1280)
    page = visitor.page
    visitor.open(f"/briefing?about=China%20and%20Vietnam&day={DAY}", ".v-brief summary")
    quote = page.locator(".v-brief details .v-quote").first
    assert not quote.is_visible()
    page.locator(".v-brief summary").first.click()
    assert quote.is_visible()
    assert quote.locator("mark").inner_text().strip()
    with page.expect_download() as download:
        page.get_by_role("button", name="Markdown").click()
    assert download.value.suggested_filename.endswith(".md")
    visitor.picture("briefing-open")


def test_a_hostile_document_runs_nothing(visit: Callable[[int], Visitor]) -> None:
    visitor = visit(1280)
    page = visitor.page
    visitor.open("/document?id=hostile-1", ".v-text")
    assert "<script>alert(1)</script>" in page.locator(".v-text").inner_text()
    assert page.locator(".v-text script, .v-text img, .v-facts iframe, .v-facts a").count() == 0
    visitor.picture("hostile")
    visitor.open("/?day=2014-05-06", ".v-figures")
    visitor.open("/search?q=China%20Vietnam%20script%20alert", ".v-piece")


def test_what_was_formatted_cannot_run_load_or_lead_anywhere(visit: Callable[[int], Visitor]) -> None:
    visitor = visit(1280)
    page = visitor.page
    visitor.open("/document?id=formatted-1", ".v-text")
    assert page.locator("[data-testid=stIFrame]").count() == 0
    page.get_by_text("as it was formatted").click()
    inner = page.frame_locator("[data-testid=stIFrame]").frame_locator("iframe")
    inner.locator("h2").wait_for()
    assert " ".join(inner.locator("body").inner_text().split()) == (
        "Communiqué end follow [http://evil.example/] after all"
    )
    assert inner.locator("script, img, iframe, form, a, svg, link").count() == 0
    inner.get_by_text("follow").click()
    page.wait_for_timeout(500)
    frames = [frame.url for frame in page.frames]
    assert frames[1:] == ["about:srcdoc"] * 2
    assert urlsplit(frames[0]).hostname == "127.0.0.1"
    # The style sheet is known to the policy: headings are not the browser's own.
    assert inner.locator("h2").evaluate("e => getComputedStyle(e).fontSize") == "20px"
    assert inner.locator("body").evaluate(
        "() => { try { return String(window.parent.document) } catch (e) { return e.name } }"
    ) == "SecurityError"  # fmt: skip
    visitor.picture("formatted")


def test_from_a_silent_source_to_its_page_by_the_keyboard(visit: Callable[[int], Visitor]) -> None:
    visitor = visit(1280)
    page = visitor.page
    visitor.open("/", ".v-figures")
    page.get_by_role("link", name="Which sources, since when, and why").click()
    visitor.settled(".v-sources a")
    link = page.locator(".v-sources a").first
    page.get_by_role("textbox", name="Name contains").focus()
    for _ in range(8):
        page.keyboard.press("Tab")
        if link.evaluate("e => e === document.activeElement"):
            break
    assert link.evaluate("e => e === document.activeElement && getComputedStyle(e).outlineStyle") == "solid"
    page.keyboard.press("Enter")
    visitor.settled(".v-facts")
    assert page.locator(".v-head h1").inner_text() == "Broken Feed"
    page.get_by_role("link", name="All sources").click()
    visitor.settled(".v-sources a")


def test_the_inbox_is_worked_without_a_mouse(visit: Callable[[int], Visitor]) -> None:
    visitor = visit(1280)
    page = visitor.page
    visitor.open("/inbox?day=2014-05-20", DRAWN)

    def press(key: str) -> str:
        page.keyboard.press(key)
        page.wait_for_timeout(700)
        visitor.settled(".v-title")
        return str(page.locator("h3.v-title").first.inner_text())

    first = page.locator("h3.v-title").first.inner_text()
    second = press("j")
    assert press("k") == first != second
    press("?")
    assert "mark right" in page.locator(".v-table").first.inner_text()
    press("?")
    press("a")
    assert "Say who you are first" in page.locator(".v-notice").first.inner_text()
    for _ in range(40):  # to the name, by the keyboard alone
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.getAttribute('aria-label')") == "Your name":
            break
    page.keyboard.type("Lan")
    # Letters in a field are letters.
    assert press("Enter") == first
    page.keyboard.press("Shift+Tab")
    page.keyboard.press("Shift+Tab")
    page.evaluate("document.activeElement.blur()")
    press("r")
    assert "marked right by Lan" in page.locator(".v-under").first.inner_text()
    press("w")
    assert "marked wrong by Lan" in page.locator(".v-under").first.inner_text()
    press("m")
    assert page.evaluate("document.activeElement.getAttribute('aria-label')").startswith("Why is its series muted")
    page.keyboard.type("a known exercise")
    press("Enter")
    assert page.locator(".st-key-inbox_mute_reason").count() == 0
    page.evaluate("document.activeElement.blur()")
    assert press("a") == second
    assert press("s") not in (first, second)
    page.keyboard.press("Enter")
    visitor.settled(".v-table")
    assert page.locator(".v-head h1").inner_text() != "Inbox"
    assert "/alert?" in page.url


@pytest.mark.parametrize("width", [420, 820])
def test_nothing_breaks_out_of_a_narrow_screen(visit: Callable[[int], Visitor], width: int) -> None:
    visitor = visit(width)
    for name, path, expect in (
        ("sources", "/sources", ".v-sources a"),
        ("source", "/sources?name=Loud%20Wire", ".v-large"),
        ("copied", "/document?id=carried-1", ".v-text"),
        ("inbox", f"/inbox?day={DAY}", ".v-slim"),
        ("dyad", f"/dyad?a=CN&b=VN&day={DAY}", DRAWN),
        ("board", f"/board?day={DAY}", DRAWN),
    ):
        visitor.open(path, expect)
        assert visitor.fits(), name
        visitor.picture(f"{name}-narrow")


def test_copies_and_changes_of_a_document(visit: Callable[[int], Visitor]) -> None:
    visitor = visit(1280)
    page = visitor.page
    visitor.open("/document?id=carried-1", ".v-text")
    page.get_by_role("tab", name="Carried by (1)").click()
    page.locator(".v-copies").wait_for()
    visitor.settled(".v-copies")
    assert "wire copy" in page.locator(".v-copies").inner_text()
    visitor.picture("copies")
    page.get_by_role("tab", name="Versions (2)").click()
    visitor.settled(".v-sentences")
    assert page.locator(".v-sentences ins").inner_text() == "four"
    visitor.picture("versions")
    page.get_by_role("tab", name="Story and events").click()
    visitor.settled(".v-sub")
    page.get_by_text("Coded events").wait_for()


def test_it_shows_nothing_of_its_insides(visit: Callable[[int], Visitor]) -> None:
    visitor = visit(1280)
    page = visitor.page
    visitor.open("/", ".v-figures")
    assert page.get_by_text("Deploy").count() == 0
    assert page.locator("[data-testid=stMainMenu]").count() == 0
    fonts = page.evaluate("getComputedStyle(document.querySelector('.v-body')).fontFamily")
    assert fonts.startswith("system-ui")
