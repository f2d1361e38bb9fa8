"""Inputs made to take for ever: every reader is through with them in time that grows with their size alone."""

from __future__ import annotations

import gzip
import time
from datetime import UTC, datetime

import pytest

from domain.document import Document
from domain.protocols import ReadOptions
from domain.source import Failure
from ingest.readers import HEAD, detect_kind, read

OPTIONS = ReadOptions(read_at=datetime(2024, 6, 1, tzinfo=UTC))
SECONDS = 12.0
"""Far above what linear work takes here, far below what the squared work took that these cases once caused."""

TELEGRAM = b"R 050830Z MAY 14\nFM EMBASSY QUITO\nTO MFA HANOI\nBT\nSECRET\nSUBJECT: x\n\n"
RSS = b"<rss version='2.0'><channel><item>"

CASES: list[tuple[str, str, bytes]] = [
    ("text", "blanks", b"x" + b" " * 1_000_000 + b"y"),
    ("text", "empty lines", b"x" + b"\n" * 1_000_000 + b"y"),
    ("markdown", "brackets", b"[" * 200_000),
    ("markdown", "stars", b"*a " * 200_000),
    ("markdown", "links", b"[a](" * 200_000),
    ("html", "attributes", b"<p " + b"a='b' " * 100_000 + b">x</p>"),
    ("html", "comments", b"<!--" * 100_000),
    ("telegram", "headers only", b"FM X\n" * 100_000),
    ("telegram", "classification", TELEGRAM.replace(b"SECRET", b"SECRET " * 100_000)),
    ("telegram", "capitals", TELEGRAM + b"A B " * 200_000),
    ("feed", "depth", RSS + b"<x>" * 200_000),
    ("feed", "depth in a description", RSS + b"<description>" + b"<div>" * 100_000),
    ("feed", "escaped tags", RSS + b"<title>" + b"&lt;p " * 100_000),
    ("feed", "no feed", b"<TEI><text>" + b"<div>" * 200_000),
    ("feed", "json depth", b'{"version": "https://jsonfeed.org/version/1", "items": ' + b"[" * 500_000),
    ("jsonl", "depth", b'{"a":' * 200_000),
    ("tei", "depth", b"<TEI><text>" + b"<div>" * 200_000),
    ("tei", "attributes", b"<TEI><text>" + b"<div type='document' a='" * 50_000),
    ("mail", "subject", b"Subject: " + b"=?utf-8?q?x?= " * 100_000 + b"\n\nx"),
    ("mail", "parameters", b"Content-Type: multipart/mixed; " + b"a*0=b; " * 100_000 + b"\n\nx"),
    ("mail", "comments", b"To: " + b"(" * 200_000 + b"\n\nx"),
    (
        "mail",
        "multiparts",
        b"Content-Type: multipart/mixed; boundary=b\n\n"
        + b"--b\nContent-Type: multipart/mixed; boundary=b\n\n" * 5_000,
    ),
    (
        "events",
        "quotes",
        b"date,source,source_country,relation,cameo,goldstein,target,target_country\n" + b'"' * 1_000_000,
    ),
    ("pdf", "objects", b"%PDF-1.4\n" + b"1 0 obj <<" * 100_000),
    (
        "pdf",
        "a page that is its own parent",
        b"%PDF-1.4\n1 0 obj << /Type /Catalog /Pages 1 0 R /Kids [1 0 R] >> endobj\ntrailer << /Root 1 0 R >>\n%%EOF",
    ),
]


@pytest.mark.parametrize(("kind", "name", "data"), CASES, ids=[f"{kind}: {name}" for kind, name, _ in CASES])
def test_time_grows_with_size_alone(kind: str, name: str, data: bytes) -> None:
    started = time.process_time()
    found = [reading.item for reading in read(data, kind=kind, item="hostile", options=OPTIONS)]
    detect_kind("hostile", data[:HEAD])
    assert time.process_time() - started < SECONDS
    assert found
    assert all(isinstance(one, Document | Failure) for one in found)


def test_an_entry_with_a_thousand_line_breaks_is_not_deep() -> None:
    entry = (
        b"<title>t</title><description><![CDATA[" + b"line<br>" * 3_000 + b"]]></description></item></channel></rss>"
    )
    (only,) = read(RSS + entry, kind="feed", item="f", options=OPTIONS)
    assert isinstance(only.item, Document)
    assert only.item.text.count("line") == 3_000


def test_entities_declared_far_down_are_seen_as_well() -> None:
    far = b"<!DOCTYPE x [<!--" + b" " * 100_000 + b"--><!ENTITY a 'b'><!ENTITY s SYSTEM 'file:///etc/passwd'>]>"
    for kind in ("tei", "sitemap"):
        found = [one.item for one in read(far + b"<x a='&a;'>&s;</x>", kind=kind, item="f", options=OPTIONS)]
        assert [one.error for one in found if isinstance(one, Failure)] == ["XML that declares entities is refused"]
        assert len(found) == 1


@pytest.mark.parametrize("kind", ["text", "markdown", "html", "telegram", "json", "mail"])
def test_what_unpacks_to_more_than_a_text_can_be_is_refused_unread(kind: str) -> None:
    packed = gzip.compress(b"word " * (14 * 2**20), compresslevel=1)
    (only,) = read(packed, kind=kind, item="f.gz", options=OPTIONS)
    assert isinstance(only.item, Failure)
    assert "more than 64 MiB" in only.item.error


def test_a_text_of_nothing_visible_is_none() -> None:
    (only,) = read("\u200b\u202e \n\u2060".encode(), kind="text", item="f", options=OPTIONS)
    assert isinstance(only.item, Failure)
    assert only.item.error == "holds no text"
