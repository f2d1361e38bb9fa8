"""Composition: what is shown, what is left out, and that everything shown is proven."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from briefing.compose import compose
from briefing.select import Count, Extract, Material, Subject
from briefing.verify import verify
from domain.alert import SeriesKey
from domain.briefing import Briefing, Section, SectionKind
from domain.document import Span
from domain.label import Label
from tests.briefing.making import AHEAD, DAY, LEAD, OTHER, SINCE, UNTIL, alert, evidence, health, material, paper, story


def section(briefing: Briefing, kind: SectionKind) -> Section:
    return next(s for s in briefing.sections if s.kind == kind)


def texts(briefing: Briefing, kind: SectionKind) -> list[str]:
    return [s.text for item in section(briefing, kind).items for s in item.statements]


def dyad(now: int, before: int, *, ids: tuple[str, ...] = ("d1",), read_before: int = 10) -> Count:
    return Count(
        key=SeriesKey("dyad", ("CN", "VN")), now=(now, *(0,) * 6), before=(before, *(0,) * 27),
        read_now=(10,) * 7, read_before=(read_before,) * 28, document_ids=ids,
    )  # fmt: skip


@pytest.mark.parametrize("lang", ["en", "vi", "fr"])
def test_nothing_read_is_said(lang: str) -> None:
    briefing = compose(material(read={SINCE.date(): 0}), lang=lang)
    assert verify(briefing) == []
    assert briefing.documents == 0
    assert briefing.citations == ()
    assert len(texts(briefing, "unknown")) == 2
    assert section(briefing, "happened").note


def test_more_independent_sources_come_first_and_copies_do_not_count() -> None:
    many = [paper(i, LEAD, source=f"S{i}") for i in range(3)]
    copied = [paper(i, OTHER, source=f"S{i}", axis=1) for i in range(3, 8)]
    grouped = story(*many), replace(story(*copied), sources=("S3",))
    briefing = compose(material(*copied, *many, stories=grouped[::-1]))
    first, second = section(briefing, "happened").items
    assert first.statements[0].text == LEAD
    assert first.sources == ("S0", "S1", "S2")
    assert second.sources == ("S3",)
    assert any("1" in t for t in texts(briefing, "unknown"))


def test_a_sentence_told_in_several_passages_cites_them() -> None:
    papers = paper(1, LEAD), paper(2, f"{LEAD} {OTHER}")
    briefing = compose(material(*papers, stories=(story(*papers),)))
    assert section(briefing, "happened").items[0].statements[0].citations == (1, 2)


def test_near_repeats_are_not_shown_twice() -> None:
    again = LEAD.replace("on Monday", "late on Monday")
    papers = paper(1, LEAD), paper(2, again, source="X")
    briefing = compose(material(*papers, stories=(story(papers[0]), story(papers[1]))))
    assert len(texts(briefing, "happened")) == 1
    assert "not told yet: 1" in (section(briefing, "happened").note or "")


def test_a_repeat_in_another_language_is_known_by_its_meaning() -> None:
    french = "Le ministère vietnamien des Affaires étrangères a protesté lundi contre la plateforme près des Paracels."
    unit = np.eye(4, dtype=np.float32)[[0]]
    papers = paper(1, LEAD, sentence_vectors=unit), paper(2, french, lang="fr", sentence_vectors=unit)
    assert texts(compose(material(*papers, stories=(story(*papers),))), "happened") == [LEAD]
    assert texts(compose(material(*papers, stories=(story(*papers),)), lang="fr"), "happened") == [french]


def test_a_story_without_a_usable_sentence_is_left_out_and_counted() -> None:
    briefing = compose(material(paper(1, "Who knows what will come of it all in the end?"), paper(2, OTHER)))
    assert texts(briefing, "happened") == [OTHER]
    assert section(briefing, "happened").note == (
        "Stories left out for want of a sentence that stands alone and is not told yet: 1."
    )


def test_a_sentence_cut_by_passages_is_not_quoted() -> None:
    cut = paper(1, LEAD, passages=(Extract(1, 0, 40, LEAD[:40]), Extract(2, 40, len(LEAD), LEAD[40:])),
                vectors=np.eye(4, dtype=np.float32)[:2])  # fmt: skip
    assert texts(compose(material(cut)), "happened") == []


def test_what_is_off_the_subject_is_left_out() -> None:
    about = Subject(text="rig", countries=frozenset({"VN"}))
    briefing = compose(material(paper(1), paper(2, OTHER, countries=frozenset({"FR"})), subject=about))
    assert briefing.documents == 1
    assert texts(briefing, "happened") == [LEAD]
    nothing = compose(material(paper(2, countries=frozenset({"FR"})), subject=about))
    assert nothing.documents == 0
    assert section(nothing, "happened").note == "Documents read: 1; none is on the subject."


def test_without_countries_the_subject_is_found_by_meaning() -> None:
    about = Subject(text="rig", vector=np.eye(4, dtype=np.float32)[0])
    briefing = compose(material(paper(1), paper(2, OTHER, axis=1), subject=about))
    assert texts(briefing, "happened") == [LEAD]


def test_change_says_what_was_counted() -> None:
    briefing = compose(material(paper(1), counts=(dyad(12, 8),)))
    (statement,) = section(briefing, "changed").items[0].statements
    assert statement.text == "China and Vietnam: 12 documents in 7 days, more than the 2 to be expected."
    assert not statement.quoted
    assert (statement.basis or "").startswith("counted=12; ")
    assert statement.citations == (1,)


def test_a_fall_to_nothing_is_an_explicit_empty_count() -> None:
    briefing = compose(material(paper(1), counts=(dyad(0, 60, ids=()),)))
    (statement,) = section(briefing, "changed").items[0].statements
    assert statement.citations == ()
    assert (statement.basis or "").startswith("counted=0; ")


def test_an_ordinary_count_and_one_that_cannot_be_cited_are_not_told() -> None:
    assert texts(compose(material(paper(1), counts=(dyad(3, 12),))), "changed") == []
    uncited = compose(material(paper(1), counts=(dyad(12, 8, ids=("gone",)),)))
    assert texts(uncited, "changed") == []
    assert "can be cited: 1" in (section(uncited, "changed").note or "")


def test_no_reading_before_means_no_comparison() -> None:
    briefing = compose(material(paper(1), counts=(dyad(12, 0, read_before=0),)))
    assert texts(briefing, "changed") == []
    assert "no comparison" in (section(briefing, "changed").note or "")


def test_alerts_cite_their_evidence() -> None:
    briefing = compose(material(paper(1), alerts=(alert(evidence(1), evidence(7)),)))
    (statement,) = section(briefing, "alerts").items[0].statements
    assert "9 on 5 May 2014, where 1.2 were to be expected" in statement.text
    assert "poisson 6" in (statement.basis or "")
    cited = {c.n: c for c in briefing.citations}
    assert [cited[n].document_id for n in statement.citations] == ["d1", "d7"]
    assert cited[statement.citations[0]].passage == LEAD


def test_a_very_small_expectation_is_not_shown_as_none() -> None:
    briefing = compose(material(paper(1), alerts=(alert(evidence(1), expected=0.02),)))
    assert "where <0.1 were to be expected" in texts(briefing, "alerts")[0]


def test_alerts_out_of_the_period_or_off_the_subject_are_left_out() -> None:
    old = alert(evidence(1), opened=date(2014, 4, 1), last=date(2014, 4, 9))
    other = alert(evidence(1), key=SeriesKey("country", ("FR",)))
    briefing = compose(material(paper(1), alerts=(old, other), subject=Subject(countries=frozenset({"VN"}))))
    assert texts(briefing, "alerts") == []
    assert section(briefing, "alerts").note == "No alert was open in the period."


def test_what_to_watch_is_quoted_and_dated() -> None:
    briefing = compose(material(paper(1, f"{LEAD} {AHEAD}")))
    item = section(briefing, "watch").items[0]
    assert item.statements[0].text == AHEAD
    assert item.statements[0].quoted
    assert item.when is not None
    assert item.when.date() == date(2014, 8, 15)


def test_what_is_not_known() -> None:
    briefing = compose(
        material(
            paper(1),
            paper(2, OTHER, lang="xx"),
            health=(health("Outlet 1", "quiet"), health("Broken", "failing"), health("Lost", "never read")),
            languages={"en": 1, "xx": 1},
            unsupported=frozenset({"xx"}),
            read={(SINCE + i * DAY).date(): 0 if i in (1, 2, 5) else 3 for i in range(7)},
        )
    )
    said = " ".join(texts(briefing, "unknown"))
    assert "4 May 2014 – 5 May 2014, 8 May 2014" in said
    assert "(xx): 1" in said
    assert "one source alone: 2" in said
    assert "Broken is failing (4 readings in a row): its newest text is 9 days old" in said
    assert "never read: 1." in (section(briefing, "unknown").note or "")


def test_label_is_the_strictest_of_what_was_used() -> None:
    secret = paper(2, OTHER, label=Label.SECRET, countries=frozenset({"FR"}))
    about = Subject(countries=frozenset({"VN"}))
    assert compose(material(paper(1), secret, subject=about)).label is Label.OPEN
    assert compose(material(paper(1), secret)).label is Label.SECRET
    warned = alert(evidence(7, label=Label.CONFIDENTIAL))
    assert compose(material(paper(1), alerts=(warned,), subject=about)).label is Label.CONFIDENTIAL


def test_max_items_bounds_the_stories_and_says_so() -> None:
    papers = [paper(i, f"{' '.join(f'Word{i}x{j}' for j in range(9))}.") for i in range(9)]
    briefing = compose(material(*papers), max_items=2)
    assert len(section(briefing, "happened").items) == 2
    assert section(briefing, "happened").note == "Further items left out for length: 7."


def test_refusals() -> None:
    with pytest.raises(ValueError, match="'de'"):
        compose(material(), lang="de")
    with pytest.raises(ValueError, match="at least one"):
        compose(material(), max_items=0)
    with pytest.raises(ValueError, match="ends before"):
        material(until=SINCE)
    with pytest.raises(ValueError, match="twice"):
        material(paper(1), paper(1))
    with pytest.raises(ValueError, match="passages but"):
        paper(1, vectors=np.zeros((2, 4), dtype=np.float32))


def test_same_material_same_briefing() -> None:
    papers = [paper(i, f"{LEAD} {OTHER}" if i % 2 else OTHER, axis=i % 3) for i in range(6)]
    made = material(*papers, stories=(story(*papers[:3]), story(*papers[3:])))
    assert compose(made) == compose(made)


# Sentences as bad as they come: markup, zero-width and direction characters, several scripts, stray quotes.
PIECES = st.sampled_from(
    ["Hanoi", "protested", "on", "Monday", "<b>", "&amp;", "\u200b", "\u202e", "[1]", "**", "שלום", "越南外交部",
     "\n", "  ", "“", "”", "15 August", "will", "бурение", "10", "Việt", "Nam", "đã", "_x_", "|", "`", "http://x.y/"]
)  # fmt: skip
MADE = st.lists(PIECES, min_size=1, max_size=30).map(lambda p: "The " + " ".join(p) + ".")
SENTENCES = MADE | st.sampled_from([LEAD, OTHER, AHEAD, AHEAD.replace("Drilling", "\u202eTalks  <i>"), LEAD.upper()])
TEXTS = st.lists(SENTENCES, min_size=1, max_size=4)
LANGS = st.sampled_from(["en", "vi", "zh", "ru", "ar", "und", "xx-YY"])


@st.composite
def materials(draw: st.DrawFn) -> Material:
    papers = []
    for i in range(draw(st.integers(0, 6))):
        parts = draw(TEXTS)
        text = " ".join(parts)
        found, at = [], 0
        for part in parts:
            found.append(Span(at, at + len(part)))
            at += len(part) + 1
        cut = found[draw(st.integers(0, len(found) - 1))].end
        # Some stores hold a passage that is no longer what the text says: such sentences must not be quoted.
        damage = draw(st.booleans())
        shown = text[:cut].replace("Monday", "Tuesday") if damage else text[:cut]
        passages = [Extract(2 * i, 0, cut, shown)]
        if cut < len(text):
            passages.append(Extract(2 * i + 1, cut, len(text), text[cut:]))
        papers.append(
            paper(
                i,
                text,
                sentences=tuple(found),
                passages=tuple(passages),
                lang=draw(LANGS),
                vectors=np.eye(4, dtype=np.float32)[[draw(st.integers(0, 3)) for _ in passages]],
                published=draw(st.none() | st.integers(-3, 9).map(lambda d: SINCE + timedelta(days=d))),
                source=draw(st.sampled_from(["A", "B", "<C>"])),
                label=draw(st.sampled_from(list(Label))),
                countries=frozenset(draw(st.lists(st.sampled_from(["CN", "VN", "FR", "ZZ"]), max_size=3))),
                url=draw(st.sampled_from([None, "https://x.example/a?b=c&d", "javascript:alert(1)", "https://[bad"])),
            )
        )
    ids = [p.id for p in papers]
    split = draw(st.integers(0, len(papers)))
    stories = [story(*part) for part in (papers[:split], papers[split:]) if part and draw(st.booleans())]
    counts = []
    for code in draw(st.lists(st.sampled_from(["CN", "VN", "ZZ"]), unique=True)):
        now = draw(st.lists(st.integers(0, 9), min_size=7, max_size=7))
        before = draw(st.lists(st.integers(0, 9), min_size=28, max_size=28))
        held = tuple(draw(st.lists(st.sampled_from([*ids, "gone"]), max_size=sum(now), unique=True)))
        read = (draw(st.integers(0, 9)),) * 28
        key = SeriesKey("country", (code,))
        counts.append(
            Count(key=key, now=tuple(now), before=tuple(before), read_now=(9,) * 7, read_before=read, document_ids=held)
        )
    shown_by = [evidence(i, draw(SENTENCES)) for i in draw(st.lists(st.integers(0, 9), max_size=4))]
    warned = alert(*shown_by, observed=draw(st.integers(0, 5)), state=draw(st.sampled_from(["open", "closed"])))
    state = st.sampled_from(["healthy", "quiet", "failing", "never read"])
    states = [health(s, draw(state)) for s in ("A", "{B}", "C")]
    return material(
        *papers, stories=tuple(stories), counts=tuple(counts), alerts=(warned,), health=tuple(states),
        languages={p.lang: 1 for p in papers}, unsupported=frozenset({"xx-YY", "und"}),
        subject=draw(st.sampled_from([Subject(), Subject(text="the {rig} <x>", countries=frozenset({"VN", "CN"})),
                                      Subject(vector=np.eye(4, dtype=np.float32)[1])])),
        read={d.date(): draw(st.integers(0, 2)) for d in (SINCE, SINCE + DAY, UNTIL)},
    )  # fmt: skip


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(materials(), st.sampled_from(["en", "vi", "fr"]), st.integers(1, 8))
def test_whatever_is_composed_verifies(made: Material, lang: str, most: int) -> None:
    briefing = compose(made, lang=lang, max_items=most)
    assert verify(briefing) == []
    for cited in briefing.citations:
        assert cited.label <= briefing.label
    assert all(s.items or s.note for s in briefing.sections)
