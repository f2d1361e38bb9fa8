"""HTML to plain text."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.html import plain, read_page, to_text


def test_blocks_are_lines_and_code_is_dropped() -> None:
    markup = (
        "<p>Một <b>đoạn</b>&nbsp;văn.<br>Dòng hai.</p><script>var x;</script><style>p{}</style>"
        "<ul><li>a</li><li>b</li></ul>"
        "<table><tr><td>1</td><td>2</td></tr></table><div hidden>no</div><!-- no -->"
    )
    assert to_text(markup) == "Một đoạn văn.\nDòng hai.\na\nb\n1 | 2"


@pytest.mark.parametrize("text", ["3 < 4 and 5 > 2", "a <b", "R&D", "if x<y then", "Tom & Jerry"])
def test_plain_text_stays_as_it_is(text: str) -> None:
    assert plain(text) == text


def test_escaped_markup_is_markup() -> None:
    assert plain("AT&amp;T &lt;b&gt;bold&lt;/b&gt;") == "AT&T bold"
    assert to_text("&lt;p&gt;twice&lt;/p&gt;&lt;script&gt;alert(1)&lt;/script&gt;") == "twice"


def test_a_page_without_its_frame() -> None:
    page = read_page(
        "<html lang='vi'><head><title>Cảng | Báo</title><meta property='article:published_time' content='2014-05-02'>"
        "<meta property='og:site_name' content='Báo Cảng'><link rel='canonical' href='https://a.example/1'>"
        "</head><body>"
        "<nav>Trang chủ</nav><header><h1>Cảng mở cửa</h1></header><p>Phà đầu tiên rời bến.</p>"
        "<footer>Bản quyền</footer></body></html>"
    )
    assert page.text == "Cảng mở cửa\nPhà đầu tiên rời bến."
    assert (page.title, page.lang, page.published, page.site) == ("Cảng | Báo", "vi", "2014-05-02", "Báo Cảng")
    assert page.url == "https://a.example/1"


@pytest.mark.parametrize(
    "markup",
    ["<div>" * 100_000 + "deep", "<xyz>" * 5_000 + "deep", "<dl><dd>" * 5_000 + "deep", "<b>" * 100_000 + "deep"],
    ids=["div", "unknown", "lists", "bold"],
)
def test_deep_nesting_keeps_the_text_and_takes_no_time(markup: str) -> None:
    started = time.monotonic()
    assert to_text(markup) == "deep"
    assert time.monotonic() - started < 5


@pytest.mark.parametrize("piece", ["<", "<a ", "<!--", "<p ", "&lt;", "<script>", "<![CDATA[", "<p>a"])
def test_long_broken_markup_takes_no_time(piece: str) -> None:
    started = time.monotonic()
    to_text(piece * 100_000)
    plain(piece * 100_000)
    assert time.monotonic() - started < 10


@given(
    text=st.text(max_size=200)
    | st.lists(st.sampled_from(["<p>", "</p>", "<script>", "<!--", "-->", "&lt;", "x", "<b"])).map("".join)
)
def test_no_tag_is_left(text: str) -> None:
    for out in (to_text(text), plain(text)):
        assert "<script>" not in out.lower()
        assert "<p>" not in out.lower()
        assert "<!--" not in out
