"""Names by a token-classification model of transformers: a tiny real one, saved and loaded as any other."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from domain.errors import ModelError
from models.manifest import parse_manifest
from models.ner import Recognisers, load_own
from models.ner_transformers import TransformersRecogniser
from models.spans import Name, Piece, names
from tests.models.tiny import tagger


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tagger(tmp_path_factory.mktemp("tagger") / "tiny-ner")


def recogniser(folder: Path, **said: Any) -> TransformersRecogniser:
    record = {"name": "tiny", "task": "recogniser", "version": "1", "licence": "MIT", "path": str(folder), **said}
    found = load_own(parse_manifest(record, item="tiny"), threads=1, device="cpu")
    assert isinstance(found, TransformersRecogniser)
    return found


def told(found: Any) -> list[tuple[str, str]]:
    return [(mention.surface, mention.kind.value) for mention in found]


def test_names_with_their_places(folder: Path) -> None:
    text = "Maria Silva met ASEAN in New York, and (Hanoi)."
    found = recogniser(folder).find(text, lang="en")
    assert told(found) == [
        ("Maria Silva", "person"), ("ASEAN", "organisation"), ("New York", "place"), ("Hanoi", "place"),
    ]  # fmt: skip
    for one in found:
        assert text[one.start : one.end] == one.surface
        assert one.method == "tiny"


def test_a_long_text_goes_in_by_windows_and_loses_nothing(folder: Path) -> None:
    many = recogniser(folder, max_tokens=16)
    text = "".join("the talks at sea and Maria Silva met in New York . " for _ in range(40))
    found = many.find(text, lang="en")
    assert told(found) == [("Maria Silva", "person"), ("New York", "place")] * 40
    assert [one.start for one in found] == sorted(one.start for one in found)
    whole = recogniser(folder).find(text, lang="en")
    assert [(one.start, one.end, one.kind) for one in whole] == [(one.start, one.end, one.kind) for one in found]


def test_nothing_comes_of_nothing_and_of_broken_text(folder: Path) -> None:
    tiny = recogniser(folder)
    assert list(tiny.find_many(["", "  \n ", "the sea", "\ud800 Hanoi"], lang="en"))[:3] == [(), (), ()]
    assert told(tiny.find("\ud800 Hanoi", lang="en")) == [("Hanoi", "place")]
    assert told(tiny.find("Hanois", lang="en")) == [("Hanois", "place")]  # a word is one, whatever its pieces


def test_languages_labels_and_threshold_are_obeyed(folder: Path) -> None:
    tiny = recogniser(folder, languages=["pt"], labels={"LOC": "organisation", "PER": ""})
    assert tiny.find("Maria in Hanoi", lang="en") == ()
    assert told(tiny.find("Maria in Hanoi with ASEAN", lang="pt")) == [
        ("Hanoi", "organisation"), ("ASEAN", "organisation"),
    ]  # fmt: skip
    assert recogniser(folder, threshold=0.9999999).find("Maria in Hanoi", lang="en") == ()


def test_a_model_whose_labels_mean_nothing_is_refused(tmp_path: Path) -> None:
    odd = tagger(tmp_path / "odd", labels=["O", "B-X", "I-X", "B-Y", "I-Y", "B-Z", "I-Z"])
    with pytest.raises(ModelError, match="labels ="):
        recogniser(odd)
    assert told(recogniser(odd, labels={"X": "person"}).find("Maria Silva", lang="en")) == [("Maria Silva", "person")]


def test_pickles_and_ruins_are_refused(folder: Path, tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="no folder"):
        recogniser(tmp_path / "nowhere")
    (tmp_path / "pytorch_model.bin").write_bytes(b"\x80\x04")
    with pytest.raises(ModelError, match="pickled"):
        recogniser(tmp_path)
    (tmp_path / "model.safetensors").write_bytes(b"nonsense")
    with pytest.raises(ModelError, match="cannot be loaded"):
        recogniser(tmp_path)
    record = {"name": "x", "task": "recogniser", "version": "1", "licence": "MIT", "path": str(folder)}
    with pytest.raises(ModelError, match="runs no recogniser"):
        load_own(parse_manifest({**record, "engine": "sentence-transformers"}, item="x"), threads=1)
    with pytest.raises(ModelError, match="no recogniser"):
        load_own(parse_manifest({**record, "task": "encoder"}, item="x"), threads=1)


def test_gliner_that_is_not_there_says_how_to_have_it(folder: Path) -> None:
    try:
        import gliner  # noqa: F401
    except ImportError:
        with pytest.raises(ModelError, match="pip install"):
            recogniser(folder, engine="gliner")


def test_what_is_chosen_goes_before_what_is_packaged(folder: Path) -> None:
    tiny = recogniser(folder, languages=["xx", "en"])
    both = Recognisers({"all": "tiny", "fr": "lost"}, load=lambda name: tiny if name == "tiny" else _lost(name))
    assert both.reads("xx")
    assert told(both.find("Maria in Hanoi", lang="xx")) == [("Maria", "person"), ("Hanoi", "place")]
    assert [told(one) for one in both.find_many(["Hanoi", "sea"], lang="en")] == [[("Hanoi", "place")], []]
    # A language that it does not read, and a model that cannot be had, are left to the packaged recognisers.
    assert not both.reads("qq")
    assert both.reads("fr")
    assert both.find("Emmanuel Macron est à Paris.", lang="fr")[0].method != "tiny"
    assert "lost" in both.failures


def _lost(name: str) -> TransformersRecogniser:
    raise ModelError("not here", item=name, stage="model")


@pytest.mark.parametrize(
    ("labels", "expected"),
    [
        (["B-P", "I-P", "O", "I-L"], ["0-2 P", "3-4 L"]),
        (["S-P", "S-P", "B-P", "E-P"], ["0-1 P", "1-2 P", "2-4 P"]),
        (["B-P", "I-L", "I-L", "B-L"], ["0-1 P", "1-3 L", "3-4 L"]),
        (["P", "P", "O", "P"], ["0-2 P", "3-4 P"]),
        (["B-P", "M-P", "E-P", "I-P"], ["0-3 P", "3-4 P"]),
    ],
)
def test_labels_become_names(labels: list[str], expected: list[str]) -> None:
    pieces = [Piece(i, i + 1, label, 1.0) for i, label in enumerate(labels)]
    assert [f"{one.start}-{one.end} {one.label}" for one in names(pieces)] == expected
    assert list(names([])) == []
    assert next(names([Piece(0, 1, "B-P", 0.5), Piece(1, 2, "I-P", 1.0)])) == Name(0, 2, "P", 0.75)
