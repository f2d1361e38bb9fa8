from __future__ import annotations

import doctest
import re
from datetime import UTC, datetime, timedelta
from html import unescape
from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.text import strip_invisible
from interfaces.dashboard import markup, words
from interfaces.dashboard.document_versions import difference
from interfaces.dashboard.markup import Mark, excerpt, marked, tag, text, web_address

HOSTILE = "<script>alert(1)</script>\"'><img src=x onerror=alert(1)>"
ANY = st.text(alphabet=st.one_of(st.characters(), st.sampled_from("<>&\"'\u202e\u200b\x00 ")), max_size=60)


class Tags(HTMLParser):
    """The elements and attributes that a browser would see."""

    def __init__(self) -> None:
        super().__init__()
        self.seen: list[tuple[str, dict[str, str | None]]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.append((tag, dict(attrs)))


def tags(html: str) -> list[tuple[str, dict[str, str | None]]]:
    parser = Tags()
    parser.feed(html)
    parser.close()
    return parser.seen


def plain(html: str) -> str:
    return unescape(re.sub(r"<[^>]*>", "", html))


def visible(value: str) -> str:
    return re.sub("[\x00-\x08\x0b-\x1f\x7f-\x9f]", "", strip_invisible(value))


@given(ANY)
def test_no_text_becomes_an_element_and_nothing_visible_is_lost(value: str) -> None:
    made = text(value)
    assert "<" not in made
    assert ">" not in made
    assert unescape(made) == visible(value)


def test_accents_stay_and_direction_controls_go() -> None:
    assert text("Hải Dương \u202egnp.exe\u200b đ") == "Hải Dương gnp.exe đ"


@given(ANY, ANY)
def test_attributes_cannot_be_left(value: str, title: str) -> None:
    assert tags(tag("b", text(value), title=title, lang=value)) == [
        ("b", {"title": visible(title), "lang": visible(value)})
    ]


@given(ANY, st.lists(st.tuples(st.integers(0, 70), st.integers(0, 70)), max_size=6))
def test_marks_change_no_text(value: str, spans: list[tuple[int, int]]) -> None:
    made = marked(value, [Mark(a, b, "x", HOSTILE) for a, b in spans])
    assert plain(made) == visible(value)
    assert {name for name, _ in tags(made)} <= {"mark"}


def test_marks_stand_on_code_points_of_the_stored_text() -> None:
    value = "a\u200b𝒳 rig & co"
    at = value.index("rig")
    assert marked(value, [Mark(at, at + 3, "w")]) == 'a𝒳 <mark class="w">rig</mark> &amp; co'


@given(st.text(min_size=0, max_size=900), st.lists(st.tuples(st.integers(0, 880), st.integers(1, 20)), max_size=5))
def test_an_excerpt_lies_in_the_text_and_is_short(value: str, spans: list[tuple[int, int]]) -> None:
    start, end = excerpt(value, [(a, a + n) for a, n in spans], length=200)
    assert 0 <= start <= end <= len(value)
    assert end - start <= 200
    assert value[start:end] or not value


@pytest.mark.parametrize(
    "url",
    ["javascript:alert(1)", "data:text/html,x", "ftp://a.example/", "//a.example/", "http://", "https://u@a.example/",
     "http://[::1", " javascript:alert(1)", HOSTILE],
)  # fmt: skip
def test_only_plain_web_addresses_are_links(url: str) -> None:
    assert [name for name, _ in tags(web_address(url))] == ["span"]


def test_a_link_tells_the_other_side_nothing() -> None:
    [(name, attributes)] = tags(web_address("https://meridian-wire.example/a?b=1&c=2"))
    assert name == "a"
    assert attributes["href"] == "https://meridian-wire.example/a?b=1&c=2"
    assert set((attributes["rel"] or "").split()) >= {"noopener", "noreferrer"}


@given(ANY, ANY)
def test_a_difference_holds_both_texts(before: str, after: str) -> None:
    made = difference(before, after)
    assert plain(re.sub(r"<ins>.*?</ins>", "", made, flags=re.S)) == visible(before)
    assert plain(re.sub(r"<del>.*?</del>", "", made, flags=re.S)) == visible(after)


def test_a_difference_is_told_by_words() -> None:
    assert difference("rig moved south", "rig moved north") == "rig moved <del>south</del><ins>north</ins>"


def test_examples_in_docstrings_hold() -> None:
    for module in (markup, words):
        found = doctest.testmod(module)
        assert found.attempted
        assert not found.failed


def test_ages_grow_with_the_span() -> None:
    assert words.age(None) == "never"
    assert words.age(timedelta(days=365 * 5)) == "5 years"
    assert words.moment(datetime(2014, 5, 6, tzinfo=UTC)) == "6 May 2014"
