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


_MEASURED, _MOST_KEPT_OUT, _LEAST_KEPT_OUT = 300, 0.1, 0.01
"""Texts that are to be kept out for measuring; the share of the documents that this may take, and always takes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Taught:
    """A language taught: its model's name, the pairs it learned from, its size in bytes, and what it finds.

    Attributes:
        size: 0 where the part was not kept.
        gained: whether more texts are found with the part than without it; None where too few were kept out to tell.
        kept: whether the part is kept and its encoder wanted. warning: what its operator must know; "" for nothing.
    """

    name: str
    lang: str
    pairs: int
    pivot: str
    size: int
    found: Found | None
    gained: bool | None
    kept: bool
    warning: str = ""


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
    home: Home, files: Sequence[Path], *, lang: str, columns: int = 24_000, keep: bool = False,
    progress: Callable[[str, int, int], None] = lambda what, done, total: None,
) -> Taught:  # fmt: skip
    """Make a language part from parallel files, keep it in the home, and want the encoder that has it.

    Its passages are then embedded anew in the background, like any change of the encoder; what is in other languages
    keeps its vectors. A part that finds no more than the encoder finds without it is not kept, and leaves no trace,
    unless ``keep`` says so; one that cannot be measured is, with a warning.

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
                 names=names_of(home.gazetteer, lang=lang), kept_out=_kept_out(pairs),
                 progress=progress)  # fmt: skip
    name, gained = f"language-{lang}-own", gains(made.found)
    kept = keep or gained is not False
    warning = warned(made.found, lang=lang, kept=kept)
    if not kept:
        return Taught(name=name, lang=lang, pairs=made.pairs, pivot=made.pivot, size=0, found=made.found,
                      gained=gained, kept=False, warning=warning)  # fmt: skip
    folder = home.path / own_models.FOLDER / name
    path = save(made.part, folder)
    own_models.add(home.path, Manifest(
        name=name, task="part", version=made.part.version, licence="your own", languages=(lang,), path=str(folder),
        files={WEIGHTS: hashlib.sha256(path.read_bytes()).hexdigest()},
    ))  # fmt: skip
    home.encoders.forget()
    return Taught(name=name, lang=lang, pairs=made.pairs, pivot=made.pivot, size=path.stat().st_size, found=made.found,
                  gained=gained, kept=True, warning=warning)  # fmt: skip


def gains(found: Found | None) -> bool | None:
    """Whether a question in the language finds its text first more often with the part; None where nobody measured."""
    return None if found is None else found.forth > found.before_forth


def warned(found: Found | None, *, lang: str, kept: bool) -> str:
    """What is to be said of a part that gains nothing, or of which that is not known; "" where it gains."""
    if found is None:
        return "too little text was kept out to measure what the part finds: whether it gains anything is not known"
    if found.forth > found.before_forth:
        return ""
    said = (
        f"the part finds no more than the encoder does without it: of {found.n} texts kept out, {found.forth:.1f} % "
        f"with it and {found.before_forth:.1f} % without, asked in {lang}"
    )
    return f"{said}; it is kept because that was asked for" if kept else f"{said}; it was not taken into use"


def _kept_out(pairs: Sequence[corpus.Pair]) -> float:
    """The share of documents to measure with: of a small corpus more, or there would be nothing to tell from."""
    texts = len({pair.text for pair in pairs})
    return min(_MOST_KEPT_OUT, max(_LEAST_KEPT_OUT, _MEASURED / max(texts, 1)))


def _pairs(files: Iterable[Path], *, lang: str) -> Iterable[corpus.Pair]:
    for path in files:
        yield from corpus.read(path, lang=lang, known=KNOWN)


def _version(files: Sequence[Path]) -> str:
    sums = hashlib.blake2b(digest_size=4)
    for path in files:
        sums.update(path.read_bytes())
    return sums.hexdigest()
