"""The registry: names, hashes, folders of one's own, and what is refused."""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from domain.errors import ModelError
from models import registry
from models.manifest import installed_version, module_folder, parse_manifest, read_manifest, verify

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def no_network(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*args: Any, **kwargs: Any) -> None:
        raise AssertionError("something asked for the network")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    monkeypatch.setattr(socket, "getaddrinfo", refuse)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A sentence-transformers folder of one's own."""
    copy = tmp_path / "own-model"
    shutil.copytree(module_folder(registry.manifest("minilm-l6")), copy)
    return copy


def test_every_built_in_model_is_described_and_intact() -> None:
    assert registry.DEFAULT_ENCODER in registry.names(task="encoder")
    assert set(registry.names()) >= {"minilm-l6", "lingua", "spacy-en", "spacy-fr", "underthesea-vi"}
    for name in registry.names():
        described = registry.manifest(name)
        assert installed_version(described)
        assert registry.checked_folder(name).is_dir()
        assert f"# {name}" in registry.card(name)
        assert described.licence in registry.card(name)


def test_importing_the_registry_is_light() -> None:
    code = "import sys, models.registry; print([m for m in ('torch', 'spacy', 'transformers') if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_a_query_imports_no_torch() -> None:
    code = (
        "import sys, models.registry as r; r.load_encoder().encode(['xin chào'], query=True);"
        "r.load_encoder().encode(['xin chào'] * 20); print('torch' in sys.modules)"
    )
    command = [sys.executable, "-W", "error", "-c", code]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"


def test_nothing_is_asked_of_the_network(no_network: None, folder: Path) -> None:
    for name in ("use-multilingual-v3", "minilm-l6", folder):
        assert registry.load_encoder(name).encode(["hello"]).shape[0] == 1


def test_an_unknown_name_says_what_there_is() -> None:
    with pytest.raises(ModelError, match="use-multilingual-v3"):
        registry.load_encoder("no-such-model")
    with pytest.raises(ModelError, match="no encoder"):
        registry.load_encoder("lingua")
    with pytest.raises(ModelError, match="threads"):
        registry.load_encoder(threads=0)
    with pytest.raises(ModelError, match="unknown model"):
        registry.manifest("nothing")


def test_a_changed_file_is_refused(tmp_path: Path) -> None:
    source = module_folder(registry.manifest("use-multilingual-v3"))
    shutil.copytree(source, tmp_path / "copy")
    weights = tmp_path / "copy" / "weights.npz"
    data = bytearray(weights.read_bytes())
    data[1000] ^= 1
    weights.write_bytes(data)
    with pytest.raises(ModelError, match=r"weights\.npz is not the one"):
        verify(registry.manifest("use-multilingual-v3"), tmp_path / "copy")
    weights.unlink()
    with pytest.raises(ModelError, match="cannot be read"):
        verify(registry.manifest("use-multilingual-v3"), tmp_path / "copy")


def test_a_folder_of_ones_own_with_prefixes(folder: Path) -> None:
    plain = registry.load_encoder(folder)
    prefixed = registry.load_encoder(folder, query_prefix="query: ", passage_prefix="passage: ")
    text = "ships at sea"
    assert np.allclose(prefixed.encode([text]), plain.encode([f"passage: {text}"]), atol=1e-5)
    assert np.allclose(prefixed.encode([text], query=True), plain.encode([f"query: {text}"]), atol=1e-5)
    # Passages made with another prefix are other vectors: the index must not mix them.
    assert plain.id != prefixed.id
    assert plain.id == registry.load_encoder(folder, query_prefix="query: ").id


def test_a_folders_own_manifest_is_obeyed(folder: Path) -> None:
    record = {"name": "mine", "task": "encoder", "version": "2", "licence": "MIT", "dimension": 384,
              "query_prefix": "q: ", "max_words": 3}  # fmt: skip
    (folder / registry.FOLDER_MANIFEST).write_text(json.dumps(record), encoding="utf-8")
    encoder = registry.load_encoder(folder)
    assert encoder.id.startswith("mine@")
    assert np.allclose(encoder.encode(["one two three four"]), encoder.encode(["one two three"]), atol=1e-5)
    record["dimension"] = 100
    (folder / registry.FOLDER_MANIFEST).write_text(json.dumps(record), encoding="utf-8")
    with pytest.raises(ModelError, match="384 dimensions"):
        registry.load_encoder(folder)


def test_the_id_follows_the_weights(folder: Path) -> None:
    before = registry.fingerprint(folder)
    weights = folder / "model.safetensors"
    data = bytearray(weights.read_bytes())
    data[-1] ^= 1
    weights.write_bytes(data)
    assert registry.fingerprint(folder) != before


def test_pickled_weights_are_refused(folder: Path) -> None:
    (folder / "2_Dense").mkdir()
    (folder / "2_Dense" / "pytorch_model.bin").write_bytes(b"\x80\x04")
    with pytest.raises(ModelError, match="pickled"):
        registry.load_encoder(folder)
    shutil.rmtree(folder / "2_Dense")
    (folder / "model.safetensors").rename(folder / "pytorch_model.bin")
    with pytest.raises(ModelError, match="safetensors"):
        registry.load_encoder(folder)


def test_a_broken_folder_is_a_model_error(tmp_path: Path) -> None:
    (tmp_path / "model.safetensors").write_bytes(b"nonsense")
    (tmp_path / "config.json").write_text("{", encoding="utf-8")
    with pytest.raises(ModelError, match="cannot be loaded"):
        registry.load_encoder(tmp_path)


@pytest.mark.parametrize(
    ("record", "reason"),
    [
        ({"name": "x", "task": "encoder", "version": "1"}, "does not fit"),
        ({"name": "x", "task": "painter", "version": "1", "licence": "MIT"}, "unknown task"),
        ({"name": "", "task": "encoder", "version": "1", "licence": "MIT"}, "no name"),
        ({"name": "x", "task": "encoder", "version": "1", "licence": "MIT", "dimension": -3}, "not a count"),
        ({"name": "x", "task": "encoder", "version": "1", "licence": "MIT", "colour": "red"}, "does not fit"),
    ],
)
def test_a_wrong_manifest_says_why(record: dict[str, Any], reason: str) -> None:
    with pytest.raises(ModelError, match=reason):
        parse_manifest(record, item="x")


def test_a_manifest_file_that_is_none(tmp_path: Path) -> None:
    path = tmp_path / "m.json"
    for content in ("[]", "{"):
        path.write_text(content, encoding="utf-8")
        with pytest.raises(ModelError):
            read_manifest(path)
    with pytest.raises(ModelError, match="not installed"):
        module_folder(parse_manifest({"name": "x", "task": "encoder", "version": "1", "licence": "MIT", "package": "p",
                                      "module": "no_such_module"}, item="x"))  # fmt: skip


def test_manifests_name_no_machine() -> None:
    for path in (ROOT / "models").rglob("*.json"):
        assert str(Path.home()) not in path.read_text(encoding="utf-8")
        assert os.sep + "work" not in path.read_text(encoding="utf-8")
