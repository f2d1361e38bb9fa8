"""Names by a GLiNER model (Zaratiani et al. 2024), which is told in words what to look for.

The package ``gliner`` is imported only when such a model is configured; it is no part of the default installation.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from domain.entity import Mention
from domain.errors import ModelError
from models.encoder_transformers import device_of
from models.manifest import Manifest
from models.spans import KINDS

ASKED: Mapping[str, str] = {"person": "person", "location": "place", "country": "place", "organization": "organisation"}
"""What is asked for where the manifest names no labels."""
THRESHOLD = 0.5
WORDS, SHARED = 220, 40
"""Words of a window, and those that two windows have in common."""
_WORD = re.compile(r"\w+(?:[-_]\w+)*|\S")


class GlinerRecogniser:
    """Finds names with one GLiNER model.

    Args:
        manifest: its name, its languages (none: all), what it is asked for (``labels``), how sure it must be.
        folder: its files, already checked by ``refuse_pickles``.

    Raises:
        ModelError: gliner is not installed, or the model cannot be loaded.
    """

    def __init__(self, manifest: Manifest, folder: Path, *, threads: int, device: str = "cpu") -> None:
        try:
            from gliner import GLiNER
        except ImportError as error:
            reason = (
                "the package gliner is not installed, or does not fit the transformers that is; in the environment of "
                "Vedette: `pip install 'vedette[gliner]'`, which may put an older transformers in the place of the "
                f"newer one ({error})"
            )
            raise ModelError(reason, item=manifest.name, stage="model") from error
        try:
            model: Any = GLiNER.from_pretrained(str(folder), local_files_only=True)
        except Exception as error:  # it fails in many ways
            raise ModelError(f"it cannot be loaded: {error}", item=manifest.name, stage="model") from error
        self._setup(manifest, model, threads=threads, device=device_of(device, item=manifest.name))

    def _setup(self, manifest: Manifest, model: Any, *, threads: int, device: str) -> None:
        self._manifest = manifest
        self.method = manifest.name
        self._threads = threads
        self._kinds = dict(manifest.labels) or dict(ASKED)
        self._model = model.to(device).eval()
        if manifest.half:
            self._model = self._model.half()

    def reads(self, lang: str) -> bool:
        """Whether it was made for the language; without a list of languages it reads all."""
        return not self._manifest.languages or lang in self._manifest.languages

    def find(self, text: str, *, lang: str) -> tuple[Mention, ...]:
        """The names of a text; nothing for a language that it does not read."""
        return next(iter(self.find_many([text], lang=lang)))

    def find_many(self, texts: Sequence[str], *, lang: str) -> Iterator[tuple[Mention, ...]]:
        """The names of each text, in order."""
        import torch

        if not self.reads(lang):
            yield from (() for _ in texts)
            return
        for text in texts:
            before = torch.get_num_threads()
            torch.set_num_threads(self._threads)
            try:
                with torch.inference_mode():
                    found = list(self._asked(text))
            finally:
                torch.set_num_threads(before)
            yield tuple(found)

    def _asked(self, text: str) -> Iterator[Mention]:
        sure: dict[tuple[int, int], tuple[float, str]] = {}
        for begin, end in windows(text, words=self._manifest.max_words or WORDS):
            asked = self._model.predict_entities(
                text[begin:end], list(self._kinds), threshold=self._manifest.threshold or THRESHOLD, flat_ner=True
            )
            for one in asked:
                span = (begin + int(one["start"]), begin + int(one["end"]))
                if float(one["score"]) > sure.get(span, (0.0, ""))[0]:
                    sure[span] = (float(one["score"]), str(one["label"]))
        # Two windows may see one name differently: the surer one holds.
        taken: list[tuple[int, int]] = []
        for start, end in sorted(sure, key=lambda span: (-sure[span][0], span)):
            if all(end <= a or start >= b for a, b in taken):
                taken.append((start, end))
        for start, end in sorted(taken):
            kind = KINDS.get(self._kinds.get(sure[start, end][1], ""))
            surface = text[start:end]
            if kind is not None and surface.strip():
                yield Mention(start=start, end=end, surface=surface, entity_id="", kind=kind, name=surface,
                              method=self.method)  # fmt: skip


def windows(text: str, *, words: int, shared: int = SHARED) -> list[tuple[int, int]]:
    """A text in stretches of so many words, each sharing some with the one before."""
    spans = [match.span() for match in _WORD.finditer(text)]
    if not spans:
        return []
    if len(spans) <= words:
        return [(spans[0][0], spans[-1][1])]
    step = max(1, words - min(shared, words // 4))
    found = []
    for first in range(0, len(spans), step):
        last = min(first + words, len(spans)) - 1
        found.append((spans[first][0], spans[last][1]))
        if last == len(spans) - 1:
            break
    return found
