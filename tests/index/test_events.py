"""Coded events in the store: identity, folding, revisions, mentions as of a time, articles, labels."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection, Engine, func, select

from domain.event import ArticleFacts, Event, EventMention, Located
from domain.label import Label
from index.store import schema as s
from index.store.engine import open_engine
from index.store.events import article_days, article_facts, by_ids, listed, mentions_of, of_document, save_events

T0 = datetime(2015, 2, 18, 23, 15, tzinfo=UTC)
URL = "https://paper.example/rail"


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    made = open_engine(tmp_path_factory.mktemp("store") / "v.db")
    yield made
    made.dispose()


@pytest.fixture
def c(engine: Engine) -> Iterator[Connection]:
    with engine.connect() as connection:
        transaction = connection.begin()
        yield connection
        transaction.rollback()


def event(number: int = 1, **values: object) -> Event:
    made = Event(
        day=date(2015, 2, 18), known=T0, source_actor="HANOI", target_actor="LAOS", source_country="VN",
        target_country="LA", cameo="057", goldstein=8.0, origin="gdelt", url=URL, mentions=4,
        external_id=f"gdelt:{number}", place="Hanoi, Vietnam", place_country="VN", lat=21.0, lon=105.8,
        facts={"tone": 2.5},
    )  # fmt: skip
    return replace(made, **values)  # type: ignore[arg-type]


def mention(number: int = 1, *, hours: float = 2, **values: object) -> EventMention:
    at = T0 + timedelta(hours=hours)
    made = EventMention(
        event=f"gdelt:{number}", event_at=T0, at=at, known=at, kind="web", outlet="courier.example",
        identifier=f"https://courier.example/{hours}", sentence=3, confidence=70,
    )  # fmt: skip
    return replace(made, **values)  # type: ignore[arg-type]


def article(number: int = 1, *, day: int = 18, **values: object) -> ArticleFacts:
    at = datetime(2015, 2, day, 23, 15, tzinfo=UTC)
    made = ArticleFacts(
        record=f"201502{day}231500-{number}", at=at, known=at, outlet="paper.example", identifier=f"{URL}/{number}",
        url=f"{URL}/{number}", themes=("TRANSPORT", "TAX_1"), persons=("A Minister",),
        places=(Located(name="Laos", country="LA", lat=18.0, lon=105.0, mentions=2),
                Located(name="Hanoi", country="VN", lat=None, lon=None),
                Located(name="Mekong", country=None, lat=None, lon=None)),
        quotations=(("said", "it opens"),), tone=2.0,
    )  # fmt: skip
    return replace(made, **values)  # type: ignore[arg-type]


def test_stored_twice_is_stored_once(c: Connection) -> None:
    rows = [event(), mention(), article()]
    assert save_events(c, rows) == 3
    assert save_events(c, rows) == 0
    assert save_events(c, [*rows, *rows]) == 0
    (row,) = listed(c)
    assert (row.id, row.place, row.place_country, row.lat, row.facts) == (
        event().id, "Hanoi, Vietnam", "VN", 21.0, {"tone": 2.5},
    )  # fmt: skip


def test_two_rows_that_tell_one_report_are_one_event(c: Connection) -> None:
    assert save_events(c, [event(1), event(2, mentions=9)]) == 1
    assert save_events(c, [event(3)]) == 0, "in another file too"
    assert save_events(c, [event(2), event(3)]) == 0, "and again"
    assert [row.external_id for row in listed(c)] == ["gdelt:1"]
    assert save_events(c, [event(4, place="Laos"), event(5, url=None), event(6, url=None)]) == 3


def test_the_mentions_of_a_folded_row_count_for_the_event(c: Connection) -> None:
    save_events(c, [mention(2, hours=1), event(1), event(2), mention(2, hours=3), mention(1, hours=4)])
    (row,) = listed(c)
    assert row.mentions == 4 + 3
    assert len(mentions_of(c, row.id)) == 3


def test_mentions_are_as_known_at_the_time(c: Connection) -> None:
    at_once = mention(hours=0)
    save_events(c, [event(), at_once, mention(hours=2), mention(hours=30, known=T0 + timedelta(days=9))])
    told = {days: listed(c, as_of=T0 + timedelta(days=days))[0].mentions for days in (0.05, 1, 8, 10)}
    assert told == {0.05: 4, 1: 5, 8: 5, 10: 6}, "the first is in the event's own count"
    assert listed(c, as_of=T0) == []
    assert len(mentions_of(c, event().id, as_of=T0 + timedelta(days=1))) == 2


def test_a_mention_may_come_before_its_event(c: Connection) -> None:
    save_events(c, [mention()])
    assert listed(c) == []
    save_events(c, [event()])
    assert listed(c)[0].mentions == 5


def test_a_row_that_was_changed_is_seen_as_it_stood(c: Connection) -> None:
    first = event(facts={"fatalities": 3.0})
    second = event(facts={"fatalities": 7.0}, known=T0 + timedelta(days=5))
    assert save_events(c, [first]) == 1
    assert save_events(c, [second]) == 1
    assert save_events(c, [second]) == 0
    assert save_events(c, [first]) == 0, "an older state read again changes nothing"
    save_events(c, [mention(hours=2)])
    assert [row.facts["fatalities"] for row in listed(c)] == [7.0]
    before = listed(c, as_of=T0 + timedelta(days=1))
    assert [(row.facts["fatalities"], row.mentions) for row in before] == [(3.0, 5)]
    assert [row.facts["fatalities"] for row in listed(c, as_of=T0 + timedelta(days=6))] == [7.0]
    third = replace(second, goldstein=1.0)
    assert save_events(c, [third]) == 1, "corrected at the same moment: the correction holds"
    assert [row.goldstein for row in listed(c)] == [1.0]
    assert c.scalar(select(func.count()).select_from(s.events)) == 2


def test_changed_twice_within_one_file(c: Connection) -> None:
    states = [event(goldstein=float(n), known=T0 + timedelta(days=n)) for n in range(4)]
    save_events(c, states)
    assert [listed(c, as_of=T0 + timedelta(days=n, hours=1))[0].goldstein for n in range(4)] == [0.0, 1.0, 2.0, 3.0]
    assert len(listed(c)) == 1


def test_labels_are_raised_and_never_lowered(c: Connection) -> None:
    rows = [event(), mention(), article()]
    save_events(c, rows)
    save_events(c, [replace(row, label=Label.SECRET) for row in rows])
    save_events(c, rows)
    assert listed(c, clearance=Label.CONFIDENTIAL) == []
    assert listed(c)[0].label == Label.SECRET
    assert mentions_of(c, event().id, clearance=Label.CONFIDENTIAL) == []
    assert article_facts(c, f"{URL}/1", clearance=Label.CONFIDENTIAL) == []
    assert len(article_facts(c, f"{URL}/1")) == 1


def test_what_a_reader_may_not_see_does_not_change_what_they_see(c: Connection) -> None:
    secret = Label.SECRET
    save_events(c, [event(1, label=secret), event(2), mention(2, label=secret), article(1, label=secret), article(2)])
    (seen,) = listed(c, clearance=Label.OPEN)
    assert (seen.external_id, seen.mentions) == ("gdelt:2", 4), "an open report is not folded into a secret one"
    assert article_days(c, country="LA", clearance=Label.OPEN) == {date(2015, 2, 18): (1, 2.0)}


def test_listed_by_who_and_where(c: Connection) -> None:
    save_events(
        c,
        [
            event(1),
            event(2, source_country=None, place="Vientiane", place_country="LA"),
            event(3, day=date(2015, 2, 20), source_country="CN", target_country="VN", place="x", place_country="JP"),
        ],
    )
    assert [row.external_id for row in listed(c, country="JP")] == ["gdelt:3"]
    assert {row.external_id for row in listed(c, country="LA")} == {"gdelt:1", "gdelt:2"}
    assert [row.external_id for row in listed(c, dyad=("LA", "VN"))] == ["gdelt:1"]
    assert [row.external_id for row in listed(c, since=date(2015, 2, 19))] == ["gdelt:3"]
    assert of_document(c, "nothing") == []


def test_articles_join_by_address_and_make_series(c: Connection) -> None:
    save_events(c, [
        article(1), article(2, tone=-4.0), article(3, day=20, themes=("OTHER",)),
        article(4, day=20, places=(), tone=None), article(5, day=20, identifier=f"{URL}/3", themes=("OTHER",)),
    ])  # fmt: skip
    (row,) = article_facts(c, f"{URL}/1")
    assert (row.themes, row.persons, row.quotations) == (["TRANSPORT", "TAX_1"], ["A Minister"], [["said", "it opens"]])
    assert row.places[0] == ["Laos", "LA", 18.0, 105.0, 2]
    assert article_days(c) == {date(2015, 2, 18): (2, -1.0), date(2015, 2, 20): (2, 2.0)}
    assert article_days(c, country="VN", theme="TRANSPORT") == {date(2015, 2, 18): (2, -1.0)}
    assert article_days(c, theme="OTHER") == {date(2015, 2, 20): (1, 2.0)}, "one article under two records counts once"
    assert article_days(c, theme="TAX") == {}, "a part of a theme's code is another theme"
    assert article_days(c, since=date(2015, 2, 19)).keys() == {date(2015, 2, 20)}
    assert article_days(c, until=date(2015, 2, 20)).keys() == {date(2015, 2, 18)}
    assert article_days(c, as_of=datetime(2015, 2, 19, tzinfo=UTC)).keys() == {date(2015, 2, 18)}


ROWS = st.lists(
    st.builds(lambda n, d, g: event(n, known=T0 + timedelta(days=d), goldstein=float(g)),
              st.integers(1, 3), st.integers(0, 3), st.integers(0, 2)),
    max_size=12,
)  # fmt: skip


@settings(max_examples=60, deadline=None)
@given(rows=ROWS, cut=st.integers(0, 12))
def test_batches_make_no_difference(engine: Engine, rows: list[Event], cut: int) -> None:
    states = []
    for parts in ([rows], [rows[:cut], rows[cut:]], [[row] for row in rows]):
        with engine.connect() as c:
            transaction = c.begin()
            for part in parts:
                save_events(c, part)
            states.append([
                sorted(map(str, c.execute(select(table)))) for table in (s.events, s.event_aliases)
            ])  # fmt: skip
            transaction.rollback()
    assert states[0] == states[1] == states[2]


def test_events_by_their_ids_are_those_that_are_held_and_may_be_seen(c: Connection) -> None:
    plain, closed, gone = event(1), event(2, url=f"{URL}/2", label=Label.SECRET), event(3, url=f"{URL}/3")
    save_events(c, [plain, closed])
    ids = [one.id for one in (gone, closed, plain)]
    assert [row.id for row in by_ids(c, ids, clearance=Label.OPEN)] == [plain.id]
    assert {row.id for row in by_ids(c, ids)} == {plain.id, closed.id}
    assert by_ids(c, []) == []
