"""Fuzz the parsers: `python benchmarks/fuzz.py [TARGET ...] [--seconds N] [--keep FOLDER]`.

Each target takes bytes from outside. With atheris installed (it is not a dependency) the search is guided by coverage;
without it, and for kinds that are opened in a process of their own, inputs are mutated at random from the seeds. An
input is a find when something is raised that the target does not promise to raise, when a promise about the result is
broken, or when it takes longer than ``SLOW`` seconds. Finds are written to the folder; ``tests/ingest/test_found.py``
reads the ones that are kept with the tests.
"""

from __future__ import annotations

import argparse
import importlib
import os
import random
import subprocess
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
FOUND = ROOT / "tests" / "ingest" / "found"
for folder in (ROOT, ROOT / "tests" / "contracts"):
    sys.path.insert(0, str(folder))

SLOW = 10.0
"""Seconds that no input of at most ``LONGEST`` bytes may take."""
LONGEST = 1 << 16
NOW = datetime(2024, 6, 1, 12, tzinfo=UTC)
TOKENS = (
    b"\x00", b"\xff\xfe", b"<!--", b"]]>", b"<![CDATA[", b"&#0;", b"&#x110000;", b"&amp;lt;", b"\xc3", b"%00", b'"',
    b"'", b"-1", b"9" * 40, "²".encode(), "\u202e\u200b".encode(), "\u0301".encode(), b"\x1b[2J", b"<a" * 200,
    b"\r\n" * 100,
    b"<!DOCTYPE x [<!ENTITY a 'b'>]>", b"<?xml version='1.0' encoding='utf-16'?>", b"encoding='idna'",
    b"xml:base='//['",
    b"javascript:", b"http://[::1", b"//", b"../", b"0000-00-00", b"9999-12-31T23:59:60+99:99", b"24:00", b"1e999",
    b"NaN", b"{", b"[", b"null", b"=?utf-8?b?", b"Content-Type: multipart/mixed; boundary=b\n", b"--b\n", b"\nFrom ",
    b"<:a>", b"<a:b:c>", b"\xef\xbb\xbf", b"\xed\xa0\x80", b"=1+1",
)  # fmt: skip
"""What parsers mind, put into the inputs."""
MODULES = (
    "test_reader", "ingest.readers", "ingest.opml", "ingest.dedup", "ingest.fetch", "ingest.sanitize", "ingest.html",
    "ingest.web", "ingest.discover", "ingest.dates", "ingest.robots", "ingest.politeness", "ingest.feed_facts",
    "index.lexical",
)  # fmt: skip
"""What the targets import: with atheris, under its eyes, for what is imported before it shows no coverage."""
Target = Callable[[bytes], object]


def _reader(kind: str) -> Target:
    from test_reader import check

    from domain.protocols import ReadOptions
    from ingest.readers import read

    options = ReadOptions(read_at=NOW)

    def target(data: bytes) -> None:
        for reading in read(data, kind=kind, item="inbox/desk/paper.bin", options=options):
            check(reading.item, options)

    return target


def _detect(data: bytes) -> None:
    from ingest.readers import HEAD, detect_kind

    detect_kind("inbox/paper", data[:HEAD])
    detect_kind("https://news.example/feed.xml", data[:HEAD], "text/html")


def _opml(data: bytes) -> None:
    from domain.errors import ParseError
    from ingest.opml import read_opml

    try:
        read_opml(data, item="list.opml")
    except ParseError:
        return


def _address(data: bytes) -> None:
    from domain.errors import BlockedError
    from ingest.dedup import canonical_url
    from ingest.fetch import check_url

    text = data.decode("utf-8", "replace")
    once = canonical_url(text)
    assert once is None or canonical_url(once) == once, once
    try:
        check_url(text)
    except BlockedError:
        return


def _markup(data: bytes) -> None:
    from ingest.html import read_page, to_text
    from ingest.sanitize import harmless

    text = data.decode("utf-8", "replace")
    to_text(text)
    read_page(text)
    clean = harmless(text)
    assert harmless(clean) == clean
    assert "<script" not in clean.lower()


def _article(data: bytes) -> None:
    from domain.document import Document
    from domain.protocols import Response
    from ingest.web import article

    told = Document(
        source="s", title="Ferry sails", text="The first ferry left.", item="i", known=NOW, url="https://news.example/1"
    )
    got = article(
        told,
        Response(url="https://news.example/1", status=200, headers={"content-type": "text/html"}, body=data),
        read_at=NOW,
    )
    assert got.text.strip()
    assert got.source == "s"


def _discover(data: bytes) -> None:
    from domain.errors import ParseError
    from ingest.discover import named_feeds

    try:
        found = named_feeds(data, url="https://news.example/")
    except ParseError:
        return
    assert all(one.url.startswith(("http://", "https://")) for one in found), found


def _query(data: bytes) -> None:
    from index.lexical import marks, parse

    text = data.decode("utf-8", "replace")
    parse(text)
    marks(text, text[:80])


def _dates(data: bytes) -> None:
    from ingest.dates import read_date

    read_date(data.decode("utf-8", "replace"), read_at=NOW)


def _robots(data: bytes) -> None:
    from domain.protocols import Response
    from ingest.robots import read_answer, verdict

    response = Response(url="https://news.example/robots.txt", status=200, headers={}, body=data)
    verdict(read_answer(response, at=NOW), "https://news.example/a?b=c", agent="Vedette")


def _facts(data: bytes) -> None:
    """What a feed and its answer's headers say of when to come again."""
    from domain.errors import ParseError
    from ingest.feed_facts import feed_facts

    first, _, rest = data.partition(b"\n")
    value = first.decode("utf-8", "replace")
    headers = dict.fromkeys(("cache-control", "expires", "retry-after", "last-modified", "link", "content-type"), value)
    try:
        feed_facts(rest, headers, item="https://news.example/feed")
    except ParseError:
        return


PLAIN: dict[str, Target] = {
    "detect": _detect,
    "opml": _opml,
    "address": _address,
    "markup": _markup,
    "article": _article,
    "discover": _discover,
    "query": _query,
    "dates": _dates,
    "robots": _robots,
    "facts": _facts,
}


def targets() -> dict[str, Target]:
    """Everything that is fuzzed, by name: a reader a kind, and what takes bytes or text besides."""
    from ingest.readers import READERS

    return {**{f"read-{kind}": _reader(kind) for kind in READERS}, **PLAIN}


def seeds(name: str) -> list[bytes]:
    """Inputs to begin with: the samples that the readers' shared tests hold, and what was found before."""
    from test_reader import GOOD

    own = GOOD.get(name.removeprefix("read-"))
    found = [path.read_bytes() for path in sorted(FOUND.glob(f"{name}.*"))]
    plain = [value for value in GOOD.values() if len(value) < 4000]
    other = [
        b"https://news.example/a?b=c#d", b"Fri, 02 May 2014 08:30:00 +0700",
        b"User-agent: *\nDisallow: /a\nCrawl-delay: 5\n", b"max-age=60\n" + GOOD["feed"],
    ]  # fmt: skip
    return [own, *found] if own is not None else [*plain, *other, *found]


def apart(name: str) -> bool:
    """Whether the target opens its input in another process, where no coverage is seen."""
    from test_reader import SLOW as kinds

    return name.removeprefix("read-") in kinds


def mutated(data: bytes, rng: random.Random) -> bytes:
    """The input with a few stretches of it cut, doubled, flipped, or filled with what parsers mind."""
    out = bytearray(data)
    for _ in range(rng.randint(1, 8)):
        at = rng.randrange(len(out) + 1)
        end = min(len(out), at + rng.choice((1, 2, 8, 64, 512)))
        match rng.randrange(5):
            case 0:
                del out[at:end]
            case 1:
                out[at:at] = out[at:end] * rng.choice((1, 2, 50))
            case 2:
                out[at:end] = bytes(b ^ (1 << rng.randrange(8)) for b in out[at:end])
            case 3:
                out[at:at] = rng.choice(TOKENS)
            case _:
                out[at:end] = rng.randbytes(end - at)
    return bytes(out[:LONGEST])


def run_random(name: str, *, seconds: float, keep: Path) -> int:
    """Mutate the seeds for so long; gives how many finds were written."""
    target, begin = targets()[name], seeds(name)
    rng, finds, tried, until = random.Random(name), 0, 0, time.monotonic() + seconds
    last = keep / f"{name}-last.bin"  # what a target that never comes back was given
    while time.monotonic() < until:
        data = mutated(rng.choice(begin), rng)
        last.write_bytes(data)
        started = time.monotonic()
        reason = ""
        try:
            target(data)
        except Exception as error:
            reason = f"{type(error).__name__}: {error}"
        if not reason and time.monotonic() - started > SLOW:
            reason = f"took {time.monotonic() - started:.0f} s"
        tried += 1
        if reason:
            finds += 1
            path = keep / f"{name}-{finds}.bin"
            path.write_bytes(data)
            print(f"  {path.name}: {reason[:200]}")
    last.unlink(missing_ok=True)
    print(f"{name}: {tried} inputs, {finds} finds")
    return finds


def run_guided(name: str, *, seconds: float, keep: Path) -> int:
    """The same with atheris, in this process, which it ends."""
    import atheris  # type: ignore[import-untyped,import-not-found,unused-ignore]

    with atheris.instrument_imports(include=["ingest", "index", "domain", "feedparser", "protego", "dateutil"]):
        for module in MODULES:
            importlib.import_module(module)

    target = targets()[name]
    words = keep / "tokens.dict"
    short = ("".join(f"\\x{byte:02x}" for byte in token) for token in TOKENS if len(token) < 60)
    words.write_text("".join(f'"{word}"\n' for word in short))
    corpus = keep / f"corpus-{name}"
    corpus.mkdir(exist_ok=True)
    for i, data in enumerate(seeds(name)):
        (corpus / f"seed-{i}").write_bytes(data)

    def one(data: bytes) -> None:
        target(data)

    atheris.Setup(
        [
            sys.argv[0],
            str(corpus),
            f"-max_total_time={int(seconds)}",
            f"-max_len={LONGEST}",
            f"-dict={words}",
            f"-timeout={SLOW:.0f}",
            "-rss_limit_mb=3000",
            f"-artifact_prefix={keep / name}-",
            "-print_final_stats=1",
        ],
        one,
    )
    atheris.Fuzz()
    return 0


def main() -> None:
    """Fuzz each target in a process of its own, so that one that hangs or dies is a find and not the end."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("targets", nargs="*")
    parser.add_argument("--seconds", type=float, default=30, help="for each target")
    parser.add_argument("--keep", type=Path, default=Path("fuzz-found"))
    parser.add_argument("--random", action="store_true", help="not guided by coverage, even where atheris is installed")
    parser.add_argument("--within", choices=("random", "guided"), help=argparse.SUPPRESS)
    options = parser.parse_args()
    options.keep.mkdir(parents=True, exist_ok=True)
    if options.within:
        run = run_random if options.within == "random" else run_guided
        raise SystemExit(1 if run(options.targets[0], seconds=options.seconds, keep=options.keep) else 0)
    try:
        import atheris  # noqa: F401

        how = "random" if options.random else "guided"
    except ImportError:
        how = "random"
    bad = []
    for name in options.targets or targets():
        within = "random" if apart(name) else how
        command = [
            sys.executable, __file__, name, "--seconds", str(options.seconds), "--keep", str(options.keep),
            "--within", within,
        ]  # fmt: skip
        try:
            done = subprocess.run(
                command,
                cwd=ROOT,
                env={**os.environ, "PYTHONWARNINGS": "ignore"},
                capture_output=True,
                timeout=options.seconds * 3 + 120,
                text=True,
                check=False,
                errors="replace",
            )
            tail = [line for line in (done.stdout + done.stderr).splitlines() if line.strip()]
            told = [
                line
                for line in tail
                if "Error" in line or "number_of_executed" in line or "SUMMARY" in line or "finds" in line
            ]
            failed = done.returncode != 0
        except subprocess.TimeoutExpired:
            told, failed = ["did not end in time"], True
        print(f"{'FIND' if failed else 'ok  '} {name}: {' | '.join(told[-6:])[:500]}", flush=True)
        bad += [name] if failed else []
    raise SystemExit(1 if bad else 0)


if __name__ == "__main__":
    main()
