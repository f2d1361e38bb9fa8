"""Models that a home folder knows beside the built-in ones: ``[models.NAME]`` in its settings, or added by a command.

What a command adds lies as ``models/NAME.json`` in the home folder, a manifest each.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Mapping
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

from domain.errors import InputError, ModelError, NotFoundError
from models.manifest import Manifest, parse_manifest
from models.registry import manifests
from service.config import Settings

FOLDER = "models"
_NAME = re.compile(r"[A-Za-z0-9][\w.-]{0,63}")
_UNSAID: Mapping[str, Any] = {"task": "encoder", "version": "0", "licence": "unknown"}


def own_models(home: Path, settings: Settings) -> tuple[dict[str, Manifest], dict[str, ModelError]]:
    """The home's own models by name, and what is wrong with those that cannot be used: one never stops the others."""
    found: dict[str, Manifest] = {}
    wrong: dict[str, ModelError] = {}
    records: dict[str, Any] = {}
    for path in sorted((home / FOLDER).glob("*.json")):
        try:
            records[path.stem] = json.loads(path.read_text("utf-8"))
        except (OSError, ValueError) as error:
            wrong[path.stem] = ModelError(f"its manifest cannot be read: {error}", item=path.stem, stage="model")
    # What the settings say comes last and wins.
    for name, record in {**records, **settings.models.own}.items():
        try:
            found[name] = described(home, name, record)
        except ModelError as error:
            wrong[name] = error
    return found, wrong


def described(home: Path, name: str, record: Any) -> Manifest:
    """A model's manifest from what was said of it; a path that is not absolute starts at the home folder.

    Raises:
        ModelError: the name or something in it cannot be.
    """
    if not _NAME.fullmatch(name):
        reason = "a model's name is made of letters, digits, points, dashes and underscores, at most 64"
        raise ModelError(reason, item=name, stage="model")
    if name in manifests():
        raise ModelError("a built-in model has this name", item=name, stage="model")
    if not isinstance(record, Mapping):
        raise ModelError("its manifest is not an object", item=name, stage="model")
    made = parse_manifest({**_UNSAID, **record, "name": name}, item=name)
    if made.module or made.package or made.folder:
        raise ModelError("only built-in models come out of a package", item=name, stage="model")
    if bool(made.path) == bool(made.hub):
        raise ModelError("it needs a path or a hub id, one of the two", item=name, stage="model")
    return replace(made, path=str(home / Path(made.path).expanduser())) if made.path else made


def add(home: Path, made: Manifest) -> Path:
    """Keep a model's manifest in the home folder, in the place of one of the same name; gives the file."""
    usual = {one.name: one.default for one in fields(Manifest)}
    said = {one.name: getattr(made, one.name) for one in fields(Manifest)}
    record = {k: list(v) if isinstance(v, tuple) else dict(v) if isinstance(v, Mapping) else v
              for k, v in said.items() if v and v != usual[k]}  # fmt: skip
    folder = home / FOLDER
    folder.mkdir(parents=True, exist_ok=True)
    path, partial = folder / f"{made.name}.json", folder / f"{made.name}.json.tmp"
    with partial.open("w", encoding="utf-8") as handle:
        handle.write(json.dumps(record, ensure_ascii=False, indent=1) + "\n")
        handle.flush()
        os.fsync(handle.fileno())
    partial.replace(path)
    return path


def remove(home: Path, name: str) -> None:
    """Forget a model that a command added; its files stay where they are.

    Raises:
        NotFoundError: there is none of this name.
    """
    path = home / FOLDER / f"{name}.json"
    if not _NAME.fullmatch(name) or not path.is_file():
        raise NotFoundError("no model of this name was added here", item=name, stage="model")
    path.unlink()


def refuse_configured(settings: Settings, name: str) -> None:
    """Refuse to change by a command what the settings say.

    Raises:
        InputError: the settings say it.
    """
    if name in settings.models.own:
        raise InputError(f"stands in vedette.toml as [models.{name}]; change it there", item=name, stage="model")
