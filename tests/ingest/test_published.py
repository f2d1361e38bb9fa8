"""Which of several publication dates holds."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.published import Origin, settle, url_day

READ = datetime(2014, 5, 20, 6, tzinfo=UTC)


def at(day: int, hour: int = 9, *, month: int = 5, year: int = 2014) -> datetime:
    return datetime(year, month, day, hour, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("url", "day"),
    [
        ("https://a.example/2014/05/04/rig", "2014-05-04"),
        ("https://a.example/world/2014/5/4/rig", "2014-05-04"),
        ("https://a.example/2014/may/04/rig", "2014-05-04"),
        ("https://a.example/n1/2014/0504/c1002-2497.html", "2014-05-04"),
        ("https://a.example/news/rig-20140504.html", "2014-05-04"),
        ("https://a.example/t20140504_1153.shtml", "2014-05-04"),
        ("https://a.example/2014-05-04-rig", "2014-05-04"),
        ("https://a.example/%32014/05/04/x", "2014-05-04"),
        ("https://a.example/rig-201405041530123.htm", None),
        ("https://a.example/2014/13/04/", None),
        ("https://a.example/2014/02/31/", None),
        ("https://a.example/2014/05/", None),
        ("https://a.example/1234/56/78", None),
        ("https://a.example/x?d=2014/05/04", None),
        ("http://[::1", None),
        (None, None),
    ],
)
def test_the_day_in_an_address(url: str | None, day: str | None) -> None:
    found = url_day(url)
    assert (found.date().isoformat() if found else None) == day


@pytest.mark.parametrize(
    ("feed", "page", "url", "moment", "origin", "noted"),
    [
        # all agree: the feed's instant; where one tells the day alone, the other's hour
        (at(4), [("json-ld", "2014-05-04T08:00:00Z")], "/2014/05/04/", at(4), "feed", 0),
        (datetime(2014, 5, 4, tzinfo=UTC), [("json-ld", "2014-05-04T08:30:00+07:00")], "", at(4, 1), "page", 0),
        (at(4), [("time", "2014-05-04")], "", at(4), "feed", 0),
        # the feed announced it late, and two say so
        (at(9), [("json-ld", "2014-05-04T09:30:00Z")], "/2014/05/04/", at(4), "page", 1),
        # only the page says so: noted
        (at(9), [("json-ld", "2014-05-04T09:30:00Z")], "/x", at(9), "feed", 1),
        # the page was revised later
        (at(4), [("json-ld", "2014-05-09T09:30:00Z")], "/2014/05/04/", at(4), "feed", 1),
        # an evergreen page, with and without the address's word
        (at(4), [("article:published_time", "2009-01-02")], "/x", at(4), "feed", 1),
        (at(4), [("article:published_time", "2009-01-02")], "/2009/01/02/", at(4), "feed", 2),
        # no date in the feed
        (None, [("json-ld", "nonsense"), ("date", "2014-05-04T09:30:00Z")], "/x", at(4), "page", 1),
        (None, [], "/2014/05/04/", datetime(2014, 5, 4, tzinfo=UTC), "url", 0),
        (None, [("date", "2014-05-04T09:30:00Z")], "/2014/01/04/", at(4), "page", 1),
        (None, [], "/x", None, None, 0),
        # ahead of the reading: a wrong zone, or wrong altogether
        (READ + timedelta(hours=7), [], "", READ, "feed", 1),
        (READ + timedelta(hours=7), [("json-ld", "2014-05-20T05:30:00Z")], "", at(20, 5), "page", 1),
        (READ + timedelta(hours=7), [("json-ld", "2009-05-20T05:30:00Z")], "", READ, "feed", 2),
        (READ + timedelta(days=40), [("json-ld", "2014-05-19T09:30:00Z")], "", at(19), "page", 1),
        (READ + timedelta(days=40), [], "/2014/07/01/", None, None, 1),
        (None, [("json-ld", "2031-01-01")], "/2014/05/04/", datetime(2014, 5, 4, tzinfo=UTC), "url", 1),
        (datetime(1, 1, 1, tzinfo=UTC), [("json-ld", "2014-05-04T09:30:00Z")], "", at(4), "page", 1),
    ],
)
def test_which_date_holds(
    feed: datetime | None, page: list[tuple[str, str]], url: str, moment: datetime, origin: Origin, noted: int
) -> None:
    found = settle(feed=feed, page=page, url=f"https://a.example{url}", read_at=READ)
    assert (found.moment, found.origin) == (moment, origin)
    assert len(found.notes) == noted, found.notes


moments = st.datetimes(datetime(1400, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001


@given(
    feed=st.none() | moments,
    page=st.lists(st.tuples(st.just("date"), moments.map(datetime.isoformat) | st.text(max_size=20)), max_size=3),
    day=st.none() | moments,
    read_at=moments,
)
def test_never_ahead_of_the_reading_and_never_made_up(
    feed: datetime | None, page: list[tuple[str, str]], day: datetime | None, read_at: datetime
) -> None:
    url = f"https://a.example/{day:%Y/%m/%d}/x" if day else None
    found = settle(feed=feed, page=page, url=url, read_at=read_at)
    assert found.moment is None or found.moment <= read_at
    assert (found.moment is None) == (found.origin is None)
    if feed is not None and not page and feed <= read_at and feed.year > 1500:
        assert found.moment == feed
