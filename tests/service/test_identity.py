"""Readings in any order against a model that keeps every one of them and looks back."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection, Engine, event, select

from domain.document import Analysis, Document, Filters, Language, Passage
from domain.label import Label
from index import near
from index.filters import visible
from index.store import documents as docs
from index.store import schema as s
from index.store.engine import open_engine
from index.store.identity import Ready, predicted, record
from nlp import segment

DAY = datetime(2014, 5, 1, tzinfo=UTC)
LABELS = {"s1": Label.OPEN, "s2": Label.OPEN, "s3": Label.SECRET, "s4": Label.OPEN}


def at(n: int) -> datetime:
    return DAY + timedelta(days=n)


@dataclass(frozen=True)
class Seen:
    """One reading: at this time this source said this."""

    known: int
    source: str
    says: str


def document(one: Seen) -> Document:
    return Document(source=one.source, title="T", text=f"This is what is said: {one.says}.", item=one.source, url=None,
                    external_id="x", known=at(one.known), label=LABELS[one.source])  # fmt: skip


def ready(one: Document) -> Ready:
    return Ready(analysis=Analysis(language=Language("en", 1.0), sentences=(), mentions=(),
                                   passages=(Passage(0, 0, len(one.text), one.text),)))  # fmt: skip


def take(c: Connection, one: Document) -> str:
    """As the pipeline takes a document in."""
    wanted = predicted(c, one)
    done = record(c, one, ready(one) if wanted else None)
    assert done.what != "unready"
    return done.what


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    made = open_engine(tmp_path_factory.mktemp("store") / "v.db")
    yield made
    made.dispose()


@contextmanager
def empty(engine: Engine) -> Iterator[Connection]:
    """A store that nobody else sees and that is empty again afterwards."""
    with engine.connect() as c, c.begin() as transaction:
        yield c
        transaction.rollback()


def shown(c: Connection, *, as_of: int | None, clearance: Label) -> set[str]:
    filters = Filters(as_of=None if as_of is None else at(as_of), clearance=clearance)
    return {text[22:-1] for text in c.scalars(select(s.versions.c.text).where(*visible(filters)))}


def said(seen: Iterable[Seen], *, as_of: int | None, clearance: Label) -> set[str]:
    """The model: what each source said last before the time, of those that may be seen."""
    last: dict[str, tuple[int, int, str]] = {}
    for n, one in enumerate(dict.fromkeys(seen)):  # the same reading once more says nothing
        if (as_of is None or one.known < as_of) and LABELS[one.source] <= clearance:
            last[one.source] = max(last.get(one.source, (-1, -1, "")), (one.known, n, one.says))
    return {says for _, _, says in last.values()}


def sound(c: Connection) -> None:
    """What has to hold whatever was read: histories without gaps, and every copy carried by what says the same."""
    v, k = s.versions.c, s.carried.c
    for one in c.execute(select(s.carried)):
        held = c.execute(select(s.versions).where(v.id == one.version_id)).one()
        assert held.label <= one.label
        assert held.known <= one.known
        assert held.superseded is None or (one.superseded is not None and one.superseded <= held.superseded)
    for (id,) in c.execute(select(s.documents.c.id)).all():
        rows = c.execute(select(s.versions).where(v.document_id == id).order_by(v.n)).all()
        assert rows
        ordered = [(row.known, row.superseded or at(99)) for row in rows]
        assert ordered == sorted(ordered)
        assert all(a[1] <= b[0] for a, b in itertools.pairwise(ordered))
        first = c.scalar(select(s.documents.c.first_known).where(s.documents.c.id == id))
        assert first == rows[0].known
    words = set(c.exec_driver_sql("SELECT rowid FROM passage_words").scalars())
    assert words == set(c.scalars(select(s.passages.c.id)))
    live: set[int] = set()
    for op, passage in c.execute(select(s.changes.c.op, s.changes.c.passage_id).order_by(s.changes.c.seq)):
        live = live | {passage} if op == "add" else live - {passage} if op == "remove" else live
    assert live == words
    del k


readings = st.lists(
    st.builds(Seen, known=st.integers(0, 9), source=st.sampled_from(sorted(LABELS)), says=st.sampled_from("abc")),
    min_size=1, max_size=14,
)  # fmt: skip
thorough = settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture]
)


@thorough
@given(readings)
def test_readings_in_any_order_show_at_every_time_what_was_said_then(engine: Engine, seen: list[Seen]) -> None:
    with empty(engine) as c:
        for one in seen:
            take(c, document(one))
        sound(c)
        for clearance in (Label.OPEN, Label.TOP_SECRET):
            for as_of in (None, *range(11)):
                assert shown(c, as_of=as_of, clearance=clearance) == said(seen, as_of=as_of, clearance=clearance)


@thorough
@given(readings)
def test_reading_all_of_it_twice_changes_nothing(engine: Engine, seen: list[Seen]) -> None:
    def state(c: Connection) -> list[object]:
        tables = (s.documents, s.versions, s.carried, s.sightings, s.passages)
        return [tuple(row) for table in tables for row in c.execute(select(table).order_by(*table.primary_key))]

    with empty(engine) as c:
        for one in seen:
            take(c, document(one))
        before = state(c)
        for one in seen:
            assert take(c, document(one)) == "duplicate"
        assert state(c) == before


@thorough
@given(readings, st.randoms(use_true_random=False))
def test_another_order_shows_the_same_but_for_what_one_instant_says_twice(
    engine: Engine, seen: list[Seen], draw: object
) -> None:
    once = list({(one.known, one.source): one for one in seen}.values())
    mixed = list(once)
    draw.shuffle(mixed)  # type: ignore[attr-defined]

    def taken(order: Sequence[Seen]) -> list[set[str]]:
        with empty(engine) as c:
            for one in order:
                take(c, document(one))
            return [shown(c, as_of=n, clearance=level) for n in range(11) for level in (Label.OPEN, Label.SECRET)]

    assert taken(once) == taken(mixed)


OPEN = ["s1", "s2", "s4"]
labelled = st.lists(
    st.tuples(
        st.builds(Seen, known=st.integers(0, 9), source=st.sampled_from(OPEN), says=st.sampled_from("abc")),
        st.sampled_from([Label.OPEN, Label.OPEN, Label.SECRET]),
    ),
    min_size=1, max_size=12,
)  # fmt: skip


@thorough
@given(labelled)
def test_labels_never_open_what_is_closed_nor_close_what_another_says_openly(
    engine: Engine, seen: list[tuple[Seen, Label]]
) -> None:
    with empty(engine) as c:
        for one, label in seen:
            take(c, replace(document(one), label=label))
        sound(c)
        opened = {one.says for one, label in seen if label is Label.OPEN}
        never = {one.source for one, _ in seen} - {one.source for one, label in seen if label > Label.OPEN}
        for as_of in (None, *range(11)):
            visible_now = shown(c, as_of=as_of, clearance=Label.OPEN)
            assert visible_now <= opened
            assert (
                said([one for one, _ in seen if one.source in never], as_of=as_of, clearance=Label.OPEN) <= visible_now
            )
            every = shown(c, as_of=as_of, clearance=Label.TOP_SECRET)
            assert every == said([one for one, _ in seen], as_of=as_of, clearance=Label.TOP_SECRET)


@settings(max_examples=40, deadline=None)
@given(readings, st.sampled_from(sorted(LABELS)), st.integers(0, 13))
def test_what_is_deleted_is_gone_the_rest_stays_and_all_of_it_may_come_again(
    engine: Engine, seen: list[Seen], source: str, when: int
) -> None:
    with empty(engine) as c:
        for one in seen[:when]:
            take(c, document(one))
        gone = document(Seen(0, source, "a")).id
        if c.scalar(select(s.documents.c.id).where(s.documents.c.id == gone)) is not None:
            docs.remove(c, [gone])
        sound(c)
        for one in seen:
            take(c, document(one))
        sound(c)
        assert shown(c, as_of=None, clearance=Label.TOP_SECRET) == said(seen, as_of=None, clearance=Label.TOP_SECRET)


def test_no_query_of_a_reading_looks_through_a_whole_table(engine: Engine) -> None:
    """So that a document costs the same however many are held."""
    text = " ".join(f"Sentence number {i} of a report says something of its own about the talks." for i in range(12))
    asked: dict[str, object] = {}

    def note(_c: object, _cursor: object, statement: str, parameters: object, _x: object, many: bool) -> None:
        asked.setdefault(statement, parameters[0] if many and isinstance(parameters, list) else parameters)

    def one(source: str, known: int, more: str = "", label: Label = Label.OPEN) -> Document:
        return Document(source=source, title="T", text=text + more, item="i", external_id="x", known=at(known),
                        label=label)  # fmt: skip

    with empty(engine) as c:
        event.listen(engine, "before_cursor_execute", note)
        try:
            for reading in (
                one("a", 5), one("b", 6), one("b", 3), one("c", 5, " Another end."), one("a", 8, " Changed."),
                one("a", 6, " Between."), one("b", 9, label=Label.SECRET), one("a", 9),
            ):  # fmt: skip
                spans = segment.sentences(reading.text, lang="en")
                made = replace(ready(reading), sketch=near.sketch(reading.title, reading.text, spans))
                predicted(c, reading)
                record(c, reading, made)
        finally:
            event.remove(engine, "before_cursor_execute", note)
        plans = {}
        for statement, parameters in asked.items():
            if statement.split(None, 1)[0] in ("SELECT", "UPDATE", "DELETE", "INSERT"):
                rows = c.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", parameters or ()).all()  # type: ignore[arg-type]
                plans[statement] = [row[3] for row in rows]
    assert len(plans) > 25
    whole = {
        statement: [step for step in steps if step.startswith("SCAN") and "CONSTANT" not in step]
        for statement, steps in plans.items()
        if "sqlite_sequence" not in statement
    }
    allowed = ("SCAN (subquery", "SCAN SUBQUERY")
    assert {k: v for k, v in whole.items() if any(not step.startswith(allowed) for step in v)} == {}
