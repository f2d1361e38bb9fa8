"""Multilingual USE v3 as a sentence-transformers module, so that ``SentenceTransformer.encode`` gives its vectors.

Importing this file imports torch and sentence-transformers (seconds); nothing on the way of a query does.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Any

import numpy as np
import torch
from sentence_transformers.base.modules import InputModule

from models.language.part import Part, joined
from models.language.speaks import part_for
from models.use import DIMENSION, UseCore


class UseModule(InputModule):
    """Tokenizes in ``preprocess`` and embeds in ``forward``; the weights stay in their package and are not saved.

    With parts for languages, a text in one of them is glossed in ``preprocess``, and what its words add is put to it in
    ``forward``.
    """

    config_keys = ["name", "threads"]  # noqa: RUF012  # the base class reads a list
    save_in_root = False

    def __init__(
        self, name: str, threads: int = 2, *, core: UseCore | None = None, parts: Mapping[str, Part] | None = None
    ) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        if core is None:
            from models.registry import use_core

            core = use_core(name, threads=threads)
        self.name = name
        self.threads = threads
        self._core = core
        self._parts = dict(parts or {})

    def preprocess(self, inputs: Sequence[Any], prompt: str | None = None, **kwargs: Any) -> dict[str, torch.Tensor]:
        """The ids of all texts one after the other, and where each text begins."""
        texts = [f"{prompt or ''}{text}" for text in inputs]
        added: dict[str, torch.Tensor] = {}
        if self._parts:
            texts, added = self._by_parts(texts)
        ids = [self._core.pieces.encode(text) for text in texts]
        offsets = np.cumsum([0, *(len(row) for row in ids)])
        return {
            "input_ids": torch.tensor([i for row in ids for i in row], dtype=torch.long),
            "offsets": torch.from_numpy(offsets),
            **added,
        }

    def _by_parts(self, texts: list[str]) -> tuple[list[str], dict[str, torch.Tensor]]:
        """The texts as they are to be embedded, what that is worth in each, and what is added to it."""
        ready = list(texts)
        share = np.ones((len(texts), 1), np.float32)
        bags, signed = (np.zeros((len(texts), DIMENSION), np.float32) for _ in range(2))
        for i, text in enumerate(texts):
            lang = part_for(text, self._parts)
            if lang is not None:
                part = self._parts[lang]
                (ready[i],), bags[i : i + 1], signed[i : i + 1] = part.halves([text])
                share[i] = part.share
        rows = {"part_share": share, "part_bag": bags, "part_signature": signed}
        return ready, {name: torch.from_numpy(values) for name, values in rows.items()}

    def forward(self, features: dict[str, torch.Tensor], **kwargs: Any) -> dict[str, torch.Tensor]:
        """Add ``sentence_embedding`` (float32, unit rows) to the features."""
        ids = features["input_ids"].cpu().numpy()
        rows = [ids[start:end].tolist() for start, end in pairwise(features["offsets"].cpu().tolist())]
        found = self._core.encode(rows)
        if "part_share" in features:
            share, bags, signed = (features[f"part_{name}"].cpu().numpy() for name in ("share", "bag", "signature"))
            found = joined(found, bags, signed, share=share)
        vectors = torch.from_numpy(found).to(features["input_ids"].device)
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
