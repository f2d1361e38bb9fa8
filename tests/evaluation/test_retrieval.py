"""The cloze test is fair: queries are gone from their documents, sets never mix, measures are what they say."""

from __future__ import annotations

import re
from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.document import Document, Span
from domain.time import now
from evaluation.retrieval import cloze, gain, interval, part_of, quality, rank


def plain_sentences(text: str) -> Sequence[Span]:
    return [Span(*match.span()) for match in re.finditer(r"[^.]+\.", text)]


def corpus(n: int) -> list[Document]:
    return [
        Document(
            source="s", title="", item=str(i), external_id=str(i), known=now(),
            text="".join(
                f" Sentence {j} of document {i} " + "says so " * (2 + (i + j) % 20) + "here." for j in range(12)
            ),
        )
        for i in range(n)
    ]  # fmt: skip


def test_the_sentence_asked_is_gone_and_was_of_the_middle_and_of_the_length() -> None:
    before = corpus(60)
    after, queries = cloze(before, sentences=plain_sentences, each=10)
    originals, changed = ({d.id: d.text for d in docs} for docs in (before, after))
    assert len(queries) == 20
    for query in queries:
        text = originals[query.document_id]
        at = text.index(query.query)
        assert query.query not in changed[query.document_id]
        assert len(text) / 4 - 1 <= at <= at + len(query.query) <= 3 * len(text) / 4 + 1
        assert 12 <= len(query.query.split()) <= 40
        assert len(changed[query.document_id]) < len(text)
    untouched = set(originals) - {q.document_id for q in queries}
    assert all(originals[one] == changed[one] for one in untouched)


def test_the_choice_does_not_hang_on_the_order_nor_on_the_other_set() -> None:
    documents = corpus(60)
    _, queries = cloze(documents, sentences=plain_sentences, each=10)
    _, backwards = cloze(documents[::-1], sentences=plain_sentences, each=10)
    _, fewer = cloze(documents[:-1], sentences=plain_sentences, each=10)
    assert queries == backwards
    assert len(set(queries) & set(fewer)) >= 19
    assert cloze(documents, sentences=plain_sentences, each=10, seed="another")[1] != queries


def test_the_sets_never_mix() -> None:
    _, queries = cloze(corpus(80), sentences=plain_sentences, each=15)
    _, more = cloze(corpus(80), sentences=plain_sentences, each=30)
    sets = {part: {q.document_id for q in more if q.part == part} for part in ("dev", "test")}
    assert not sets["dev"] & sets["test"]
    assert all(q.document_id in sets[q.part] for q in queries)
    assert {q.part for q in queries} == {"dev", "test"}


@given(st.text(min_size=1))
def test_a_document_belongs_to_one_set(document_id: str) -> None:
    assert part_of(document_id, seed="a") == part_of(document_id, seed="a")
    assert part_of(document_id, seed="a") in ("dev", "test")


def test_documents_without_a_fitting_sentence_are_passed_over() -> None:
    short = [Document(source="s", title="", item=str(i), text="Too short. For this.", known=now()) for i in range(5)]
    assert cloze(short, sentences=plain_sentences) == (short, [])


def test_ranks_are_counted_from_one() -> None:
    assert rank(["a", "b"], "b") == 2
    assert rank(["a", "b"], "c") == 0


def test_the_measures_are_shares_of_the_queries() -> None:
    found = quality([1, 1, 2, 10, 11, 0])
    assert found.n == 6
    assert found.first.mean == pytest.approx(2 / 6)
    assert found.ten.mean == pytest.approx(4 / 6)
    assert found.mrr.mean == pytest.approx((1 + 1 + 1 / 2 + 1 / 10) / 6)
    with pytest.raises(ValueError, match="no ranks"):
        quality([])


@given(st.lists(st.integers(0, 50), min_size=1, max_size=60))
def test_measures_lie_in_their_intervals_and_in_order(ranks: list[int]) -> None:
    found = quality(ranks, samples=200)
    assert 0 <= found.first.mean <= found.mrr.mean <= found.ten.mean <= 1
    for measure in (found.first, found.ten, found.mrr):
        assert 0 <= measure.low <= measure.high <= 1
    if len(set(ranks)) == 1:
        assert found.ten.low == found.ten.high == found.ten.mean


def test_an_interval_narrows_as_queries_grow_and_holds_the_truth_about_as_often_as_it_says() -> None:
    random = np.random.default_rng(3)
    few, many = (interval((random.random(n) < 0.3).astype(float)) for n in (50, 5000))
    assert many.high - many.low < (few.high - few.low) / 5
    held = sum(
        drawn.low <= 0.3 <= drawn.high
        for drawn in (interval((random.random(200) < 0.3).astype(float), samples=300) for _ in range(200))
    )
    assert 180 <= held <= 198


def test_a_gain_is_over_the_same_queries() -> None:
    assert gain([1, 2, 0], [2, 2, 0], within=1).mean == pytest.approx(1 / 3)
    assert gain([1, 2, 0], [2, 2, 0], within=10).mean == 0
    with pytest.raises(ValueError, match="2 ranks against 1"):
        gain([1, 2], [1], within=1)
