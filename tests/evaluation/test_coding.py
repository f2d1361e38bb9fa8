from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from domain.errors import InputError
from evaluation.coding import Case, Gold, measure, read_cases, read_gsr, read_petr
from interfaces.cli import main
from models.registry import DEFAULT_ENCODER, load_encoder
from nlp.events import Coder
from nlp.gazetteer import default_gazetteer


@pytest.fixture(scope="module")
def coder() -> Coder:
    return Coder(load_encoder(DEFAULT_ENCODER, threads=2, allow_download=False))


def case(text: str, *gold: Gold) -> Case:
    return Case("x", "en", "", text, gold)


ATTACK = Gold(frozenset({"CN"}), frozenset({"VN"}), "ASSAULT", "done")


def test_right_wrong_and_missing_are_counted(coder: Coder) -> None:
    cases = [
        case("China attacked Vietnam.", ATTACK),
        case("Vietnam attacked China.", ATTACK),
        case("The coffee harvest was good.", ATTACK),
        case("The weather in Paris was fine."),
    ]
    found = measure(coder, default_gazetteer(), cases)
    assert (found.typed.right, found.typed.found, found.typed.told) == (1, 2, 3)
    assert found.typed.score.precision == pytest.approx(1 / 2)
    assert found.typed.score.recall == pytest.approx(1 / 3)
    assert found.types.right == 2
    assert found.silent == 1.0
    assert found.confusion == {("19", "19"): 1, ("19", "-"): 2}
    assert found.plain()["typed"]["f1"] == pytest.approx(0.4)


def test_modality_counts_only_in_the_strictest_measure(coder: Coder) -> None:
    found = measure(coder, default_gazetteer(), [case("China did not attack Vietnam.", ATTACK)])
    assert (found.whole.right, found.typed.right) == (0, 1)


def test_the_same_event_is_not_right_twice(coder: Coder) -> None:
    twice = case("China attacked Vietnam, and Chinese troops shelled Vietnamese villages.", ATTACK)
    assert measure(coder, default_gazetteer(), [twice]).typed.right == 1


@pytest.mark.parametrize(
    "line",
    ["x", "[]", "{}", '{"lang":"en","text":"x","events":[{"source":"CN","target":"VN","type":"HIT"}]}',
     '{"lang":"en","text":"x","events":[{"source":"CN","target":"VN","type":"AID","modality":"maybe"}]}',
     '{"lang":"en","text":"x","events":[{"target":"VN","type":"AID"}]}'],
)  # fmt: skip
def test_a_broken_case_is_named(tmp_path: Path, line: str) -> None:
    path = tmp_path / "cases.jsonl"
    path.write_text(json.dumps({"lang": "en", "text": "x", "events": []}) + "\n" + line + "\n", "utf-8")
    found, bad = read_cases(path)
    assert len(found) == 1
    assert [one.item for one in bad] == ["cases.jsonl:2"]
    path.write_text(line, "utf-8")
    with pytest.raises(InputError, match=r"cases\.jsonl:1"):
        read_cases(path)


def test_the_command_measures_the_others(tmp_path: Path) -> None:
    path = tmp_path / "cases.jsonl"
    path.write_bytes(b'\xff\n{"lang":"en","text":"It is calm.","events":[]}\n{"lang":"en","text":5,"events":[]}\n')
    done = CliRunner().invoke(main, ["eval", "events", str(path), "--json", "--home", str(tmp_path / "home")])
    assert done.exit_code == 1
    assert (json.loads(done.stdout)["cases"], done.stderr.count("left out: cases.jsonl:")) == (1, 2)


def test_files_that_are_none_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "none"
    for read in (read_cases, read_gsr, read_petr):
        with pytest.raises(InputError):
            read(path)
        path.write_text("", "utf-8")
        with pytest.raises(InputError):
            read(path)
        path.unlink()


def test_the_gold_standard_is_read_and_coded(shared: Path, coder: Coder) -> None:
    cases = read_gsr(shared / "data/petrarch/plover_gsr_dev.json")
    assert len(cases) == 161
    assert sum(g.plover == "REQUEST" for c in cases for g in c.events) == 17
    found = measure(coder, default_gazetteer(), cases)
    assert found.typed.score.f1 >= 0.55
    assert found.types.score.f1 >= 0.68


def test_the_actors_of_the_validation_records_are_found(shared: Path, coder: Coder) -> None:
    cases = read_petr(shared / "data/petrarch/PETR.UnitTest.records.xml")
    assert len(cases) > 100
    found = measure(coder, default_gazetteer(), cases)
    assert found.paired.score.precision >= 0.65
    assert found.paired.score.recall >= 0.4
