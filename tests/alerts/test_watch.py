from __future__ import annotations

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from alerts.watch import Reason, Subject, Watcher, match_all, phrase_pattern
from domain.alert import Watchlist
from domain.document import Passage
from domain.entity import EntityKind, Mention
from domain.text import fold

TEXTS = ("Giàn khoan Hải Dương 981 neo ở Biển Đông.", "Beijing answered on Tuesday.")


def subject(
    *texts: str, title: str = "", entities: tuple[tuple[str, int], ...] = (), vectors: object = None
) -> Subject:
    passages, start = [], 0
    for n, text in enumerate(texts):
        passages.append(Passage(n, start, start + len(text), text))
        start += len(text) + 1
    mentions = tuple(
        Mention(start=at, end=at + 1, surface="x", entity_id=e, kind=EntityKind.COUNTRY, name=e, method="test")
        for e, at in entities
    )
    rows = None if vectors is None else np.asarray(vectors, dtype=np.float32)
    return Subject(title=title, passages=tuple(passages), mentions=mentions, vectors=rows)


@pytest.mark.parametrize(
    ("phrase", "text", "found"),
    [
        ("giàn khoan", "GIAN KHOAN", True),
        ("Bien Dong", "ở Biển Đông.", True),
        ("rig", "the oil rig, again", True),
        ("rig", "a brigade of frigates", False),
        ("oil rig", "an oil-\nrig", True),
        ("oil rig", "oil drilling rig", False),
        ("南海", "在南海问题上", True),
        ("EU", "中国EU对话", True),
        ("EU", "Europe", False),
        ("ไทย", "ประเทศไทยและ", True),
        ("베트남", "베트남은", True),
        ("サウジ", "サウジアラビア", True),
        ("платформа", "Платформа «Хайян»", True),
        ("Việt\u200b Nam", "Viet Nam", True),
        ("ＨＤ-９８１", "HD 981", True),
        ("c++ (new)", "c++ (new) rules", True),
        ("a.c", "abc", False),
    ],
)
def test_phrases_are_found_folded_and_whole(phrase: str, text: str, found: bool) -> None:
    pattern = phrase_pattern(phrase)
    assert pattern is not None
    assert bool(pattern.search(fold(text))) is found


@pytest.mark.parametrize("phrase", ["", "  ", "!?", "\u200b", "--"])
def test_a_phrase_without_a_letter_matches_nothing(phrase: str) -> None:
    assert phrase_pattern(phrase) is None
    assert Watcher(Watchlist(name="w", words=(phrase,))).match(subject("anything !? -- at all")) is None


@given(st.text(max_size=60))
def test_folding_twice_is_folding_once(text: str) -> None:
    assert fold(fold(text)) == fold(text)


@example("0_")
@given(st.text(min_size=1, max_size=20))
def test_any_phrase_is_found_in_itself(text: str) -> None:
    pattern = phrase_pattern(text)
    assert pattern is None or pattern.search(fold(f"before {text.strip()} after"))


def test_words_say_which_phrase_and_passage() -> None:
    watcher = Watcher(Watchlist(name="rig", words=("hd-981", "tuesday", "bien dong")))
    match = watcher.match(subject(*TEXTS, title="HD 981"))
    assert match is not None
    assert match.reasons == (
        Reason(how="word", what="hd-981", passage=0),
        Reason(how="word", what="tuesday", passage=1),
        Reason(how="word", what="bien dong", passage=0),
    )


def test_a_title_alone_is_enough() -> None:
    match = Watcher(Watchlist(name="rig", words=("rig",))).match(subject(title="The rig"))
    assert match is not None
    assert match.best.passage is None


def test_entities_say_the_passage_of_their_first_mention() -> None:
    watcher = Watcher(Watchlist(name="cn", entities=("iso:CN", "iso:PH")))
    match = watcher.match(subject(*TEXTS, entities=(("iso:CN", 60), ("iso:CN", len(TEXTS[0]) + 2))))
    assert match is not None
    assert match.reasons == (Reason(how="entity", what="iso:CN", passage=1),)


def test_meaning_counts_from_the_threshold_on_with_the_best_passage() -> None:
    watch = Watchlist(name="m", sentence="a drilling platform is moved", threshold=0.6)
    watcher = Watcher(watch, sentence=np.array([2.0, 0.0], dtype=np.float32))
    match = watcher.match(subject(*TEXTS, vectors=[[0.0, 1.0], [3.0, 4.0]]))
    assert match is not None
    assert (match.best.how, match.best.passage) == ("meaning", 1)
    assert match.best.score == pytest.approx(0.6)
    assert watcher.match(subject(*TEXTS, vectors=[[0.0, 0.0], [0.59, 0.81]])) is None
    assert watcher.match(subject(*TEXTS)) is None


def test_vectors_of_another_encoder_are_refused_by_name() -> None:
    watcher = Watcher(Watchlist(name="m", sentence="s"), sentence=np.ones(3, dtype=np.float32))
    with pytest.raises(ValueError, match=r"watchlist m: vectors of shape \(2, 2\)"):
        watcher.match(subject(*TEXTS, vectors=[[0.0, 1.0], [3.0, 4.0]]))


def test_what_is_required_must_be_named_and_is_not_enough() -> None:
    watcher = Watcher(Watchlist(name="rig", words=("giàn khoan",), require=("iso:CN", "iso:VN")))
    assert watcher.match(subject(*TEXTS)) is None
    assert watcher.match(subject(*TEXTS, entities=(("iso:VN", 3),))) is not None
    assert watcher.match(subject("Nothing of it.", entities=(("iso:VN", 3),))) is None


def test_all_watchlists_are_asked() -> None:
    watchers = [Watcher(Watchlist(name=name, words=(name,))) for name in ("beijing", "hanoi", "tuesday")]
    assert [match.watchlist for match in match_all(watchers, subject(*TEXTS))] == ["beijing", "tuesday"]
