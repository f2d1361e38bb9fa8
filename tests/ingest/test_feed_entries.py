"""Entries that say little, much, or the same as others: none is lost, and each is told apart."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.document import Document
from domain.protocols import ReadOptions
from domain.source import Failure
from ingest.feed_entry import EMPTY
from ingest.readers import read

OPTIONS = ReadOptions(read_at=datetime(2024, 6, 1, tzinfo=UTC))
ITEM = "https://harbour.example/feed"
SPACES = {
    "media": "http://search.yahoo.com/mrss/",
    "itunes": "http://www.itunes.com/dtds/podcast-1.0.dtd",
    "dc": "http://purl.org/dc/elements/1.1/",
    "content": "http://purl.org/rss/1.0/modules/content/",
    "slash": "http://purl.org/rss/1.0/modules/slash/",
    "georss": "http://www.georss.org/georss",
    "geo": "http://www.w3.org/2003/01/geo/wgs84_pos#",
}


def rss(items: str) -> str:
    spaces = " ".join(f'xmlns:{prefix}="{space}"' for prefix, space in SPACES.items())
    return f'<rss version="2.0" {spaces}><channel><title>Harbour</title>{items}</channel></rss>'


def atom(entries: str) -> str:
    return f'<feed xmlns="http://www.w3.org/2005/Atom"><title>Harbour</title>{entries}</feed>'


def json_feed(*items: object, **more: object) -> str:
    return json.dumps({"version": "https://jsonfeed.org/version/1.1", "title": "Harbour", "items": items, **more})


def documents(data: str, item: str = ITEM) -> list[Document]:
    found = [reading.item for reading in read(data.encode(), kind="feed", item=item, options=OPTIONS)]
    assert not [one for one in found if isinstance(one, Failure)], found
    return [one for one in found if isinstance(one, Document)]


SPARSE = [
    (rss("<item><title>Ferry</title></item>"), "Ferry", "title"),
    (rss("<item><link>https://harbour.example/1</link></item>"), "https://harbour.example/1", "link"),
    (rss("<item><link>/1</link></item>"), "/1", "link"),
    (rss("<item><guid isPermaLink='false'>g-1</guid></item>"), "g-1", "id"),
    (rss("<item><enclosure url='https://harbour.example/1.mp3'/></item>"), "https://harbour.example/1.mp3", "link"),
    (rss("<item><author>Ann Quay</author></item>"), "Ann Quay", "author"),
    (rss("<item><dc:creator>Ann Quay</dc:creator></item>"), "Ann Quay", "author"),
    (rss("<item><category>ports</category></item>"), "ports", "tags"),
    (rss("<item><pubDate>Fri, 02 May 2014 08:30:00 GMT</pubDate></item>"), "Fri, 02 May 2014 08:30:00 GMT",
     "published"),
    (rss("<item><comments>https://harbour.example/c</comments></item>"), "https://harbour.example/c", "comments"),
    (rss("<item><source url='https://a.example/f'>Gazette</source></item>"), "Gazette", "source"),
    (rss("<item><georss:point>10.5 106.25</georss:point></item>"), "10.5 106.25", "where"),
    (rss("<item><media:thumbnail url='https://a.example/t.jpg'/></item>"), "https://a.example/t.jpg",
     "media_thumbnail"),
    (rss("<item><bespoke>Anything</bespoke></item>"), "Anything", "bespoke"),
    (rss("<item><title>&lt;img alt='A ferry' src='https://a.example/f.jpg'&gt;</title></item>"), "A ferry", "picture"),
    (rss("<item><description>&lt;img src='/f.jpg'&gt;</description></item>"), "https://harbour.example/f.jpg",
     "address"),
    (rss("<item><description>&lt;script&gt;x()&lt;/script&gt;</description></item>"), EMPTY, "nothing"),
    (rss("<item></item>"), EMPTY, "nothing"),
    (rss("<item/>"), EMPTY, "nothing"),
    (atom("<entry><author><email>ann@harbour.example</email></author></entry>"), "ann@harbour.example", "author"),
    (atom("<entry><contributor><name>Ann</name></contributor></entry>"), "Ann", "contributors"),
    (atom("<entry><updated>2014-05-02T00:00:00Z</updated></entry>"), "2014-05-02T00:00:00Z", "updated"),
    (atom("<entry><rights>All yours</rights></entry>"), "All yours", "rights"),
    (json_feed({"id": 7}), "7", "id"),
    (json_feed({"url": "https://harbour.example/1"}), "https://harbour.example/1", "link"),
    (json_feed({"authors": [{"name": "Ann"}]}), "Ann", "author"),
    (json_feed({"attachments": [{"url": "https://harbour.example/1.mp3"}]}), "https://harbour.example/1.mp3", "link"),
    (json_feed({}), EMPTY, "nothing"),
    (json_feed("Just words."), "Just words.", None),
    (json_feed(None), EMPTY, "nothing"),
]  # fmt: skip


@pytest.mark.parametrize(("data", "text", "origin"), SPARSE)
def test_an_entry_without_text_arrives_and_says_what_it_is_made_of(data: str, text: str, origin: str | None) -> None:
    (entry,) = documents(data)
    assert entry.text == text
    assert entry.title
    assert entry.meta.get("text_from") == origin
    assert documents(data)[0].id == entry.id


def test_what_else_an_entry_carries() -> None:
    (entry,) = documents(
        rss(
            """<item><title>Ferry</title><media:title>Picture of a ferry</media:title><description>Short.</description>
            <media:group><media:content url="https://a.example/i.jpg"><media:credit>Bo Pier</media:credit>
            </media:content></media:group><media:thumbnail url="https://a.example/t.jpg"/>
            <media:keywords>sea, trade</media:keywords><itunes:subtitle>From the quay</itunes:subtitle>
            <content:encoded><![CDATA[<p>The <b>first</b> ferry left.</p><script>x()</script>]]></content:encoded>
            <dc:creator>Ann Quay</dc:creator><dc:publisher>Port Press</dc:publisher><dc:contributor>Cy</dc:contributor>
            <slash:section>World</slash:section><slash:comments>3</slash:comments>
            <source url="https://gazette.example/rss">Gazette</source><georss:point>10.5 106.25</georss:point>
            <enclosure url="https://a.example/1.mp3" type="audio/mpeg" length="1"/></item>"""
        )
    )
    assert (entry.title, entry.text) == ("Ferry", "The first ferry left.")
    assert "<b>first</b>" in entry.html
    assert "script" not in entry.html
    assert entry.meta == {
        "feed": ITEM,
        "authors": ["Ann Quay"],
        "categories": ["sea", "trade"],
        "contributors": ["Cy"],
        "publisher": "Port Press",
        "credits": ["Bo Pier"],
        "subtitle": "From the quay",
        "origin": "Gazette",
        "origin_url": "https://gazette.example/rss",
        "section": "World",
        "replies": "3",
        "place": "10.5 106.25",
        "media": ["https://a.example/i.jpg", "https://a.example/t.jpg"],
        "enclosures": ["https://a.example/1.mp3"],
    }


@pytest.mark.parametrize(
    "fields",
    [
        "<media:title>Ferry</media:title><media:description>It sails.</media:description>",
        "<title>Ferry</title><itunes:summary>It sails.</itunes:summary>",
        "<dc:title>Ferry</dc:title><dc:description>It sails.</dc:description>",
        "<title>Ferry</title><description>x</description><media:description>It sails.</media:description>",
        "<title>Ferry</title><content:encoded>It sails.</content:encoded><description>x</description>",
    ],
)
def test_text_and_title_from_any_module(fields: str) -> None:
    (entry,) = documents(rss(f"<item>{fields}</item>"))
    assert (entry.title, entry.text) == ("Ferry", "It sails.")


def test_updated_beside_published() -> None:
    (entry,) = documents(
        atom("<entry><title>T</title><published>2014-05-02T08:00:00Z</published><updated>2014-05-03T08:00:00Z</updated></entry>")
    )  # fmt: skip
    assert entry.published == datetime(2014, 5, 2, 8, tzinfo=UTC)
    assert entry.meta["updated"] == "2014-05-03T08:00:00Z"
    (edited,) = documents(atom("<entry><title>T</title><updated>2014-05-03T08:00:00Z</updated></entry>"))
    assert edited.published == datetime(2014, 5, 3, 8, tzinfo=UTC)


def item(title: str, text: str, key: str) -> str:
    return f"<item><title>{title}</title><description>{text}</description>{key}</item>"


KEYS = ["<guid>same</guid>", "<link>https://harbour.example/</link>", ""]


@pytest.mark.parametrize("key", KEYS)
def test_entries_that_share_what_names_them_stay_apart(key: str) -> None:
    told = [("A", "1"), ("A", "2"), ("B", "2"), ("", "3"), ("", "4")]
    found = documents(rss("".join(item(*one, key) for one in told)))
    assert len({one.id for one in found}) == 5
    turned = documents(rss("".join(item(*one, key) for one in reversed(told))))
    assert {one.id for one in turned} == {one.id for one in found}


@pytest.mark.parametrize("key", KEYS)
def test_exact_copies_within_a_feed_are_one(key: str) -> None:
    found = documents(rss(item("A", "1", key) * 2))
    assert len({(one.id, one.content_hash) for one in found}) == 1


def test_an_edit_keeps_its_identity() -> None:
    link = "<link>https://harbour.example/1</link>"
    (before,), (after,) = (documents(rss(item("A", text, link))) for text in ("old", "new"))
    assert before.id == after.id
    assert before.content_hash != after.content_hash


FIELD = st.sampled_from(["", "<title>T</title>", "<title/>", "<link>https://a.example/1</link>", "<guid>1</guid>",
                         "<description>d</description>", "<description>&lt;br&gt;</description>", "<author>a</author>",
                         "<pubDate>yesterday</pubDate>", "<category/>", "<x:y>z</x:y>"])  # fmt: skip


@given(st.lists(st.lists(FIELD, max_size=4).map("".join), max_size=6))
def test_every_entry_arrives_whatever_it_holds(entries: list[str]) -> None:
    found = documents(rss("".join(f"<item>{fields}</item>" for fields in entries)))
    assert len(found) == len(entries)
    kept: dict[str, set[str]] = {}
    for one in found:
        kept.setdefault(one.id, set()).add(one.content_hash)
    assert all(len(hashes) == 1 for hashes in kept.values())
