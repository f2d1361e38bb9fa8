"""Lists of feeds."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.errors import ParseError
from domain.label import Label
from domain.source import Source
from ingest.clean import one_line
from ingest.html import plain
from ingest.opml import read_opml, write_opml

LIST = """<?xml version="1.0" encoding="UTF-8"?><opml version="2.0"><head><title>Lists</title></head><body>
<outline text="Asia" language="vi" country="vn"><outline text="Ports">
  <outline type="rss" text="Cảng &amp; biển" title="" xmlUrl="https://a.example/rss?utm_source=x"/>
  <outline type="rss" title="Second" text="ignored" xmlUrl="HTTP://B.example/feed" language="en"/></outline></outline>
<outline type="rss" text="Again" xmlUrl="https://a.example/rss"/>
<outline type="rss" text="Bad" xmlUrl="javascript:alert(1)"/><outline text="No address"/>
<outline text="Outer" xmlUrl="https://c.example/f"><outline text="Inner" xmlUrl="https://d.example/f"/></outline>
</body></opml>"""


def test_nested_outlines_in_their_order() -> None:
    found = read_opml(LIST.encode(), item="list.opml")
    assert [(one.name, one.url, one.lang, one.country) for one in found] == [
        ("Cảng & biển", "https://a.example/rss", "vi", "VN"),
        ("Second", "http://b.example/feed", "en", "VN"),
        ("Outer", "https://c.example/f", None, None),
        ("Inner", "https://d.example/f", None, None),
    ]
    assert {one.kind for one in found} == {"feed"}


def test_a_cut_list_gives_what_came_before() -> None:
    cut = LIST[: LIST.index('<outline text="Outer"')]
    assert [one.name for one in read_opml(cut.encode(), item="x")] == ["Cảng & biển", "Second"]


@pytest.mark.parametrize(
    "data",
    [b"", b"words", b"<html><body/></html>", b"<opml/>", b'<!DOCTYPE opml [<!ENTITY a "b">]><opml><body/></opml>'],
)
def test_what_is_no_list_is_refused(data: bytes) -> None:
    with pytest.raises(ParseError) as caught:
        read_opml(data, item="list.opml")
    assert caught.value.item == "list.opml"


def test_groups_are_regions_and_categories() -> None:
    found = {one.name: one for one in read_opml(LIST.encode(), item="list.opml")}
    assert (found["Second"].region, found["Second"].category) == ("Asia", "Ports")
    assert (found["Outer"].region, found["Outer"].category) == (None, None)
    told = b"""<opml><body><outline text="Group"><outline text="One" xmlUrl="https://a.example/1"/>
    <outline text="Two" category="/news/world,/ports" reliability="b" label="secret" xmlUrl="https://a.example/2"/>
    <outline text="Three" region="Europe" label="my label" reliability="good" kind="sitemap"
      xmlUrl="https://a.example/3"/></outline></body></opml>"""
    one, two, three = read_opml(told, item="x")
    assert (one.category, one.region, one.reliability) == ("Group", None, "F")
    assert (two.category, two.reliability, two.label) == ("news/world", "B", Label.SECRET)
    assert (three.category, three.region, three.kind, three.label) == ("Group", "Europe", "sitemap", Label.OPEN)


NAMES = (
    st.text(max_size=40).map(lambda text: one_line(plain(text), limit=200)).filter(lambda t: t == one_line(plain(t)))
)
GROUPS = NAMES.map(lambda text: text.lstrip("/ ") or None)
SOURCES = st.lists(
    st.builds(
        Source,
        name=NAMES.filter(bool),
        kind=st.sampled_from(["feed", "sitemap"]),
        url=st.integers(0, 10**6).map("https://a.example/{}?a=1&b=%22".format),
        lang=st.sampled_from([None, "vi", "zh-Hant"]),
        country=st.sampled_from([None, "VN", "FR"]),
        reliability=st.sampled_from("ABCDEF"),
        region=GROUPS,
        category=GROUPS,
        label=st.sampled_from(list(Label)),
    ),
    max_size=8,
    unique_by=lambda one: one.url,
)


@given(SOURCES)
def test_what_is_written_is_read_back(sources: list[Source]) -> None:
    def order(one: Source) -> str:
        return one.url or ""

    again = read_opml(write_opml(sources), item="list")
    assert sorted(again, key=order) == sorted(sources, key=order)


def test_what_is_not_for_others_stays_out() -> None:
    kept = Source(name="N", kind="feed", url="https://a.example/f", settings={"folder": "Secret plans"})
    others = [Source(name="Inbox", kind="imap", url="imaps://mail.example"), Source(name="No address", kind="feed")]
    written = write_opml([kept, *others], title="Desk \x00 list")
    assert b"Secret plans" not in written
    assert [one.name for one in read_opml(written, item="x")] == ["N"]
    assert b"<title>Desk list</title>" in written


@pytest.mark.parametrize("odd", [":x", "a:5", "a:b:c"])
def test_elements_whose_names_are_none(odd: str) -> None:
    told = f'<opml><body><{odd}/><outline text="N" xmlUrl="https://a.example/f"><{odd}/></outline></body></opml>'
    assert [one.name for one in read_opml(told.encode(), item="x")] == ["N"]
