"""Tables of coded events."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.event import Event
from domain.protocols import ReadOptions
from domain.source import Failure
from ingest.countries import country_code
from ingest.readers import detect_kind, read
from ingest.tables import read_events

OPTIONS = ReadOptions(read_at=datetime(2024, 6, 1, tzinfo=UTC))
HEADER = "date,source,source_country,relation,cameo,goldstein,target,target_country,split\n"


def parse(data: str, options: ReadOptions = OPTIONS) -> list[Event | Failure]:
    found = [reading.item for reading in read(data.encode(), kind="events", item="t.csv", options=options)]
    assert all(isinstance(one, Event | Failure) for one in found)
    return found  # type: ignore[return-value]


def gdelt(width: int, **values: str) -> str:
    """A row of GDELT's own layout with so many columns."""
    places = {
        "id": 0,
        "day": 1,
        "actor1": 6,
        "country1": 7,
        "actor2": 16,
        "country2": 17,
        "code": 26,
        "goldstein": 30,
        "mentions": 31,
        "added": 59 if width == 61 else 56,
        "url": 60 if width == 61 else 57,
    }
    cells = [""] * width
    for name, value in {
        "id": "1",
        "day": "20140505",
        "code": "190",
        "goldstein": "-10.0",
        "mentions": "6",
        **values,
    }.items():
        cells[places[name]] = value
    return "\t".join(cells)


def test_icews_columns() -> None:
    (event,) = parse(HEADER + '2014-05-05,"Police, Coast",China,"Arrest, detain",173,-5,Vietnam,Vietnam,train\r\n')
    assert isinstance(event, Event)
    assert (event.source_actor, event.source_country, event.target_country) == ("Police, Coast", "CN", "VN")
    assert (event.day, event.cameo, event.goldstein, event.origin) == (date(2014, 5, 5), "173", -5.0, "icews")
    assert event.known == datetime(2014, 5, 5, tzinfo=UTC)
    assert (event.root, event.quad) == (17, 4)


def test_columns_are_found_by_name() -> None:
    (event,) = parse("target_country;cameo;date;target;source_country;source\nJapan;042;2014-05-05;B;China;A\n")
    assert isinstance(event, Event)
    assert (event.source_country, event.target_country, event.cameo, event.goldstein) == ("CN", "JP", "042", None)


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        ("2014-05-05,A,China", "columns"),
        ("2014-13-05,A,China,x,173,-5,B,Vietnam,t", "no date"),
        ("0000-00-00,A,China,x,173,-5,B,Vietnam,t", "no date"),
        ("2099-01-01,A,China,x,173,-5,B,Vietnam,t", "implausible date"),
        ("1200-01-01,A,China,x,173,-5,B,Vietnam,t", "implausible date"),
        ("2014-05-05,A,China,x,abc,-5,B,Vietnam,t", "no CAMEO code"),
        ("2014-05-05,A,China,x,9900,-5,B,Vietnam,t", "no CAMEO code"),
        ('2014-05-05,"A,China,x,173,-5,B,Vietnam,t', "broken row"),
    ],
)
def test_a_broken_row_is_named_and_the_rest_is_read(row: str, reason: str) -> None:
    good = "2014-05-05,A,China,x,173,-5,B,Vietnam,t\n"
    first, failure, last = parse(HEADER + good + row + "\n" + good)
    assert isinstance(first, Event)
    assert isinstance(last, Event)
    assert isinstance(failure, Failure)
    assert failure.item == "t.csv:3"
    assert reason in failure.error


@pytest.mark.parametrize("width", [57, 58, 61])
def test_gdelt_without_a_header(width: int) -> None:
    url = {"url": "https://a.example/1?utm_source=x"} if width > 57 else {}
    row = gdelt(width, actor1="CHINA", country1="CHN", actor2="VIETNAM", country2="VNM", added="20140506", **url)
    assert detect_kind("20140505.export.CSV", row.encode()) == "events"
    (event,) = parse(row + "\n")
    assert isinstance(event, Event)
    assert (event.source_actor, event.source_country, event.target_country) == ("CHINA", "CN", "VN")
    assert (event.cameo, event.goldstein, event.mentions, event.origin) == ("190", -10.0, 6, "gdelt")
    assert event.known == datetime(2014, 5, 6, tzinfo=UTC)
    assert event.url == ("https://a.example/1" if width > 57 else None)


def test_gdelt_with_a_header() -> None:
    (event,) = parse(
        "GLOBALEVENTID,SQLDATE,Actor1Name,Actor1CountryCode,Actor2Name,Actor2CountryCode,EventCode,GoldsteinScale,NumMentions,"
        "DATEADDED,SOURCEURL\n1,20110601,WELLS,USA,,,060,6,5,20130203,\n"
    )
    assert isinstance(event, Event)
    assert (event.source_country, event.target_country, event.cameo) == ("US", None, "060")
    assert event.known == datetime(2011, 6, 1, tzinfo=UTC), "the history was added at one time, which tells nothing"


def test_a_live_table_is_known_when_it_is_read() -> None:
    live = ReadOptions(read_at=OPTIONS.read_at, archive=False)
    (event,) = parse(HEADER + "2014-05-05,A,China,x,173,-5,B,Vietnam,t\n", live)
    assert isinstance(event, Event)
    assert event.known == OPTIONS.read_at


def test_unknown_names_are_none_and_counted() -> None:
    rows = "2014-05-05,A,Atlantis,x,173,-5,B,,t\n" * 3 + "2014-05-05,A,Ruritania,x,173,-5,B,Vietnam,t\n"
    missing: Counter[str] = Counter()
    known = {"Ruritania": "RU"}
    readings = read_events((HEADER + rows).encode(), item="t", options=OPTIONS, country_codes=known, unknown=missing)
    events = [reading.item for reading in readings]
    assert [one.source_country for one in events if isinstance(one, Event)] == [None, None, None, "RU"]
    assert missing == {"Atlantis": 3}


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("China", "CN"),
        ("Vietnam", "VN"),
        ("Viet Nam", "VN"),
        ("VNM", "VN"),
        ("vn", "VN"),
        ("Cote d'Ivoire", "CI"),
        ("Côte d’Ivoire", "CI"),
        ("Democratic Republic of Congo", "CD"),
        ("Turkey", "TR"),
        ("Türkiye", "TR"),
        ("ROM", "RO"),
        ("Palestinian Territory, Occupied", "PS"),
        ("North Korea", "KP"),
        ("Boko Haram", None),
        ("EUR", None),
        ("", None),
        ("European Union", None),
        ("UN", None),
    ],
)
def test_country_names(name: str, code: str | None) -> None:
    assert country_code(name) == code


def test_other_tables_are_refused() -> None:
    assert detect_kind("t.csv", b"name,age\nA,5\n") != "events"
    (failure,) = parse("name,age\nA,5\n")
    assert isinstance(failure, Failure)
    assert "no event table" in failure.error


@given(rows=st.lists(st.text(alphabet='0123456789-,"AChina\t;', max_size=60), min_size=1, max_size=8))
def test_one_reading_for_each_row(rows: list[str]) -> None:
    found = parse(HEADER + "\n".join(rows))
    assert len(found) == sum(1 for row in rows if row.strip())
