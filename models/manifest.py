"""What a model says of itself: name, version, licence, languages, what it takes in, and the hashes of its files."""

from __future__ import annotations

import hashlib
import importlib.metadata
import importlib.util
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, get_args

from domain.errors import ModelError

Task = Literal["encoder", "part", "language", "recogniser", "forecast", "ranker"]

_STAGE = "model"
_LISTS = ("languages",)
ENGINES = ("", "sentence-transformers", "transformers", "gliner")
KINDS = ("person", "place", "organisation", "")
_TEXTS = ("package", "module", "folder", "query_prefix", "passage_prefix", "hub", "path", "engine", "device", "card")


@dataclass(frozen=True, slots=True, kw_only=True)
class Manifest:
    """One model, as the registry knows it.

    Attributes:
        name: what the configuration calls it. version: of the weights, not of Vedette.
        package: the distribution that carries it. module: the import name its files lie under; empty for a folder.
        folder: where under the module (or the manifest's own folder) the files lie.
        dimension: columns of an encoder's vectors; 0 for other tasks.
        languages: ISO 639-1 codes it was made for; empty when there is no such list.
        query_prefix, passage_prefix: put before every query or passage.
        hub: its id on a hub of models; path: its folder on this machine. One of them, where no package carries it.
        engine: what runs it: ``sentence-transformers``, ``transformers`` or ``gliner``; empty for the built-in ones.
        truncate: keep so many of the first columns (only for models trained for it); 0 keeps all.
        half: numbers of 16 bits. device: ``auto`` (a GPU where there is one), ``cpu``, ``cuda`` or ``cuda:1``.
        labels: of a recogniser, what each of its labels is: ``person``, ``place``, ``organisation``, or ``""`` for
            nothing; for GLiNER also what is asked for. threshold: what is less sure is no name.
        max_words: longer texts are cut at a word bound before they reach the model; 0 means no cut.
        max_tokens: what the model itself reads at most; 0 when it has no limit.
        files: SHA-256 by path under ``folder``; each is checked before the model is loaded.
        card: the file in ``models/cards`` that says what it is good for.
    """

    name: str
    task: Task
    version: str
    licence: str
    package: str = ""
    module: str = ""
    folder: str = ""
    dimension: int = 0
    languages: tuple[str, ...] = ()
    query_prefix: str = ""
    passage_prefix: str = ""
    max_words: int = 0
    max_tokens: int = 0
    hub: str = ""
    path: str = ""
    engine: str = ""
    truncate: int = 0
    half: bool = False
    device: str = ""
    labels: Mapping[str, str] = field(default_factory=dict)
    threshold: float = 0.0
    files: Mapping[str, str] = field(default_factory=dict)
    card: str = ""


def parse_manifest(record: Mapping[str, Any], *, item: str) -> Manifest:
    """A manifest from its JSON object.

    Raises:
        ModelError: a field is missing, unknown or of the wrong type.
    """

    def refuse(reason: str) -> ModelError:
        return ModelError(f"its manifest {reason}", item=item, stage=_STAGE)

    values = dict(record)
    for name in _LISTS:
        if name in values:
            if not isinstance(values[name], list | tuple) or not all(isinstance(one, str) for one in values[name]):
                raise refuse(f"names in {name} something else than texts")
            values[name] = tuple(values[name])
    try:
        manifest = Manifest(**values)
    except TypeError as error:
        raise refuse(f"does not fit: {error}") from error
    if manifest.task not in get_args(Task):
        raise refuse(f"names an unknown task, {manifest.task!r}")
    for name in ("name", "version", "licence"):
        value = getattr(manifest, name)
        if not isinstance(value, str) or not value:
            raise refuse(f"has no {name}")
    if wrong := [name for name in _TEXTS if not isinstance(getattr(manifest, name), str)]:
        raise refuse(f"has something else than a text as {wrong[0]}")
    for name in ("dimension", "max_words", "max_tokens", "truncate"):
        value = getattr(manifest, name)
        if not isinstance(value, int) or isinstance(value, bool) or value < 0:
            raise refuse(f"has as {name} what is not a count")
    if manifest.engine not in ENGINES:
        raise refuse(f"names an unknown engine, {manifest.engine!r}; known: {', '.join(filter(None, ENGINES))}")
    if not isinstance(manifest.half, bool):
        raise refuse("has as half neither true nor false")
    if isinstance(manifest.threshold, bool) or not isinstance(manifest.threshold, int | float):
        raise refuse("has as threshold no number")
    if not 0 <= manifest.threshold < 1:
        raise refuse("has a threshold that does not lie between 0 and 1")
    for name in ("files", "labels"):
        value = getattr(manifest, name)
        if not isinstance(value, Mapping) or not all(isinstance(one, str) for one in value.values()):
            raise refuse(f"has as {name} something else than texts by name")
    if odd := sorted(set(manifest.labels.values()) - set(KINDS)):
        raise refuse(f"makes of a label the unknown kind {odd[0]!r}; known: {', '.join(KINDS[:-1])}")
    return manifest


def read_manifest(path: Path) -> Manifest:
    """The manifest in a JSON file.

    Raises:
        ModelError: the file cannot be read or is no manifest.
    """
    try:
        record = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise ModelError(f"its manifest cannot be read: {error}", item=path.name, stage=_STAGE) from error
    if not isinstance(record, dict):
        raise ModelError("its manifest is not an object", item=path.name, stage=_STAGE)
    return parse_manifest(record, item=path.name)


def module_folder(manifest: Manifest) -> Path:
    """Where a packaged model's files lie, found without importing the package.

    Raises:
        ModelError: the package is not installed.
    """
    try:
        spec = importlib.util.find_spec(manifest.module)
    except (ImportError, ValueError):
        spec = None
    if spec is None or not spec.submodule_search_locations:
        raise ModelError(f"the package {manifest.package} is not installed", item=manifest.name, stage=_STAGE)
    return Path(next(iter(spec.submodule_search_locations))) / manifest.folder


def installed(manifest: Manifest) -> bool:
    """Whether the package that carries the model is there."""
    try:
        module_folder(manifest)
    except ModelError:
        return False
    return True


def installed_version(manifest: Manifest) -> str | None:
    """The version of the distribution that carries the model, or None when it is not installed."""
    try:
        return importlib.metadata.version(manifest.package)
    except importlib.metadata.PackageNotFoundError:
        return None


def verify(manifest: Manifest, folder: Path) -> None:
    """Check every file the manifest lists.

    Raises:
        ModelError: a file is missing or is not the one the manifest describes.
    """
    for relative, expected in manifest.files.items():
        try:
            with (folder / relative).open("rb") as stream:
                found = hashlib.file_digest(stream, "sha256").hexdigest()
        except OSError as error:
            raise ModelError(f"its file {relative} cannot be read", item=manifest.name, stage=_STAGE) from error
        if found != expected:
            reason = f"its file {relative} is not the one its manifest describes (SHA-256 {found[:12]}...)"
            raise ModelError(reason, item=manifest.name, stage=_STAGE)
