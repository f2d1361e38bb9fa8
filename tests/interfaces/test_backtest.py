"""``vedette backtest`` as its user runs it."""

from __future__ import annotations

import gzip
import json
import re
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from sqlalchemy import select

from index.store import schema as s
from interfaces.cli import main
from interfaces.dashboard.backtest import rows_of
from service.wiring import open_home
from tests.evaluation import backtest_tables as made


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return tmp_path / "home"


@pytest.fixture
def table(tmp_path: Path) -> Path:
    return made.write(tmp_path / "events.csv", made.rows())


def run(home: Path, *args: str | Path) -> Result:
    return CliRunner().invoke(main, ["backtest", *map(str, args), "--home", str(home)])


def body(result: Result, *, status: int = 0) -> dict[str, Any]:
    assert result.exit_code == status, result.output
    found: dict[str, Any] = json.loads(result.stdout.splitlines()[-1])
    return found


def test_it_prints_both_kinds_of_figures_beside_the_baselines(home: Path, table: Path) -> None:
    result = run(home, table)
    assert result.exit_code == 0, result.output
    seen = " ".join(result.stdout.split())
    assert "events.csv: 2014-01-29 to 2014-04-23, 85 days scored" in seen
    assert "4 pairs with 12 hostile events or more" in seen
    for budget in ("0.25", "0.5", "1", "2"):
        assert seen.count(f"at {budget} a day precision recall F1") == 2
    assert seen.count("EARS C2 0.") == 8
    assert seen.count("Random by volume 0.") == 4
    assert re.search(r"F1 averaged over 0.25, 0.5, 1: 0\.\d+, \d+\.\d+ times that of EARS C2 \(", seen)
    assert "Brier score" in seen
    assert "kept as backtest 1" in seen


def test_what_it_prints_is_kept_as_the_dashboard_reads_it(home: Path, table: Path) -> None:
    said = body(run(home, table, "--json"))
    opened = open_home(home)
    try:
        with opened.read() as c:
            [row] = c.execute(select(s.backtests)).all()
    finally:
        opened.close()
    assert (row.id, row.name) == (said["id"], "events.csv")
    assert row.body == {k: v for k, v in said.items() if k not in ("id", "lines")}
    drawn = rows_of(row.body["budgets"])
    assert len(drawn) == 24
    assert {r["method"] for r in drawn} >= {"Vedette", "EARS C2", "Negative binomial CUSUM", "Seasonal z"}
    assert all((r["f1_low"] is not None and r["median_lead"] is not None) or not r["recall"] for r in drawn)
    assert {"low", "high", "n", "mean_probability", "share"} == set(row.body["reliability"][0])
    assert row.body["daily"][0]["day"] == "2014-01-29"


@pytest.mark.parametrize("given", [
    ["--budget", "0.5", "1.5"], ["--budget", "0.5", "--budget", "1.5"], ["--budget", "1.5", "0.5", "0.5"],
])  # fmt: skip
def test_budgets_are_given_one_by_one_or_together(home: Path, table: Path, given: list[str]) -> None:
    assert list(body(run(home, *given, table, "--json"))["budgets"]) == ["0.5", "1.5"]
    assert list(body(run(home, table, *given, "--json"))["raised"]) == ["0.5", "1.5"]


def test_alert_lines_are_every_pair_in_question_by_date(home: Path, table: Path, tmp_path: Path) -> None:
    out = tmp_path / "alerts.jsonl"
    said = body(run(home, table, "--alerts-out", out, "--json"))
    lines = [json.loads(line) for line in out.read_text("utf-8").splitlines()]
    assert len(lines) == said["lines"] > 60
    assert all(list(line) == ["date", "dyad", "score", "probability", "budgets"] for line in lines)
    assert [x["date"] for x in lines] == sorted(x["date"] for x in lines)
    assert len({(x["date"], *x["dyad"]) for x in lines}) == len(lines)
    assert all(0 < x["probability"] < 1 and x["dyad"] == sorted(x["dyad"]) for x in lines)
    raised = sum(1.0 in x["budgets"] for x in lines if x["date"] <= "2014-04-23")
    assert raised == said["raised"]["1"]["vedette"]["alerts"] > 0
    assert list(tmp_path.glob("*.part")) == []


class Page(HTMLParser):
    """Collects what a page would fetch, and its tags."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.fetched: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.fetched += [str(v) for k, v in attrs if k in ("src", "href", "data", "action") or k.startswith("on")]


def test_the_page_is_whole_escaped_and_fetches_nothing(home: Path, tmp_path: Path) -> None:
    evil = "<script>alert(1)</script>"
    rows = [(day, evil if a == "Arcadia" else a, b, code) for day, a, b, code in made.rows()]
    path = made.write(tmp_path / "a <b>table.csv", rows)
    out = tmp_path / "page.html"
    assert run(home, path, "--html", out).exit_code == 0
    text = out.read_text("utf-8")
    page = Page()
    page.feed(text)
    assert page.fetched == []
    assert not {"script", "link", "img", "iframe", "b>table"} & set(page.tags)
    assert "@import" not in text
    assert "url(" not in text
    assert "&lt;script&gt;alert(1)&lt;/script&gt; – Borduria" in text
    assert page.tags.count("svg") == 3
    assert page.tags.count("table") == 10
    assert "At 0.25 alerts a day" in text
    assert "onset on 2014-02-" in text


def test_rows_that_cannot_be_used_are_named_and_the_status_says_so(home: Path, tmp_path: Path) -> None:
    rows = [*made.rows(), ("2099-01-01", "Arcadia", "Borduria", "190"), ("2014-02-01", "Arcadia", "Borduria", "?!")]
    path = tmp_path / "events.csv.gz"
    path.write_bytes(gzip.compress(made.write(tmp_path / "plain.csv", rows).read_bytes()))
    result = run(home, path, "--json")
    assert body(result, status=1)["refused"] == 2
    n = len(rows)
    assert f"events.csv.gz:{n + 1}: no CAMEO code: '?!'" in result.stderr
    assert f"events.csv.gz:{n}: in the future: '2099-01-01'" in result.stderr
    assert result.stderr.count("events.csv.gz:") == 2


@pytest.mark.parametrize(("args", "said"), [
    (["--from", "2013-01-01"], "outside what can be scored"),
    (["--from", "2014-03-02", "--to", "2014-03-01"], "is after --to"),
    (["--budget", "0"], "make no sense"),
    (["--budget", "nan"], "make no sense"),
    (["--alerts-out", "no/such/folder/a.jsonl"], "there is no such folder"),
    (["--html", "no/such/folder/a.html"], "there is no such folder"),
    (["--model", "no-such-folder"], "cannot be read"),
])  # fmt: skip
def test_unusable_arguments_end_with_a_reason(home: Path, table: Path, args: list[str], said: str) -> None:
    result = run(home, table, *args)
    assert result.exit_code == 2, result.output
    assert said in result.stderr
    assert "Traceback" not in result.output


def test_the_table_is_not_written_over(home: Path, table: Path) -> None:
    before = table.read_bytes()
    result = run(home, table, "--alerts-out", table)
    assert result.exit_code == 2
    assert "the table of events itself" in result.stderr
    assert table.read_bytes() == before


@pytest.mark.parametrize(("content", "said"), [
    (None, "no such file"), ("", "no table"), (made.HEAD + "\n", "no event in it"),
    ("a,b\n1,2\n", "no column date"), ("date,source_country,target_country,cameo\n2014-01-01,A,B,190\n", "too few"),
])  # fmt: skip
def test_unusable_tables_end_with_a_reason(home: Path, tmp_path: Path, content: str | None, said: str) -> None:
    path = tmp_path / "t.csv"
    if content is not None:
        path.write_text(content)
    result = run(home, path)
    assert result.exit_code == 2, result.output
    assert said in result.stderr
    assert "t.csv" in result.stderr
