"""Languages that the default encoder does not know: taught from parallel text, and taken into use."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from domain.errors import InputError
from models import registry
from models.language import corpus
from models.language.part import WEIGHTS, save
from models.language.train import Found, train
from models.manifest import Manifest
from nlp.gazetteer import Gazetteer
from service import own_models
from service.wiring import Home

KNOWN = ("ar", "zh", "en", "fr", "de", "it", "ja", "ko", "nl", "pl", "pt", "es", "th", "tr", "ru")
"""What the default encoder knows of itself, and so what the other side of a pair may be in."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Taught:
    """A language taught: its model's name, the pairs it learned from, its size in bytes, and what it finds."""

    name: str
    lang: str
    pairs: int
    pivot: str
    size: int
    found: Found | None


def names_of(gazetteer: Gazetteer, *, lang: str, pivot: str = "en") -> dict[str, str]:
    """Names of several words in a language, each with its name in the pivot language: dictionaries for the gloss."""
    found: dict[str, str] = {}
    for entity in gazetteer.entities():
        other = entity.name.split(" (")[0] if pivot == "en" else next(iter(entity.names.get(pivot, ())), "")
        for name in entity.names.get(lang, ()):
            if other and " " in name and name != other:
                found.setdefault(name, other)
    return found


def teach(
    home: Home, files: Sequence[Path], *, lang: str, columns: int = 24_000,
    progress: Callable[[str, int, int], None] = lambda what, done, total: None,
) -> Taught:  # fmt: skip
    """Make a language part from parallel files, keep it in the home, and want the encoder that has it.

    Its passages are then embedded anew in the background, like any change of the encoder; what is in other languages
    keeps its vectors.

    Raises:
        InputError: a file cannot be read or there is too little in them. ModelError: the encoder cannot be loaded.
    """
    if not lang.isalpha() or not lang.islower() or not 2 <= len(lang) <= 3:
        raise InputError(
            "a language is named by its ISO 639 code of two or three small letters", item=lang, stage="train"
        )
    if lang in KNOWN:
        raise InputError("the default encoder knows this language itself", item=lang, stage="train")
    pairs = list(_pairs(files, lang=lang))
    plain = registry.manifest(registry.DEFAULT_ENCODER)
    encoder = registry.load_encoder(f"{plain.name}@{plain.version}", threads=home.settings.models.threads)
    made = train(pairs, lang=lang, version=_version(files), encode=encoder.encode, columns=columns,
                 names=names_of(home.gazetteer, lang=lang), progress=progress)  # fmt: skip
    name = f"language-{lang}-own"
    folder = home.path / own_models.FOLDER / name
    path = save(made.part, folder)
    own_models.add(home.path, Manifest(
        name=name, task="part", version=made.part.version, licence="your own", languages=(lang,), path=str(folder),
        files={WEIGHTS: hashlib.sha256(path.read_bytes()).hexdigest()},
    ))  # fmt: skip
    home.encoders.forget()
    return Taught(name=name, lang=lang, pairs=made.pairs, pivot=made.pivot, size=path.stat().st_size, found=made.found)


def _pairs(files: Iterable[Path], *, lang: str) -> Iterable[corpus.Pair]:
    for path in files:
        yield from corpus.read(path, lang=lang, known=KNOWN)


def _version(files: Sequence[Path]) -> str:
    sums = hashlib.blake2b(digest_size=4)
    for path in files:
        sums.update(path.read_bytes())
    return sums.hexdigest()
