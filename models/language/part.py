"""One language brought into the default encoder's space: its texts become vectors comparable with all others.

A text's vector is the sum of two unit vectors: that of its gloss by the encoder itself, and that of the bag. Each errs
in its own way, so that their mean is nearer than either (measured: docs/languages.md). A signature of its words is
added, which only texts of the same language see. A text typed without any marks gets them back first.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from safetensors import SafetensorError, safe_open
from safetensors.numpy import save_file

from domain.errors import ModelError
from domain.protocols import Vectors
from models.language import bag, diacritics, gloss
from models.language.bag import Bag
from models.language.diacritics import Diacritics
from models.language.gloss import Gloss
from models.language.pieces import bare, words
from models.language.signature import signatures

WEIGHTS = "part.safetensors"
SHARE = 0.55
"""What the gloss is worth in the sum; the bag gets the rest. Between 0.5 and 0.6 nothing changes."""

OWN = 0.45
"""The length of the signature beside the sum, which has length 1."""

Arrays = Mapping[str, npt.NDArray[np.generic]]


@dataclass(frozen=True)
class Part:
    """A language part.

    Attributes:
        lang: ISO 639-1 code. version: of its weights. arrays: what it was learned to be, opened when it is needed.
        share: what the gloss is worth in the sum, 0 to 1. own: length of the signature.
    """

    lang: str
    version: str
    arrays: Arrays
    share: float = SHARE
    own: float = OWN

    @cached_property
    def gloss(self) -> Gloss:
        """Word by word into a language that the encoder knows."""
        return gloss.unpacked(np.asarray(self.arrays["gloss"], np.uint8), item=self.item)

    @cached_property
    def bag(self) -> Bag:
        """The words together."""
        return bag.from_arrays(self.arrays, item=self.item)

    @cached_property
    def diacritics(self) -> Diacritics:
        """The marks that writers leave out; empty for a language without."""
        return diacritics.from_arrays(self.arrays, item=self.item)

    @cached_property
    def _rarity(self) -> dict[str, float]:
        """The inverse document frequency of words without their marks."""
        shares: dict[str, float] = {}
        for word, worth in self.bag.rarity.items():
            if " " not in word:
                shares[bare(word)] = shares.get(bare(word), 0.0) + math.exp(1 - worth)
        return {word: 1 - math.log(share) for word, share in shares.items()}

    @property
    def item(self) -> str:
        """What errors call it."""
        return f"language part {self.lang}"

    def read(self, text: str) -> str:
        """The text as it is understood: with its marks, where it was typed without any."""
        return self.diacritics.restored(text) if bare(text) == text and not text.isspace() else text

    def encode(self, texts: Sequence[str], *, encode: Callable[[Sequence[str]], Vectors]) -> Vectors:
        """A row a text, of length 1.

        Args:
            encode: the encoder whose space this is.
        """
        glosses, bags, signed = self.halves(texts)
        return joined(encode(glosses), bags, signed, share=self.share)

    def halves(self, texts: Sequence[str]) -> tuple[list[str], Vectors, Vectors]:
        """What is to be encoded for each text, and the rows that are to be added before and after it is of length 1."""
        read = [self.read(text) for text in texts]
        said = [words(text) for text in read]
        axes = np.asarray(self.arrays["own.axes"], np.float32)
        # Without marks: a text that lacks them has the same signature.
        bared = [[bare(word) for word in one] for one in said]
        own = signatures(bared, axes, rarity=self._rarity, unknown=max(self._rarity.values(), default=1.0))
        bags = np.float32(1 - self.share) * self.bag.encode(said)
        return [self.gloss.of(text) for text in read], bags, np.float32(self.own) * own


def joined(glossed: Vectors, bags: Vectors, signed: Vectors, *, share: float | npt.NDArray[np.float32]) -> Vectors:
    """The rows of texts from the vectors of their glosses and what is added; ``share`` is what the gloss is worth."""
    rows = _unit(np.float32(share) * glossed + bags, instead=glossed)
    return _unit(rows + signed, instead=rows)


def _unit(rows: Vectors, *, instead: Vectors) -> Vectors:
    lengths = np.linalg.norm(rows, axis=1, keepdims=True)
    scaled: Vectors = np.divide(rows, lengths, out=np.array(instead, np.float32), where=lengths > 0)
    return scaled


def save(part: Part, folder: Path) -> Path:
    """Write a part's weights into a folder; the file's path."""
    folder.mkdir(parents=True, exist_ok=True)
    said = json.dumps({"lang": part.lang, "version": part.version, "share": part.share, "own": part.own})
    path = folder / WEIGHTS
    save_file({name: np.ascontiguousarray(a) for name, a in part.arrays.items()}, path, metadata={"vedette": said})
    return path


def load(folder: Path) -> Part:
    """A part from its folder; its hash is the registry's to check.

    Raises:
        ModelError: it is missing or damaged.
    """
    path = folder / WEIGHTS
    item = f"language part in {folder.name}"
    try:
        with safe_open(path, framework="numpy") as opened:
            said: dict[str, Any] = json.loads((opened.metadata() or {}).get("vedette", "{}"))
            arrays = {name: opened.get_tensor(name) for name in opened.keys()}  # noqa: SIM118 - it is no mapping
        return Part(str(said["lang"]), str(said["version"]), arrays, float(said["share"]), float(said["own"]))
    except (OSError, SafetensorError, ValueError, KeyError) as error:
        raise ModelError(f"it cannot be read: {error}", item=item, stage="model") from error
