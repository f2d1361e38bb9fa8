"""Lists of feeds."""

from __future__ import annotations

import pytest

from domain.errors import ParseError
from ingest.opml import read_opml

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
