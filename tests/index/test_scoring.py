"""Leaving out what cannot matter changes no answer."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine

from domain.document import Filters
from index import scoring
from index.derived import derive
from index.lexical import Bm25, parse
from index.scoring import Scores, top
from tests.fakes import held

WORDS = ["the", "of", "rig", "ship", "biển", "bien", "南海", "navy", "tea", "price", "oil", "sea", "port", "aid"]


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    engine, rng = held.empty(tmp_path_factory.mktemp("held")), np.random.default_rng(8)
    shares = 1 / np.arange(1, len(WORDS) + 1) ** 1.1
    with engine.begin() as c:
        for i in range(150):
            texts = [" ".join(rng.choice(WORDS, rng.integers(3, 25), p=shares / shares.sum())) for _ in range(3)]
            held.keep(c, f"d{i}", *texts, lang=("en", "vi", "fr")[i % 3])
    yield engine
    engine.dispose()


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(words=st.lists(st.sampled_from([*WORDS, "nowhere"]), min_size=1, max_size=7), k=st.integers(1, 30),
       common=st.sampled_from([0, 5, 60]), kept=st.floats(0.2, 1), seed=st.integers(0, 99))  # fmt: skip
def test_the_best_are_the_same_as_when_everything_is_counted(
    engine: Engine, monkeypatch: pytest.MonkeyPatch, words: list[str], k: int, common: int, kept: float, seed: int
) -> None:
    parsed = parse(" ".join(words))
    with engine.connect() as c, c.begin(), monkeypatch.context() as m:
        derived = derive(c)
        scope = derived.scope(c, Filters(langs=frozenset({"en", "vi"})))
        good = np.random.default_rng(seed).random(scope.documents) < kept
        full = Scores(scope, derived.postings(c), parsed, Bm25())
        documents, passages = full.everything()
        m.setattr(scoring, "COMMON", common)
        m.setattr(scoring, "COMMON_SHARE", 0.0)
        quick = Scores(scope, derived.postings(c), parsed, Bm25())
        best = quick.best(k, good)
        expected = np.flatnonzero((documents > 0) & good)
        expected = expected[top(documents[expected], k)]
        assert documents[best] == pytest.approx(documents[expected], abs=1e-12)
        assert good[best].all()
        some = np.unique(np.r_[best, np.arange(0, scope.documents, 17)])
        of, shares = quick.of(some, scope.passages_of(some))
        assert of == pytest.approx(documents[some], abs=1e-12)
        assert shares == pytest.approx(passages[scope.passages_of(some)], abs=1e-12)
        assert quick.readable == pytest.approx(full.readable)


@given(scores=st.lists(st.sampled_from([0.0, 0.25, 0.5, 1.0]) | st.floats(0, 1), max_size=60), k=st.integers(1, 8))
def test_the_top_is_what_sorting_everything_gives(scores: list[float], k: int) -> None:
    values = np.array(scores)
    assert top(values, k).tolist() == sorted(range(len(scores)), key=lambda i: (-scores[i], i))[:k]
