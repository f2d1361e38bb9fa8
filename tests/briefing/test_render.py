"""Rendering: what stands in it, and that nothing in a text can become markup."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from html import unescape

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import html as lxml_html
from markdown_it import MarkdownIt
from markdown_it.token import Token

from briefing.compose import compose
from briefing.render import render
from briefing.render.html import highlight
from briefing.render.markdown import escape as escape_markdown
from briefing.render.shared import shown, web_address
from domain.briefing import Briefing, Citation, Item, Section, Statement
from domain.label import Label
from tests.briefing.making import LEAD, SINCE, UNTIL, material, paper
from tests.briefing.test_verify import whole

EVIL = "<script>alert(1)</script> <img src=x onerror=a> [x](javascript:a) **b** `c` \"d\" 'e' &lt;f&gt; \u202eg\u200bh"
HIDDEN = re.compile("[\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff\u00ad]")


def briefing_of(text: str, *, title: str = "T", url: str | None = None, lang: str = "en") -> Briefing:
    """One quoted and one computed sentence with this text everywhere that text can stand."""
    citation = Citation(
        n=1, document_id="d1", passage_id=7, title=title, source=text, lang=lang, published=None, url=url,
        label=Label.OPEN, passage=f"Before. {text} After.",
    )  # fmt: skip
    statements = (
        Statement(text=text, citations=(1,), lang=lang),
        Statement(text=text, citations=(), quoted=False, basis=f"counted=0; {text}"),
    )
    item = Item(heading=title, statements=statements, when=SINCE, sources=(text,), languages=(lang,))
    sections = tuple(
        Section(kind=kind, title="S", items=(item,), note=text)
        for kind in ("happened", "changed", "alerts", "watch", "unknown")
    )
    return Briefing(
        title=title, about=text, since=SINCE, until=UNTIL, as_of=None, made=UNTIL, lang="en", label=Label.RESTRICTED,
        sections=sections, citations=(citation,), documents=1,
    )  # fmt: skip


def tokens(found: list[Token]) -> Iterator[Token]:
    for token in found:
        yield token
        yield from tokens(token.children or [])


def flat(text: str) -> str:
    return "".join(text.split())


# Any characters, and often those that mean something somewhere.
SPECIAL = "<>&\"'`*_[]()#!|~\\-+=.1:/$^{} \n\t\u202e\u200b\u2028\x00\x1b"
NASTY = st.text(st.characters(codec="utf-8") | st.sampled_from(SPECIAL), max_size=60)


@settings(max_examples=200, deadline=None)
@given(NASTY, NASTY)
def test_html_shows_texts_and_nothing_else(text: str, title: str) -> None:
    text, title = f"a{text}", f"b{title}"
    page = render(briefing_of(text, title=title), format="html")
    plain = render(briefing_of("x", title="y"), format="html")
    tree, model = lxml_html.fromstring(page), lxml_html.fromstring(plain)

    def shape(root: lxml_html.HtmlElement) -> list[tuple[str, tuple[str, ...]]]:
        return [(e.tag, tuple(sorted(e.attrib))) for e in root.iter() if e.tag not in ("mark", "span")]

    assert shape(tree) == shape(model)
    assert tree.xpath("//h1")[0].text_content() == shown(title)
    assert [q.text_content() for q in tree.xpath("//q")] == [shown(text)] * 5
    assert not HIDDEN.search(page)


@settings(max_examples=200, deadline=None)
@given(NASTY, NASTY)
def test_markdown_shows_texts_and_nothing_else(text: str, title: str) -> None:
    def kinds(briefing: Briefing) -> list[str]:
        found = tokens(MarkdownIt("commonmark").enable(["table", "strikethrough"]).parse(render(briefing)))
        return [t.type for t in found if t.type not in ("text", "text_special")]

    assert kinds(briefing_of(f"a{text}", title=f"b{title}")) == kinds(briefing_of("x", title="y"))


@settings(max_examples=300, deadline=None)
@given(NASTY)
def test_escaped_markdown_reads_back_as_the_text(text: str) -> None:
    (paragraph,) = [t for t in MarkdownIt("commonmark").parse(escape_markdown(f"a{text}")) if t.type == "inline"]
    assert "".join(t.content for t in paragraph.children or []) == shown(f"a{text}")


@pytest.mark.parametrize("text", ["# x", "- x", "+ x", "> x", "1. x", "12) x", "=== x", "---", "    x", "***", ": x"])
def test_markdown_openings_stay_text(text: str) -> None:
    found = MarkdownIt("commonmark").parse(escape_markdown(text))
    assert [t.type for t in found] == ["paragraph_open", "inline", "paragraph_close"]
    assert "".join(t.content for t in found[1].children or []) == text.strip()


def test_evil_text_is_shown_as_text() -> None:
    page = render(briefing_of(EVIL, title=EVIL, url="javascript:alert(1)"), format="html")
    assert "<script" not in page
    assert "<img" not in page
    assert "javascript:" not in "".join(re.findall(r'href="[^"]*"', page))
    assert not HIDDEN.search(page + render(briefing_of(EVIL, title=EVIL)))


def test_html_needs_nothing_from_elsewhere() -> None:
    page = render(whole(), format="html")
    tree = lxml_html.fromstring(page)
    assert not tree.xpath("//script | //link | //img | //iframe | //*[@src] | //*[@style]")
    assert "url(" not in page
    assert "@import" not in page
    assert all(h.startswith(("#", "http")) for h in tree.xpath("//@href"))
    assert tree.xpath("//meta[@http-equiv='Content-Security-Policy']")


def test_html_citations_lead_to_the_marked_sentence() -> None:
    briefing = whole()
    tree = lxml_html.fromstring(render(briefing, format="html"))
    anchors = {e.get("id") for e in tree.xpath("//li[@id]")}
    assert {h[1:] for h in tree.xpath("//sup/a/@href")} == anchors == {f"c{c.n}" for c in briefing.citations}
    for section in briefing.sections:
        for item in section.items:
            for statement in item.statements:
                for n in statement.citations if statement.quoted else ():
                    marked = tree.xpath(f"//li[@id='c{n}']//mark")
                    assert any(statement.text in m.text_content() for m in marked)


def test_direction_and_language_of_each_text_are_marked() -> None:
    arabic = "أعلنت وزارة الخارجية الفيتنامية اليوم أنها قدمت احتجاجا رسميا على وجود منصة الحفر قرب الجزر."
    tree = lxml_html.fromstring(render(compose(material(paper(1, arabic, lang="ar"))), format="html"))
    (quote,) = tree.xpath("//q")
    assert (quote.get("dir"), quote.get("lang"), quote.text_content()) == ("auto", "ar", arabic)
    assert tree.xpath("//blockquote")[0].get("dir") == "auto"


def test_markdown_lists_the_sources() -> None:
    told = paper(1, LEAD, url="https://x.example/a b?c=(d)", published=datetime(2014, 5, 4, 9, tzinfo=UTC))
    text = render(compose(material(told, paper(2, "No."))))
    assert f"“{LEAD}” \\[1\\]" in text
    assert "\\[1\\] Outlet 1 · Title 1 · 4 May 2014 · English · d1#101 · <https://x.example/a%20b?c=%28d%29>" in text


@pytest.mark.parametrize("lang", ["en", "vi", "fr"])
@pytest.mark.parametrize("format", ["md", "html", "json"])
def test_an_empty_briefing_renders(lang: str, format: str) -> None:
    assert render(compose(material(), lang=lang), format=format).endswith("\n")


def test_json_has_the_fields_under_their_names() -> None:
    briefing = whole()
    found = json.loads(render(briefing, format="json"))
    assert list(found) == [
        "title", "about", "since", "until", "as_of", "made", "lang", "label", "sections", "citations", "documents",
    ]  # fmt: skip
    assert found["since"] == "2014-05-03T00:00:00Z"
    assert found["label"] == "open"
    assert list(found["citations"][0]) == [
        "n", "document_id", "passage_id", "title", "source", "lang", "published", "url", "label", "passage",
    ]  # fmt: skip
    first = found["sections"][0]["items"][0]["statements"][0]
    assert first["text"] == briefing.sections[0].items[0].statements[0].text
    assert list(first) == ["text", "citations", "quoted", "lang", "basis"]


@given(st.text())
def test_json_keeps_texts_exactly(text: str) -> None:
    found = json.loads(render(briefing_of(text), format="json").encode("utf-8"))
    assert found["sections"][0]["items"][0]["statements"][0]["text"] == text


def test_lone_surrogates_can_be_written_out() -> None:
    broken = replace(briefing_of("a \ud800 b"), title="\udfff")
    for format in ("md", "html", "json"):
        render(broken, format=format).encode("utf-8")


def test_unknown_format_is_refused() -> None:
    with pytest.raises(ValueError, match="'pdf'"):
        render(compose(material()), format="pdf")


@given(NASTY, st.lists(NASTY, max_size=3))
def test_highlighting_loses_and_adds_no_text(passage: str, quotes: list[str]) -> None:
    marked = highlight(passage, quotes)
    assert unescape(marked.replace("<mark>", "").replace("</mark>", "")) == shown(passage)
    assert marked.count("<mark>") == marked.count("</mark>")


def test_overlapping_quotations_become_one_mark() -> None:
    assert highlight("a <b> c d", ["a <b> c", "c d"]) == "<mark>a &lt;b&gt; c d</mark>"


@pytest.mark.parametrize(
    ("url", "address"),
    [
        ("https://x.example/a", "https://x.example/a"),
        ("http://x.example/ü?q=1&r=2#s", "http://x.example/%C3%BC?q=1&r=2#s"),
        ('https://x.example/"><script>', "https://x.example/%22%3E%3Cscript%3E"),
        ("javascript:alert(1)", None),
        ("data:text/html,x", None),
        ("https:nohost", None),
        ("https://[bad", None),
        ("//x.example", None),
        ("https://x.example/\u202egpj", None),
        ("https://x.example/\na", None),
        ("", None),
        (None, None),
    ],
)
def test_web_address(url: str | None, address: str | None) -> None:
    assert web_address(url) == address
