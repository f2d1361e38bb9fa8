"""Multilingual USE v3 as a sentence-transformers module, so that ``SentenceTransformer.encode`` gives its vectors.

Importing this file imports torch and sentence-transformers (seconds); nothing on the way of a query does.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import numpy as np
import torch
from sentence_transformers.base.modules import InputModule

from models.use import DIMENSION, UseCore


class UseModule(InputModule):
    """Tokenizes in ``preprocess`` and embeds in ``forward``; the weights stay in their package and are not saved."""

    config_keys = ["name", "threads"]  # noqa: RUF012  # the base class reads a list
    save_in_root = False

    def __init__(self, name: str, threads: int = 2, *, core: UseCore | None = None) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        if core is None:
            from models.registry import use_core

            core = use_core(name, threads=threads)
        self.name = name
        self.threads = threads
        self._core = core

    def preprocess(self, inputs: Sequence[Any], prompt: str | None = None, **kwargs: Any) -> dict[str, torch.Tensor]:
        """The ids of all texts one after the other, and where each text begins."""
        texts = [f"{prompt or ''}{text}" for text in inputs]
        ids = [self._core.pieces.encode(text) for text in texts]
        offsets = np.cumsum([0, *(len(row) for row in ids)])
        return {
            "input_ids": torch.tensor([i for row in ids for i in row], dtype=torch.long),
            "offsets": torch.from_numpy(offsets),
        }

    def forward(self, features: dict[str, torch.Tensor], **kwargs: Any) -> dict[str, torch.Tensor]:
        """Add ``sentence_embedding`` (float32, unit rows) to the features."""
        ids = features["input_ids"].cpu().numpy()
        rows = [ids[start:end].tolist() for start, end in pairwise(features["offsets"].cpu().tolist())]
        vectors = torch.from_numpy(self._core.encode(rows)).to(features["input_ids"].device)
        return {**features, "sentence_embedding": vectors}

    @property
    def max_seq_length(self) -> float:
        """The model has no window: it sums over however many pieces there are."""
        return float("inf")

    def get_embedding_dimension(self) -> int:
        """Columns of its vectors."""
        return DIMENSION

    def save(self, output_path: str, *args: Any, safe_serialization: bool = True, **kwargs: Any) -> None:
        """Write the configuration; it names the packaged weights."""
        self.save_config(output_path)
