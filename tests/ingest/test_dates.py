"""Dates of every sort, and the ones that cannot be."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from email.utils import format_datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.dates import date_time_group, parse_date, read_date

READ_AT = datetime(2024, 6, 1, 12, tzinfo=UTC)


def at(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=UTC)  # type: ignore[misc, arg-type]


@pytest.mark.parametrize(
    ("printed", "meant"),
    [
        ("2014-05-02", at(2014, 5, 2)),
        ("2014-05-02T08:30:00+07:00", at(2014, 5, 2, 1, 30)),
        ("2014-05-02T08:30:00Z", at(2014, 5, 2, 8, 30)),
        ("2014-05-02 08:30:00 UTC", at(2014, 5, 2, 8, 30)),
        ("Fri, 02 May 2014 08:30:00 +0700", at(2014, 5, 2, 1, 30)),
        ("Fri, 02 May 14 08:30:00 GMT", at(2014, 5, 2, 8, 30)),
        ("Mon, 5 May 2014 10:00 EST", at(2014, 5, 5, 15)),
        ("050830Z MAY 14", at(2014, 5, 5, 8, 30)),
        ("050830ZMAY2014", at(2014, 5, 5, 8, 30)),
        ("050830Z MAY 45", at(1945, 5, 5, 8, 30)),
        ("20140502", at(2014, 5, 2)),
        ("20140502103000", at(2014, 5, 2, 10, 30)),
        ("1399000000", at(2014, 5, 2, 3, 6, 40)),
        ("1399000000000", at(2014, 5, 2, 3, 6, 40)),
        ("November 30, 1901", at(1901, 11, 30)),
        ("April 6, 1917, 12 p.m.", at(1917, 4, 6, 12)),
        ("April 6, 1917, 9.15 p.m.", at(1917, 4, 6, 21, 15)),
        ("July 6, 1918, noon", at(1918, 7, 6, 12)),
        ("2 мая 2014", at(2014, 5, 2)),
        ("le 1er mai 2014", at(2014, 5, 1)),
        ("3. Mai 2014", at(2014, 5, 3)),
        ("3 de mayo de 2014", at(2014, 5, 3)),
        ("2014年5月2日 10:30", at(2014, 5, 2, 10, 30)),
        ("ngày 3 tháng 5 năm 2014", at(2014, 5, 3)),
        ("03/04/2014", at(2014, 4, 3)),
        ("04/23/2014", at(2014, 4, 23)),
        ("2014-05-02 10:00 GMT+0700", at(2014, 5, 2, 3)),
    ],
)
def test_dates_as_they_are_printed(printed: str, meant: datetime) -> None:
    assert parse_date(printed, near=READ_AT) == meant


@pytest.mark.parametrize(
    "printed",
    [
        "0000-00-00",
        "0000-01-01",
        "Thu, 01 Jan 0000 00:00:00 GMT",
        "0001-01-01T00:00:00+14:00",
        "1499-12-31",
        "2099-01-01",
        "2024-06-04",
        "9999-12-31T23:59:59-14:00",
        "32 May 2014",
        "311200Z FEB 14",
        "soon",
        "Tue, 32 Dec 2013 10:00:00 GMT",
    ],
)
def test_dates_that_cannot_be_are_kept_as_printed(printed: str) -> None:
    assert read_date(printed, read_at=READ_AT) == (None, printed)


def test_tomorrow_in_another_zone_can_be() -> None:
    assert read_date("2024-06-03T11:00:00Z", read_at=READ_AT) == (at(2024, 6, 3, 11), None)


@pytest.mark.parametrize("nothing", [None, "", "  \n"])
def test_no_date_is_nothing(nothing: str | None) -> None:
    assert read_date(nothing, read_at=READ_AT) == (None, None)


def test_the_century_is_the_latest_that_fits() -> None:
    assert date_time_group("010000Z JAN 25", near=READ_AT) == at(2025, 1, 1)
    assert date_time_group("010000Z JAN 26", near=READ_AT) == at(1926, 1, 1)


instants = st.integers(-2_208_988_800, 1_704_067_200).map(lambda seconds: datetime.fromtimestamp(seconds, UTC))
zones = st.integers(-12 * 60, 14 * 60).map(lambda minutes: timezone(timedelta(minutes=minutes)))


@given(moment=instants, zone=zones)
def test_iso_and_mail_dates_come_back(moment: datetime, zone: timezone) -> None:
    local = moment.astimezone(zone)
    assert parse_date(local.isoformat()) == moment
    assert parse_date(format_datetime(local)) == moment


@given(moment=instants)
def test_a_date_time_group_comes_back(moment: datetime) -> None:
    group = moment.strftime("%d%H%MZ %b %Y").upper()
    assert date_time_group(group) == moment.replace(second=0)


@given(text=st.text(max_size=60) | st.text(alphabet="0123456789-/:.TZ+ apmAPM年月日", max_size=30))
def test_no_text_is_too_odd(text: str) -> None:
    moment, printed = read_date(text, read_at=READ_AT)
    assert moment is None or printed is None
    if moment is not None:
        assert moment.utcoffset() == timedelta(0)
        assert moment <= READ_AT + timedelta(days=2)
