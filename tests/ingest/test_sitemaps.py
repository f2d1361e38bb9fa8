"""Sitemaps: what they list, what of it is news, and what is refused."""

from __future__ import annotations

import gzip
from datetime import UTC, datetime

import pytest

from domain.document import Document
from domain.errors import ParseError
from domain.protocols import ReadOptions
from domain.source import Failure
from ingest.readers import detect_kind, read
from ingest.sitemaps import MOST, read_sitemap

OPTIONS = ReadOptions(read_at=datetime(2024, 6, 1, tzinfo=UTC), archive=False)
SPACES = (
    'xmlns="http://www.sitemaps.org/schemas/sitemap/0.9" xmlns:news="http://www.google.com/schemas/sitemap-news/0.9" '
    'xmlns:image="http://www.google.com/schemas/sitemap-image/1.1"'
)
NEWS = f"""<?xml version="1.0" encoding="UTF-8"?>
<urlset {SPACES}>
  <url><loc>https://port.example/vi/1?utm_source=map</loc><lastmod>2024-05-31T10:00:00+07:00</lastmod>
    <news:news><news:publication><news:name>Tin Cảng</news:name><news:language>vi</news:language></news:publication>
      <news:publication_date>2024-05-31T08:30:00+07:00</news:publication_date>
      <news:title>Phà &lt;b&gt;mới&lt;/b&gt; rời bến</news:title><news:keywords>phà, cảng, </news:keywords></news:news>
    <image:image><image:loc>https://port.example/1.jpg</image:loc><image:title>A ferry</image:title></image:image></url>
  <url><loc>https://port.example/about</loc></url>
  <url><loc>javascript:alert(1)</loc></url>
  <url><loc>https://port.example/vi/1</loc></url>
</urlset>"""
INDEX = f"""<sitemapindex {SPACES}><sitemap><loc>https://port.example/a.xml.gz</loc><lastmod>2024-05-31</lastmod></sitemap>
<sitemap><loc>https://port.example/b.xml</loc></sitemap><sitemap><loc>https://port.example/b.xml</loc></sitemap>
</sitemapindex>"""


def read_all(data: bytes, item: str = "https://port.example/news.xml") -> list[object]:
    assert detect_kind(item, data) == "sitemap"
    return [reading.item for reading in read(data, kind="sitemap", item=item, options=OPTIONS)]


@pytest.mark.parametrize("pack", [bytes, gzip.compress])
def test_a_news_entry_becomes_a_document(pack: type) -> None:
    (paper,) = read_all(pack(NEWS.encode()))
    assert isinstance(paper, Document)
    assert paper.title == paper.text == "Phà mới rời bến"
    assert (paper.source, paper.lang_hint, paper.url) == ("Tin Cảng", "vi", "https://port.example/vi/1")
    assert paper.published == datetime(2024, 5, 31, 1, 30, tzinfo=UTC)
    assert paper.known == OPTIONS.read_at
    assert paper.meta["categories"] == ["phà", "cảng"]


def test_links_with_what_is_said_of_them() -> None:
    news, about = read_sitemap(NEWS.encode(), item="x").links
    assert (news.news, news.outlet, news.modified) == (True, "Tin Cảng", datetime(2024, 5, 31, 3, tzinfo=UTC))
    assert (about.news, about.title, about.url) == (False, "", "https://port.example/about")


def test_an_index_and_a_plain_map_are_named_as_such() -> None:
    assert read_sitemap(INDEX.encode(), item="x").children == (
        "https://port.example/a.xml.gz",
        "https://port.example/b.xml",
    )
    (index,) = read_all(INDEX.encode())
    (plain,) = read_all(f"<urlset {SPACES}><url><loc>https://port.example/about</loc></url></urlset>".encode())
    assert isinstance(index, Failure)
    assert isinstance(plain, Failure)
    assert index.error == "is an index of 2 sitemaps, the first https://port.example/a.xml.gz: read those"
    assert plain.error == "sitemap names no news: 1 plain addresses"


def test_a_map_that_is_cut_off_gives_what_came_before() -> None:
    found = read_all(NEWS[: NEWS.index("<url><loc>https://port.example/about")].encode())
    assert isinstance(found[0], Document)
    assert isinstance(found[1], Failure)
    assert "damaged" in found[1].error


def test_it_is_bounded() -> None:
    urls = "".join(f"<url><loc>https://port.example/{n}</loc></url>" for n in range(MOST + 5))
    sitemap = read_sitemap(f"<urlset {SPACES}>{urls}</urlset>".encode(), item="x")
    assert len(sitemap.links) == MOST
    assert sitemap.damage == "lists more than 50,000 addresses; the rest is left out"


@pytest.mark.parametrize(
    "data",
    [
        b"<rss><channel/></rss>",
        b"words",
        b'<!DOCTYPE x [<!ENTITY a "b">]><urlset><url><loc>&a;</loc></url></urlset>',
    ],
)
def test_what_is_no_sitemap_is_refused(data: bytes) -> None:
    with pytest.raises(ParseError) as caught:
        read_sitemap(data, item="map.xml")
    assert caught.value.item == "map.xml"


def test_one_nested_without_end_gives_nothing() -> None:
    sitemap = read_sitemap(b"<urlset><url>" + b"<a>" * 10_000, item="map.xml")
    assert not sitemap.links
    assert sitemap.damage


@pytest.mark.parametrize("odd", [":x", "a:5", "a:b:c"])
def test_elements_whose_names_are_none(odd: str) -> None:
    sitemap = read_sitemap(
        f"<urlset><{odd}/><url><loc>https://a.example/</loc><{odd}/></url></urlset>".encode(), item="x"
    )
    assert [link.url for link in sitemap.links] == ["https://a.example/"]
