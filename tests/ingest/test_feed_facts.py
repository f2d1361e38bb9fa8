"""What a feed says of itself."""

from __future__ import annotations

import gzip
import json
from datetime import UTC, datetime, timedelta

import pytest

from domain.errors import ParseError
from ingest.feeds import FeedFacts, feed_facts

HEADERS = {"link": '<https://hub.example/>; rel="hub", </feed>; rel=self, <https://a.example/>; rel="next"'}
RSS = """<?xml version="1.0"?><rss version="2.0" xmlns:atom="http://www.w3.org/2005/Atom"
 xmlns:sy="http://purl.org/rss/1.0/modules/syndication/" xmlns:media="http://search.yahoo.com/mrss/"><channel>
<title>Harbour &amp; News</title><link>https://harbour.example/</link><language>vi-VN</language>
<generator>Pump 2</generator>
<atom:link rel="self" href="https://harbour.example/rss"/><atom:link rel="hub" href="https://hub.example/"/>
<ttl> 90 </ttl><skipHours><hour>0</hour><hour>24</hour><hour>7</hour><hour>99</hour></skipHours>
<skipDays><day>Saturday</day><day>Sunday</day><day>Someday</day></skipDays>
<sy:updatePeriod>daily</sy:updatePeriod><sy:updateFrequency>4</sy:updateFrequency>
<sy:updateBase>2000-01-01T06:00+00:00</sy:updateBase>
<item><title>A</title><link>https://harbour.example/1</link><description>a</description>
  <pubDate>Fri, 02 May 2014 08:30:00 +0700</pubDate><media:thumbnail url="https://harbour.example/1.jpg"/></item>
<item><title>B</title><link>https://harbour.example/2</link><description>skipDays: <![CDATA[<skipDays><day>Monday</day>
  </skipDays>]]></description><pubDate>Sat, 03 May 2014 08:30:00 +0700</pubDate><guid>2</guid></item>
<item><title>C</title><link>https://harbour.example/3</link><description>c</description></item>
</channel></rss>"""


@pytest.mark.parametrize("pack", [bytes, gzip.compress])
def test_all_that_rss_can_say(pack: type) -> None:
    assert feed_facts(pack(RSS.encode()), HEADERS, item="https://harbour.example/rss") == FeedFacts(
        title="Harbour & News",
        language="vi-VN",
        generator="Pump 2",
        format="rss20",
        ttl=timedelta(minutes=90),
        period=timedelta(hours=6),
        base=datetime(2000, 1, 1, 6, tzinfo=UTC),
        skip_hours=frozenset({0, 7}),
        skip_days=frozenset({5, 6}),
        self_url="https://harbour.example/rss",
        home_url="https://harbour.example/",
        hubs=("https://hub.example/",),
        newest=datetime(2014, 5, 3, 1, 30, tzinfo=UTC),
        entries=3,
        layout="rss20: date link text title",
    )


def test_what_the_answer_says_beside() -> None:
    facts = feed_facts(
        b"<rss><channel><item><title>A</title></item></channel></rss>", HEADERS, item="https://a.example/x"
    )
    assert (facts.self_url, facts.hubs) == ("https://a.example/feed", ("https://hub.example/",))


def test_json_feed() -> None:
    feed = {
        "version": "https://jsonfeed.org/version/1.1", "title": "Harbour", "language": "fr",
        "feed_url": "https://harbour.example/feed.json", "home_page_url": "https://harbour.example/",
        "hubs": [{"type": "WebSub", "url": "https://hub.example/"}, 7],
        "items": [{"id": 1, "content_text": "a", "date_published": "2014-05-02T08:30:00Z"}, 7],
    }  # fmt: skip
    facts = feed_facts(json.dumps(feed).encode(), {})
    assert (facts.title, facts.language, facts.entries, facts.format) == ("Harbour", "fr", 2, "json")
    assert (facts.self_url, facts.home_url) == ("https://harbour.example/feed.json", "https://harbour.example/")
    assert facts.hubs == ("https://hub.example/",)
    assert facts.newest == datetime(2014, 5, 2, 8, 30, tzinfo=UTC)
    assert facts.layout == "json: date id text"


def test_a_layout_that_changes_is_seen_and_one_odd_entry_is_not() -> None:
    entry = "<item><title>A</title><description>a</description></item>"
    odd = "<item><title>A</title><author>Ann</author></item>"

    def layout(items: str) -> str:
        return feed_facts(f"<rss version='2.0'><channel>{items}</channel></rss>".encode(), {}).layout

    assert layout(entry * 4) == layout(entry * 4 + odd) == "rss20: text title"
    assert layout(odd * 4) == "rss20: author title"
    assert layout("") == ""


@pytest.mark.parametrize("said", ["0", "-5", "soon", "", "1e999", "nan", "9" * 400])
def test_a_ttl_that_means_nothing(said: str) -> None:
    facts = feed_facts(f"<rss version='2.0'><channel><ttl>{said}</ttl><item/></channel></rss>".encode(), {})
    assert facts.ttl is None or facts.ttl <= timedelta(days=365)


@pytest.mark.parametrize(("period", "often"), [("daily", "0"), ("daily", "-2"), ("daily", "x"), ("daily", "nan")])
def test_a_frequency_that_means_nothing(period: str, often: str) -> None:
    data = f"""<rss version="2.0" xmlns:sy="http://purl.org/rss/1.0/modules/syndication/"><channel>
    <sy:updatePeriod>{period}</sy:updatePeriod><sy:updateFrequency>{often}</sy:updateFrequency><item/></channel></rss>"""
    assert feed_facts(data.encode(), {}).period == timedelta(days=1)


def test_no_feed_no_facts() -> None:
    with pytest.raises(ParseError, match="HTML page"):
        feed_facts(b"<html><body>Sign in</body></html>", {}, item="https://a.example/")
