"""Search: both parts on one scale, exact within the filters, blind to what may not be seen."""

from __future__ import annotations

import math
from datetime import timedelta
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection, Engine

from domain.document import Filters, Hit
from domain.errors import QueryError
from domain.label import Label
from index import vectors
from index.filters import allowed_passages
from index.hybrid import Mode, Weights, fuse, reciprocal_ranks, search_many, usual
from index.lexical import Bm25, language
from index.store import documents
from tests.fakes import held
from tests.fakes.brute_force import BruteForceIndex

MODES: tuple[Mode, ...] = ("hybrid", "dense", "lexical")
SMALL = Weights(nearest=2, matching=2, sample=5)
"""So few candidates that every way of getting more of them is walked in a small store."""
ODD = [
    '"', '""', "'", "*", "-", "NEAR(a b)", "a AND b", "a OR", "NOT", "written:rig", "^rig", "rig*", "{rig}", "(",
    "rig)", "🚢", "!?", "\x00", "rig\x00ship", "\ud800", "\u200f", "the of and", "ﷺ", "＂rig＂", "- -", "--rig",
    '-"oil rig"', "%_", "'; DROP TABLE passages", "rig " * 10_000, " ".join(f"w{i}" for i in range(10_000)),
]  # fmt: skip


@pytest.fixture
def engine(tmp_path: Path) -> Engine:
    return held.empty(tmp_path)


def ask(
    c: Connection, *queries: str, k: int = 10, mode: Mode = "hybrid", filters: Filters | None = None,
    weights: Weights | None = None,
) -> list[list[Hit]]:  # fmt: skip
    index = vectors.rebuild(c, encoder=held.ENCODER, dimension=held.DIMENSION)
    return search_many(
        c, index, queries, held.vectors(queries), k=k, filters=filters or Filters(), mode=mode,
        weights=weights or Weights(),
    )  # fmt: skip


def names(hits: list[Hit]) -> list[str | None]:
    return [hit.external_id for hit in hits]


@pytest.fixture
def stocked(engine: Engine) -> Engine:
    with engine.begin() as c:
        held.keep(c, "rig", "China moved an oil rig near the islands", "ships of the coast guard went out", title="Rig")
        held.keep(c, "fish", "fishing boats came home", "the price of fish fell")
        held.keep(c, "tea", "tea exports rose", lang="vi", source="wire", countries=["VN"])
        held.keep(c, "no vector", "an oil rig without a vector", with_vectors=False)
        held.keep(c, "secret", "the secret oil rig", label=Label.SECRET)
    return engine


@pytest.mark.parametrize("mode", MODES)
def test_a_document_is_answered_once_by_its_best_passage(stocked: Engine, mode: Mode) -> None:
    with stocked.connect() as c:
        (hits,) = ask(c, "coast guard ships", mode=mode)
    assert hits[0].external_id == "rig"
    assert hits[0].text == "ships of the coast guard went out"
    assert len({hit.document_id for hit in hits}) == len(hits)
    assert [hit.score for hit in hits] == sorted((hit.score for hit in hits), reverse=True)
    assert [hits[0].text[m.start : m.end] for m in hits[0].marks] == ["ships", "coast", "guard"]


def test_words_alone_leave_out_what_holds_none_and_need_no_index(stocked: Engine) -> None:
    with stocked.connect() as c:
        (hits,) = search_many(
            c, None, ["oil rig"], np.zeros((1, 1), np.float32), k=9, filters=Filters(), mode="lexical"
        )  # fmt: skip
    assert set(names(hits)) == {"rig", "no vector", "secret"}


def test_meaning_alone_leaves_out_what_has_no_vector_and_hybrid_does_not(stocked: Engine) -> None:
    with stocked.connect() as c:
        (dense,) = ask(c, "oil rig", mode="dense")
        (both,) = ask(c, "oil rig")
    assert "no vector" not in names(dense)
    assert {"no vector", "tea"} <= set(names(both))


def test_where_words_find_nothing_meaning_decides(stocked: Engine) -> None:
    with stocked.connect() as c:
        index = vectors.rebuild(c, encoder=held.ENCODER, dimension=held.DIMENSION)
        asked = held.vectors(["tea exports rose"])
        answers = [
            search_many(c, index, ["đứng lại"], asked, k=3, filters=Filters(), mode=mode)[0] for mode in MODES[:2]
        ]
    assert names(answers[0]) == names(answers[1])
    assert names(answers[0])[0] == "tea"


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("query", ODD)
def test_no_odd_query_raises(stocked: Engine, mode: Mode, query: str) -> None:
    with stocked.connect() as c:
        for hit in ask(c, query, mode=mode)[0]:
            assert math.isfinite(hit.score)


@pytest.fixture(scope="module")
def one_document(tmp_path_factory: pytest.TempPathFactory) -> Engine:
    engine = held.empty(tmp_path_factory.mktemp("held"))
    with engine.begin() as c:
        held.keep(c, "d", "an oil rig", "南海 Biển Đông")
    return engine


@settings(max_examples=100, deadline=None)
@given(query=st.text(min_size=1, max_size=80).filter(lambda q: bool(q.strip())))
def test_no_query_raises(one_document: Engine, query: str) -> None:
    with one_document.connect() as c:
        for mode in MODES:
            assert all(math.isfinite(hit.score) for hit in ask(c, query, mode=mode)[0])


@pytest.mark.parametrize("blank", ["", "  \n\t"])
def test_a_blank_query_is_refused_by_its_number(stocked: Engine, blank: str) -> None:
    with stocked.connect() as c, pytest.raises(QueryError, match="query 2 of 2 is blank"):
        ask(c, "rig", blank)


def test_no_hits_wanted_and_no_index_are_refused(stocked: Engine) -> None:
    with stocked.connect() as c:
        with pytest.raises(QueryError, match="k must be at least 1"):
            ask(c, "rig", k=0)
        with pytest.raises(QueryError, match="needs a vector index"):
            search_many(c, None, ["rig"], held.vectors(["rig"]), k=1, filters=Filters(), mode="hybrid")
        assert ask(c) == []


@pytest.mark.parametrize("mode", MODES)
def test_an_empty_store_and_a_filter_that_allows_nothing_answer_with_nothing(stocked: Engine, mode: Mode) -> None:
    with stocked.connect() as c:
        assert ask(c, "rig", mode=mode, filters=Filters(langs=frozenset({"xx"}))) == [[]]
    with held.empty(Path(str(stocked.url.database)).parent / "new").connect() as c:
        assert ask(c, "rig", mode=mode) == [[]]


@pytest.mark.parametrize("mode", MODES)
def test_deletion_removes_from_answers_at_once_though_the_index_still_has_it(stocked: Engine, mode: Mode) -> None:
    with stocked.begin() as c:
        stale = vectors.rebuild(c, encoder=held.ENCODER, dimension=held.DIMENSION)
        documents.remove(c, documents.find(c, external_id="rig"))
        for weights in (Weights(), SMALL):
            (hits,) = search_many(
                c, stale, ["oil rig"], held.vectors(["oil rig"]), k=10, filters=Filters(), mode=mode, weights=weights
            )
            assert hits
            assert "rig" not in names(hits)


def test_as_of_answers_with_the_version_of_that_day(engine: Engine) -> None:
    later = held.DAY + timedelta(days=5)
    with engine.begin() as c:
        held.keep(c, "d", "the rig is here")
        held.keep(c, "d", "the rig has gone", known=later)
        texts = [
            [hit.text for hit in ask(c, "rig", filters=Filters(as_of=day))[0]]
            for day in (held.DAY, later, later + timedelta(seconds=1), None)
        ]
    assert texts == [[], ["the rig is here"], ["the rig has gone"], ["the rig has gone"]]


def test_as_many_documents_are_answered_as_there_are_though_few_are_candidates_at_first(engine: Engine) -> None:
    with engine.begin() as c:
        held.keep(c, "long", *[f"rig number {i}" for i in range(30)])
        for i in range(10):
            held.keep(c, f"d{i}", f"something else {i}")
        for mode in MODES[:2]:
            assert len(ask(c, "rig", k=11, mode=mode, weights=SMALL)[0]) == 11
            assert len(ask(c, "rig", k=99, mode=mode, weights=SMALL)[0]) == 11


def test_quotes_and_exclusions_confine_every_mode(stocked: Engine) -> None:
    with stocked.connect() as c:
        for mode in MODES:
            found = set(names(ask(c, '"oil rig" -china', mode=mode)[0]))
            assert found <= {"no vector", "secret"}
            assert found


WORDS = st.sampled_from(["rig", "ship", "tàu", "biển", "南海", "navy", "tea", "price", "the"])
TEXT = st.lists(WORDS, min_size=1, max_size=8).map(" ".join)
DOCUMENT = st.tuples(
    st.lists(TEXT, min_size=1, max_size=3),
    st.sampled_from(["en", "vi"]),
    st.sampled_from(list(Label)),
    st.integers(0, 9),
)


@settings(max_examples=30, deadline=None)
@given(
    kept=st.lists(DOCUMENT, min_size=1, max_size=8), query=TEXT, clearance=st.sampled_from(list(Label)),
    langs=st.frozensets(st.sampled_from(["en", "vi"]), max_size=1), since=st.none() | st.integers(0, 9),
    mode=st.sampled_from(MODES), small=st.booleans(), k=st.integers(1, 9),
)  # fmt: skip
def test_answers_are_within_the_filters_and_the_same_as_if_nothing_else_were_held(
    tmp_path_factory: pytest.TempPathFactory, kept: list[tuple[list[str], str, Label, int]], query: str,
    clearance: Label, langs: frozenset[str], since: int | None, mode: Mode, small: bool, k: int,
) -> None:  # fmt: skip
    filters = Filters(
        clearance=clearance, langs=langs, since=None if since is None else held.DAY + timedelta(days=since)
    )  # fmt: skip
    weights = SMALL if small else Weights()
    full, alone = (held.empty(tmp_path_factory.mktemp("held")) for _ in range(2))
    with full.begin() as c:
        for i, (passages, lang, label, day) in enumerate(kept):
            held.keep(c, f"d{i}", *passages, lang=lang, label=label, known=held.DAY + timedelta(days=day))
        (hits,) = ask(c, query, k=k, mode=mode, filters=filters, weights=weights)
        assert {hit.passage_id for hit in hits} <= set(allowed_passages(c, filters).tolist())
    with alone.begin() as c:
        for i, (passages, lang, label, day) in enumerate(kept):
            if label <= clearance and (not langs or lang in langs) and (since is None or day >= since):
                held.keep(c, f"d{i}", *passages, lang=lang, label=label, known=held.DAY + timedelta(days=day))
        (fresh,) = ask(c, query, k=k, mode=mode, weights=weights)
    assert names(hits) == names(fresh)
    assert [hit.text for hit in hits] == [hit.text for hit in fresh]
    assert [hit.score for hit in hits] == pytest.approx([hit.score for hit in fresh], abs=1e-5)
    for engine in (full, alone):
        engine.dispose()


@settings(max_examples=20, deadline=None)
@given(kept=st.lists(DOCUMENT, min_size=1, max_size=8), queries=st.lists(TEXT, min_size=1, max_size=4))
def test_a_batch_answers_as_each_query_alone_and_as_brute_force_does(
    tmp_path_factory: pytest.TempPathFactory, kept: list[tuple[list[str], str, Label, int]], queries: list[str]
) -> None:
    engine = held.empty(tmp_path_factory.mktemp("held"))
    with engine.begin() as c:
        for i, (passages, lang, label, _) in enumerate(kept):
            held.keep(c, f"d{i}", *passages, lang=lang, label=label)
        slow = BruteForceIndex(held.DIMENSION)
        slow.add(*vectors.stored_vectors(c, encoder=held.ENCODER, dimension=held.DIMENSION))
        together = ask(c, *queries, k=20)
        compared = search_many(c, slow, queries, held.vectors(queries), k=20, filters=Filters())
        for query, hits, others in zip(queries, together, compared, strict=True):
            (single,) = ask(c, query, k=20)
            # Scores that differ by rounding alone may change places: documents are compared by name.
            for answer in (single, others):
                by_name = {hit.external_id: hit.score for hit in answer}
                assert by_name == pytest.approx({hit.external_id: hit.score for hit in hits}, abs=1e-5)
    engine.dispose()


# --- pure parts


@given(
    st.lists(st.tuples(st.floats(0, 3), st.floats(-1, 1) | st.just(math.nan)), min_size=1, max_size=20), st.randoms()
)
def test_fusion_takes_each_document_by_itself(rows: list[tuple[float, float]], random: object) -> None:
    words, cosines = (np.array(column) for column in zip(*rows, strict=True))
    scores = fuse(words, cosines, usual=(0.1, 0.08), meaning=0.07)
    assert np.isfinite(scores).all()
    order = np.random.default_rng(len(rows)).permutation(len(rows))
    assert fuse(words[order], cosines[order], usual=(0.1, 0.08), meaning=0.07).tolist() == scores[order].tolist()


def test_fusion_grows_with_either_part_and_takes_no_vector_for_a_usual_one() -> None:
    scores = fuse(np.array([0, 1, 0, 0.0]), np.array([0.1, 0.1, 0.5, math.nan]), usual=(0.1, 0.1), meaning=0.05)
    assert scores.tolist() == pytest.approx([0, 1, 0.2, 0])


def test_the_usual_spread_is_believed_until_cosines_say_otherwise() -> None:
    weights = Weights(spread=0.08, prior=50)
    assert usual([], weights) == (0.0, 0.08)
    assert usual([0.9], weights)[1] == pytest.approx(0.08, abs=0.001)
    many = np.random.default_rng(1).normal(0.8, 0.02, 5000).tolist()
    assert usual(many, weights) == (pytest.approx(0.8, abs=0.01), pytest.approx(0.02, abs=0.002))


def test_reciprocal_ranks_add_up_whatever_order_the_rankings_come_in() -> None:
    found = reciprocal_ranks([[7, 8], [8, 9]], k=60)
    assert found == [(8, 1 / 61 + 1 / 62), (7, 1 / 61), (9, 1 / 62)]
    assert dict(reciprocal_ranks([[8, 9], [7, 8]])) == pytest.approx(dict(found))
    assert reciprocal_ranks([]) == []


@pytest.mark.parametrize(
    ("query", "expected"),
    [("Biển Đông", "vi"), ("trường hợp", "vi"), ("naïve façade über", ""), ("南海", ""), ("bien dong", "")],
)
def test_vietnamese_is_known_by_its_letters(query: str, expected: str) -> None:
    assert language(query) == expected


def test_documents_in_another_language_than_the_query_are_judged_by_meaning(engine: Engine) -> None:
    with engine.begin() as c:
        for i in range(40):
            held.keep(c, f"fr {i}", f"le navire de la marine quitte le port numero {i}", lang="fr")
            held.keep(c, f"en {i}", f"a report of trade and tariffs number {i}", lang="en")
        held.keep(c, "right", "the platform stands at sea", lang="en")
        index = vectors.rebuild(c, encoder=held.ENCODER, dimension=held.DIMENSION)
        asked = held.vectors(["the platform stands at sea"])
        query = "la plateforme de la marine est dans le golfe"
        ranks = []
        for across in (0.0, Weights().across):
            weights = Weights(across=across, words=Bm25())
            (hits,) = search_many(c, index, [query], asked, k=81, filters=Filters(), weights=weights)
            ranks.append(names(hits).index("right"))
    assert ranks[1] <= ranks[0]
    assert ranks[1] == 0
