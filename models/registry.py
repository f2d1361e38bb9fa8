"""The models Vedette knows, by name; and any sentence-transformers folder beside them.

Importing this file is light: engines are imported when a model is loaded.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import replace
from functools import cache
from pathlib import Path

from domain.errors import ModelError
from domain.protocols import Encoder
from models.encoder import Route, TransformerEncoder, UseEncoder
from models.manifest import Manifest, Task, module_folder, read_manifest, verify
from models.use import UseCore

DEFAULT_ENCODER = "use-multilingual-v3"
FOLDER_MANIFEST = "vedette.json"

_STAGE = "model"
_MANIFESTS = Path(__file__).parent / "manifests"
_CARDS = Path(__file__).parent / "cards"
# Files that can hold pickled code; a folder with one of these and no safetensors beside it is refused.
_PICKLES = ("*.bin", "*.pt", "*.pth", "*.ckpt", "*.pkl", "*.pickle", "*.joblib")
_HUB_FILES = ["*.safetensors", "*.json", "*.txt", "*.model"]


@cache
def manifests() -> dict[str, Manifest]:
    """Every built-in model's manifest by name."""
    found = (read_manifest(path) for path in sorted(_MANIFESTS.glob("*.json")))
    return {manifest.name: manifest for manifest in found}


def names(*, task: Task | None = None) -> tuple[str, ...]:
    """The names of the built-in models, of one task or of all."""
    return tuple(name for name, manifest in manifests().items() if task in (None, manifest.task))


def manifest(name: str) -> Manifest:
    """The manifest of a built-in model.

    Raises:
        ModelError: there is no such model.
    """
    try:
        return manifests()[name]
    except KeyError:
        raise ModelError(f"unknown model; known are {', '.join(names())}", item=name, stage=_STAGE) from None


def card(name: str) -> str:
    """The model card of a built-in model (Markdown).

    Raises:
        ModelError: there is no such model or it has no card.
    """
    path = _CARDS / (manifest(name).card or f"{name}.md")
    try:
        return path.read_text(encoding="utf-8")
    except OSError as error:
        raise ModelError("it has no card", item=name, stage=_STAGE) from error


def checked_folder(name: str) -> Path:
    """Where a built-in model's files lie, after every hash of its manifest was checked.

    Raises:
        ModelError: it is unknown, not installed or not the one the manifest describes.
    """
    described = manifest(name)
    folder = module_folder(described)
    verify(described, folder)
    return folder


def use_core(name: str = DEFAULT_ENCODER, *, threads: int) -> UseCore:
    """The numpy core of the default encoder, its files checked."""
    return UseCore(checked_folder(name), threads=threads)


def load_encoder(
    name_or_path: str | Path = DEFAULT_ENCODER,
    *,
    threads: int = 2,
    query_prefix: str | None = None,
    passage_prefix: str | None = None,
    route: Route = "auto",
    device: str = "cpu",
    allow_download: bool = False,
) -> Encoder:
    """An encoder: a built-in name, a sentence-transformers folder, or (only with ``allow_download``) a hub id.

    A folder may carry its own manifest (``vedette.json``); prefixes given here win over it. Only safetensors are
    loaded, and no code that comes with a model is run.

    Args:
        threads: threads of linear algebra. route: how the default encoder is run, for tests.
        device: torch device of a sentence-transformers model.

    Raises:
        ModelError: it is unknown, missing, damaged, or its weights are pickles.
    """
    if threads < 1:
        raise ModelError(f"threads must be 1 or more, not {threads}", item=str(name_or_path), stage=_STAGE)
    known = manifests().get(str(name_or_path))
    if known is not None and known.task != "encoder":
        raise ModelError("it is no encoder", item=known.name, stage=_STAGE)
    if known is not None:
        folder = checked_folder(known.name)
        described = _with_prefixes(known, query_prefix, passage_prefix)
        if known.name == DEFAULT_ENCODER:
            return UseEncoder(described, UseCore(folder, threads=threads), route=route)
        refuse_pickles(folder, item=known.name)
        identity = f"{known.name}@{known.version}{_marks(described, known)}"
        return TransformerEncoder(described, folder, identity=identity, threads=threads, device=device)
    folder = Path(name_or_path)
    if not folder.is_dir():
        if not allow_download:
            raise ModelError(
                f"unknown model and no such folder; built in are {', '.join(names(task='encoder'))}",
                item=str(name_or_path), stage=_STAGE,
            )  # fmt: skip
        folder = _download(str(name_or_path))
    own = folder / FOLDER_MANIFEST
    name = folder.name if folder == Path(name_or_path) else str(name_or_path)
    plain = read_manifest(own) if own.is_file() else Manifest(name=name, task="encoder", version="0", licence="unknown")
    verify(plain, folder)
    refuse_pickles(folder, item=name)
    described = _with_prefixes(plain, query_prefix, passage_prefix)
    identity = f"{described.name}@{fingerprint(folder)}{_marks(described, None)}"
    return TransformerEncoder(described, folder, identity=identity, threads=threads, device=device)


def fingerprint(folder: Path) -> str:
    """Sixteen hexadecimal digits that change when a model's folder does.

    Files of weights enter by size and by their first and last MiB (a whole pass over gigabytes at every start
    would be felt), all others whole.
    """
    sums = hashlib.blake2b(digest_size=8)
    for path in _files(folder):
        size = path.stat().st_size
        sums.update(f"{path.relative_to(folder).as_posix()}\0{size}\0".encode())
        with path.open("rb") as stream:
            if size <= 1 << 22:
                sums.update(stream.read())
            else:
                sums.update(stream.read(1 << 20))
                stream.seek(-(1 << 20), 2)
                sums.update(stream.read(1 << 20))
    return sums.hexdigest()


def refuse_pickles(folder: Path, *, item: str) -> None:
    """Refuse a model whose weights would have to be unpickled.

    Raises:
        ModelError: a folder in it has pickled weights and no safetensors, or there are no safetensors at all.
    """
    if not any(folder.rglob("*.safetensors")):
        raise ModelError("it has no weights in safetensors; pickled weights are not loaded", item=item, stage=_STAGE)
    for pattern in _PICKLES:
        for path in folder.rglob(pattern):
            if not any(path.parent.glob("*.safetensors")):
                reason = f"{path.relative_to(folder).as_posix()} may hold pickled code and has no safetensors beside it"
                raise ModelError(reason, item=item, stage=_STAGE)


def _files(folder: Path) -> Iterator[Path]:
    skip = {".md", ".gitattributes", ".lock"}
    for path in sorted(folder.rglob("*")):
        hidden = any(part.startswith(".") for part in path.relative_to(folder).parts)
        if path.is_file() and not hidden and path.suffix not in skip:
            yield path


def _with_prefixes(described: Manifest, query: str | None, passage: str | None) -> Manifest:
    return replace(
        described,
        query_prefix=described.query_prefix if query is None else query,
        passage_prefix=described.passage_prefix if passage is None else passage,
    )


def _marks(described: Manifest, known: Manifest | None) -> str:
    """What the id must add: vectors of passages made with another prefix lie elsewhere."""
    usual = known.passage_prefix if known else ""
    if described.passage_prefix == usual:
        return ""
    return "+" + hashlib.blake2b(described.passage_prefix.encode(), digest_size=4).hexdigest()


def _download(hub_id: str) -> Path:
    try:
        from huggingface_hub import snapshot_download

        return Path(snapshot_download(hub_id, allow_patterns=_HUB_FILES))
    except Exception as error:  # the client raises many kinds: network, name, permission
        raise ModelError(f"it could not be downloaded: {error}", item=hub_id, stage=_STAGE) from error
