"""How sources are doing: quiet, failing, changed, retired, as of any moment and for any reader."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest
from sqlalchemy import Connection, Engine, insert, select, update

from domain.document import Filters
from domain.jsonable import health_from, plain
from domain.label import Label
from domain.source import Check, Failure, Source, SourceHealth, Stage
from index.store import schema as s
from index.store import sources
from index.store.health import Book, layout_change, remembered, resting, usual_gap, weekdays
from index.store.sources import health
from tests.fakes.held import empty

MONDAY = datetime(2026, 3, 2, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
NOW = MONDAY + 8 * HOUR


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Engine]:
    made = empty(tmp_path)
    yield made
    made.dispose()


def micros(times: Iterable[datetime]) -> np.ndarray:  # type: ignore[type-arg]
    return np.array([(t - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1) for t in times], np.int64)


def hold(
    c: Connection, name: str, times: Iterable[datetime], *, label: Label = Label.OPEN, known: datetime | None = None
) -> int:
    """A followed source with documents published at these times, known then unless said otherwise."""
    one = sources.follow(c, Source(name=name, kind="feed", url=f"https://{name}.example/"), at=MONDAY - 400 * DAY)
    have = c.execute(select(s.documents.c.id).where(s.documents.c.source_id == one)).all()
    for n, at in enumerate(times, start=len(have)):
        document = f"{name}-{n}"
        c.execute(insert(s.documents).values(id=document, source_id=one, key=document, item=document, kind="report",
                                             first_known=known or at))  # fmt: skip
        c.execute(insert(s.versions).values(
            document_id=document, n=1, title="t", text="x", content_hash=document, lang="en", lang_confidence=1.0,
            published=at, at=at, known=known or at, known_basis="fetched", label=int(label), sentences=[], meta={},
        ))  # fmt: skip
    return one


def one(c: Connection, name: str, at: datetime = NOW, **filters: object) -> SourceHealth:
    found = {h.source: h for h in health(c, at=at, filters=Filters(as_of=at, **filters))}  # type: ignore[arg-type]
    return found[name]


def every(gap: timedelta, n: int, *, until: datetime) -> list[datetime]:
    return [until - gap * i for i in range(n)]


def test_a_feed_with_old_content_for_three_times_its_usual_gap_is_quiet(store: Engine) -> None:
    with store.begin() as c:
        hold(c, "hourly", every(HOUR, 100, until=NOW - 2.5 * HOUR))
        hold(c, "stopped", every(HOUR, 100, until=NOW - 3.5 * HOUR))
        hold(c, "daily", every(DAY, 60, until=NOW - 2.5 * DAY))
        hold(c, "ended", every(DAY, 60, until=NOW - 3.5 * DAY))
        assert [one(c, n).state for n in ("hourly", "stopped", "daily", "ended")] == [
            "healthy",
            "quiet",
            "healthy",
            "quiet",
        ]
        assert one(c, "ended").usual_gap == DAY
        assert one(c, "ended").quiet_after == 3 * DAY
        assert one(c, "ended").content_age == 3.5 * DAY
        # What was so at an earlier day stays so.
        assert one(c, "ended", NOW - 2 * DAY).state == "healthy"


def test_a_ministry_that_never_publishes_on_weekends_is_not_quiet_on_monday_morning(store: Engine) -> None:
    days = [MONDAY - 2 * DAY - i * DAY for i in range(1, 60)]
    office = [d + h * HOUR for d in days if d.weekday() < 5 for h in (8, 9, 10, 11, 13, 14, 15, 16)]
    with store.begin() as c:
        hold(c, "ministry", office)
        assert resting(micros(office)) == {5, 6}
        assert one(c, "ministry").state == "healthy"
        assert max(office).weekday() == 4
        assert one(c, "ministry", MONDAY + 4 * DAY).state == "quiet", "by Friday it should have spoken"
        told = one(c, "ministry").weekdays
        assert all(7 <= rate <= 8 for rate in told[:5])
        assert told[5:] == (0, 0)


def test_the_night_is_no_silence_of_a_source_that_speaks_by_day() -> None:
    times = [MONDAY + d * DAY + (8 * 60 + 15 * i) * timedelta(minutes=1) for d in range(40) for i in range(40)]
    gap = usual_gap(micros(times))
    assert gap is not None
    assert gap > 10 * HOUR


def test_days_of_rest_are_not_made_out_of_too_little() -> None:
    assert resting(micros(MONDAY + d * DAY for d in range(5))) == frozenset()
    assert resting(micros(MONDAY + d * DAY for d in (0, 1, 2, 3, 4, 7, 8))) == frozenset()
    assert resting(micros([])) == frozenset()
    weekly = resting(micros(MONDAY + 7 * d * DAY for d in range(8)))
    assert weekly == {1, 2, 3, 4, 5, 6}
    assert resting(micros(MONDAY + d * DAY for d in range(60))) == frozenset()


def test_too_little_is_known_of_a_new_source(store: Engine) -> None:
    with store.begin() as c:
        hold(c, "new", every(HOUR, 4, until=NOW - 20 * DAY))
        assert (one(c, "new").state, one(c, "new").usual_gap) == ("healthy", None)
        assert one(c, "new", NOW + 11 * DAY).state == "quiet"
    assert weekdays(micros([MONDAY])) == ()


def test_many_texts_of_one_moment_are_no_habit_of_haste(store: Engine) -> None:
    batch = [d for d in every(DAY, 30, until=NOW - DAY) for _ in range(20)]
    with store.begin() as c:
        hold(c, "batches", batch)
        assert one(c, "batches").usual_gap == DAY
        assert one(c, "batches").state == "healthy"


def test_failing_goes_before_quiet_and_tells_why_as_of_then(store: Engine) -> None:
    with store.begin() as c:
        n = hold(c, "wire", every(HOUR, 50, until=NOW - 20 * HOUR))
        for hours, outcome, reason in (
            (9, "read", None),
            (8, "failed", "no answer"),
            (7, "failed", "500"),
            (6, "failed", "500"),
        ):
            sources.note_check(c, n, Check(at=NOW - hours * HOUR, outcome=outcome, reason=reason), {})  # type: ignore[arg-type]
        told = one(c, "wire")
        assert (told.state, told.failures, told.reasons, told.last_error) == ("failing", 3, ("500", "no answer"), "500")
        assert told.last_success == NOW - 9 * HOUR
        before = one(c, "wire", NOW - 7.5 * HOUR)
        assert (before.state, before.failures, before.last_error) == ("failing", 1, "no answer")
        assert one(c, "wire", NOW - 8.5 * HOUR).state == "quiet"
        sources.note_check(c, n, Check(at=NOW - 5 * HOUR, outcome="unchanged"), {})
        assert one(c, "wire").failures == 0
        assert one(c, "wire").state == "quiet", "that it answers does not make it healthy"


def test_never_read_empty_and_retired(store: Engine) -> None:
    with store.begin() as c:
        hold(c, "unread", [])
        n = hold(c, "empty", [])
        sources.note_check(c, n, Check(at=NOW - HOUR, outcome="empty"), {})
        gone = hold(c, "gone", every(HOUR, 9, until=NOW))
        c.execute(update(s.sources).where(s.sources.c.id == gone).values(retired=NOW, retired_reason="gone for good"))
        assert [one(c, n).state for n in ("unread", "empty", "gone")] == ["never read", "quiet", "retired"]
        assert one(c, "gone").note == "gone for good"
        assert one(c, "gone", NOW - HOUR).state == "healthy"
        sources.unfollow(c, "gone")
        assert one(c, "gone").state == "healthy", "whom nobody follows any more need not be told as retired"


def test_the_time_between_checks_is_no_silence(store: Engine) -> None:
    with store.begin() as c:
        n = hold(c, "wire", every(HOUR, 50, until=NOW - 5 * HOUR))
        c.execute(update(s.sources).where(s.sources.c.id == n).values(interval=3 * 3600))
        assert one(c, "wire").state == "healthy"
        assert one(c, "wire").quiet_after == 6 * HOUR


def test_a_layout_is_changed_for_a_week_and_only_against_some_habit() -> None:
    layouts: dict[str, object] = {}
    for i in range(6):
        layouts = remembered(layouts, "old", at=MONDAY + i * DAY)
    assert layout_change(layouts, at=MONDAY + 6 * DAY) is None
    changed = remembered(layouts, "new", at=MONDAY + 6 * DAY)
    assert layout_change(changed, at=MONDAY + 7 * DAY) == MONDAY + 6 * DAY
    assert layout_change(changed, at=MONDAY + 14 * DAY) is None
    back = remembered(changed, "old", at=MONDAY + 7 * DAY)
    assert layout_change(back, at=MONDAY + 7 * DAY) is None
    young = remembered(remembered({}, "old", at=MONDAY), "new", at=MONDAY + DAY)
    assert layout_change(young, at=MONDAY + DAY) is None
    for i in range(100):
        changed = remembered(changed, f"l{i}", at=MONDAY + 8 * DAY)
    assert len(changed["seen"]) <= 20


def test_a_changed_layout_is_a_state_of_the_source(store: Engine) -> None:
    layouts: dict[str, object] = {}
    for i in range(6):
        layouts = remembered(layouts, "old", at=NOW - (10 - i) * DAY)
    layouts = remembered(layouts, "new", at=NOW - DAY)
    with store.begin() as c:
        n = hold(c, "wire", every(HOUR, 50, until=NOW))
        c.execute(update(s.sources).where(s.sources.c.id == n).values(hints={"layouts": layouts}))
        assert (one(c, "wire").state, one(c, "wire").layout_changed) == ("changed layout", NOW - DAY)


def test_duplicates_are_told_as_a_share_of_what_another_source_had_first(store: Engine) -> None:
    with store.begin() as c:
        hold(c, "agency", every(HOUR, 4, until=NOW - HOUR))
        n = hold(c, "echo", every(HOUR, 3, until=NOW))
        ids = {row.document_id: row.id for row in c.execute(select(s.versions.c.id, s.versions.c.document_id))}

        def near(later: str, first: str) -> None:
            c.execute(
                insert(s.near).values(version_id=ids[later], other_id=ids[first], similarity=0.9, share=1.0, how="wire")
            )

        near("echo-0", "agency-0")
        near("agency-1", "echo-0")  # stored in the other order, yet known before
        near("echo-1", "echo-2")
        c.execute(insert(s.carried).values(
            document_id="agency-2", version_id=ids["agency-2"], copy_id="x", source_id=n, key="k", item="i",
            kind="report", known=NOW - HOUR, known_basis="fetched", label=0, meta={}))  # fmt: skip
        assert one(c, "echo", NOW + HOUR).duplicates == 0.5
        assert one(c, "agency", NOW + HOUR).duplicates == 0.0
        assert one(c, "echo", NOW - 0.5 * HOUR).duplicates == 0.3333, "the near one was not known then"
        c.execute(update(s.versions).where(s.versions.c.document_id.like("agency%")).values(label=3))
        assert one(c, "echo", NOW + HOUR, clearance=Label.OPEN).duplicates == 0.25


def test_a_reader_is_told_of_nothing_above_the_clearance(store: Engine) -> None:
    with store.begin() as c:
        hold(c, "open", every(HOUR, 10, until=NOW - 2 * HOUR))
        hold(c, "open", every(HOUR, 3, until=NOW), label=Label.SECRET)
        hold(c, "embassy", every(HOUR, 3, until=NOW), label=Label.SECRET)
        sources.follow(c, Source(name="desk", kind="imap", url="imaps://d@h/", label=Label.SECRET), at=MONDAY - DAY)
        low = Filters(as_of=NOW, clearance=Label.OPEN)
        assert [h.source for h in health(c, at=NOW, filters=low)] == ["open"]
        told = health(c, at=NOW, filters=low)[0]
        assert (told.documents, told.newest) == (10, NOW - 2 * HOUR)
        assert [row.name for row in sources.listed(c, clearance=Label.OPEN)] == ["open"]
        assert len(health(c, at=NOW)) == 3
        # The same from the book that a scan keeps.
        assert [h.source for h in Book(c).health(NOW, clearance=Label.OPEN)] == ["open"]
        assert Book(c).health(NOW, clearance=Label.OPEN)[0].documents == 10


def test_a_book_judges_every_day_as_a_fresh_look_would(store: Engine) -> None:
    with store.begin() as c:
        n = hold(c, "late", every(HOUR, 30, until=NOW - DAY), known=NOW - HOUR)
        hold(c, "wire", every(HOUR, 30, until=NOW))
        sources.note_check(c, n, Check(at=NOW - 3 * DAY, outcome="failed", reason="x"), {})
        sources.note_check(c, n, Check(at=NOW - 2 * DAY, outcome="read"), {})
        book = Book(c)
        for days in (-4, -3, -2.5, -1, -0.02, 0, 1, 5):
            at = NOW + days * DAY
            assert book.health(at) == health(c, at=at)


def test_health_survives_being_written_down(store: Engine) -> None:
    with store.begin() as c:
        n = hold(c, "wire", every(HOUR, 200, until=NOW))
        sources.note_check(c, n, Check(at=NOW, outcome="failed", reason="x"), {"next_check": NOW + HOUR})
        told = one(c, "wire")
        assert health_from(plain(told)) == told
        later = {"followed", "last_attempt", "next_check", "quiet_after", "reasons", "weekdays", "duplicates", "note"}
        old = {k: v for k, v in plain(told).items() if k not in later}
        assert health_from(old).source == "wire"


def test_failures_above_the_clearance_are_not_told(store: Engine) -> None:
    with store.begin() as c:
        hold(c, "embassy", [NOW], label=Label.SECRET)
        hold(c, "wire", [NOW])
        c.execute(update(s.documents).where(s.documents.c.id == "embassy-0").values(item="/in/secret.jsonl:4"))

        def fail(item: str, origin: str, source: str = "", **options: object) -> None:
            failure = Failure(item=item, stage=Stage.PARSE, error="broken", source=source)
            sources.keep_failure(c, failure, origin=origin, options=options, at=NOW)

        fail("/in/open.jsonl:3", "/in/open.jsonl")
        fail("https://wire.example/", "https://wire.example/", "wire")
        fail("/in/secret.jsonl:9", "/in/secret.jsonl")
        fail("/in/labelled.txt", "/in/labelled.txt", label=3)
        fail("https://embassy.example/", "https://embassy.example/", "embassy")
        low = {row.item for row in sources.failures(c, clearance=Label.OPEN)}
        assert low == {"/in/open.jsonl:3", "https://wire.example/"}
        assert len(sources.failures(c, clearance=Label.SECRET)) == 5
        assert len(sources.failures(c)) == 5


def test_following_again_keeps_what_is_known_and_starts_anew_at_another_address(store: Engine) -> None:
    first = Source(name="wire", kind="feed", url="https://a/", lang="fr", country="FR", reliability="B",
                   settings={"articles": "off"}, label=Label.RESTRICTED)  # fmt: skip
    with store.begin() as c:
        n = sources.follow(c, first, at=NOW)
        c.execute(update(s.sources).where(s.sources.c.id == n).values(etag="x", hints={"body": "y"}, retired=NOW))
        assert sources.follow(c, Source(name="wire", kind="feed", url="https://a/"), at=NOW) == n
        row = sources.listed(c)[0]
        assert (row.lang, row.country, row.reliability, row.settings, row.label) == (
            "fr",
            "FR",
            "B",
            {"articles": "off"},
            1,
        )
        assert (row.etag, row.retired) == ("x", None)
        sources.follow(c, Source(name="wire", kind="feed", url="https://b/"), at=NOW)
        row = sources.listed(c)[0]
        assert (row.etag, row.hints, row.label) == (None, {}, 1)


def test_who_is_due_and_whose_clock_was_wrong(store: Engine) -> None:
    with store.begin() as c:
        for name, at in (
            ("late", NOW - HOUR),
            ("later", NOW - 2 * HOUR),
            ("new", None),
            ("soon", NOW + HOUR),
            ("off", NOW + 9 * DAY),
        ):
            n = hold(c, name, [])
            c.execute(update(s.sources).where(s.sources.c.id == n).values(next_check=at))
        gone = hold(c, "gone", [])
        c.execute(update(s.sources).where(s.sources.c.id == gone).values(retired=NOW))
        assert [r.name for r in sources.due(c, at=NOW, horizon=NOW + DAY)] == ["later", "late", "off", "new"]
        assert sources.next_due(c) is None
        assert sources.retry_retired(c, ["gone"]) == 1
        assert "gone" in {r.name for r in sources.due(c, at=NOW, horizon=NOW + DAY)}


def test_old_checks_are_forgotten_but_not_a_sources_latest(store: Engine) -> None:
    with store.begin() as c:
        busy, rare = hold(c, "busy", []), hold(c, "rare", [])
        for i in range(200):
            sources.note_check(c, busy, Check(at=NOW - i * DAY, outcome="unchanged"), {})
        for i in range(3):
            sources.note_check(c, rare, Check(at=NOW - (300 + i) * DAY, outcome="unchanged"), {})
        assert sources.trim(c, before=NOW - 90 * DAY) == 109
        assert sources.trim(c, before=NOW - 30 * DAY) == 31, "the latest sixty stay"
        assert len(sources.history(c, rare)) == 3
