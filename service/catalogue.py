"""The models that a home can use, built in or its own: listed, shown, added, forgotten, checked."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from domain.errors import InputError, ModelError
from models import registry
from models.manifest import Manifest, verify
from service import encoders, own_models
from service.wiring import Home


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """A model, whether it is in use, and what keeps it from being used."""

    name: str
    task: str
    version: str
    licence: str
    languages: tuple[str, ...]
    built_in: bool
    used: bool
    trouble: str | None


def listed(home: Home) -> list[Listed]:
    """Every model: the built-in ones, then those of the home; the hashes of all that name some are checked."""
    used = _used(home)
    found = []
    for name in registry.names():
        try:
            registry.checked_folder(name)
            trouble = None
        except ModelError as error:
            trouble = error.reason
        found.append(_entry(registry.manifest(name), used, built_in=True, trouble=trouble))
    own, wrong = own_models.own_models(home.path, home.settings)
    for one in own.values():
        try:
            folder = registry.folder_of(one)
            verify(one, folder)
            registry.refuse_pickles(folder, item=one.name)
            trouble = None
        except ModelError as error:
            trouble = error.reason
        found.append(_entry(one, used, built_in=False, trouble=trouble))
    for name, odd in wrong.items():
        found.append(Listed(name=name, task="?", version="?", licence="?", languages=(), built_in=False,
                            used=name in used, trouble=odd.reason))  # fmt: skip
    return found


def _entry(one: Manifest, used: frozenset[str], *, built_in: bool, trouble: str | None) -> Listed:
    return Listed(name=one.name, task=one.task, version=one.version, licence=one.licence, languages=one.languages,
                  built_in=built_in, used=one.name in used, trouble=trouble)  # fmt: skip


def _used(home: Home) -> frozenset[str]:
    """Names of the models at work here, as far as they are chosen: the encoder's, and those of recognisers."""
    names = set(home.settings.models.recogniser.values())
    with home.read() as c:
        used = encoders.in_use(c, configured=home.settings.models.encoder)
    names.add(used.partition("@")[0] if used else home.settings.models.encoder)
    return frozenset(names)


def described(home: Home, name: str) -> tuple[Manifest, str]:
    """A model's manifest and its card; one without a card gets what its manifest says.

    Raises:
        ModelError: there is no such model.
    """
    own = home.encoders.own().get(name)
    if own is None:
        return registry.manifest(name), registry.card(name)
    try:
        folder = registry.folder_of(own)
    except ModelError:
        return own, _plain_card(own)
    for readme in ("README.md", "readme.md"):
        try:
            said = (folder / readme).read_text("utf-8", "replace")
            return own, f"{_plain_card(own)}\n## What its folder says\n\n{said}"
        except OSError:
            continue
    return own, _plain_card(own)


def _plain_card(one: Manifest) -> str:
    said: list[tuple[str, object]] = [
        ("Task", one.task), ("Licence", one.licence), ("Version", one.version), ("Folder", one.path),
        ("Hub id", one.hub), ("Engine", one.engine), ("Languages", ", ".join(one.languages) or "not said"),
        ("Before a query", repr(one.query_prefix) if one.query_prefix else ""),
        ("Before a passage", repr(one.passage_prefix) if one.passage_prefix else ""),
        ("Columns kept", one.truncate or ""), ("Half precision", "yes" if one.half else ""),
        ("Device", one.device), ("Labels", ", ".join(f"{k} = {v or 'nothing'}" for k, v in one.labels.items())),
    ]  # fmt: skip
    return f"# {one.name}\n\n" + "".join(f"- **{key}**: {value}\n" for key, value in said if value)


def add(home: Home, name: str, record: Mapping[str, Any]) -> tuple[Manifest, str]:
    """Keep a model of one's own after it was loaded once; gives its manifest, and what was loaded in words.

    Raises:
        ModelError: it cannot be: the name, the files, what is said of it. InputError: the settings name it already.
    """
    own_models.refuse_configured(home.settings, name)
    made = own_models.described(home.path, name, record)
    models = home.settings.models
    if made.task == "encoder":
        if made.engine not in ("", "sentence-transformers"):
            raise InputError(f"{made.engine} runs no encoder", item=name, stage="model")
        encoder = registry.load_encoder(name, threads=models.threads, device=models.device,
                                        allow_download=models.allow_download, known={name: made})  # fmt: skip
        what = f"{encoder.id}, {encoder.dimension} dimensions"
    elif made.task == "recogniser":
        from models.ner import load_own

        loaded = load_own(made, threads=models.threads, device=models.device, allow_download=models.allow_download)
        what = f"{loaded.method}, reads {', '.join(made.languages) or 'every language'}"
    else:
        reason = f"a model of one's own is an encoder or a recogniser, not {made.task}"
        raise InputError(reason, item=name, stage="model")
    own_models.add(home.path, made)
    home.encoders.forget()
    return made, what


def remove(home: Home, name: str) -> None:
    """Forget a model that was added.

    Raises:
        NotFoundError: there is none. InputError: it is in use, or the settings name it.
    """
    own_models.refuse_configured(home.settings, name)
    if name in _used(home):
        raise InputError("it is in use; choose another first", item=name, stage="model")
    own_models.remove(home.path, name)
    home.encoders.forget()
