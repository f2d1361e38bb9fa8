"""Feeds that a page names."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.errors import ParseError
from ingest.discover import Naming, guessed_feeds, named_feeds

PAGE = """<!doctype html><html lang="vi"><head><title>Bản tin cảng</title>
<base href="/tin/">
<link rel="stylesheet alternate" type="text/css" href="dark.css">
<link rel="alternate" hreflang="en" href="/en/">
<link rel="Alternate" type="application/rss+xml; charset=utf-8" title="Bình luận" href="comments/feed">
<link rel=alternate type=application/rss+xml title="Tất cả tin" href="rss.xml?b=2&amp;a=1">
<link rel="alternate" type="application/atom+xml" title="Atom" href="https://cdn.example/atom">
<link rel="alternate" type="application/feed+json" href="//harbour.example/feed.json#x">
<link rel="alternate" type="application/json" href="/wp-json/wp/v2/pages/1">
<link rel="alternate" type="application/json+oembed" href="/oembed?x">
<link rel="feed" href="all" title="Mọi thứ">
<link rel="alternate" type="application/rss+xml" href="javascript:alert(1)">
<link rel="alternate" type="application/rss+xml" href="">
</head><body>
<a href="rss/kinh-te.rss">Kinh tế</a> <a href="feed:https://harbour.example/feeds/phap-luat">Pháp luật</a>
<a href="/lay-tin.php?muc=3"><img alt="" src="i.png"> RSS thể thao</a>
<a href="/rss-la-gi.html">RSS là gì?</a> <a href="https://feedly.com/i/subscription/feed/https://harbour.example/rss">+</a>
<a href="/press">Press</a> <a href="/feedback">Feedback</a>
<a href="https://feeds.harbour.example/the-gioi">Thế giới</a>
<!-- <link rel="alternate" type="application/rss+xml" href="/old.rss"> -->
<a href="rss.xml?a=1&b=2">again</a>
</body></html>""".encode()


def test_the_surest_come_first_and_each_once() -> None:
    found = named_feeds(PAGE, url="https://harbour.example/bao/index.html")
    assert [feed.url.removeprefix("https://harbour.example") for feed in found] == [
        "/feed.json",
        "/tin/rss.xml?a=1&b=2",
        "/tin/all",
        "https://cdn.example/atom",
        "/lay-tin.php?muc=3",
        "/feeds/phap-luat",
        "/tin/rss/kinh-te.rss",
        "https://feeds.harbour.example/the-gioi",
        "/tin/comments/feed",
    ]
    by_url = {feed.url: feed for feed in found}
    declared = by_url["https://harbour.example/tin/rss.xml?a=1&b=2"]
    assert (declared.title, declared.format, declared.naming) == ("Tất cả tin", "rss", Naming.LINK)
    assert by_url["https://harbour.example/lay-tin.php?muc=3"].title == "RSS thể thao"
    assert by_url["https://harbour.example/tin/comments/feed"].comments
    assert sum(feed.comments for feed in found) == 1


def test_a_page_without_feeds_and_its_guesses() -> None:
    assert named_feeds(b"<html><body><a href='/x'>x</a></body></html>", url="https://a.example/") == ()
    guesses = [feed.url for feed in guessed_feeds("https://a.example/news/?x=1")]
    assert guesses[0] == "https://a.example/news/feed"
    assert "https://a.example/rss.xml" in guesses
    assert len(guesses) == len(set(guesses))
    assert all(feed.url.startswith("https://a.example/") for feed in guessed_feeds("https://a.example/x.html"))


def test_other_encodings_and_broken_pages() -> None:
    page = "<meta charset=windows-1251><link rel=alternate type=application/rss+xml title='Новости' href=/r>"
    assert named_feeds(page.encode("cp1251"), url="https://a.example/")[0].title == "Новости"
    assert (
        named_feeds(b"<link rel=alternate type=application/rss+xml href=http://[::1>", url="https://a.example/") == ()
    )


def test_hostile_pages_end_and_are_bounded() -> None:
    started = time.monotonic()
    many = b"".join(b"<a href=/rss/%d>x</a>" % n for n in range(50_000))
    assert len(named_feeds(many, url="https://a.example/")) == 50
    assert named_feeds(b"<div>" * 200_000, url="https://a.example/") == ()
    assert time.monotonic() - started < 15
    with pytest.raises(ParseError, match="larger"):
        named_feeds(b"x" * (16 * 2**20), url="https://a.example/")


PIECES = ["<a href='", "rss", "/", "'>", "<link rel=alternate ", "type=text/xml ", "href=", "x", ">"]


@given(st.lists(st.sampled_from(PIECES)).map("".join))
def test_every_address_is_absolute(page: str) -> None:
    try:
        found = named_feeds(page.encode(), url="https://a.example/b/c")
    except ParseError:
        return
    assert all(feed.url.startswith("https://a.example/") for feed in found)
