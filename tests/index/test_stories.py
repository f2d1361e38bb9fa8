"""Stories: grouping by meaning, names and time; copies; and the demo's known happenings."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.protocols import Vectors
from domain.story import Story
from evaluation.metrics import Score, bcubed
from index.stories import Telling, Terms, document_vector, group
from tests.briefing.corpus import reports

START = datetime(2014, 5, 3, 6, tzinfo=UTC)
TEXT = "The coast guard of one country asked the ships of another to leave the waters around the platform today."


def telling(i: int, *, hours: float = 0, **changes: object) -> Telling:
    plain = Telling(
        id=f"d{i}", title=f"Title {i}", source=f"Outlet {i}", lang="en", at=START + timedelta(hours=hours),
        countries=frozenset({"CN", "VN"}),
    )  # fmt: skip
    return replace(plain, **changes)  # type: ignore[arg-type]


def axes(*which: int) -> Vectors:
    return np.eye(8, dtype=np.float32)[list(which)]


def named(*names: str) -> frozenset[str]:
    return frozenset(f"body:{name}" for name in names)


def members(stories: tuple[Story, ...]) -> list[set[str]]:
    return [set(s.document_ids) for s in stories]


def test_near_meaning_is_one_story_and_far_meaning_another() -> None:
    told = [telling(i, hours=i, entities=named(*("ab" if i % 2 else "cd"))) for i in range(4)]
    assert members(group(told, axes(0, 1, 0, 1))) == [{"d0", "d2"}, {"d1", "d3"}]


def test_nothing_named_in_common_is_never_joined() -> None:
    told = [telling(0), telling(1, hours=1, countries=frozenset({"FR"}))]
    assert len(group(told, axes(0, 0))) == 2
    unnamed = [told[0], replace(told[1], countries=frozenset())]
    assert len(group(unnamed, axes(0, 0))) == 1


def test_a_story_closes_after_the_window() -> None:
    told = [telling(0), telling(1, hours=73)]
    assert len(group(told, axes(0, 0))) == 2
    assert len(group(told, axes(0, 0), terms=Terms(window=timedelta(days=4), per_day=0.1))) == 1


def test_a_story_lasts_no_longer_than_said() -> None:
    told = [telling(i, hours=20 * i) for i in range(8)]
    spans = [s.last - s.first for s in group(told, axes(*[0] * 8), terms=Terms(longest=timedelta(days=2)))]
    assert max(spans) <= timedelta(days=2)


def test_copies_join_what_they_copy_and_count_once() -> None:
    far = telling(2, hours=5, text=TEXT.replace("today", "again"), source="Reprinter", countries=frozenset({"FR"}))
    told = [telling(0, text=TEXT), telling(1, hours=2, text=TEXT), far]
    (story,) = group(told, axes(0, 0, 5))
    assert story.sources == ("Outlet 0",)
    assert story.document_ids[0] == "d0"
    assert set(story.document_ids) == {"d0", "d1", "d2"}


def test_texts_that_are_not_valid_unicode_are_grouped() -> None:
    broken = TEXT.replace("coast", "co\udcffast")
    (story,) = group([telling(0, text=broken), telling(1, text=broken)], axes(0, 5))
    assert story.sources == ("Outlet 0",)


def test_the_same_words_in_another_language_are_no_copy() -> None:
    told = [telling(0, text=TEXT), telling(1, text=TEXT, lang="fr", countries=frozenset({"FR"}))]
    assert len(group(told, axes(0, 5))) == 2


def test_between_languages_that_the_encoder_knows_badly_less_is_asked() -> None:
    told = [
        telling(0, entities=named("asean", "a", "b", "c")),
        telling(1, hours=2, lang="vi", entities=named("asean", "a", "e", "f")),
    ]  # fmt: skip
    terms = Terms(threshold=0.6, weak_threshold=0.1, weak=frozenset({"vi"}))
    assert len(group(told, axes(0, 1), terms=terms)) == 1
    assert len(group(told, axes(0, 1), terms=replace(terms, weak=frozenset()))) == 2


def test_story_says_what_it_holds() -> None:
    told = [telling(1, hours=3, lang="fr", external_id="x1"), telling(0)]
    (story,) = group(told, axes(0, 0))
    assert (story.first, story.last) == (START, START + timedelta(hours=3))
    assert story.languages == ("en", "fr")
    assert dict(zip(story.document_ids, story.external_ids, strict=True)) == {"d0": None, "d1": "x1"}
    assert story.title == f"Title {story.document_ids[0][1:]}"


def test_empty_and_refused_input() -> None:
    assert group([], np.zeros((0, 4), dtype=np.float32)) == ()
    with pytest.raises(ValueError, match="1 documents but 2"):
        group([telling(0)], axes(0, 1))
    with pytest.raises(ValueError, match="twice"):
        group([telling(0), telling(0)], axes(0, 1))


def test_document_vector_is_a_unit_mean() -> None:
    assert np.allclose(document_vector(axes(0, 1)), [0.5**0.5, 0.5**0.5, 0, 0, 0, 0, 0, 0])
    assert not document_vector(np.zeros((0, 8), dtype=np.float32)).any()


ROWS = st.lists(st.tuples(st.integers(0, 7), st.floats(0, 200), st.sampled_from(["en", "vi", "zh"])), max_size=25)


@settings(max_examples=60, deadline=None)
@given(ROWS, st.randoms())
def test_every_document_is_in_one_story_and_order_does_not_matter(rows, random) -> None:  # type: ignore[no-untyped-def]
    told = [telling(i, hours=hours, lang=lang) for i, (_, hours, lang) in enumerate(rows)]
    vectors = axes(*(axis for axis, _, _ in rows)) if rows else np.zeros((0, 8), dtype=np.float32)
    stories = group(told, vectors)
    assert sorted(d for s in stories for d in s.document_ids) == sorted(t.id for t in told)
    order = list(range(len(told)))
    random.shuffle(order)
    assert group([told[i] for i in order], vectors[order]) == stories
    assert [s.first for s in stories] == sorted(s.first for s in stories)


def test_what_was_grouped_is_not_regrouped_by_what_comes_later() -> None:
    told = [telling(i, hours=6 * i, entities=named("abc"[i % 3])) for i in range(12)]
    vectors = axes(*(i % 3 for i in range(12)))
    early, late = group(told[:8], vectors[:8]), group(told, vectors)
    kept = {s.id: set(s.document_ids) & {t.id for t in told[:8]} for s in late}
    assert all(kept[s.id] == set(s.document_ids) for s in early)


def _score(since: str, until: str) -> tuple[Score, Score]:
    held = reports(since, until)
    stories = group([r.telling for r in held], np.array([r.paper.vectors[0] for r in held]))
    found = {d: s.id for s in stories for d in s.document_ids}
    gold = {r.paper.id: r.happening for r in held}
    sizes = Counter(gold.values())
    return bcubed(found, gold), bcubed(found, gold, items=[i for i in gold if sizes[gold[i]] > 1])


@pytest.mark.slow
def test_known_happenings_of_the_demo_are_found() -> None:
    whole, told_twice = _score("2014-03-01", "2014-08-01")
    assert whole.f1 >= 0.90
    assert told_twice.f1 >= 0.85


@pytest.mark.slow
def test_known_happenings_of_its_hardest_weeks_are_found() -> None:
    whole, _ = _score("2014-05-03", "2014-05-19")
    assert whole.f1 >= 0.85
