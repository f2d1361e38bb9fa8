"""GDELT 2.0: events, mentions, the Knowledge Graph, and the lists of files."""

from __future__ import annotations

import hashlib
import io
import lzma
import threading
import time
import zipfile
from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.errors import FetchError, ParseError
from domain.event import ArticleFacts, Event, EventMention, Located
from domain.protocols import Reading, ReadOptions, Response
from domain.source import Failure, Stage
from ingest import rows, tables
from ingest.fetch import HttpFetcher
from ingest.gdelt_lists import chosen, fetch_listed, looks_like_list, read_list
from ingest.readers import detect_kind, read
from tests.fakes import gdelt_rows as made

OPTIONS = ReadOptions(read_at=datetime(2024, 6, 1, tzinfo=UTC))


def parse(data: str | bytes, options: ReadOptions = OPTIONS) -> list[object]:
    raw = data if isinstance(data, bytes) else data.encode()
    return [reading.item for reading in read(raw, kind="events", item="t.CSV", options=options)]


def zipped(*files: tuple[str, str]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in files:
            archive.writestr(name, text)
    return out.getvalue()


# --- events


def test_an_event_of_the_second_version() -> None:
    (event,) = parse(made.event() + "\n")
    assert isinstance(event, Event)
    assert (event.source_actor, event.source_country, event.target_country) == ("HANOI", "VN", "LA")
    assert (event.day, event.cameo, event.goldstein, event.mentions) == (date(2015, 2, 18), "057", 8.0, 4)
    assert event.known == datetime(2015, 2, 18, 23, 15, tzinfo=UTC), (
        "known when it was added, to the quarter of an hour"
    )
    assert (event.place, event.place_country, event.lat, event.lon) == ("Hanoi, Ha Noi, Vietnam", "VN", 21.0333, 105.85)
    assert event.url == "https://paper.example/hanoi-vientiane-rail-accord"
    assert event.external_id == "gdelt:410412347"
    assert event.facts == {"tone": 2.41935483870968, "sources": 2.0, "articles": 4.0, "root_event": 1.0}


def test_an_event_that_happened_long_ago_is_known_when_it_is_added() -> None:
    (event,) = parse(made.event(Day="20050101"))
    assert isinstance(event, Event)
    assert (event.day, event.known) == (date(2005, 1, 1), datetime(2015, 2, 18, 23, 15, tzinfo=UTC))


def test_two_rows_do_not_merge_and_one_row_is_one_under_any_name() -> None:
    first, second = parse(made.event() + "\n" + made.event(GlobalEventID="410412348", EventCode="058"))
    assert isinstance(first, Event)
    assert isinstance(second, Event)
    assert first.id != second.id
    named = ReadOptions(read_at=OPTIONS.read_at, source="Quarter-hours")
    (again,) = parse(made.event(), named)
    assert isinstance(again, Event)
    assert (again.id, again.origin) == (first.id, "Quarter-hours")


def test_two_rows_of_one_report_are_told_by_day_actors_code_place_and_address() -> None:
    (first,) = parse(made.event())
    assert isinstance(first, Event)
    assert first.report is not None
    same = {"GlobalEventID": "5", "NumMentions": "9", "AvgTone": "-1", "Actor1Geo_FullName": "Elsewhere"}
    (twice,) = parse(made.event(**same))
    assert isinstance(twice, Event)
    assert twice.report == first.report
    differing = [
        {"Day": "20150217"}, {"Actor1Name": "VIETNAM"}, {"Actor2CountryCode": "KHM"}, {"EventCode": "040"},
        {"ActionGeo_FullName": "Vientiane, Laos"}, {"SOURCEURL": "https://paper.example/2"},
    ]  # fmt: skip
    for values in differing:
        (other,) = parse(made.event(GlobalEventID="6", **values))
        assert isinstance(other, Event)
        assert other.report != first.report, values
    (bare,) = parse(made.event(SOURCEURL=""))
    assert isinstance(bare, Event)
    assert bare.report is None, "without an address two alike rows may be two events"


@pytest.mark.parametrize(
    ("values", "reason"),
    [
        ({"EventCode": "---"}, "no CAMEO code: '---'"),
        ({"EventCode": "X"}, "no CAMEO code"),
        ({"EventCode": ""}, "no CAMEO code"),
        ({"Day": "20151301"}, "no date"),
        ({"Day": "2015"}, "no date"),
        ({"Day": "20990101"}, "implausible date"),
        ({"GlobalEventID": "12x"}, "no event number"),
        ({"DATEADDED": "20150230000000"}, "no time"),
    ],
)
def test_broken_rows_are_named_by_their_line(values: dict[str, str], reason: str) -> None:
    first, failure, last = parse("\n".join([made.event(), made.event(**values), made.event(GlobalEventID="7")]))
    assert isinstance(first, Event)
    assert isinstance(last, Event)
    assert isinstance(failure, Failure)
    assert (failure.item, failure.stage) == ("t.CSV:2", Stage.PARSE)
    assert reason in failure.error


@pytest.mark.parametrize("row", ["1\t2", made.event() + "\tmore", made.event().rpartition("\t")[0]])
def test_a_row_with_another_number_of_columns_fails(row: str) -> None:
    _, failure = parse(made.event(GlobalEventID="1") + "\n" + row)
    assert isinstance(failure, Failure)
    assert "columns, not 61" in failure.error


def test_oddities_of_the_code_book() -> None:
    odd = {"GoldsteinScale": "", "Actor1CountryCode": "EUR", "Actor2CountryCode": "ROM", "ActionGeo_CountryCode": "OS",
           "ActionGeo_Lat": "", "NumMentions": "", "Actor2Name": ""}  # fmt: skip
    (event,) = parse(made.event(**odd))
    assert isinstance(event, Event)
    assert (event.goldstein, event.source_country, event.target_country) == (None, None, "RO")
    assert (event.place_country, event.lat, event.lon, event.mentions) == (None, None, None, 1)
    (nowhere,) = parse(made.event(ActionGeo_FullName="", ActionGeo_Lat="0", ActionGeo_Long="0"))
    assert isinstance(nowhere, Event)
    assert (nowhere.lat, nowhere.lon) == (None, None), "no place is not the Gulf of Guinea"


def test_real_rows_of_the_first_version(shared: Path) -> None:
    packed = shared / "data" / "gdelt_georgia_2011_2013" / "gdelt1_events_georgia.csv.xz"
    lines = lzma.decompress(packed.read_bytes()).split(b"\n")
    sample = b"\n".join([lines[0], *lines[1:100_000:25]])
    found = parse(sample)
    assert len(found) == 4000
    assert all(isinstance(one, Event) and one.place_country == "GE" for one in found)
    assert len({one.id for one in found if isinstance(one, Event)}) == 4000


# --- mentions and articles


def test_a_mention() -> None:
    (mention,) = parse(made.mention(MentionDocTranslationInfo="srclc:vie;eng:GT-VIE 1.0"))
    assert isinstance(mention, EventMention)
    (event,) = parse(made.event())
    assert isinstance(event, Event)
    assert mention.event_id == event.id
    assert (mention.at, mention.known) == (datetime(2015, 2, 19, 0, 45, tzinfo=UTC),) * 2
    assert (mention.identifier, mention.outlet, mention.kind) == (
        "https://courier.example/rail",
        "courier.example",
        "web",
    )
    assert (mention.sentence, mention.confidence, mention.tone, mention.lang) == (3, 70, 1.85, "vi")
    assert mention.later
    (at_once,) = parse(made.mention(MentionTimeDate="20150218231500"))
    assert isinstance(at_once, EventMention)
    assert not at_once.later, "the event's own count holds it"


def test_fourteen_columns_are_the_older_mentions() -> None:
    (mention,) = parse("\t".join(made.mention().split("\t")[:14]))
    assert isinstance(mention, EventMention)


@pytest.mark.parametrize(
    ("values", "reason"),
    [
        ({"Confidence": "170"}, "confidence"),
        ({"Confidence": ""}, "confidence"),
        ({"MentionTimeDate": "20151319004500"}, "no time"),
        ({"MentionIdentifier": " "}, "names no article"),
        ({"GlobalEventID": "-1"}, "no event number"),
    ],
)
def test_broken_mentions(values: dict[str, str], reason: str) -> None:
    _, failure, _ = parse("\n".join([made.mention(), made.mention(**values), made.mention(SentenceID="4")]))
    assert isinstance(failure, Failure)
    assert failure.item == "t.CSV:2"
    assert reason in failure.error


def test_an_article_of_the_knowledge_graph() -> None:
    (article,) = parse(made.article())
    assert isinstance(article, ArticleFacts)
    assert (article.record, article.outlet) == ("20150218231500-17", "paper.example")
    assert article.url == "https://paper.example/hanoi-vientiane-rail-accord"
    assert (article.at, article.published) == (
        datetime(2015, 2, 18, 23, 15, tzinfo=UTC),
        datetime(2015, 2, 18, 21, 30, tzinfo=UTC),
    )
    assert article.title == "Hanoi & Vientiane sign a rail accord"
    assert article.themes == ("TRANSPORT", "GOV_AGREEMENT")
    assert article.persons == ("An Example Minister", "Second Person")
    assert article.organisations == ("Rail Board",)
    assert article.places == (
        Located(name="Laos", country="LA", lat=18.0, lon=105.0, mentions=2),
        Located(name="Hanoi, Ha Noi, Vietnam", country="VN", lat=21.0333, lon=105.85),
    )
    assert article.countries == {"LA": 2, "VN": 1}
    assert article.quotations == (("said", "the line will open | in two years"), ("added", "work begins"))
    assert (article.tone, article.positive, article.negative, article.words, article.lang) == (1.2, 3.1, 1.9, 412, "en")


def test_the_earlier_columns_stand_in_for_the_later_ones() -> None:
    empty = {"ENHANCEDTHEMES": "", "ENHANCEDLOCATIONS": "", "ENHANCEDPERSONS": "", "1.5TONE": "", "EXTRASXML": ""}
    (article,) = parse(made.article(**empty, TRANSLATIONINFO="srclc:fra;eng:GT-FRA 1.0"))
    assert isinstance(article, ArticleFacts)
    assert (article.themes, article.persons) == (("TRANSPORT", "GOV_AGREEMENT"), ("a minister",))
    assert article.places == (Located(name="Laos", country="LA", lat=18.0, lon=105.0),)
    assert (article.tone, article.words, article.published, article.title, article.lang) == (None, None, None, "", "fr")


def test_an_article_without_an_address_is_cited() -> None:
    (article,) = parse(made.article(DOCUMENTIDENTIFIER="Example Wire, 18 February"))
    assert isinstance(article, ArticleFacts)
    assert (article.url, article.identifier) == (None, "Example Wire, 18 February")


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        ("\t".join(made.article().split("\t")[:26]), "26 columns, not 27"),
        (made.article(RECORDID="17"), "no record number"),
        (made.article(**{"2.1DATE": "2015"}), "no time"),
        (made.article(DOCUMENTIDENTIFIER=""), "names no article"),
    ],
)
def test_broken_articles(row: str, reason: str) -> None:
    _, failure, _ = parse("\n".join([made.article(), row, made.article(RECORDID="20150218231500-18")]))
    assert isinstance(failure, Failure)
    assert failure.item == "t.CSV:2"
    assert reason in failure.error


def test_what_an_article_names_is_bounded() -> None:
    many = ";".join(f"THEME_{n},{n}" for n in range(50_000))
    (article,) = parse(made.article(ENHANCEDTHEMES=many, QUOTATIONS="1|2|said|" + "x" * 50_000))
    assert isinstance(article, ArticleFacts)
    assert len(article.themes) == 400
    assert len(article.quotations[0][1]) == 1000


# --- files


@pytest.mark.parametrize("row", [made.event(), made.mention(), made.article()])
def test_each_table_is_told_from_its_first_bytes(row: str) -> None:
    assert detect_kind("20150218231500.CSV", row.encode()[:4096]) == "events"
    long = made.article(V2GCAM="c1.1:3," * 2000)
    assert detect_kind("20150218231500.gkg.csv", long.encode()[:4096]) == "events", (
        "the first row is longer than the head"
    )


def test_zip_archives_are_opened() -> None:
    (alone,) = parse(zipped(("20150218231500.export.CSV", made.event() + "\n")))
    assert isinstance(alone, Event)
    mixed = parse(
        zipped(("a.export.CSV", made.event()), ("b.mentions.CSV", made.mention()), ("c.csv", made.event(Day="x")))
    )
    assert [type(one).__name__ for one in mixed] == ["Event", "EventMention", "Failure"]
    assert isinstance(mixed[2], Failure)
    assert mixed[2].item == "t.CSV!c.csv"


def test_a_zip_that_is_none_or_too_much_is_a_failure(monkeypatch: pytest.MonkeyPatch) -> None:
    whole = zipped(("a.CSV", made.event() + "\n"))
    for bad in (whole[:-30], whole[:40] + b"\xff" * 30 + whole[70:], zipped()):
        (failure,) = parse(bad)
        assert isinstance(failure, Failure)
        assert "archive" in failure.error
    monkeypatch.setattr(rows, "LIMIT", 200_000)
    found = parse(zipped(("bomb.CSV", (made.event() + "\n") * 50_000)))
    assert isinstance(found[-1], Failure)
    assert "when unpacked" in found[-1].error
    assert len(found) < 1000


def test_an_endless_line_is_one_broken_row(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rows, "LONGEST_LINE", 10_000)
    found = parse("\n".join([made.event(), "9" * 100_000, made.event(GlobalEventID="2")]))
    assert [type(one).__name__ for one in found] == ["Event", "Failure", "Event"]
    assert isinstance(found[1], Failure)
    assert (found[1].item, found[1].error) == ("t.CSV:2", "broken row: the line is longer than a row can be")


def test_a_million_broken_rows_are_counted_not_listed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tables, "BROKEN", 5)
    found = parse("\n".join([made.event(), *["x\ty"] * 100, made.event(GlobalEventID="2")]))
    assert [type(one).__name__ for one in found] == ["Event", *["Failure"] * 5, "Event", "Failure"]
    assert isinstance(found[-1], Failure)
    assert "95 more broken rows" in found[-1].error


@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_one_reading_for_each_row_however_damaged(data: st.DataObject) -> None:
    row = data.draw(st.sampled_from([made.event(), made.mention(), made.article()]))
    at = data.draw(st.integers(0, len(row)))
    junk = data.draw(st.text(alphabet="\t#;,|-0 x\u202e", max_size=20))
    found = parse(row + "\n" + row[:at] + junk + row[at + data.draw(st.integers(0, 40)) :] + "\n" + row)
    assert len(found) == 3
    assert not isinstance(found[0], Failure)


def test_a_hundred_thousand_rows_are_read_row_by_row() -> None:
    text = "".join(made.article(RECORDID=f"20150218231500-{n}") + "\n" for n in range(2000))
    readings = read(text.encode(), kind="events", item="t", options=OPTIONS)
    assert isinstance(readings, Iterator)
    started = time.perf_counter()
    assert isinstance(next(readings).item, ArticleFacts)
    first = time.perf_counter() - started
    assert sum(1 for _ in readings) == 1999
    assert first < 0.2 * (time.perf_counter() - started), "the first row does not wait for the last"


# --- lists


class _Files(BaseHTTPRequestHandler):
    """A small host of tables."""

    files: dict[str, bytes] = {}  # noqa: RUF012

    def do_GET(self) -> None:
        body = self.files.get(self.path)
        self.send_response(404 if body is None else 200)
        self.send_header("Content-Length", str(len(body or b"")))
        self.end_headers()
        self.wfile.write(body or b"")

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture
def host() -> Iterator[str]:
    with ThreadingHTTPServer(("127.0.0.1", 0), _Files) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_address[1]}"
        server.shutdown()
    _Files.files = {}


def line(url: str, body: bytes) -> str:
    return f"{len(body)} {hashlib.md5(body, usedforsecurity=False).hexdigest()} {url}"


def test_a_list_in_order_with_sizes_and_sums() -> None:
    base = "http://tables.example/v2/"
    names = ["20150218231500.gkg.csv.zip", "20150218231500.mentions.CSV.zip", "20150218231500.export.CSV.zip",
             "20150218230000.translation.export.CSV.zip", "20150218230000.gkg.csv.zip"]  # fmt: skip
    text = "\n".join([*(line(base + name, name.encode()) for name in names), "", "12 nosum http://x/y", "half a line"])
    files, wrong = read_list(text.encode(), item="lastupdate.txt", options=OPTIONS)
    assert looks_like_list(text)
    assert not looks_like_list("12 30 pieces")
    assert [one.url.removeprefix(base) for one in files] == [names[4], names[3], names[2], names[1], names[0]]
    assert [(one.content, one.translated) for one in files[:2]] == [("gkg", False), ("events", True)]
    assert (files[0].size, files[0].at) == (len(names[4]), datetime(2015, 2, 18, 23, tzinfo=UTC))
    assert [w.item.item for w in wrong if isinstance(w.item, Failure)] == ["lastupdate.txt:7", "lastupdate.txt:8"]
    some = chosen(files, since=datetime(2015, 2, 18, 23, 15, tzinfo=UTC), contents=("events", "mentions"))
    assert [one.content for one in some] == ["events", "mentions"]
    assert chosen(files, until=datetime(2015, 2, 18, 23, tzinfo=UTC)) == []
    with pytest.raises(ParseError, match="no list"):
        read_list(b"<html>not found</html>", item="x", options=OPTIONS)


def test_listed_tables_are_fetched_measured_and_read(host: str) -> None:
    rows_of = {
        "20150218231500.export.CSV.zip": made.event(),
        "20150218231500.mentions.CSV.zip": made.mention(),
        "20150218231500.gkg.csv.zip": made.article(),
        "20150218233000.export.CSV.zip": made.event(GlobalEventID="9"),
    }
    bodies = {name: zipped((name.removesuffix(".zip"), row + "\n")) for name, row in rows_of.items()}
    _Files.files = {f"/{name}": body for name, body in bodies.items()}
    text = [line(f"{host}/{name}", body) for name, body in bodies.items()]
    _Files.files["/20150218231500.gkg.csv.zip"] += b"x"  # longer than listed
    other = bytearray(bodies["20150218233000.export.CSV.zip"])
    other[-1] ^= 1
    _Files.files["/20150218233000.export.CSV.zip"] = bytes(other)  # as long, but another
    text.append(line(f"{host}/20150218234500.export.CSV.zip", b"gone"))
    files, wrong = read_list("\n".join(text).encode(), item="lastupdate.txt", options=OPTIONS)
    assert wrong == []
    fetcher = HttpFetcher(allow_hosts=["127.0.0.1"])
    found = [reading.item for reading in fetch_listed(fetcher, files, options=OPTIONS)]
    assert [type(one).__name__ for one in found] == ["Event", "EventMention", "Failure", "Failure", "Failure"]
    failures = [one for one in found if isinstance(one, Failure)]
    assert all(one.stage == Stage.FETCH and one.item.startswith(host) for one in failures)
    assert "not" in failures[0].error
    assert "as listed" in failures[0].error
    assert "another MD5" in failures[1].error
    assert "404" in failures[2].error


def test_a_fetcher_may_ask_for_patience(host: str) -> None:
    class Later(FetchError):
        """Not now."""

    class Patient:
        def get(self, url: str, *, headers: Mapping[str, str] | None = None) -> Response:
            raise Later("one at a time", item=url, stage=Stage.FETCH)

    files, _ = read_list(line(f"{host}/20150218231500.export.CSV.zip", b"x").encode(), item="l", options=OPTIONS)
    with pytest.raises(Later):
        list(fetch_listed(Patient(), files, options=OPTIONS, through=(Later,)))
    (failure,) = fetch_listed(Patient(), files, options=OPTIONS)
    assert isinstance(failure.item, Failure)


def test_a_listed_address_on_a_closed_network_is_refused(host: str) -> None:
    body = zipped(("a.CSV", made.event()))
    _Files.files = {"/20150218231500.export.CSV.zip": body}
    files, _ = read_list(line(f"{host}/20150218231500.export.CSV.zip", body).encode(), item="l", options=OPTIONS)
    (refused,) = fetch_listed(HttpFetcher(), files, options=OPTIONS)
    assert isinstance(refused, Reading)
    assert isinstance(refused.item, Failure)
    assert "no public address" in refused.item.error
