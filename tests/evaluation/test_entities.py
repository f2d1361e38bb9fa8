"""Measuring names: the formats, what counts as right, and the command."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from domain.entity import EntityKind, Mention
from domain.errors import InputError
from evaluation.entities import measure, read_conll, read_jsonl
from interfaces.cli import main
from nlp.gazetteer import default_gazetteer


class Told:
    """A recogniser that finds the words it is given."""

    def __init__(self, **kinds: EntityKind) -> None:
        self._kinds = kinds

    def find(self, text: str, *, lang: str) -> tuple[Mention, ...]:
        made = []
        for word, kind in self._kinds.items():
            if (start := text.find(word)) >= 0:
                made.append(Mention(start=start, end=start + len(word), surface=word, entity_id="", kind=kind,
                                    name=word, method="told"))  # fmt: skip
        return tuple(made)


def write(path: Path, *lines: str) -> Path:
    path.write_text("\n".join(lines) + "\n", "utf-8")
    return path


def test_conll(tmp_path: Path) -> None:
    path = write(tmp_path / "a.conllu", "#DOC", "", "0\tZofia\tB-PER", "1\tKwiek\tI-PER", "2\tw\tO",
                 "3\tPłońsku\tB-LOC", "4\t.\tO", "", "Bar O", "Cup B-MISC")  # fmt: skip
    (first, second), bad = read_conll(path, lang="pl")
    assert not bad
    assert first.text == "Zofia Kwiek w Płońsku."
    assert first.names is not None
    assert [(first.text[n.start : n.end], n.type) for n in first.names] == [
        ("Zofia Kwiek", "person"),
        ("Płońsku", "place"),
    ]
    assert (second.text, second.names) == ("Bar Cup", ())


@pytest.mark.parametrize("line", ["alone", "a\tb\tc"])
def test_a_line_without_a_tag_is_named(tmp_path: Path, line: str) -> None:
    with pytest.raises(InputError, match=r"a\.conllu:1"):
        read_conll(write(tmp_path / "a.conllu", line), lang="pl")
    found, bad = read_conll(write(tmp_path / "a.conllu", "Bar O", line, "", "Cup O"), lang="pl")
    assert ([one.text for one in found], [one.item for one in bad]) == (["Cup"], ["a.conllu:2"])


@pytest.mark.parametrize("tags", ["BIO", "BIE", "BIL", "IIE", "III"])
def test_every_scheme_of_tags_is_one_name(tmp_path: Path, tags: str) -> None:
    rows = (f"{word} {tag}-PER" for word, tag in zip(("Anna", "van", "Zofia"), tags.replace("O", "I"), strict=True))
    ((one,), _) = read_conll(write(tmp_path / "a.conllu", *rows, "Ulm S-LOC"), lang="pl")
    assert [(n.start, n.end, n.type) for n in one.names or ()] == [(0, 14, "person"), (15, 18, "place")]


@pytest.mark.parametrize(
    "row",
    ['{"lang":"en"}', "{", '{"lang":"en","text":"x","entities":[{"start":0,"end":9,"kind":"person"}]}',
     '{"lang":"en","text":"xyz","entities":[{"start":0,"end":2,"kind":"river"}]}',
     '{"lang":"en","text":"xyz","entities":[{"start":"0","end":2,"kind":"person"}]}',
     '{"lang":"en","text":"xyz","entities":{}}', '{"lang":"en","text":"xyz","countries":"VN"}',
     '{"lang":"en","text":"xyz","countries":["Vietnam"]}', '{"lang":"en","text":["xyz"]}'],
)  # fmt: skip
def test_a_row_that_is_none_is_named(tmp_path: Path, row: str) -> None:
    with pytest.raises(InputError, match=r"a\.jsonl:1"):
        read_jsonl(write(tmp_path / "a.jsonl", row))
    good = '{"lang":"en","text":"Xyz\u2028went","entities":[{"start":0,"end":3,"kind":"PER"}],"countries":["vn"]}'
    (one,), bad = read_jsonl(write(tmp_path / "a.jsonl", row, good))
    assert ([n.type for n in one.names or ()], one.countries) == (["person"], frozenset({"VN"}))
    assert [one.item for one in bad] == ["a.jsonl:1"]


def test_exact_partial_countries_and_ids(tmp_path: Path) -> None:
    text = "Ylv Xylo met Ze in Vietnam for Zork."
    rows = {"lang": "sv", "text": text, "countries": ["VN", "LA"], "entities": [
        {"start": 0, "end": 8, "kind": "person"}, {"start": 13, "end": 15, "kind": "person"},
        {"start": 19, "end": 26, "kind": "country", "id": "iso:VN"}, {"start": 31, "end": 35, "kind": "organisation"},
    ]}  # fmt: skip
    sentences, _ = read_jsonl(write(tmp_path / "a.jsonl", json.dumps(rows)))
    told = Told(Xylo=EntityKind.PERSON, Ze=EntityKind.PERSON, Zork=EntityKind.PLACE)
    counts = measure(sentences, recognisers=[told], gazetteer=default_gazetteer())["sv"]
    assert (counts.exact["person"], counts.partial["person"]) == ([1, 2, 2], [2, 2, 2])
    assert (counts.exact["place"], counts.exact["organisation"]) == ([1, 2, 1], [0, 0, 1])
    assert counts.countries == [1, 1, 2]
    assert counts.ids == [1, 1]
    assert counts.missed == {"person: Ylv Xylo": 1, "organisation: Zork": 1}
    assert counts.wrong == {"person: Xylo": 1, "place: Zork": 1}


def test_nationalities_are_no_names(tmp_path: Path) -> None:
    row = json.dumps({"lang": "en", "text": "French ships left Sino-Vietnamese waters.", "entities": []})
    sentences, _ = read_jsonl(write(tmp_path / "a.jsonl", row))
    assert measure(sentences, recognisers=[], gazetteer=default_gazetteer())["en"].tally().found == 0


def test_the_command(tmp_path: Path) -> None:
    path = write(tmp_path / "a.conllu", "Zofia B-PER", "Kwiek I-PER", "jest O", "w O", "Warszawie B-LOC", "")
    home = str(tmp_path / "home")
    done = CliRunner().invoke(main, ["eval", "entities", str(path), "--lang", "pl", "--json", "--home", home])
    assert done.exit_code == 0, done.output
    found = json.loads(done.stdout)["pl"]
    assert found["sentences"] == 1
    assert found["all"]["exact"]["f1"] == 1.0
    done = CliRunner().invoke(main, ["eval", "entities", str(path), "--home", home])
    assert done.exit_code == 2
    assert "--lang" in done.output
    done = CliRunner().invoke(main, ["eval", "entities", str(path), "--lang", "pl", "--worst", "3", "--home", home])
    assert "precision 100.0 %" in done.output


def test_a_bad_line_is_named_and_the_others_are_measured(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    path.write_text('{"lang": "en", "text": "Hanoi protested.", "countries": ["VN"]}\nnothing\n', "utf-8")
    result = CliRunner().invoke(main, ["eval", "entities", str(path), "--json", "--home", str(tmp_path / "home")])
    assert result.exit_code == 1
    assert "a.jsonl:2" in result.stderr
    assert json.loads(result.stdout)["en"]
