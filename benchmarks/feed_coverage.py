"""How much of what feedparser sees in feed files arrives as documents, file by file.

Usage: python benchmarks/feed_coverage.py FOLDER_OR_FILE_OR_TAR ... [--all] [--json]

Counted are the entries that ``feedparser.parse`` gives with its defaults, or the items of a JSON Feed. An entry has
arrived when the readers, asked as ``vedette ingest`` asks them, gave a document for it that the store would keep apart
from the others of its file, or an exact copy of one. Files without entries are left out of the share; files in which
feedparser sees none and Vedette some are counted on their own.
"""

from __future__ import annotations

import argparse
import io
import json
import sys
import tarfile
import time
import warnings
from collections import Counter
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

import feedparser

from domain.document import Document
from domain.errors import ParseError
from domain.protocols import ReadOptions
from domain.source import Failure
from ingest.packed import unpack
from ingest.readers import HEAD, detect_kind, read

TAR = (".tar", ".tar.gz", ".tgz", ".tar.xz", ".tar.bz2")


@dataclass(slots=True)
class Count:
    """One file: what feedparser saw, what arrived, and why the rest did not."""

    name: str
    kind: str
    seen: int
    arrived: int
    swallowed: int = 0
    seconds: float = 0.0
    why: list[str] = field(default_factory=list)

    @property
    def missing(self) -> int:
        return max(0, self.seen - self.arrived)


def files(paths: list[Path]) -> Iterator[tuple[str, bytes]]:
    """Every file below the paths, and every member of the archives among them."""
    for path in paths:
        if path.is_dir():
            yield from files(sorted(path.iterdir()))
        elif path.name.lower().endswith(TAR):
            with tarfile.open(path) as archive:
                for member in archive:
                    handle = archive.extractfile(member) if member.isfile() else None
                    if handle is not None:
                        yield f"{path.name}!{member.name}", handle.read()
        elif path.is_file():
            yield str(path), path.read_bytes()


def expected(data: bytes, name: str) -> int:
    """The entries that feedparser sees, or that a JSON Feed lists."""
    try:
        data = unpack(data, item=name)
    except ParseError:
        return 0
    if data.lstrip(b"\xef\xbb\xbf \t\r\n")[:1] == b"{":
        try:
            feed = json.loads(data)
        except ValueError:
            return 0
        named = "jsonfeed.org" in str(feed.get("version")) or "feed_url" in feed or "home_page_url" in feed
        return len(feed["items"]) if named and isinstance(feed.get("items"), list) else 0
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            return len(feedparser.parse(io.BytesIO(data)).entries)
        except Exception:  # it raises on some
            return 0


def count(name: str, data: bytes, *, options: ReadOptions) -> Count:
    """What arrives of one file."""
    seen = expected(data, name)
    kind = detect_kind(name, data[:HEAD])
    start = time.perf_counter()
    found = [reading.item for reading in read(data, kind=kind, item=name, options=options)]
    seconds = time.perf_counter() - start
    documents = [one for one in found if isinstance(one, Document)] if kind == "feed" else []
    kept: dict[str, str] = {}
    swallowed = 0
    for one in documents:
        if kept.setdefault(one.id, one.content_hash) != one.content_hash:
            swallowed += 1
    why = [one.error for one in found if isinstance(one, Failure)]
    return Count(name, kind, seen, len(documents) - swallowed, swallowed, seconds, why)


def main() -> None:
    """Print the files of which something is missing, then the whole."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("paths", nargs="+", type=Path)
    parser.add_argument("--all", action="store_true", help="print every file, not only those that lack something")
    parser.add_argument("--json", action="store_true")
    chosen = parser.parse_args()
    options = ReadOptions(read_at=datetime.now(UTC))
    counts = [count(name, data, options=options) for name, data in files(chosen.paths)]
    feeds = [one for one in counts if one.seen]
    seen, missing = sum(one.seen for one in feeds), sum(one.missing for one in feeds)
    total = {
        "files": len(feeds),
        "entries": seen,
        "arrived": seen - missing,
        "share": round((seen - missing) / seen, 5) if seen else None,
        "swallowed": sum(one.swallowed for one in counts),
        "files_that_lack_some": sum(1 for one in feeds if one.missing),
        "not_told_as_feed": sum(1 for one in feeds if one.kind != "feed"),
        "entries_beyond": sum(max(0, one.arrived - one.seen) for one in counts),
        "seconds_of_slowest": round(max((one.seconds for one in counts), default=0.0), 2),
    }
    shown = [one for one in counts if chosen.all or one.missing or one.swallowed]
    if chosen.json:
        print(json.dumps({"total": total, "files": [asdict(one) for one in shown]}, ensure_ascii=False))
        return
    for one in shown:
        reasons = "; ".join(f"{reason} x{n}" if n > 1 else reason for reason, n in Counter(one.why).most_common(3))
        print(f"{one.name}: {one.kind}: {one.arrived} of {one.seen}  {reasons}")
    print("  ".join(f"{key} {value}" for key, value in total.items()))


if __name__ == "__main__":
    main()
