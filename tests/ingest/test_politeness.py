"""When a source is asked again: what it says, what is learnt, how it fails, and what the operator allows."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.source import Check
from ingest.politeness import (
    Address,
    Asked,
    Pace,
    after_skips,
    freshness,
    horizon,
    learnt,
    next_check,
    retry_after,
    settle,
    spread_over,
    validators,
)

NOW = datetime(2026, 3, 4, 12, 0, tzinfo=UTC)  # a Wednesday
HOUR, DAY, MINUTE = timedelta(hours=1), timedelta(days=1), timedelta(minutes=1)
PACE = Pace(least=10 * MINUTE, first=HOUR, most=DAY, gone=30 * DAY, jitter=0.0)


def history(n: int, *, every: timedelta, changed: int = 0) -> list[Check]:
    """n good checks, newest first; the newest ``changed`` of them brought something."""
    return [Check(at=NOW - i * every, outcome="read", status=200, new=int(i < changed)) for i in range(n)]


def failures(*statuses: int | None, every: timedelta = HOUR) -> list[Check]:
    return [Check(at=NOW - i * every, outcome="failed", status=status) for i, status in enumerate(statuses)]


def interval(past: list[Check], *, headers: dict[str, str] | None = None, asked: Asked | None = None) -> timedelta:
    return next_check(NOW, facts=asked or Asked(), headers=headers or {}, history=past, settings=PACE).interval


def test_what_a_source_asks_is_heeded_within_what_the_operator_allows() -> None:
    new = history(1, every=HOUR)
    assert interval(new) == HOUR
    assert interval(new, asked=Asked(ttl=3 * HOUR)) == 3 * HOUR
    assert interval(new, asked=Asked(period=4 * HOUR, ttl=2 * HOUR)) == 4 * HOUR
    assert interval(new, asked=Asked(ttl=MINUTE)) == HOUR
    assert interval(new, asked=Asked(ttl=900 * DAY)) == DAY
    assert interval(new, headers={"cache-control": "public, max-age=7200"}) == 2 * HOUR
    assert interval(new, headers={"retry-after": "10800"}) == 3 * HOUR


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"cache-control": "max-age=600"}, 600),
        ({"cache-control": 'private, MAX-AGE="600"'}, 600),
        ({"cache-control": "max-age=600", "age": "100"}, 500),
        ({"cache-control": "max-age=600", "age": "1000"}, 0),
        ({"cache-control": "max-age=soon"}, 0),
        ({"cache-control": "max-age=-1"}, 0),
        ({"cache-control": "no-cache, max-age=600"}, None),
        ({"cache-control": "no-store"}, None),
        ({"cache-control": 's-maxage=5, community="max-age=9"'}, None),
        # Expires counts from the answer's own date, and not at all beside max-age.
        ({"expires": "Wed, 04 Mar 2026 12:10:00 GMT", "date": "Wed, 04 Mar 2026 12:00:00 GMT"}, 600),
        ({"expires": "Wed, 04 Mar 2026 12:10:00 GMT"}, 600),
        ({"expires": "Wed, 04 Mar 2026 12:10:00 GMT", "cache-control": "max-age=60"}, 60),
        ({"expires": "0"}, 0),
        ({"expires": "Sun, 06 Nov 1994 08:49:37 GMT"}, 0),
        ({}, None),
    ],
)
def test_freshness_by_rfc_9111(headers: dict[str, str], seconds: int | None) -> None:
    assert freshness(headers, now=NOW) == (None if seconds is None else timedelta(seconds=seconds))


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("120", 120), (" 0 ", 0), ("Wed, 04 Mar 2026 13:00:00 GMT", 3600), ("Wednesday, 04-Mar-26 13:00:00 GMT", 3600),
     ("Wed Mar  4 13:00:00 2026", 3600), ("Mon, 02 Mar 2026 13:00:00 GMT", 0), ("", None), ("soon", None),
     ("-5", None), ("9" * 400, 3650 * 86400), ("１２", None)],
)  # fmt: skip
def test_retry_after_by_rfc_9110(text: str, seconds: int | None) -> None:
    assert retry_after({"retry-after": text}, now=NOW) == (None if seconds is None else timedelta(seconds=seconds))


@pytest.mark.parametrize(
    ("headers", "kept"),
    [
        ({"etag": '"a"'}, ('"a"', None)),
        ({"last-modified": "Wed, 04 Mar 2026 11:00:00 GMT"}, (None, "Wed, 04 Mar 2026 11:00:00 GMT")),
        ({"last-modified": "Wed, 04 Mar 2026 12:00:00 GMT"}, (None, None)),
        ({"last-modified": "Wed, 04 Mar 2026 12:00:00 GMT", "date": "Wed, 04 Mar 2026 12:00:01 GMT"},
         (None, "Wed, 04 Mar 2026 12:00:00 GMT")),
        ({"last-modified": "yesterday", "etag": ""}, (None, None)),
    ],
)  # fmt: skip
def test_a_change_within_the_second_of_the_answer_is_no_validator(
    headers: dict[str, str], kept: tuple[str | None, str | None]
) -> None:
    assert validators(headers, now=NOW) == kept


def test_the_pace_is_learnt_from_how_often_a_source_changes() -> None:
    assert learnt(history(2, every=HOUR, changed=2), now=NOW, settings=PACE)[0] == HOUR
    always = interval(history(13, every=HOUR, changed=13))
    half = interval(history(13, every=HOUR, changed=6))
    never = interval(history(13, every=HOUR))
    assert 25 * MINUTE <= always <= 35 * MINUTE
    assert 50 * MINUTE <= half <= 70 * MINUTE
    assert never == 2 * HOUR
    assert interval(history(20, every=10 * MINUTE, changed=20)) == 10 * MINUTE


def test_a_source_that_changes_once_a_day_ends_up_asked_a_few_times_a_day() -> None:
    past: list[Check] = []
    at, last_change, gaps = NOW, NOW, []
    for _ in range(200):
        changed = at - last_change >= DAY
        last_change = at if changed else last_change
        past = [Check(at=at, outcome="read", new=int(changed)), *past][:60]
        decision = next_check(at, facts=Asked(), headers={}, history=past, settings=PACE)
        gaps.append(decision.interval)
        at = decision.at
    usual = sum(gaps[-50:], timedelta()) / 50
    assert 4 * HOUR <= usual <= 20 * HOUR


def test_failures_are_answered_by_growing_patience_with_jitter() -> None:
    settings = Pace(least=10 * MINUTE, first=HOUR, most=DAY, jitter=0.25)

    def wait(n: int, seed: str) -> timedelta:
        return next_check(
            NOW, facts=Asked(), headers={}, history=failures(*[500] * n), settings=settings, seed=seed
        ).interval

    for n in range(1, 12):
        base = min(10 * MINUTE * 2 ** (n - 1), DAY)
        waits = {wait(n, str(seed)) for seed in range(20)}
        assert all(base <= w <= min(1.25 * base, DAY) for w in waits)
        assert len(waits) > 15 or base == DAY
        assert wait(n, "a") == wait(n, "a")
    assert wait(40, "a") == DAY


def test_an_outage_of_ones_own_network_does_not_silence_a_source_for_a_day() -> None:
    assert interval(failures(*[None] * 40)) <= 2.5 * HOUR
    assert interval(failures(*[500] * 40)) == DAY


def test_who_asks_to_be_left_alone_is() -> None:
    busy = failures(429)
    assert interval(busy, headers={"retry-after": "7200"}) == 2 * HOUR
    assert interval(busy, headers={"retry-after": str(10**9)}) == DAY
    assert interval(failures(503)) >= 4 * interval(failures(500)) / 1.3
    assert (
        next_check(NOW, facts=Asked(), headers={"retry-after": "7200"}, history=busy, settings=PACE).reason
        == "Retry-After"
    )


def test_what_is_gone_is_retired_and_what_is_missing_only_after_long() -> None:
    def retired(past: list[Check]) -> str | None:
        return next_check(NOW, facts=Asked(), headers={}, history=past, settings=PACE).retired

    assert "410" in (retired(failures(410)) or "")
    assert retired(failures(404)) is None
    assert retired(failures(*[404] * 29, every=DAY)) is None
    assert "404" in (retired(failures(*[404] * 31, every=DAY)) or "")
    assert "403" in (retired(failures(403, *[404] * 31, every=DAY)) or "")
    assert retired(failures(*[404] * 3, every=30 * DAY)) is None, "three answers are too few, however far apart"
    assert retired(failures(*[500] * 60, every=DAY)) is None, "an error of the server is no word on the source"
    assert retired(failures(*[None] * 60, every=DAY)) is None, "no answer may be our own network"
    once_good = [*failures(*[404] * 20, every=DAY), Check(at=NOW - 20 * DAY, outcome="read"), *failures(*[404] * 9)]
    assert retired(once_good) is None


def test_hours_and_days_to_skip() -> None:
    weekend = frozenset({5, 6})
    saturday = datetime(2026, 3, 7, 9, 30, tzinfo=UTC)
    assert after_skips(saturday, hours=frozenset(), days=weekend) == datetime(2026, 3, 9, 0, 0, tzinfo=UTC)
    night = frozenset({*range(20, 24), *range(6)})
    assert after_skips(NOW.replace(hour=22), hours=night, days=frozenset()) == datetime(2026, 3, 5, 6, 0, tzinfo=UTC)
    assert after_skips(NOW, hours=night, days=weekend) == NOW
    assert after_skips(NOW, hours=frozenset(range(24)), days=weekend) == NOW, "one that skips everything is asked"
    asked = Asked(skip_hours=frozenset({13, 14}))
    assert next_check(NOW, facts=asked, headers={}, history=history(1, every=HOUR), settings=PACE).at == NOW + 3 * HOUR
    friday = datetime(2026, 3, 6, 23, 30, tzinfo=UTC)
    past = [Check(at=friday, outcome="read")]
    skipping = next_check(friday, facts=Asked(skip_days=weekend), headers={}, history=past, settings=PACE)
    assert skipping.at == friday + DAY, "never beyond the longest time that the operator allows"


@given(
    st.sampled_from(["read", "unchanged", "empty", "failed"]),
    st.sampled_from([None, 200, 304, 403, 404, 410, 429, 500, 503]),
    st.lists(
        st.tuples(st.sampled_from(["read", "unchanged", "failed"]), st.integers(-(10**6), 10**7), st.booleans()),
        max_size=30,
    ),
    st.dictionaries(st.sampled_from(["cache-control", "expires", "retry-after", "age", "date"]), st.text(max_size=60)),
    st.integers(0, 10**9), st.sets(st.integers(0, 23)), st.sets(st.integers(0, 6)), st.text(max_size=5),
)  # fmt: skip
def test_whatever_happens_the_next_check_lies_within_the_bounds(
    outcome: str, status: int | None, past: list[tuple[str, int, bool]], headers: dict[str, str], ttl: int,
    hours: set[int], days: set[int], seed: str,
) -> None:  # fmt: skip
    first = Check(at=NOW, outcome=outcome, status=status)  # type: ignore[arg-type]
    rest = [Check(at=NOW - timedelta(seconds=s), outcome=o, new=int(c)) for o, s, c in past]  # type: ignore[arg-type]
    asked = Asked(ttl=timedelta(seconds=ttl), skip_hours=frozenset(hours), skip_days=frozenset(days))
    settings = Pace(jitter=0.2)
    made = next_check(NOW, facts=asked, headers=headers, history=[first, *rest], settings=settings, seed=seed)
    assert made == next_check(NOW, facts=asked, headers=headers, history=[first, *rest], settings=settings, seed=seed)
    if made.retired is None:
        assert settings.least <= made.interval <= settings.most
        assert made.at == NOW + made.interval <= horizon(NOW, most=settings.most)


def test_a_permanent_redirect_is_believed_the_second_time() -> None:
    here = Address("http://a/feed")
    once = settle(here, target="http://b/feed", good=True)
    assert once == Address("http://a/feed", "http://b/feed", None)
    assert settle(once, target="http://b/feed", good=True) == Address("http://b/feed", None, "http://a/feed")
    assert settle(once, target="http://c/feed", good=True) == Address("http://a/feed", "http://c/feed", None)
    assert settle(once, target=None, good=True) == here
    assert settle(once, target="http://portal/login", good=False) == once
    assert settle(here, target="http://a/feed", good=True) == here


def test_what_is_overdue_is_spread_evenly_each_off_its_place() -> None:
    delays = spread_over(100, within=10 * MINUTE, seed="x")
    assert delays == sorted(delays)
    assert all(timedelta(0) <= d < 10 * MINUTE for d in delays)
    assert len({int(d.total_seconds() // 60) for d in delays}) == 10
    assert spread_over(0, within=MINUTE, seed="x") == []
