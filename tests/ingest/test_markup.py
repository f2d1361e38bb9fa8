# ruff: noqa: E501
"""Markup tamed: properly nested, bounded, nothing readable lost, in time that grows with its length."""

from __future__ import annotations

import re
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.markup import DEEPEST, SELF_CLOSED, tame


@pytest.mark.parametrize(
    ("markup", "tamed"),
    [
        ("<p>3 < 4 <b", "<p>3 &lt; 4 &lt;b"),
        ("<DIV Class=a\nid='b\"c' onclick=x data-y>t</DIV></div>x", '<div class="a" id="b&quot;c" data-y>t</div>x'),
        ("<!-->a<b>--><!--->c<!--x--!>d", "a<b>-->cd</b>"),
        ("<!-- never closed <p>x", ""),
        ("<table><tr><td></div>x</table>", "<table><tr><td>x</table>"),
        ("</br>a</p>b", "<br>a</p>b"),
        ("<div><span>x</div>y</span>z", "<div><span>x</span></div>yz"),
        ("<a href=x/>t</a>", '<a href="x/">t</a>'),
        ("<title>a<b>c</title>d", "<title>a&lt;b>c</title>d"),
        ("<p a=''b=1>x", '<p a="" b="1">x'),
        ("<p title=a>b>c", '<p title="a">b>c'),
        ("<p title='>'>x", '<p title=">">x'),
        ("<p title='never closed>x</p>y", "<p>x</p>y"),
        ("<script>if (a<b) c('</p>')</script>x<style>p{}</style>y", "xy"),
        ("<svg><title>t</title></svg>x<svg>y", "xy"),
        ("</>a</ b>c<?php x ?>d<!doctype html>e", "acde"),
        ("<x:y>a</x:y>", "<x:y>a</x:y>"),
        ("<p id=1 id=2>", '<p id="1" id="2">'),
    ],
)
def test_how_tags_are_written_anew(markup: str, tamed: str) -> None:
    assert tame(markup).markup == tamed


def test_data_blocks_are_kept_apart() -> None:
    found = tame("<script type='application/ld+json'>{\"a\":1}</script><script TYPE=application/LD+JSON>[]</script>x")
    assert (found.markup, found.data) == ("x", ('{"a":1}', "[]"))


PIECES = [
    "<div>",
    "</div>",
    "<table>",
    "<td>",
    "</table>",
    "<b>",
    "</b>",
    "<p>",
    "<x a='",
    "'>",
    '"',
    "<!--",
    "-->",
    "word",
    "<",
    ">",
]
TAG = re.compile(r"<(/?)([a-z][a-z0-9_:.-]*)(?: [^<>\"]*(?:\"[^\"]*\")?)*>")


@given(st.lists(st.sampled_from(PIECES) | st.text(alphabet="<>/!-'\"= ab", max_size=5), max_size=60).map("".join))
def test_what_comes_out_nests_and_stays_as_it_is(markup: str) -> None:
    once = tame(markup).markup
    assert tame(once).markup == once
    open_tags: list[str] = []
    for closing, name in TAG.findall(once):
        if name in SELF_CLOSED:
            continue
        if closing:
            assert open_tags.pop() == name
        else:
            open_tags.append(name)
        assert len(open_tags) <= DEEPEST
    assert open_tags == []


@given(
    st.lists(
        st.sampled_from(["<p>", "</p>", "<div>", "</div>", "<b>", "</i>", "<td>"]) | st.sampled_from("abc"), max_size=50
    )
)
def test_no_word_is_lost(pieces: list[str]) -> None:
    words = [one for one in pieces if len(one) == 1]
    assert re.sub(r"<[^>]*>", "", tame("".join(pieces)).markup) == "".join(words)


def test_the_bounds() -> None:
    assert tame("<div>" * 1000 + "x").markup == "<div>" * DEEPEST + "x" + "</div>" * DEEPEST
    assert tame("<b>" * 100 + "x").markup.count("<b>") == 8
    assert tame("<p " + " ".join(f"a{n}=1" for n in range(100)) + ">").markup.count("=") == 48
    assert tame("<p a='" + "x" * 10_000 + "'>").markup == "<p>"
    assert tame("<i>a</i>" * 10, elements=4).markup == "<i>a</i><i>a</i>" + "a" * 8


@pytest.mark.parametrize(
    "piece",
    ["<", "<div>", "<div><!--</div>-->", "<div title='></div>'>", "<!--", "<p a=\"", "<p a='>", '<p x=">" ', "<p a=", "<svg>", "<title>",
     "<script>", "<table><div>", "</span></div>", "<p ////", "<b id=1>", "<![CDATA[", "</", "<p a" + " " * 50, "<textarea></textarea x"],
)  # fmt: skip
@pytest.mark.parametrize("end", ["", ">", "'>", '">'])
def test_long_markup_takes_time_by_its_length(piece: str, end: str) -> None:
    markup = piece * (500_000 // len(piece)) + end
    started = time.process_time()
    tame(markup)
    assert time.process_time() - started < 6
