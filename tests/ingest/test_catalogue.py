"""The bundled list of feeds: enough of them, each complete, each graded by the rule."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from domain.errors import ConfigError
from ingest.catalogue import CATEGORIES, GRADES, bundled, choose, load_catalogue
from ingest.dedup import canonical_url
from ingest.fetch import check_url
from ingest.opml import read_opml, write_opml

MANY = frozenset({"vi", "en", "fr", "zh", "ru", "es", "ar", "de", "pt", "pl", "ja", "ko", "id", "km", "it", "uk"})
FEED = """
[bases.press]
grade = "C"
meaning = "press"

[[feed]]
name = "Harbour News"
url = "https://harbour.example/feed"
country = "VN"
language = "vi"
region = "Southeast Asia"
category = "world news"
basis = "press"
"""


def test_there_are_enough_in_enough_languages() -> None:
    feeds = bundled().feeds
    assert len(feeds) >= 100
    languages = Counter(feed.lang for feed in feeds)
    assert all(languages[lang] >= 3 for lang in MANY)
    assert {"lo", "th"} <= set(languages)
    assert {feed.category for feed in feeds} == set(CATEGORIES)
    assert len({feed.region for feed in feeds}) >= 9
    assert len({feed.country for feed in feeds}) >= 35
    assert sum(feed.listed for feed in feeds) >= 0.9 * len(feeds)


def test_each_is_complete_and_graded_by_the_rule() -> None:
    catalogue = bundled()
    for feed in catalogue.feeds:
        assert feed.name.strip() == feed.name
        assert check_url(feed.url).hostname
        assert canonical_url(feed.url) == feed.url
        assert feed.reliability == catalogue.bases[feed.basis].grade
        assert feed.reliability in GRADES
        assert not any(word in feed.url.lower() for word in ("apikey", "token=", "news.google.", "reddit.com"))
    assert len({feed.url for feed in catalogue.feeds}) == len({feed.name for feed in catalogue.feeds})
    assert all(basis.meaning for basis in catalogue.bases.values())
    assert {feed.basis for feed in catalogue.feeds} == set(catalogue.bases)


@pytest.mark.data
def test_listed_addresses_stand_in_the_public_lists(shared: Path) -> None:
    lists = (shared / "data/feeds/opml/world_by_country_kite.opml").read_bytes()
    known = {source.url for source in read_opml(lists, item="list")}
    feeds = [feed for feed in bundled().feeds if feed.listed]
    assert sum(feed.url in known for feed in feeds) >= 0.8 * len(feeds)  # the others stand in the second collection


def test_choosing() -> None:
    feeds = bundled().feeds
    vietnamese = choose(feeds, langs={"VI"})
    assert vietnamese
    assert {feed.lang for feed in vietnamese} == {"vi"}
    assert choose(feeds) == list(feeds)
    assert choose(feeds, langs={"fr", "en"}, categories={"foreign ministry"}, countries={"fr"})
    assert choose(feeds, langs={"vi"}, regions={"Oceania"}) == []


def test_as_sources_and_as_opml() -> None:
    sources = [feed.source() for feed in bundled().feeds]
    again = read_opml(write_opml(sources), item="list")
    assert sorted(again, key=lambda one: one.name) == sorted(sources, key=lambda one: one.name)


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('"VN"', '"XX"', "country 'XX' is unknown"),
        ('"vi"', '"vietnamese"', "language 'vietnamese' is unknown"),
        ('"Southeast Asia"', '"Asia"', "region 'Asia' is unknown"),
        ('"world news"', '"gossip"', "category 'gossip' is unknown"),
        ('basis = "press"', 'basis = "hearsay"', "basis 'hearsay' is unknown"),
        ("https://harbour.example/feed", "file:///etc/passwd", "only http and https"),
        ("https://harbour.example/feed", "https://a:b@harbour.example/", "user name or password"),
        ('name = "Harbour News"', 'name = ""', "lacks name"),
        ('country = "VN"', 'colour = "blue"', "fields nobody knows: colour"),
        ('grade = "C"', 'grade = "AB"', "needs a grade A to F"),
        ('[[feed]]\nname = "Harbour News"', '[[feed]]\nname = "Harbour News', "cannot be read"),
    ],
)
def test_a_list_that_makes_no_sense_is_refused(tmp_path: Path, old: str, new: str, said: str) -> None:
    path = tmp_path / "feeds.toml"
    path.write_text(FEED, encoding="utf-8")
    assert load_catalogue(path).feeds[0].reliability == "C"
    assert old in FEED
    path.write_text(FEED.replace(old, new), encoding="utf-8")
    with pytest.raises(ConfigError) as caught:
        load_catalogue(path)
    assert said in str(caught.value)


def test_the_same_feed_twice_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "feeds.toml"
    again = FEED[FEED.index("[[feed]]") :].replace("Harbour News", "Another")
    path.write_text(FEED + again, encoding="utf-8")
    with pytest.raises(ConfigError, match="twice"):
        load_catalogue(path)
