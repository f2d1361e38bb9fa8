"""The inverted file says what FTS5 says, of words and phrases in any script."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection, Engine

from index import columns as cols
from index.files import Mapped
from index.lexical import parse
from index.postings import Postings, Recent, Words, tokens, write_words
from index.store import documents, facts
from tests.fakes import held

TEXT = st.lists(
    st.sampled_from([
        "rig", "ship", "the", "tàu", "biển", "bien", "Đông", "南海", "石油平台", "ไทยน้ำ", "o'neill", "e-mail", "U.S.",
        "½", "ﷺ", "Ａ", "İstanbul", "straße", "100", "हिन्दी", "ё", "x\u0301", "_", "🚢",
    ]),
    min_size=1, max_size=12,
).map(" ".join)  # fmt: skip


def taken_over(c: Connection, folder: Path) -> tuple[cols.Columns, Words]:
    columns = cols.grown(c, cols.empty())
    folder.mkdir(exist_ok=True)
    seals = write_words(c, columns, folder)
    files = {name: Mapped(folder / name, seal) for name, seal in seals.items()}
    return columns, Words(files, count=len(columns), last=columns.last)


@settings(max_examples=40, deadline=None)
@given(texts=st.lists(TEXT, min_size=1, max_size=8), later=st.lists(TEXT, max_size=4), query=TEXT)
def test_it_finds_what_fts5_finds_before_and_after_the_file_was_written(
    tmp_path_factory: pytest.TempPathFactory, texts: list[str], later: list[str], query: str
) -> None:
    folder = tmp_path_factory.mktemp("held")
    engine = held.empty(folder)
    with engine.begin() as c:
        for i, one in enumerate(texts):
            held.keep(c, f"d{i}", one, one[::-1], title=texts[-1] if i % 2 else "")
    with engine.connect() as c, c.begin():
        _, words = taken_over(c, folder / "words")
    with engine.begin() as c:
        for i, one in enumerate(later):
            held.keep(c, f"later{i}", one)
        if len(texts) > 1:
            documents.remove(c, documents.find(c, external_id="d0"))
        columns = cols.grown(c, cols.empty())
        gone = cols.grown(c, cols.empty())
        assert gone.last == columns.last
    with engine.connect() as c, c.begin():
        whole, recent = Postings(c, columns), Recent()
        # The file knows the slots of its own moment: those of what has gone since are counted as well.
        parsed = parse(query + " " + texts[0])
        for unit in (*parsed.units, *parsed.pairs, *parsed.phrases):
            for column, name in (("folded", unit.folded), ("written", unit.written)):
                if column == "written" and (unit.plain or name.isascii()):
                    continue
                expected = set(facts.matching(c, column, name).tolist())
                assert set(columns.ids[whole.find(column, name)].tolist()) == expected
                slots = words.find(column, name)
                if slots is not None:
                    assert slots.tolist() == sorted(set(slots.tolist()))
                    old = np.array([i for i in expected if i <= words.last], np.int64)
                    before = _ids_of_file(columns, words, texts)
                    assert set(old.tolist()) <= {before[s] for s in slots.tolist()}
                    extra = {before[s] for s in slots.tolist()} - set(old.tolist())
                    assert not extra & set(columns.ids.tolist())
        assert recent.get(("folded", "rig")) is None
    engine.dispose()


def _ids_of_file(columns: cols.Columns, words: Words, texts: list[str]) -> list[int]:
    """Passage ids by slot at the time the file was written: two passages a document, numbered from 1."""
    assert words.count == 2 * len(texts)
    return list(range(1, words.count + 1))


@pytest.fixture
def engine(tmp_path: Path) -> Engine:
    engine = held.empty(tmp_path)
    with engine.begin() as c:
        for i in range(30):
            held.keep(c, f"d{i}", f"the oil rig number {i}", "rig oil", "oil" if i % 2 else "oil rig")
    return engine


def test_a_phrase_does_not_reach_into_the_next_passage(engine: Engine, tmp_path: Path) -> None:
    with engine.connect() as c, c.begin():
        columns, words = taken_over(c, tmp_path / "words")
        for unit in ("oil rig", "rig oil", "rig number 7", "oil rig oil", "the", "nowhere", "oil nowhere"):
            found = Postings(c, columns, words).find("folded", unit)
            assert columns.ids[found].tolist() == facts.matching(c, "folded", unit).tolist()
            for few in (np.array([0, 7, 88, 89], np.int32), np.arange(60, 63, dtype=np.int32), np.empty(0, np.int32)):
                confined = Postings(c, columns, words).confined(few).find("folded", unit)
                assert set(confined.tolist()) & set(few.tolist()) == set(found.tolist()) & set(few.tolist())
    found = words.find("folded", "rig oil")
    assert found is not None
    assert len(found) == 30


def test_what_came_later_is_asked_for_once_and_then_added_to(engine: Engine, tmp_path: Path) -> None:
    recent = Recent()
    with engine.connect() as c, c.begin():
        before, words = taken_over(c, tmp_path / "words")
    for turn in range(1, 4):
        with engine.begin() as c:
            held.keep(c, f"new {turn}", "another rig", known=held.DAY + timedelta(days=turn))
            columns = cols.grown(c, before)
            found = Postings(c, columns, words, recent).find("folded", "rig")
            assert columns.ids[found].tolist() == facts.matching(c, "folded", "rig").tolist()
        kept = recent.get(("folded", "rig"))
        assert kept is not None
        assert (kept[0], len(kept[1])) == (columns.last, turn)
        assert len(found) == len(before) - 15 + turn
        # Whoever still sees the older state finds no more than was there.
        with engine.begin() as c:
            assert len(Postings(c, before, words, recent).find("folded", "rig")) == len(before) - 15


def test_the_least_used_is_forgotten_first(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("index.postings.KEPT", 300)
    recent = Recent()
    for i in range(4):
        recent.put(("folded", str(i)), 1, np.zeros(80, np.int32))
        recent.get(("folded", "0"))
    assert [recent.get(("folded", str(i))) is not None for i in range(4)] == [True, False, False, True]
    recent.put(("folded", "3"), 9, np.zeros(70, np.int32))
    recent.put(("folded", "3"), 5, np.zeros(10, np.int32))
    kept = recent.get(("folded", "3"))
    assert kept is not None
    assert (kept[0], len(kept[1])) == (9, 70)


@pytest.mark.parametrize(
    ("unit", "expected"),
    [("rig", ["rig"]), ("oil rig", ["oil", "rig"]), ("1⁄2", ["1", "2"]), ("biển", ["biển"]), ("南 海", ["南", "海"]),
     ("हिन्दी", ["हिन्दी"]), ("🚢", []), ("", [])],
)  # fmt: skip
def test_a_unit_is_parted_as_fts5_parts_it(unit: str, expected: list[str]) -> None:
    assert tokens(unit) == expected
