"""Encoders: texts to unit vectors, by the manifest's contract (prefixes, length) whatever engine is behind."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Literal

import numpy as np

from domain.protocols import Vectors
from domain.text import is_unspaced, spans
from models.language.part import Part
from models.language.speaks import part_for
from models.manifest import Manifest
from models.use import UseCore

Route = Literal["auto", "light", "module"]

# From so many passages on, importing sentence-transformers is worth its seconds.
BULK = 256
# Characters a "word" may have on average before a text is cut by characters: markup, base64, unbroken symbols.
_LONG_WORD = 24
_UNREAD = frozenset(("km", "lo", "my"))
"""Languages whose script the default encoder has no pieces of: their texts lie near to everything."""


def cut(text: str, *, max_words: int) -> str:
    """The beginning of the text with at most ``max_words`` words, cut at a word bound; 0 means all of it.

    Two characters of a script without spaces count as one word.
    """
    if not max_words:
        return text
    if len(text) <= max_words // 2:
        return text
    text = text[: max_words * _LONG_WORD]
    weight = 0.0
    for start, end in spans(text):
        weight += 0.5 if is_unspaced(text[start:end]) else 1.0
        if weight > max_words:
            return text[:start].rstrip()
    return text


def unit(vectors: Vectors) -> Vectors:
    """Rows of length 1 as float32; a row that is zero or not finite becomes the first axis."""
    rows = np.ascontiguousarray(vectors, dtype=np.float32)
    norms = np.linalg.norm(rows, axis=1, keepdims=True)
    usable = np.isfinite(norms[:, 0]) & (norms[:, 0] > 0)
    scaled: Vectors = np.divide(rows, norms, out=np.zeros_like(rows), where=usable[:, None])
    scaled[~usable, 0] = 1.0
    return scaled


class UseEncoder:
    """Multilingual USE v3 by two routes over one numpy core, with parts for languages that it does not know.

    The light route imports no torch: queries and small lots of passages. The module route goes through
    ``SentenceTransformer.encode``: passages in bulk. Both give the same vectors. A text in a language with a part goes
    through the part, and comes to lie where its translation would.

    Args:
        identity: what its vectors are called; without one its manifest's name and version.
        parts: by language.
    """

    def __init__(
        self, manifest: Manifest, core: UseCore, *, route: Route = "auto", identity: str = "",
        parts: Mapping[str, Part] | None = None,
    ) -> None:  # fmt: skip
        self._manifest = manifest
        self._core = core
        self._route: Route = route
        self._module: Any = None
        self._identity = identity or f"{manifest.name}@{manifest.version}"
        self._parts = dict(parts or {})

    @property
    def id(self) -> str:
        """Name and version, its parts' too: vectors with the same id lie in one space."""
        return self._identity

    @property
    def languages(self) -> tuple[str, ...]:
        """The languages that have parts of their own here."""
        return tuple(self._parts)

    @property
    def unread(self) -> frozenset[str]:
        """The languages whose vectors say little: nearness to them is no sign of likeness."""
        return _UNREAD - set(self._parts)

    def covers(self, text: str) -> bool:
        """Whether a text goes through a part, whatever language its document is in."""
        return part_for(text, self._parts) is not None

    def as_read(self, text: str, *, lang: str | None = None) -> str:
        """A text as its language's part understands it: with its marks, where it was typed without any.

        Always as long as the text, so that places in the one are places in the other. ``lang``: what it is in, where
        that is known.
        """
        part = self._parts.get(part_for(text, self._parts) or "" if lang is None else lang)
        read = text if part is None else part.read(text)
        return read if len(read) == len(text) else text

    @property
    def dimension(self) -> int:
        """Columns of its vectors."""
        return self._manifest.dimension

    def sentence_transformer(self) -> Any:
        """The model as a ``SentenceTransformer`` that gives the same vectors, its parts in it (imports torch)."""
        return self._transformer(self._parts)

    def _transformer(self, parts: Mapping[str, Part]) -> Any:
        from sentence_transformers import SentenceTransformer

        from models.use_module import UseModule

        module = UseModule(self._manifest.name, self._core.threads, core=self._core, parts=parts)
        return SentenceTransformer(modules=[module], device="cpu", local_files_only=True)

    def encode(self, texts: Sequence[str], *, query: bool = False) -> Vectors:
        """One unit row a text, in order."""
        ready = _ready(texts, self._manifest, query=query)
        if not self._parts:
            return self._plain(ready, query=query)
        own = [part_for(text, self._parts) for text in ready]
        rows = np.zeros((len(ready), self.dimension), dtype=np.float32)
        for lang in dict.fromkeys(own):
            some = [i for i, one in enumerate(own) if one == lang]
            chosen = [ready[i] for i in some]
            if lang is None:
                rows[some] = self._plain(chosen, query=query)
            else:
                rows[some] = self._parts[lang].encode(chosen, encode=lambda glossed: self._plain(glossed, query=query))
        return rows

    def _plain(self, ready: Sequence[str], *, query: bool) -> Vectors:
        """The encoder itself, without parts."""
        if not ready:
            return np.zeros((0, self.dimension), dtype=np.float32)
        bulk = self._module is not None or (len(ready) >= BULK and not query)
        if self._route == "module" or (self._route == "auto" and bulk and not query):
            # Made once; the texts that have a part are glossed already.
            if self._module is None:
                self._module = self._transformer({})
            return unit(self._module.encode(list(ready), batch_size=64, convert_to_numpy=True, show_progress_bar=False))
        return unit(self._core.encode(ready))


def _ready(texts: Sequence[str], manifest: Manifest, *, query: bool) -> list[str]:
    prefix = manifest.query_prefix if query else manifest.passage_prefix
    # Lone surrogates are no Unicode text: tokenizers refuse them.
    whole = (text.encode("utf-8", "replace").decode("utf-8") for text in texts)
    return [prefix + cut(text, max_words=manifest.max_words) for text in whole]
