"""What is derived equals the store at every sequence number, whatever happened; files are believed only as they were
written, and for the store they were written from."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator, Sequence
from contextlib import closing
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, cast

import numpy as np
import pysqlite3.dbapi2 as sqlite
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection, Engine, insert

from domain.document import Analysis, Document, Filters, Hit, Language, Passage
from domain.entity import EntityKind, Mention
from domain.label import Label
from index import derived, hybrid, vectors
from index.derived import Derived
from index.files import DamagedError
from index.filters import allowed_passages
from index.store import documents, identity, placing
from index.store import schema as s
from tests.fakes import held

WHERE = {"encoder": held.ENCODER, "dimension": held.DIMENSION}
QUERIES = ("an oil rig at sea", "tàu biển 南海", '"oil rig" -tea')
FILTERS = (
    Filters(), Filters(clearance=Label.RESTRICTED), Filters(langs=frozenset({"vi"})),
    Filters(countries=frozenset({"VN"})), Filters(sources=frozenset({"wire"})),
    Filters(as_of=held.DAY + timedelta(days=4)),
    Filters(since=held.DAY + timedelta(days=2), until=held.DAY + timedelta(days=6)),
)  # fmt: skip


def named(c: Connection, name: str = "one") -> None:
    c.execute(insert(s.meta).values(key="store", value=name))


def answers(c: Connection, index: Derived | vectors.FlatIndex) -> list[list[Hit]]:
    return [
        hits
        for filters in FILTERS
        for mode in ("hybrid", "dense")
        for hits in hybrid.search_many(c, index, QUERIES, held.vectors(QUERIES), k=6, filters=filters, mode=mode)  # type: ignore[arg-type]
    ]


def alike(found: list[list[Hit]], fresh: list[list[Hit]]) -> None:
    for some, others in zip(found, fresh, strict=True):
        assert [hit.passage_id for hit in some] == [hit.passage_id for hit in others]
        assert [hit.score for hit in some] == pytest.approx([hit.score for hit in others], abs=1e-9)
        assert [hit.label for hit in some] == [hit.label for hit in others]


def whole(c: Connection, base: derived.Base | None = None) -> Derived:
    return derived.with_rows(c, derived.derive(c, base), **WHERE)  # type: ignore[arg-type]


WORD = st.sampled_from(["rig", "ship", "tàu", "biển", "南海", "oil", "tea", "the", "sea"])
TEXT = st.lists(WORD, min_size=1, max_size=6).map(" ".join)
SAVE = st.tuples(
    st.just("save"), st.integers(0, 7), st.lists(TEXT, min_size=1, max_size=3), st.sampled_from(list(Label)),
    st.integers(0, 9), st.sampled_from(["en", "vi"]), st.sampled_from(["wire", "post"]),
    st.lists(st.sampled_from(["VN", "CN"]), max_size=2, unique=True),
)  # fmt: skip
DELETE = st.tuples(st.just("delete"), st.integers(0, 7))
RELABEL = st.tuples(st.just("relabel"), st.integers(0, 7), st.sampled_from(list(Label)))
REVECTOR = st.tuples(st.just("vectors"), st.integers(0, 7))
WRITE = st.tuples(st.just("write"))
LOOK = st.tuples(st.just("look"))


def record(
    c: Connection, name: str, *passages: str, label: Label, known: datetime, lang: str, source: str,
    countries: Sequence[str],
) -> None:  # fmt: skip
    """Take a reading in as ingest does: edits, late readings and copies give versions other times and labels."""
    text = "\n".join(passages)
    document = Document(
        source=source, title="", text=text, item=name, external_id=name, known=known, published=known, label=label
    )
    starts = [sum(len(one) + 1 for one in passages[:n]) for n in range(len(passages))]
    found = tuple(Passage(n, at, at + len(one), one) for n, (at, one) in enumerate(zip(starts, passages, strict=True)))
    mentions = tuple(
        Mention(start=0, end=1, surface=text[:1], entity_id=f"country:{code}", name=code, kind=EntityKind.COUNTRY,
                countries=(code,), method="test") for code in countries
    )  # fmt: skip
    rows = tuple(held.vector(one).astype("<f2").tobytes() for one in passages)
    analysis = Analysis(language=Language(lang, 1.0), sentences=(), passages=found, mentions=mentions, vectors=rows,
                        encoder=held.ENCODER)  # fmt: skip
    identity.record(c, document, identity.Ready(analysis=analysis))


def act(c: Connection, step: tuple[object, ...]) -> None:
    what, number, *rest = step
    name = f"d{number}"
    if what == "save":
        texts, label, day, lang, source, countries = rest
        options: Any = {"label": label, "known": held.DAY + timedelta(days=cast(int, day)), "lang": lang,
                        "source": source, "countries": countries}  # fmt: skip
        record(c, f"{name} {source}", *cast(list[str], texts), **options)
        return
    ids = list(c.scalars(s.documents.select().with_only_columns(s.documents.c.id).where(
        s.documents.c.external_id.startswith(name))))  # fmt: skip
    if what == "delete":
        documents.remove(c, ids)
    elif what == "relabel":
        for one in ids:
            placing.raise_label(c, one, rest[0])  # type: ignore[arg-type]
    else:
        passages = vectors.as_ids(list(c.scalars(
            s.passages.select().with_only_columns(s.passages.c.id).join(s.versions)
            .where(s.versions.c.document_id.in_(ids)))))  # fmt: skip
        rows = held.vectors([f"rig {i}" for i in range(len(passages))])
        vectors.store_vectors(c, passages, rows, encoder=held.ENCODER)


@settings(max_examples=25, deadline=None)
@given(steps=st.lists(st.one_of(SAVE, SAVE, SAVE, DELETE, RELABEL, REVECTOR, WRITE, LOOK), min_size=3, max_size=14))
def test_whatever_happens_in_any_order_the_answers_are_those_of_a_fresh_start(
    tmp_path_factory: pytest.TempPathFactory, steps: list[tuple[object, ...]]
) -> None:
    folder = tmp_path_factory.mktemp("held")
    engine, files = held.empty(folder), folder / "index"
    files.mkdir()
    with engine.begin() as c:
        named(c)
        held.keep(c, "d0 wire", "an oil rig", lang="en", source="wire")
        kept = whole(c)
    for step in steps:
        if step[0] == "write":
            with engine.connect() as c, c.begin():
                derived.write_base(c, files, **WHERE)  # type: ignore[arg-type]
        elif step[0] == "look":
            with engine.connect() as c, c.begin():
                answers(c, kept := _up(c, kept))
        else:
            with engine.begin() as c:
                act(c, step)
    with engine.connect() as c, c.begin():
        fresh = answers(c, vectors.rebuild(c, **WHERE))  # type: ignore[arg-type]
        alike(answers(c, whole(c)), fresh)
        alike(answers(c, _up(c, kept)), fresh)
        if (files / derived.MANIFEST).exists():
            base = derived.opened(c, files)
            alike(answers(c, whole(c, base)), fresh)
            derived.check(files)
        for filters in FILTERS:
            scope = _up(c, kept).scope(c, filters)
            assert scope.ids.tolist() == allowed_passages(c, filters).tolist()
    engine.dispose()


def _up(c: Connection, kept: Derived) -> Derived:
    found = derived.brought_up(c, kept, encoder=held.ENCODER)
    assert found is not None
    return found if found.rows is not None else derived.with_rows(c, found, **WHERE)  # type: ignore[arg-type]


# --- on disk


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    engine = held.empty(tmp_path)
    with engine.begin() as c:
        named(c)
        for i in range(12):
            held.keep(c, f"d{i}", f"an oil rig {i}", "ships at sea", lang="vi" if i % 3 else "en", countries=["VN"])
    with engine.connect() as c, c.begin():
        (tmp_path / "index").mkdir()
        derived.write_base(c, tmp_path / "index", **WHERE)  # type: ignore[arg-type]
    yield engine
    engine.dispose()


def files_of(folder: Path) -> list[Path]:
    return sorted(path for path in (folder / "index").rglob("*") if path.is_file())


def test_what_is_written_is_believed_and_answers_as_the_store_does(engine: Engine, tmp_path: Path) -> None:
    with engine.connect() as c, c.begin():
        base = derived.opened(c, tmp_path / "index")
        found = whole(c, base)
        assert found.base is base
        assert len(found) == 24
        alike(answers(c, found), answers(c, vectors.rebuild(c, **WHERE)))  # type: ignore[arg-type]
        assert not found.worth_writing
        assert whole(c).worth_writing


@pytest.mark.parametrize("seed", range(40))
def test_no_flipped_byte_in_any_file_changes_an_answer(engine: Engine, tmp_path: Path, seed: int) -> None:
    rng = np.random.default_rng(seed)
    files = files_of(tmp_path)
    path = files[seed % len(files)]
    data = bytearray(path.read_bytes())
    if not data:
        return
    for where in rng.integers(0, len(data), 1 + seed // len(files)).tolist():
        data[where] ^= int(rng.integers(1, 256))
    path.write_bytes(data)
    with engine.connect() as c, c.begin():
        fresh = answers(c, vectors.rebuild(c, **WHERE))  # type: ignore[arg-type]
        try:
            found = answers(c, whole(c, derived.opened(c, tmp_path / "index")))
        except DamagedError:
            with pytest.raises(DamagedError):
                derived.check(tmp_path / "index")
            return
        # What is damaged was not needed, or the same was said in other bytes.
        alike(found, fresh)


@pytest.mark.parametrize("harm", ["cut", "empty", "gone"])
def test_a_file_that_is_cut_or_gone_is_noticed(engine: Engine, tmp_path: Path, harm: str) -> None:
    for path in files_of(tmp_path):
        data = path.read_bytes()
        if not data or path.name == derived.MANIFEST:
            continue
        path.unlink()
        if harm != "gone":
            path.write_bytes(data[: len(data) // 2] if harm == "cut" else b"")
        with engine.connect() as c, c.begin(), pytest.raises(DamagedError):
            derived.opened(c, tmp_path / "index")
        path.write_bytes(data)
    with engine.connect() as c, c.begin():
        derived.opened(c, tmp_path / "index")
        (tmp_path / "index" / derived.MANIFEST).unlink()
        with pytest.raises(FileNotFoundError):
            derived.opened(c, tmp_path / "index")


def test_files_of_another_store_or_of_none_are_not_believed(engine: Engine, tmp_path: Path) -> None:
    other = held.empty(tmp_path / "other")
    with other.begin() as c:
        for i in range(12):
            held.keep(c, f"d{i}", f"an oil rig {i}", "ships at sea")
        with pytest.raises(DamagedError, match="another store"):
            derived.opened(c, tmp_path / "index")
        named(c, "another")
        with pytest.raises(DamagedError, match="another store"):
            derived.opened(c, tmp_path / "index")
    other.dispose()


@pytest.mark.parametrize("more", [1, 12, 20])
def test_a_backup_that_went_another_way_is_not_taken_for_the_store_of_the_files(
    engine: Engine, tmp_path: Path, more: int
) -> None:
    (tmp_path / "back").mkdir()
    with closing(sqlite.connect(str(tmp_path / "vedette.db"))) as raw:
        raw.execute("VACUUM INTO ?", (str(tmp_path / "back" / "vedette.db"),))
    with engine.begin() as c:
        for i in range(12):
            held.keep(c, f"later {i}", f"what came then {i}")
    shutil.rmtree(tmp_path / "index")
    (tmp_path / "index").mkdir()
    with engine.connect() as c, c.begin():
        derived.write_base(c, tmp_path / "index", **WHERE)  # type: ignore[arg-type]
    back = held.empty(tmp_path / "back")
    with back.begin() as c, pytest.raises(DamagedError, match="older than they are"):
        derived.opened(c, tmp_path / "index")
    with back.begin() as c:
        # As many changes, or more, but others.
        for i in range(more):
            held.keep(c, f"else {i}", f"what came instead {i}")
    with back.connect() as c, c.begin(), pytest.raises(DamagedError, match=r"another way|older"):
        derived.opened(c, tmp_path / "index")
    back.dispose()


def test_files_stay_good_when_the_newest_documents_are_deleted(engine: Engine, tmp_path: Path) -> None:
    with engine.begin() as c:
        documents.remove(c, documents.find(c, external_id="d11"))
        held.keep(c, "d12", "an oil rig of its own")
        found = whole(c, derived.opened(c, tmp_path / "index"))
        assert found.base is not None
        assert found.later == 3
        alike(answers(c, found), answers(c, vectors.rebuild(c, **WHERE)))  # type: ignore[arg-type]


def test_a_write_that_is_killed_leaves_the_older_files_and_the_next_clears_up(engine: Engine, tmp_path: Path) -> None:
    folder = tmp_path / "index"
    before = derived.read_manifest(folder)
    # What a killed write leaves: a folder that no manifest names, a manifest that was not renamed.
    (folder / "99-dead").mkdir()
    (folder / "99-dead" / "slots.bin").write_bytes(b"half")
    (folder / "manifest.json.tmp").write_text("{", "utf-8")
    with engine.connect() as c, c.begin():
        alike(answers(c, whole(c, derived.opened(c, folder))), answers(c, vectors.rebuild(c, **WHERE)))  # type: ignore[arg-type]
        derived.write_base(c, folder, **WHERE)  # type: ignore[arg-type]
    left = {path.name for path in folder.iterdir()} - {"lock"}
    assert left == {derived.MANIFEST, derived.read_manifest(folder).folder}
    assert derived.read_manifest(folder).folder != before.folder


def test_whoever_reads_older_files_keeps_them_while_newer_ones_take_their_place(engine: Engine, tmp_path: Path) -> None:
    with engine.connect() as c, c.begin():
        old = whole(c, derived.opened(c, tmp_path / "index"))
        derived.write_base(c, tmp_path / "index", **WHERE)  # type: ignore[arg-type]
        alike(answers(c, old), answers(c, vectors.rebuild(c, **WHERE)))  # type: ignore[arg-type]


def test_only_one_writes_the_files(tmp_path: Path) -> None:
    with derived.building(tmp_path / "index") as mine, derived.building(tmp_path / "index") as other:
        assert (mine, other) == (True, False)
    with derived.building(tmp_path / "index") as mine:
        assert mine


def test_vectors_by_another_encoder_come_from_the_store_words_from_the_files(engine: Engine, tmp_path: Path) -> None:
    with engine.begin() as c:
        found = derived.derive(c, derived.opened(c, tmp_path / "index"))
        assert found.base is not None
        assert len(derived.with_rows(c, found, encoder="another", dimension=held.DIMENSION)) == 0


def test_a_manifest_of_another_format_is_said_to_be_that(engine: Engine, tmp_path: Path) -> None:
    path = tmp_path / "index" / derived.MANIFEST
    outer = json.loads(path.read_text("utf-8"))
    for change in ({"format": 99}, {"passages": None}, {"extra": 1}):
        value = {k: v for k, v in {**outer["manifest"], **change}.items() if v is not None}
        derived.write_json(path, value)
        with engine.connect() as c, c.begin(), pytest.raises(DamagedError, match=r"format 99|lacks"):
            derived.opened(c, tmp_path / "index")
