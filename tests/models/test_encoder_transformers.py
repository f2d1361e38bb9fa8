"""Encoders of one's own: prompts, fewer columns, half precision, devices; tiny real models, saved and loaded."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from domain.errors import ModelError
from models import prompts, registry
from models.encoder_transformers import TransformerEncoder, device_of
from models.manifest import Manifest, parse_manifest
from tests.models import tiny

TEXTS = ["ships at sea", "a treaty was signed in the capital", "rice", ""]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tiny.encoder(tmp_path_factory.mktemp("encoder") / "tiny-model")


def known(folder: Path, **said: Any) -> dict[str, Manifest]:
    record = {"name": "tiny", "task": "encoder", "version": "1", "licence": "MIT", "path": str(folder), **said}
    return {"tiny": parse_manifest(record, item="tiny")}


def load(folder: Path, **said: Any) -> TransformerEncoder:
    found = registry.load_encoder("tiny", known=known(folder, **said), threads=1)
    assert isinstance(found, TransformerEncoder)
    return found


def test_the_first_columns_alone(folder: Path) -> None:
    whole, cut = load(folder), load(folder, truncate=8)
    assert (whole.dimension, cut.dimension) == (24, 8)
    rows = whole.encode(TEXTS)[:, :8]
    assert np.allclose(cut.encode(TEXTS), rows / np.linalg.norm(rows, axis=1, keepdims=True), atol=1e-5)
    assert cut.id == f"{whole.id}+d8"
    with pytest.raises(ModelError, match="cannot be cut"):
        load(folder, truncate=25)
    with pytest.raises(ModelError, match="24 dimensions"):
        load(folder, dimension=8)


def test_half_precision_lies_in_the_same_space(folder: Path) -> None:
    whole, half = load(folder), load(folder, half=True)
    assert next(half.sentence_transformer().parameters()).element_size() == 2
    a, b = whole.encode(TEXTS), half.encode(TEXTS)
    assert b.dtype == np.float32
    assert (a * b).sum(axis=1).min() > 0.999
    assert whole.id == half.id


def test_prompts_come_from_the_folder_its_family_or_the_manifest(folder: Path, tmp_path: Path) -> None:
    said = tiny.encoder(tmp_path / "said", prompts={"query": "q: ", "document": "d: "})
    plain, told = load(said, query_prefix="x: "), load(said)
    assert np.allclose(told.encode(["sea"]), plain.encode(["d: sea"]), atol=1e-5)
    assert np.allclose(told.encode(["sea"], query=True), plain.encode(["q: sea"]), atol=1e-5)
    # The manifest goes before; an encoder that puts something before passages has other vectors.
    assert np.allclose(plain.encode(["sea"], query=True), plain.encode(["x: sea"]), atol=1e-5)
    assert plain.id != told.id
    family = tiny.encoder(tmp_path / "multilingual-e5-small")
    found = registry.locate_encoder(family).manifest
    assert (found.query_prefix, found.passage_prefix) == ("query: ", "passage: ")
    record = {"name": "e5", "task": "encoder", "version": "1", "licence": "MIT", "passage_prefix": ""}
    (family / registry.FOLDER_MANIFEST).write_text(json.dumps(record), "utf-8")
    assert registry.locate_encoder(family).manifest.query_prefix == ""


@pytest.mark.parametrize(
    ("name", "query", "passage"),
    [
        ("intfloat/multilingual-e5-large", "query: ", "passage: "),
        ("BAAI/bge-m3", "", ""),
        ("nomic-ai/nomic-embed-text-v1.5", "search_query: ", "search_document: "),
        ("Alibaba-NLP/gte-multilingual-base", "", ""),
        ("Snowflake/snowflake-arctic-embed-l-v2.0", "query: ", ""),
    ],
)
def test_what_families_want(name: str, query: str, passage: str) -> None:
    assert prompts.known_prompts(name) == (query, passage)


def test_instructions_go_before_the_query_alone() -> None:
    found = prompts.known_prompts("intfloat/multilingual-e5-large-instruct")
    assert found is not None
    assert found[0].startswith("Instruct: ")
    assert found[1] == ""
    assert prompts.known_prompts("ours/made-at-home") is None


def test_devices() -> None:
    import torch

    assert device_of("", item="x") == "cpu"
    assert device_of("auto", item="x") == ("cuda" if torch.cuda.is_available() else "cpu")
    with pytest.raises(ModelError, match="unknown device"):
        device_of("abacus", item="x")
    if not torch.cuda.is_available():
        with pytest.raises(ModelError, match="auto"):
            device_of("cuda", item="x")


def test_an_id_names_what_is_here_and_nothing_else(folder: Path) -> None:
    own = known(folder)
    whole = registry.locate_encoder("tiny", known=own).identity
    assert registry.locate_encoder(whole, known=own).identity == whole
    with pytest.raises(ModelError, match="what is here is"):
        registry.locate_encoder("tiny@0", known=own)
    assert registry.locate_encoder("minilm-l6@0.1.0").identity == "minilm-l6@0.1.0"
    plain = f"{registry.DEFAULT_ENCODER}@{registry.manifest(registry.DEFAULT_ENCODER).version}"
    assert registry.load_encoder(plain).id == plain


def test_a_hub_id_is_not_fetched_unless_it_is_allowed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_HUB_CACHE", str(tmp_path))
    with pytest.raises(ModelError, match="allow_download"):
        registry.load_encoder("nobody/has-this-model-0815")


def test_only_what_no_other_part_reads_is_taken_over() -> None:
    old, new = "use@3", "use@3+vi@1"
    assert registry.reusable(old, new, lang="en")
    assert not registry.reusable(old, new, lang="vi")
    assert not registry.reusable(old, new, lang="und")
    assert registry.reusable("use@3+vi@1", "use@3+lo@1+vi@1", lang="vi")
    assert not registry.reusable("use@3+vi@1", "use@3+vi@2", lang="vi")
    assert not registry.reusable("use@3", "use@4+vi@1", lang="en")
    assert not registry.reusable("e5@ab+d256", "e5@ab", lang="en")
    assert registry.parted("use@3+vi@1+d9") == ("use@3+d9", {"vi": "1"})


@pytest.mark.parametrize(
    ("said", "reason"),
    [
        ({"engine": "steam"}, "unknown engine"), ({"half": "yes"}, "neither true nor false"),
        ({"threshold": 2}, "between 0 and 1"), ({"labels": {"PER": "human"}}, "unknown kind"),
        ({"languages": "vi"}, "languages"), ({"path": 7}, "else than a text"), ({"truncate": True}, "not a count"),
    ],
)  # fmt: skip
def test_a_manifest_that_cannot_be(folder: Path, said: dict[str, Any], reason: str) -> None:
    with pytest.raises(ModelError, match=reason):
        known(folder, **said)


@pytest.mark.parametrize(
    ("name", "content"),
    [("model.safetensors", None), ("model.safetensors", b""), ("model.safetensors", b"\xff" * 500),
     ("tokenizer.json", b'{"version": '), ("tokenizer.json", b"[]"), ("config.json", b"[1]"),
     ("config.json", b"\xff\xfe"), ("modules.json", b"{}"), ("modules.json", b'[{"idx": 0}]')],
)  # fmt: skip
def test_a_damaged_folder_is_named(tmp_path: Path, name: str, content: bytes | None) -> None:
    folder = tiny.encoder(tmp_path / "damaged")
    held = next(folder.rglob(name))
    held.write_bytes(held.read_bytes()[:-100] if content is None else content)
    with pytest.raises(ModelError, match=r"^tiny"):
        load(folder)
