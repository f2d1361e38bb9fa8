"""``vedette events`` as its user runs it."""

from __future__ import annotations

import gzip
import hashlib
import io
import json
import threading
import zipfile
from collections.abc import Iterator
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from interfaces.cli import main
from tests.fakes import gdelt_rows as made


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return tmp_path / "home"


def run(home: Path, *args: str) -> Result:
    return CliRunner().invoke(main, ["events", *args, "--home", str(home), "--json"])


def lines(result: Result) -> list[dict[str, Any]]:
    assert result.exit_code == 0, result.output
    return [json.loads(line) for line in result.output.splitlines()]


def zipped(name: str, text: str) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr(name, text)
    return out.getvalue()


def test_events_mentions_and_articles_come_in_and_are_joined(home: Path, tmp_path: Path) -> None:
    (tmp_path / "1.export.CSV.zip").write_bytes(
        zipped("1.export.CSV", made.event() + "\n" + made.event(GlobalEventID="8") + "\n")
    )
    (tmp_path / "1.mentions.CSV.gz").write_bytes(gzip.compress((made.mention() + "\n").encode()))
    (tmp_path / "1.gkg.csv").write_text(made.article() + "\n")
    files = [str(tmp_path / name) for name in ("1.export.CSV.zip", "1.mentions.CSV.gz", "1.gkg.csv")]
    (summary,) = lines(run(home, "import", *files))
    assert (summary["events"], summary["duplicate"], summary["failed"]) == (3, 1, 0), (
        "one report told twice is one event"
    )
    (again,) = lines(run(home, "import", *files))
    assert (again["events"], again["duplicate"]) == (0, 4)
    (event,) = lines(run(home, "list", "--country", "Vietnam"))
    assert (event["external_id"], event["place_country"], event["mentions"]) == ("gdelt:410412347", "VN", 5)
    assert lines(run(home, "list", "--as-of", "2015-02-18"))[0]["mentions"] == 4
    assert lines(run(home, "list", "--as-of", "2015-02-17")) == []
    (mention,) = lines(run(home, "mentions", event["id"]))
    assert (mention["outlet"], mention["confidence"], mention["label"]) == ("courier.example", 70, "open")
    (article,) = lines(run(home, "articles", "--url", "https://PAPER.example/hanoi-vientiane-rail-accord?utm_source=x"))
    assert (article["title"], article["themes"]) == (
        "Hanoi & Vientiane sign a rail accord",
        ["TRANSPORT", "GOV_AGREEMENT"],
    )
    (day,) = lines(run(home, "articles", "--country", "Laos", "--theme", "TRANSPORT"))
    assert day == {"day": "2015-02-18", "articles": 1, "tone": 1.2}


def test_a_broken_row_is_listed_and_the_rest_is_stored(home: Path, tmp_path: Path) -> None:
    (tmp_path / "t.CSV").write_text("\n".join([made.event(), made.event(EventCode="---"), made.event(EventCode="042")]))
    result = run(home, "import", str(tmp_path / "t.CSV"))
    summary = json.loads(result.output)
    assert result.exit_code == 1
    assert summary["failed"] == 1
    assert summary["failures"][0]["item"].endswith("t.CSV:2")
    assert "no CAMEO code: '---'" in summary["failures"][0]["error"]
    assert len(lines(run(home, "list"))) == 1, "the third row has the first one's number, and is its newer state"


OWN = """
origin = "desk"
[event]
id = "no"
day = "day"
source_actor = "who"
source_country = "who"
target_country = "whom"
cameo = { value = "040" }
"""


def test_a_mapping_of_ones_own(home: Path, tmp_path: Path) -> None:
    table, mapping = tmp_path / "visits.csv", tmp_path / "visits.toml"
    table.write_text("no,day,who,whom\n1,2024-02-03,Laos,Vietnam\n2,2024-02-04,Nowhere,Vietnam\n")
    mapping.write_text(OWN)
    refused = run(home, "import", str(table))
    assert refused.exit_code == 1
    assert "name a mapping" in refused.output
    (summary,) = lines(run(home, "import", str(table), "--mapping", str(mapping), "--label", "confidential"))
    assert summary["events"] == 2
    found = lines(run(home, "list", "--dyad", "LA,VN"))
    assert [(one["external_id"], one["origin"], one["label"]) for one in found] == [("desk:1", "desk", "confidential")]


@pytest.mark.parametrize(
    ("args", "reason"),
    [
        (["--mapping", "nothing.toml"], "bundled: ucdp, acled"),
        (["--mapping", "BROKEN"], "unknown key event.dya"),
        (["--label", "hush"], "hush"),
        (["missing.csv"], "no such file"),
    ],
)
def test_what_cannot_be_used_is_refused(home: Path, tmp_path: Path, args: list[str], reason: str) -> None:
    table, broken = tmp_path / "t.csv", tmp_path / "broken.toml"
    table.write_text("a,b\n1,2\n")
    broken.write_text(OWN.replace("day = ", "dya = "))
    result = run(home, "import", str(table), *[str(broken) if arg == "BROKEN" else arg for arg in args])
    assert result.exit_code == 2
    assert reason in result.output


def test_a_known_table_needs_no_mapping_and_a_wrong_one_names_what_is_missing(home: Path, tmp_path: Path) -> None:
    table = tmp_path / "acled.csv"
    table.write_text(
        "event_id_cnty,event_date,event_type,sub_event_type,actor1,actor2,iso,country,location,fatalities,notes\n"
        "XYZ1,2023-03-12,Battles,Armed clash,Military Forces of Myanmar (2021-),Hill Army,104,Myanmar,Bridge town,4,"
        '"a, b"\n'
    )
    (summary,) = lines(run(home, "import", str(table)))
    assert summary["events"] == 1
    (event,) = lines(run(home, "list", "--country", "MM"))
    assert (event["cameo"], event["facts"]["fatalities"], event["place_country"]) == ("190", 4.0, "MM")
    wrong = run(home, "import", str(table), "--mapping", "ucdp")
    assert wrong.exit_code == 1
    assert "date_start" in wrong.output


class _Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture
def host(tmp_path: Path) -> Iterator[tuple[str, Path]]:
    folder = tmp_path / "served"
    folder.mkdir()

    def handler(*args: Any) -> _Quiet:
        return _Quiet(*args, directory=str(folder))

    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_address[1]}", folder
        server.shutdown()


def test_a_list_is_followed(home: Path, host: tuple[str, Path]) -> None:
    base, folder = host
    listed = []
    for name, row in (("20150218231500.export.CSV", made.event()), ("20150218231500.mentions.CSV", made.mention()),
                      ("20150219010000.export.CSV", made.event(GlobalEventID="9", EventCode="042"))):  # fmt: skip
        body = zipped(name, row + "\n")
        (folder / f"{name}.zip").write_bytes(body)
        md5 = hashlib.md5(body, usedforsecurity=False).hexdigest()
        listed.append(f"{len(body)} {md5} {base}/{name}.zip")
    (folder / "lastupdate.txt").write_text("\n".join(listed) + "\n")
    place = f"{base}/lastupdate.txt"
    blocked = run(home, "gdelt", place)
    assert blocked.exit_code == 2
    assert "no public address" in blocked.output
    (first,) = lines(
        run(home, "gdelt", place, "--allow-host", "127.0.0.1", "--until", "2015-02-19", "--only", "events")
    )
    assert first["events"] == 1
    (summary,) = lines(run(home, "gdelt", place, "--allow-host", "127.0.0.1"))
    assert (summary["events"], summary["duplicate"]) == (2, 1)
    (folder / "20150219010000.export.CSV.zip").write_bytes(b"something else")
    result = run(home, "gdelt", str(folder / "lastupdate.txt"), "--allow-host", "127.0.0.1")
    assert result.exit_code == 1
    assert "bytes long, not" in result.output
    assert run(home, "gdelt", str(folder / "20150218231500.export.CSV.zip")).exit_code == 2, "a table is no list"
