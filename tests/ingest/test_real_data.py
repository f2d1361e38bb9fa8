"""The readers on real data: everything arrives, nothing raises."""

from __future__ import annotations

import io
import json
import lzma
import re
import tarfile
from pathlib import Path
from typing import Any

import feedparser
import pytest

from domain.document import Document
from domain.event import Event
from domain.protocols import ReadOptions
from domain.source import Failure
from domain.time import now
from ingest.opml import read_opml
from ingest.readers import HEAD, detect_kind, read, read_path

pytestmark = pytest.mark.data


def items(path: Path) -> list[Any]:
    return [reading.item for reading in read_path(path, options=ReadOptions(read_at=now()))]


def test_captured_feeds(shared: Path) -> None:
    expected = arrived = 0
    markup = re.compile(r"</?(?:p|a|div|span|br|img|script|b|i|em|strong)\b[^<>]*>", re.IGNORECASE)
    with tarfile.open(shared / "data/feeds/captured.tar.xz") as archive:
        for member in archive:
            handle = archive.extractfile(member) if member.isfile() else None
            if handle is None:
                continue
            data = handle.read()
            assert detect_kind(member.name, data[:HEAD]) == "feed", member.name
            json_feed = data.lstrip()[:1] == b"{"
            seen = len(json.loads(data)["items"]) if json_feed else len(feedparser.parse(io.BytesIO(data)).entries)
            found = [r.item for r in read(data, kind="feed", item=member.name, options=ReadOptions(read_at=now()))]
            documents = [one for one in found if isinstance(one, Document)]
            assert len({one.id for one in documents}) == len(documents), member.name
            assert not any(markup.search(one.text + one.title) for one in documents), member.name
            assert found, member.name
            expected += seen
            arrived += len(documents)
    assert expected > 700
    assert arrived >= 0.99 * expected


@pytest.mark.parametrize("volume", ["frus1901China", "frus1918Russiav03"])
def test_tei_volumes(shared: Path, volume: str) -> None:
    path = shared / f"data/cables/tei/{volume}.xml.xz"
    marked = len(re.findall(rb'<div[^>]*type="document"', lzma.decompress(path.read_bytes())))
    found = items(path)
    documents = [one for one in found if isinstance(one, Document)]
    assert len(documents) == len(found) == marked
    assert len({one.id for one in documents}) == marked
    assert sum(one.published is not None for one in documents) > 0.97 * marked
    assert sum(bool(one.meta.get("from") and one.meta.get("to")) for one in documents) > 0.9 * marked
    assert all(one.external_id and one.external_id.startswith(f"{volume}/d") for one in documents)


def test_the_pdf(shared: Path) -> None:
    (paper,) = items(shared / "data/cables/pdf/frus1969-76v06_p37-96.pdf")
    assert isinstance(paper, Document)
    assert paper.meta["pages"] == "60"
    assert len(paper.text) > 100_000


@pytest.mark.parametrize(
    ("name", "rows"),
    [
        ("icews/icews14.csv.gz", 90_730),
        ("icews/icews05-15_sample20pct.csv.gz", 92_367),
        ("gdelt_georgia_2011_2013/gdelt1_events_georgia.csv.xz", 105_438),
    ],
)
def test_event_tables(shared: Path, name: str, rows: int) -> None:
    found = items(shared / "data" / name)
    assert len(found) == rows
    assert all(isinstance(one, Event) for one in found)


@pytest.mark.parametrize(
    "name", ["un_general_debate/ungdc_2008-2022_plus_VNM.jsonl.xz", "cables/docs/frus1930v01.docs.jsonl.xz"]
)
def test_json_lines(shared: Path, name: str) -> None:
    path = shared / "data" / name
    lines = lzma.decompress(path.read_bytes()).count(b"\n")
    found = items(path)
    assert len(found) == lines
    assert not [one for one in found if isinstance(one, Failure)]


def test_a_list_of_thousands_of_feeds(shared: Path) -> None:
    data = (shared / "data/feeds/opml/world_by_country_kite.opml").read_bytes()
    found = read_opml(data, item="list")
    addresses = set(re.findall(rb'xmlUrl="([^"]+)"', data))
    assert 0.97 * len(addresses) <= len(found) <= len(addresses)
    assert sum(one.lang is not None for one in found) > 0.9 * len(found)
