"""The models Vedette knows, by name; and any sentence-transformers folder or hub id beside them.

A model is described by a manifest: a built-in one, one that the caller knows (``known``), or the ``vedette.json`` of a
folder. What a manifest leaves open about prompts is taken from the folder's own settings, then from what is known of
its family. Importing this file is light: engines are imported when a model is loaded.
"""

from __future__ import annotations

import hashlib
import json
import logging
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cache, lru_cache
from pathlib import Path

from domain.errors import ModelError
from domain.protocols import Encoder
from models import hub, prompts
from models.encoder import Route, UseEncoder
from models.encoder_transformers import TransformerEncoder
from models.language.part import Part
from models.language.part import load as load_part
from models.manifest import Manifest, Task, module_folder, read_manifest, verify
from models.use import UseCore

log = logging.getLogger(__name__)
DEFAULT_ENCODER = "use-multilingual-v3"
FOLDER_MANIFEST = "vedette.json"

_STAGE = "model"
_MANIFESTS = Path(__file__).parent / "manifests"
_CARDS = Path(__file__).parent / "cards"
# Files that can hold pickled code; a folder with one of these and no safetensors beside it is refused.
_PICKLES = ("*.bin", "*.pt", "*.pth", "*.ckpt", "*.pkl", "*.pickle", "*.joblib")


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


@dataclass(frozen=True, slots=True)
class Located:
    """A model that was found: its manifest with nothing left open, its folder, and the id its vectors carry."""

    manifest: Manifest
    folder: Path
    identity: str


def load_encoder(
    name_or_path: str | Path = DEFAULT_ENCODER,
    *,
    threads: int = 2,
    query_prefix: str | None = None,
    passage_prefix: str | None = None,
    route: Route = "auto",
    device: str | None = None,
    allow_download: bool = False,
    known: Mapping[str, Manifest] | None = None,
) -> Encoder:
    """An encoder: a built-in name, a name in ``known``, a sentence-transformers folder, or a hub id.

    The id of an encoder is a name of it as well, so that the vectors of an older version can be searched as long as
    that can be loaded. A hub's model is fetched only with ``allow_download``. A folder may carry its own manifest
    (``vedette.json``); prefixes given here win over it. Only safetensors are loaded, and no code that comes with a
    model is run.

    Args:
        threads: threads of linear algebra. route: how the default encoder is run, for tests.
        device: torch device of a sentence-transformers model, or ``auto``, where its manifest says nothing.

    Raises:
        ModelError: it is unknown, missing, damaged, or its weights are pickles.
    """
    if threads < 1:
        raise ModelError(f"threads must be 1 or more, not {threads}", item=str(name_or_path), stage=_STAGE)
    found = locate_encoder(name_or_path, query_prefix=query_prefix, passage_prefix=passage_prefix,
                           allow_download=allow_download, known=known)  # fmt: skip
    verify(found.manifest, found.folder)
    if found.manifest.name == DEFAULT_ENCODER:
        return _load_default(found, threads=threads, route=route, known=known)
    refuse_pickles(found.folder, item=found.manifest.name)
    return TransformerEncoder(found.manifest, found.folder, identity=found.identity, threads=threads,
                              device=found.manifest.device or device or "cpu")  # fmt: skip


def locate_encoder(
    name_or_path: str | Path = DEFAULT_ENCODER,
    *,
    query_prefix: str | None = None,
    passage_prefix: str | None = None,
    allow_download: bool = False,
    known: Mapping[str, Manifest] | None = None,
) -> Located:
    """Where an encoder lies and what its vectors are called, without loading it.

    Raises:
        ModelError: it is unknown, missing, or no encoder.
    """
    asked = str(name_or_path)
    for described in (*manifests().values(), *(known or {}).values()):
        if asked == described.name or asked.startswith(f"{described.name}@"):
            if described.task != "encoder":
                raise ModelError("it is no encoder", item=described.name, stage=_STAGE)
            found = _located(described, asked, query_prefix, passage_prefix, allow_download, known)
            if asked not in (described.name, found.identity):
                reason = f"what is here is {found.identity}"
                raise ModelError(reason, item=asked, stage=_STAGE)
            return found
    folder = Path(asked)
    if folder.is_dir():
        return _plain(folder, folder.name, query_prefix, passage_prefix)
    if hub.is_hub_id(asked):
        return _plain(hub.located(asked, allow_download=allow_download), asked, query_prefix, passage_prefix)
    have = ", ".join([*names(task="encoder"), *(known or {})])
    raise ModelError(f"unknown model and no such folder; known are {have}", item=asked, stage=_STAGE)


def _located(
    described: Manifest, asked: str, query: str | None, passage: str | None, allow_download: bool,
    known: Mapping[str, Manifest] | None,
) -> Located:  # fmt: skip
    if described.module:
        folder = module_folder(described)
        full = _with_prefixes(described, query, passage)
        if described.name == DEFAULT_ENCODER:
            return Located(full, folder, _default_id(described, asked, known))
        return Located(full, folder, f"{described.name}@{described.version}{_marks(full, described)}")
    folder = folder_of(described, allow_download=allow_download)
    full = _with_prefixes(_with_prompts(described, {}, folder), query, passage)
    return Located(full, folder, f"{described.name}@{fingerprint(folder)}{_marks(full, None)}")


def _plain(folder: Path, name: str, query: str | None, passage: str | None) -> Located:
    own = folder / FOLDER_MANIFEST
    said: Mapping[str, object] = {}
    described = Manifest(name=name, task="encoder", version="0", licence="unknown")
    if own.is_file():
        described = read_manifest(own)
        said = json.loads(own.read_text("utf-8"))
    if described.task != "encoder":
        raise ModelError("it is no encoder", item=name, stage=_STAGE)
    full = _with_prefixes(_with_prompts(described, said, folder, name), query, passage)
    return Located(full, folder, f"{described.name}@{fingerprint(folder)}{_marks(full, None)}")


def folder_of(described: Manifest, *, allow_download: bool = False) -> Path:
    """Where the files of a model lie, wherever they come from.

    Raises:
        ModelError: they are not there.
    """
    if described.module:
        return module_folder(described)
    if described.path:
        folder = Path(described.path).expanduser()
        if not folder.is_dir():
            raise ModelError(f"there is no folder {described.path}", item=described.name, stage=_STAGE)
        return folder
    if described.hub:
        return hub.located(described.hub, allow_download=allow_download)
    raise ModelError("its manifest names no package, no path and no hub id", item=described.name, stage=_STAGE)


# --- the default encoder, and the parts it has for languages of their own


def language_parts(known: Mapping[str, Manifest] | None = None) -> dict[str, Located]:
    """The parts that the default encoder has for languages of their own, by language.

    A home's own goes before a built-in one. The id of each is what the encoder's id names it: ``vi@1``.
    """
    found: dict[str, Located] = {}
    for described in (*manifests().values(), *(known or {}).values()):
        if described.task != "part" or not described.languages:
            continue
        try:
            folder = folder_of(described)
        except ModelError as error:
            # One that a home lost must not take searching with it.
            if described.module:
                raise
            log.warning("%s", error)
            continue
        version = described.version if described.module else fingerprint(folder)
        lang = described.languages[0]
        found[lang] = Located(described, folder, f"{lang}@{version}")
    return dict(sorted(found.items()))


def _default_id(described: Manifest, asked: str, known: Mapping[str, Manifest] | None) -> str:
    """Its id with all parts, or the one that was asked for where it can be made of what is here."""
    plain = f"{described.name}@{described.version}"
    parts = [one.identity for one in language_parts(known).values()]
    asked_parts = asked.split("+")[1:]
    if asked.split("+")[0] == plain and all(one in parts for one in asked_parts):
        return asked
    return "+".join([plain, *parts])


def _load_default(found: Located, *, threads: int, route: Route, known: Mapping[str, Manifest] | None) -> Encoder:
    core = UseCore(found.folder, threads=threads)
    named = set(found.identity.split("+")[1:])
    parts: dict[str, Part] = {}
    for lang, one in language_parts(known).items():
        if one.identity in named:
            verify(one.manifest, one.folder)
            parts[lang] = _part(one.folder, fingerprint(one.folder))
    return UseEncoder(found.manifest, core, route=route, identity=found.identity, parts=parts)


@lru_cache(maxsize=8)
def _part(folder: Path, seal: str) -> Part:
    """A part never changes: all homes share one. ``seal`` is what its files are now."""
    return load_part(folder)


def parted(identity: str) -> tuple[str, dict[str, str]]:
    """An encoder's id without its parts for languages, and the version of each part by its language."""
    base, *rest = identity.split("+")
    parts = dict(one.split("@", 1) for one in rest if "@" in one)
    return "+".join([base, *(one for one in rest if "@" not in one)]), parts


def reusable(old: str, new: str, *, lang: str) -> bool:
    """Whether the vectors of texts in a language are the same by both encoders, so that they need not be made anew.

    So it is where the two differ in nothing but parts for other languages. What is in no known language may go
    through any part.
    """
    old_base, old_parts = parted(old)
    new_base, new_parts = parted(new)
    if old_base != new_base or old == new:
        return old == new
    if lang in ("", "und"):
        return False
    return old_parts.get(lang) == new_parts.get(lang)


# --- folders


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


def _with_prompts(described: Manifest, said: Mapping[str, object], folder: Path, name: str | None = None) -> Manifest:
    """With the prompts that its folder names, or else its family; what the manifest says itself stays."""
    if described.query_prefix or described.passage_prefix or "query_prefix" in said or "passage_prefix" in said:
        return described
    query, passage = prompts.own_prompts(folder)
    if not query and not passage:
        family = described.hub or name or described.name
        query, passage = prompts.known_prompts(family) or prompts.known_prompts(folder.name) or (None, None)
    return _with_prefixes(described, query, passage)


def _marks(described: Manifest, known: Manifest | None) -> str:
    """What the id must add: vectors of passages made with another prefix, or with fewer columns, lie elsewhere."""
    usual = known.passage_prefix if known else ""
    marks = f"+d{described.truncate}" if described.truncate else ""
    if described.passage_prefix != usual:
        marks += "+" + hashlib.blake2b(described.passage_prefix.encode(), digest_size=4).hexdigest()
    return marks
