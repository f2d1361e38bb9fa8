from __future__ import annotations

import base64
import doctest
import hashlib
import re
from html import unescape

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.text import strip_invisible
from interfaces.dashboard import formatted
from interfaces.dashboard.formatted import POLICY, framed, rebuilt
from tests.dashboard.test_markup import tags

KNOWN = {"p", "b", "ul", "li", "table", "tr", "td", "th", "h1", "br", "hr", "span", "blockquote", "pre", "em", "div"}
PIECES = st.sampled_from([
    "<p>", "</p>", "<b onclick=alert(1)>", "</b>", "<script>", "</script>", "<style>", "<img src=x onerror=alert(1)>",
    "<iframe srcdoc='<script>'>", "<svg onload=alert(1)>", "</svg>", "<a href='javascript:alert(1)'>", "</a>",
    "<a href=\"https://a.example/'><script>\">", "<td colspan=3 style=x>", "<td rowspan='1 onload=x'>", "<table>",
    "</table>", "<!--", "-->", "<![CDATA[", "]]>", "<!doctype x>", "<meta http-equiv=refresh>", "<base href=//e>",
    "<form>", "<input autofocus onfocus=alert(1)>", "<math><mtext>", "<noscript>", "<title>", "</title>", "<textarea>",
    "<template>", "&lt;script&gt;", "&#60;script&#62;", "&", "<", ">", '"', "'", "\u202e", "\u200b", "\x00", "word ",
    "<x-y>",
    "<p/onload=alert(1)>", "<<p>", "<p\n", "</", "<?php ?>", "<br>", "<hr/>", "<plaintext>", "<object data=x>",
])  # fmt: skip


@given(st.lists(PIECES, max_size=40).map("".join))
def test_whatever_is_stored_becomes_known_elements_without_attributes(markup: str) -> None:
    made = rebuilt(markup)
    for name, attributes in tags(made):
        assert name in KNOWN, name
        assert set(attributes) <= {"colspan", "rowspan", "class"}
        assert attributes.get("class", "link") in ("link", "to")
    assert strip_invisible(made) == made
    opened = re.findall(r"<([a-z0-9]+)[^>]*>", made)
    closed = re.findall(r"</([a-z0-9]+)>", made)
    assert sorted(o for o in opened if o not in ("br", "hr")) == sorted(closed)


@given(st.lists(PIECES, max_size=40).map("".join))
def test_nothing_leaves_the_inner_frame(markup: str) -> None:
    outer = tags(framed(markup, title="<b>'\"", lang="en'\" onload=x"))
    assert [name for name, _ in outer] == ["html", "head", "meta", "meta", "style", "body", "iframe"]
    frame = outer[-1][1]
    assert frame["sandbox"] == ""
    assert set(frame) == {"sandbox", "referrerpolicy", "title", "srcdoc"}
    inner = tags(frame["srcdoc"] or "")
    assert [name for name, _ in inner[:5]] == ["html", "head", "meta", "meta", "style"]
    assert set(inner[0][1]) == {"dir", "lang"}
    assert not {name for name, _ in inner} & {"script", "iframe", "a", "img", "form", "svg", "object", "link", "base"}


def test_the_policy_lets_nothing_be_fetched_and_knows_only_its_own_styles() -> None:
    assert POLICY.startswith("default-src 'none'; style-src 'sha256-")
    assert "unsafe" not in POLICY
    page = framed("<p>x</p>", title="t")
    inner = unescape(re.findall(r'srcdoc="(.*?)"', page)[0])
    for one in (page, inner):
        style = re.findall(r"<style>(.*?)</style>", one)[0]
        assert base64.b64encode(hashlib.sha256(style.encode()).digest()).decode() in POLICY
        assert POLICY in unescape(one)


def test_what_reading_needs_is_kept() -> None:
    made = rebuilt(
        "<h1>A</h1><table><tr><td colspan='2' class=x>1<td>2</table><p>see <a href='https://a.example/?b&c'>this"
    )
    assert made == ('<h1>A</h1><table><tr><td colspan="2">1<td>2</td></td></tr></table><p>see <span class="link">this'
                    '</span><span class="to"> [https://a.example/?b&amp;c]</span></p>')  # fmt: skip


@pytest.mark.parametrize(
    "markup", ["<p>" * 5000 + "deep", "<b>" * 200 + "x" + "</b>" * 200, "<a href=https://a>" * 500]
)
def test_deep_nesting_ends(markup: str) -> None:
    made = rebuilt(markup)
    assert made.count("<p>") <= 120
    assert len(tags(made)) <= 1001


def test_examples_in_docstrings_hold() -> None:
    found = doctest.testmod(formatted)
    assert found.attempted
    assert not found.failed
