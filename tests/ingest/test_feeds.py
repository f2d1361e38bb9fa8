"""Feeds of every format, and what is none."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest

from domain.document import Document
from domain.protocols import ReadOptions
from domain.source import Failure
from ingest.readers import HEAD, detect_kind, read

OPTIONS = ReadOptions(read_at=datetime(2024, 6, 1, tzinfo=UTC))
URL = "https://harbour.example/feed"


def parse(data: bytes | str, item: str = URL) -> list[Document | Failure]:
    content = data.encode() if isinstance(data, str) else data
    found = [reading.item for reading in read(content, kind="feed", item=item, options=OPTIONS)]
    assert all(isinstance(one, Document | Failure) for one in found)
    return found  # type: ignore[return-value]


def documents(data: bytes | str, item: str = URL) -> list[Document]:
    found = parse(data, item)
    assert not [one for one in found if isinstance(one, Failure)], found
    return [one for one in found if isinstance(one, Document)]


def rss(items: str, channel: str = "<title>Harbour News</title><language>vi</language>") -> str:
    return f'<?xml version="1.0"?><rss version="2.0"><channel>{channel}{items}</channel></rss>'


SAMPLES = {
    "rss 2.0": rss(
        "<item><title>Ferry</title><link>https://harbour.example/1</link><description>It sails.</description></item>"
    ),
    "rss 0.91": '<rss version="0.91"><channel><title>Harbour News</title><item><title>Ferry</title>'
    "<link>https://harbour.example/1</link><description>It sails.</description></item></channel></rss>",
    "rss 1.0": '<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns="http://purl.org/rss/1.0/">'
    '<channel rdf:about="x"><title>Harbour News</title></channel><item rdf:about="https://harbour.example/1">'
    "<title>Ferry</title><link>https://harbour.example/1</link><description>It sails.</description></item></rdf:RDF>",
    "cdf": '<channel href="https://harbour.example/"><title>Harbour News</title><item href="https://harbour.example/1">'
    "<title>Ferry</title><abstract>It sails.</abstract></item></channel>",
    "atom 1.0": '<feed xmlns="http://www.w3.org/2005/Atom"><title>Harbour News</title><entry><title>Ferry</title>'
    '<link href="https://harbour.example/1"/><id>u:1</id><summary>It sails.</summary></entry></feed>',
    "atom 0.3": '<feed version="0.3" xmlns="http://purl.org/atom/ns#"><title>Harbour News</title>'
    '<entry><title>Ferry</title><link rel="alternate" type="text/html" href="https://harbour.example/1"/>'
    "<summary>It sails.</summary></entry></feed>",
    "json 1.1": json.dumps(
        {
            "version": "https://jsonfeed.org/version/1.1",
            "title": "Harbour News",
            "items": [
                {"id": "1", "url": "https://harbour.example/1", "title": "Ferry", "content_html": "<p>It sails.</p>"}
            ],
        }
    ),
}


@pytest.mark.parametrize("name", sorted(SAMPLES))
def test_every_format(name: str) -> None:
    (entry,) = documents(SAMPLES[name])
    assert (entry.source, entry.title, entry.text) == ("Harbour News", "Ferry", "It sails.")
    assert entry.url == "https://harbour.example/1"
    assert detect_kind("x", SAMPLES[name].encode()) == "feed"


def test_language_date_and_identity() -> None:
    (entry,) = documents(
        rss(
            "<item><title>T</title><link>/news/1?utm_source=rss</link><guid isPermaLink='false'>g-1</guid>"
            "<pubDate>Fri, 02 May 2014 08:30:00 +0700</pubDate><description>D</description></item>"
        )
    )
    assert entry.lang_hint == "vi"
    assert entry.published == entry.known == datetime(2014, 5, 2, 1, 30, tzinfo=UTC)
    assert (entry.external_id, entry.url) == ("g-1", "https://harbour.example/news/1")


def test_no_id_given_none_made_up() -> None:
    (entry,) = documents(rss("<item><title>T</title><link>https://harbour.example/1</link></item>"))
    assert entry.external_id is None
    assert entry.text == "T"


def test_full_content_is_preferred() -> None:
    (entry,) = documents(
        '<rss version="2.0" xmlns:content="http://purl.org/rss/1.0/modules/content/"><channel><title>x</title><item>'
        "<title>T</title><description>Short.</description><content:encoded><![CDATA[<p>Long <b>text</b>.</p>"
        "<p>More.</p>]]></content:encoded></item></channel></rss>"
    )
    assert entry.text == "Long text.\nMore."


def test_entries_that_share_an_address_stay_apart() -> None:
    link = "<link>https://harbour.example/</link>"
    first, second = documents(rss(f"<item><title>A</title>{link}</item><item><title>B</title>{link}</item>"))
    assert first.id != second.id
    assert first.url == second.url


def test_entries_without_anything_that_names_them_keep_their_id_when_they_move() -> None:
    a, b = "<item><title>A</title></item>", "<item><title>B</title></item>"
    assert {d.id for d in documents(rss(a + b))} == {d.id for d in documents(rss(b + a))}


ENTRIES = "".join(
    f"<item><title>Ferry {n}</title><link>https://harbour.example/{n}</link><description>It sails.</description></item>"
    for n in range(3)
)
WHOLE = rss(ENTRIES)
BARE = WHOLE.partition("?>")[2]
ATOM = (
    '<feed xmlns="http://www.w3.org/2005/Atom"><title>Harbour News</title>'
    + "".join(f"<entry><title>Ferry {n}</title><summary>It sails.</summary></entry>" for n in range(3))
    + "</feed>"
)
ODD = {
    "as it should be": WHOLE,
    "no declaration": BARE,
    "blank lines first": "\n \n" + WHOLE,
    "a server's warning first": "Warning: mysql_connect() failed on line 3\n" + WHOLE,
    "markup first": "<br />\n<b>Notice</b>: undefined index<br />\n" + WHOLE,
    "the answer's head first": "HTTP/1.1 200 OK\r\nContent-Type: text/xml\r\n\r\n" + WHOLE,
    "script after": WHOLE + "<script>track()</script><!-- 0.3 s -->",
    "a long comment first": "<?xml version='1.0'?><!--" + " words" * 2000 + "-->" + BARE,
    "a document type": '<!DOCTYPE rss PUBLIC "-//Netscape//DTD" "http://a.example/x.dtd" [<!ENTITY q "quay">]>' + BARE,
    "capitals": WHOLE.replace("item>", "ITEM>").replace("title>", "TITLE>").replace("channel>", "Channel>"),
    "bare ampersands": WHOLE.replace("It sails.", "Rock & roll &nbsp;&c. &unheard;"),
    "smaller than": WHOLE.replace("It sails.", "1 < 2 and <3"),
    "control characters": WHOLE.replace("It sails.", "It\x08 \x0bsails\x00."),
    "references to characters there are not": WHOLE.replace("It sails.", "It &#0;&#x1f;&#xD800; sails."),
    "cut CDATA": WHOLE.replace("It sails.", "<![CDATA[It ]]]]><![CDATA[> sails.]]>"),
    "entries outside the channel": WHOLE.replace("</channel>", "").replace("<item>", "</channel><item>", 1),
    "no channel": WHOLE.replace("<channel>", "").replace("</channel>", ""),
    "no root": BARE.replace('<rss version="2.0">', "").replace("</rss>", ""),
    "no root, no channel": ENTRIES,
    "entries left open": WHOLE.replace("</item>", ""),
    "titles left open": WHOLE.replace("</description>", ""),
    "two channels": WHOLE.replace("</item><item>", "</item></channel><channel><item>", 1),
    "a channel within a channel": WHOLE.replace("<item>", "<channel><item>", 1).replace("</rss>", "</channel></rss>"),
    "within a page": f"<html><body>{BARE}</body></html>",
    "a root of its own": BARE.replace("rss", "headlines").replace("channel", "list"),
    "quotes left out": WHOLE.replace('"2.0"', "2.0"),
    "RSS 1.1": '<Channel xmlns="http://purl.org/net/rss1.1#"><title>Harbour News</title><items>'
    + ENTRIES
    + "</items></Channel>",
    "Atom without its name space": ATOM.replace(' xmlns="http://www.w3.org/2005/Atom"', ""),
    "Atom with a prefix": ATOM.replace("<", "<a:").replace("<a:/", "</a:").replace("xmlns=", "xmlns:a="),
    "a mark in front, twice": "\ufeff\ufeff" + WHOLE,
    "it makes the parser fail": rss(ENTRIES, "<title>Harbour News</title><image><title>x<width>5</width></image>"),
}


@pytest.mark.parametrize("name", ["feed.xml", "feed.rss", "feed.atom", "feed.ill", "feed.txt", "feed.php", "feed"])
@pytest.mark.parametrize("odd", sorted(ODD))
def test_entries_of_odd_feeds_arrive_whatever_the_name(odd: str, name: str) -> None:
    data = ODD[odd].encode()
    assert detect_kind(f"folder/{name}", data[:HEAD]) == "feed"
    found = [one for one in parse(data, f"folder/{name}") if isinstance(one, Document)]
    assert len({one.id for one in found}) == 3
    assert all(one.text for one in found)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "utf-32-be", "cp037"])
@pytest.mark.parametrize("declared", ["utf-8", "{}", "x-none"])
def test_feeds_in_any_encoding_arrive(encoding: str, declared: str) -> None:
    data = WHOLE.replace("?>", f' encoding="{declared.format(encoding)}"?>', 1).encode(encoding)
    assert detect_kind("feed.xml", data[:HEAD]) == "feed"
    assert [one.text for one in documents(data)] == ["It sails."] * 3


def test_json_feeds_by_another_name() -> None:
    items = [{"id": n, "content_text": f"Words {n}."} for n in range(3)]
    told: list[dict[str, object]] = [
        {"version": 1, "title": "Harbour News", "items": items},
        {"title": "Harbour News", "home_page_url": "https://harbour.example/", "items": items},
        {"items": items, "title": "Harbour News"},
    ]
    for feed in told:
        for data in (json.dumps(feed), json.dumps(feed, indent=2), "\ufeff" + json.dumps(feed)):
            assert detect_kind("feed.json", data.encode()) == "feed"
            found = documents(data)
            assert [one.external_id for one in found] == ["0", "1", "2"]
            assert found[0].source == "Harbour News"


def test_what_the_server_says_of_the_encoding() -> None:
    data = rss("<item><title>Паром</title></item>").encode("koi8-r")
    readings = read(data, kind="feed", item=URL, options=OPTIONS, content_type="application/rss+xml; charset=KOI8-R")
    assert [one.item.title for one in readings if isinstance(one.item, Document)] == ["Паром"]


HOSTILE = [
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "&lt;script&gt;alert(1)&lt;/script&gt;",
    "&amp;lt;iframe src=x&amp;gt;",
    "<![CDATA[<a href='javascript:alert(1)'>x</a>]]>",
    "<svg/onload=alert(1)>",
]


@pytest.mark.parametrize("payload", HOSTILE)
def test_no_markup_in_any_field(payload: str) -> None:
    found = parse(
        f"<rss version='2.0'><channel><title>{payload}N</title><item><title>{payload}T</title><description>{payload}D"
        f"</description><author>{payload}</author><category>{payload}c</category><link>javascript:alert(1)</link>"
        f"<guid>{payload}1</guid></item></channel></rss>"
    )
    for entry in found:
        if isinstance(entry, Document):
            shown = " ".join([entry.title, entry.text, entry.source, *(str(v) for v in entry.meta.values())]).lower()
            assert not any(sign in shown for sign in ("<script", "<img", "<iframe", "<a ", "<svg", "onerror=alert(1)>"))
            assert entry.url is None
    assert found


def test_a_page_served_as_a_feed() -> None:
    page = b"<!DOCTYPE html><html><head><title>Sign in</title></head><body>Please sign in.</body></html>"
    (failure,) = parse(page)
    assert isinstance(failure, Failure)
    assert failure.error == "is an HTML page, not a feed"
    assert failure.item == URL
    assert detect_kind("saved/feed.xml", page) == "feed"
    assert detect_kind("https://a.example/rss", page, "application/rss+xml; charset=utf-8") == "feed"
    assert detect_kind("https://a.example/rss", page, "text/html") == "html"


def test_a_feed_that_is_cut_off() -> None:
    whole = rss("<item><title>A</title></item><item><title>B</title></item>")
    found = parse(whole[: whole.index("<title>B")])
    assert isinstance(found[0], Document)
    assert isinstance(found[-1], Failure)
    assert "cut off" in found[-1].error


@pytest.mark.parametrize(
    "data",
    [
        b"Just words.",
        b"<opml><body/></opml>",
        b'{"version": "1"}',
        b'{"a":',
        b'{"version": "https://jsonfeed.org/version/1"}',
    ],
)
def test_no_feed_at_all(data: bytes) -> None:
    (failure,) = parse(data)
    assert isinstance(failure, Failure)


def test_an_entity_bomb_is_not_unfolded() -> None:
    bomb = (
        '<?xml version="1.0"?><!DOCTYPE rss [<!ENTITY a "'
        + "ha" * 50
        + '">'
        + "".join(f'<!ENTITY {b} "{("&" + a + ";") * 20}">' for a, b in zip("abcdefg", "bcdefgh", strict=True))
        + "]>"
        + rss("<item><title>&h;</title><description>x</description></item>").partition("?>")[2]
    )
    assert all(len(one.text) < 100_000 for one in parse(bomb) if isinstance(one, Document))


def test_an_external_entity_is_not_read(tmp_path: object) -> None:
    text = (
        '<!DOCTYPE rss [<!ENTITY x SYSTEM "file:///etc/passwd">]>'
        + rss("<item><title>&x;</title></item>").partition("?>")[2]
    )
    assert not any("root:" in one.text for one in parse(text) if isinstance(one, Document))


def test_a_feed_with_many_dates_that_cannot_be() -> None:
    dates = ["Thu, 01 Jan 0000 00:00:00 GMT", "2099-01-01", "yesterday"]
    items = "".join(f"<item><title>{n}</title><pubDate>{d}</pubDate></item>" for n, d in enumerate(dates))
    found = documents(rss(items))
    assert [one.published for one in found] == [None] * 3
    assert [one.meta["published_as_printed"] for one in found] == dates


def test_old_encodings() -> None:
    text = '<?xml version="1.0" encoding="{}"?><rss version="2.0"><channel>'
    text += "<title>Порт</title><item><title>Паром</title></item></channel></rss>"
    for encoding in ("windows-1251", "koi8-r", "utf-16", "iso-8859-5"):
        (entry,) = documents(text.format(encoding).encode(encoding))
        assert (entry.source, entry.title) == ("Порт", "Паром")
