"""Verification catches every way in which a briefing can be tampered with."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from briefing.compose import compose
from briefing.select import Count
from briefing.verify import collapse, counted, stands_in, verify
from domain.alert import SeriesKey
from domain.briefing import Briefing, Statement
from domain.label import Label
from tests.briefing.making import AHEAD, LEAD, OTHER, alert, evidence, health, material, paper, story


def whole() -> Briefing:
    """A briefing with all five sections filled."""
    papers = paper(1, f"{LEAD} {AHEAD}"), paper(2, f"{OTHER} {LEAD}"), paper(3, OTHER, axis=1)
    count = Count(
        key=SeriesKey("dyad", ("CN", "VN")), now=(3,), before=(0,) * 28, read_now=(5,), read_before=(5,) * 28,
        document_ids=("d1", "d2", "d3"),
    )  # fmt: skip
    return compose(
        material(
            *papers,
            stories=(story(*papers[:2]), story(papers[2])),
            counts=(count,),
            alerts=(alert(evidence(9)),),
            health=(health("Outlet 3", "quiet"), health("Lost", "never read", content_age=None)),
        )
    )


def with_statement(briefing: Briefing, kind: str, change: Callable[[Statement], Statement]) -> Briefing:
    sections = []
    for section in briefing.sections:
        if section.kind == kind:
            item = section.items[0]
            item = replace(item, statements=(change(item.statements[0]), *item.statements[1:]))
            section = replace(section, items=(item, *section.items[1:]))
        sections.append(section)
    return replace(briefing, sections=tuple(sections))


def test_the_untouched_briefing_holds_and_fills_every_section() -> None:
    briefing = whole()
    assert verify(briefing) == []
    assert [s.kind for s in briefing.sections] == ["happened", "changed", "alerts", "watch", "unknown"]
    assert all(s.items for s in briefing.sections)


TAMPERED: dict[str, tuple[str, Callable[[Statement], Statement], str]] = {
    "a word changed": ("happened", lambda s: replace(s, text=s.text.replace("protested", "rejoiced")), "word for word"),
    "a word cut": ("happened", lambda s: replace(s, text=s.text[1:]), "word for word"),
    "case changed": ("happened", lambda s: replace(s, text=s.text.upper()), "word for word"),
    "a zero-width character added": ("happened", lambda s: replace(s, text=s.text[:9] + "\u200b" + s.text[9:]), "word"),
    "citation dropped": ("happened", lambda s: replace(s, citations=()), "cites nothing"),
    "citation not listed": ("happened", lambda s: replace(s, citations=(*s.citations, 99)), "not listed"),
    "citation twice": ("happened", lambda s: replace(s, citations=s.citations * 2), "twice"),
    "nothing said": ("happened", lambda s: replace(s, text="  "), "says nothing"),
    "wrong passage": ("watch", lambda s: replace(s, citations=(99,)), "not listed"),
    "figure changed": ("changed", lambda s: replace(s, text=s.text.replace("3 documents", "30 documents")), "figure"),
    "basis taken away": ("changed", lambda s: replace(s, basis=None), "basis names no figure"),
    "basis without a figure": ("changed", lambda s: replace(s, basis="we counted"), "basis names no figure"),
    "count without citation": ("changed", lambda s: replace(s, citations=()), "cites nothing"),
    "more cited than counted": (
        "changed", lambda s: replace(s, text="1 document", basis="counted=1; so"), "counted 1 but cites",
    ),
    "nothing counted but cited": ("changed", lambda s: replace(s, basis="counted=0; so"), "counted nothing but cites"),
    "a count passed off as a quotation": ("alerts", lambda s: replace(s, quoted=True), "word for word"),
}  # fmt: skip


@pytest.mark.parametrize("name", TAMPERED)
def test_tampered_statements_are_caught(name: str) -> None:
    kind, change, reason = TAMPERED[name]
    problems = verify(with_statement(whole(), kind, change))
    assert any(reason in str(p) and p.where.startswith(kind) for p in problems), problems


def test_tampered_citations_are_caught() -> None:
    briefing = whole()
    first, *rest = briefing.citations
    changed = replace(first, passage=first.passage.replace("protested", "rejoiced"))
    assert any("word for word" in p.reason for p in verify(replace(briefing, citations=(changed, *rest))))
    gap = (first, *(replace(c, n=c.n + 1) for c in rest))
    assert any("not numbered" in p.reason for p in verify(replace(briefing, citations=gap)))
    unused = replace(first, n=len(briefing.citations) + 1, passage_id=999)
    listed = (*briefing.citations, unused)
    assert any("nothing cites it" in p.reason for p in verify(replace(briefing, citations=listed)))
    twice = replace(rest[0], document_id=first.document_id, passage_id=first.passage_id)
    assert any("listed 2 times" in p.reason for p in verify(replace(briefing, citations=(first, twice, *rest[1:]))))


def test_a_label_too_low_is_caught() -> None:
    briefing = whole()
    secret = tuple(replace(c, label=Label.SECRET) for c in briefing.citations)
    assert any(p.where == "label" for p in verify(replace(briefing, citations=secret)))


@pytest.mark.parametrize(
    ("quote", "passage", "stands"),
    [
        ("a b", "x a\n\t b y", True),
        ("a  b", "a b", True),
        ("at", "a cat sat", False),
        ("cat", "a cat sat", True),
        ("cat", "scatter cat", True),
        ("", "anything", False),
        ("五月", "二〇一四年五月二日", True),
        ("A b", "a b", False),
        ("é", "e\u0301", False),
    ],
)
def test_stands_in(quote: str, passage: str, stands: bool) -> None:
    assert stands_in(quote, passage) is stands


@given(st.text(), st.text(), st.text(min_size=1))
def test_a_quote_set_off_by_spaces_always_stands(before: str, after: str, quote: str) -> None:
    assert stands_in(quote, f"{before} {quote} {after}") is bool(collapse(quote))


@given(st.integers(0, 10**9), st.text())
def test_counted_reads_back_the_figure(n: int, rest: str) -> None:
    assert counted(f"counted={n}; {rest}") == n
    assert counted(f"counted={n}") == n
    assert counted(f"x counted={n}") is None
    assert counted(None) is None
