"""``vedette forecast`` and ``vedette eval forecasts`` as their user runs them, on the real events of 2014."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from interfaces.cli import main


def run(*args: str) -> Result:
    return CliRunner().invoke(main, [*args])


def lines(result: Result) -> list[dict[str, Any]]:
    assert result.exit_code == 0, result.output
    return [json.loads(line) for line in result.output.splitlines()]


@pytest.fixture(scope="module")
def home(shared: Path, tmp_path_factory: pytest.TempPathFactory) -> str:
    path = str(tmp_path_factory.mktemp("forecast") / "home")
    table = shared / "data" / "icews" / "icews14.csv.gz"
    assert lines(run("events", "import", str(table), "--home", path, "--json"))[0]["events"] > 90_000
    return path


@pytest.mark.data
def test_a_pair_is_forecast_with_the_naive_ones_beside(home: str) -> None:
    result = run("forecast", "--dyad", "China,Vietnam", "--as-of", "2014-06-20", "--home", home)
    assert result.exit_code == 0
    assert "China – Vietnam as of 2014-06-20" in result.output
    for method in ("model", "climatology", "persistence", "no-change"):
        assert result.output.count(f"  {method} ") == 6
    assert "skill" in result.output
    (made,) = lines(
        run("forecast", "--dyad", "VN,CN", "--as-of", "2014-06-20", "--horizon", "7", "--home", home, "--json")
    )
    assert {e["horizon"] for e in made["estimates"]} == {7}
    hostile = next(e for e in made["estimates"] if e["what"] == "hostile" and e["method"] == "model")
    assert hostile["intervals"]["0.95"][0] <= hostile["mean"] <= hostile["intervals"]["0.95"][1]


@pytest.mark.data
def test_all_that_is_followed_the_likeliest_first_and_what_came(home: str) -> None:
    made = lines(run("forecast", "--as-of", "2014-03-01", "-n", "50", "--home", home, "--json"))
    assert len(made) == 50
    chances = [next(e["probability"] for e in one["estimates"] if (e["what"], e["horizon"]) == ("onset", 7))
               for one in made if one["under_way"] < 1]  # fmt: skip
    assert chances == sorted(chances, reverse=True)
    listed = run("forecast", "--as-of", "2014-03-01", "--home", home)
    assert listed.exit_code == 0
    assert "China" in listed.output
    crisis = run("forecast", "--as-of", "2014-05-09", "-n", "4", "--home", home)
    assert "China – Vietnam" in crisis.output
    assert "under way" in crisis.output
    (done,) = lines(run("forecast", "--score", "--as-of", "2014-04-10", "--home", home, "--json"))
    assert done["scored"] > 1000
    past = lines(run("forecast", "--past", "--country", "China", "--as-of", "2014-03-31", "--home", home, "--json"))
    assert {one["outcome"] is None for one in past} == {False}
    assert {tuple(sorted(one["scores"])) for one in past} == {("crps", "log"), ("brier", "log")}
    shown = run("forecast", "--past", "--country", "China", "-n", "4", "--home", home)
    assert shown.output.count("not due yet") == 4


@pytest.mark.data
def test_precedents_of_the_crisis(home: str) -> None:
    args = ("forecast", "--dyad", "CN,VN", "--precedents", "--as-of", "2014-05-08", "--home", home)
    (found,) = lines(run(*args, "--json"))
    assert found["onset"] == "2014-05-05"
    assert len(found["found"]) == 3
    shown = run(*args)
    assert shown.exit_code == 0
    assert shown.output.count("the next 30 days:") == 3


@pytest.mark.parametrize(
    ("args", "reason"),
    [
        (["--dyad", "CN"], "two countries"),
        (["--dyad", "CN,CN"], "two countries"),
        (["--country", "Atlantis"], "no country has this code or name"),
        (["--country", "CN", "--dyad", "CN,VN"], "not both"),
        (["--precedents"], "of which?"),
        (["--horizon", "9"], "is not one of"),
    ],
)
def test_what_cannot_be_used_is_refused(tmp_path: Path, args: list[str], reason: str) -> None:
    result = run("forecast", *args, "--home", str(tmp_path / "h"))
    assert result.exit_code == 2
    assert reason in result.output


def test_an_empty_home_says_what_to_do(tmp_path: Path) -> None:
    result = run("forecast", "--home", str(tmp_path / "h"))
    assert result.exit_code == 0
    assert "vedette events import" in result.output
    assert lines(run("forecast", "--score", "--home", str(tmp_path / "h"), "--json"))[0]["scored"] == 0


@pytest.mark.data
def test_the_model_measured_on_a_table(shared: Path, tmp_path: Path) -> None:
    table = str(shared / "data" / "icews" / "icews14.csv.gz")
    args = ("eval", "forecasts", table, "--from", "2014-03-01", "--every", "15")
    found = lines(run(*args, "--json"))
    assert len(found) == 12
    for one in found:
        scores = {c["method"]: c["score"] for c in one["score"]}
        assert set(scores) == {"model", "climatology", "persistence", "no-change"}
        assert one["first"] >= "2014-03-01"
        if one["what"] == "onset":
            parts = one["parts"]
            total = parts["reliability"] - parts["resolution"] + parts["uncertainty"] + parts["within"]
            assert total == pytest.approx(scores["model"])
            assert sum(b["n"] for b in one["bins"]) == one["n"]
    shown = run(*args)
    assert shown.exit_code == 0
    assert shown.output.count("   skill over ") == 12
    short = tmp_path / "short.csv"
    short.write_text("date,source_country,target_country,cameo\n2014-01-01,A,B,190\n2014-01-02,A,B,xx\n")
    result = run("eval", "forecasts", str(short))
    assert result.exit_code == 0
    assert "no CAMEO code: 'xx'" in result.output
    assert "enough of a past" in result.output
    assert run("eval", "forecasts", str(tmp_path / "none.csv")).exit_code == 2
    assert run("eval", "forecasts", str(short), "--model", str(tmp_path)).exit_code == 2
