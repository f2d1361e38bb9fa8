"""Any sentence-transformers model as an encoder: prompts, fewer columns, half precision, a GPU where there is one."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np

from domain.errors import ModelError
from domain.protocols import Vectors
from models.encoder import cut, unit
from models.manifest import Manifest

BATCH = {"cpu": 32, "cuda": 128}
"""Texts at once; halved as long as the memory of a GPU does not hold them."""


def device_of(wanted: str, *, item: str) -> str:
    """The torch device that a manifest or a setting asks for: ``auto`` is a GPU where there is one, else the CPU.

    Raises:
        ModelError: it is unknown, or a GPU is asked for that is not there.
    """
    import torch

    wanted = wanted or "cpu"
    if wanted == "auto":
        return "cuda" if torch.cuda.is_available() else "cpu"
    kind, _, number = wanted.partition(":")
    if kind not in ("cpu", "cuda") or (number and not number.isdecimal()):
        raise ModelError(f"unknown device {wanted!r}; known: auto, cpu, cuda, cuda:1", item=item, stage="model")
    if kind == "cuda" and (not torch.cuda.is_available() or int(number or 0) >= torch.cuda.device_count()):
        raise ModelError(f'there is no {wanted} here; with device "auto" it runs without', item=item, stage="model")
    return wanted


class TransformerEncoder:
    """Any sentence-transformers model from a folder of safetensors.

    The manifest says what is put before queries and passages, how many columns are kept (``truncate``, for models
    trained so that their first columns stand alone: Kusupati et al. 2022, Matryoshka representations), and how it runs.

    Args:
        folder: the model's folder, already checked by ``refuse_pickles``.
        identity: the id its vectors carry.
        device: where it runs, as ``device_of`` takes it.

    Raises:
        ModelError: it cannot be loaded, or is not what its manifest says.
    """

    def __init__(self, manifest: Manifest, folder: Path, *, identity: str, threads: int, device: str = "cpu") -> None:
        self._device = device_of(device, item=manifest.name)
        from sentence_transformers import SentenceTransformer

        self._manifest = manifest
        self._identity = identity
        self._threads = threads
        self._batch = BATCH["cuda" if self._device.startswith("cuda") else "cpu"]
        try:
            with _no_progress_bar():
                self._model: Any = SentenceTransformer(
                    str(folder),
                    device=self._device,
                    local_files_only=True,
                    trust_remote_code=False,
                    model_kwargs={"use_safetensors": True},
                )
            if manifest.half:
                self._model.half()
            if manifest.max_tokens and manifest.max_tokens < (self._model.max_seq_length or sys.maxsize):
                self._model.max_seq_length = manifest.max_tokens
        except Exception as error:  # a damaged folder fails in many ways
            raise ModelError(f"it cannot be loaded: {error}", item=manifest.name, stage="model") from error
        found = int(self._model.get_embedding_dimension() or 0)
        if manifest.dimension and found != manifest.dimension:
            reason = f"it gives {found} dimensions, its manifest says {manifest.dimension}"
            raise ModelError(reason, item=manifest.name, stage="model")
        if manifest.truncate > found:
            reason = f"it gives {found} dimensions and cannot be cut to {manifest.truncate}"
            raise ModelError(reason, item=manifest.name, stage="model")
        self._dimension = manifest.truncate or found

    @property
    def id(self) -> str:
        """What its vectors are filed under."""
        return self._identity

    @property
    def dimension(self) -> int:
        """Columns of its vectors."""
        return self._dimension

    @property
    def device(self) -> str:
        """Where it runs."""
        return self._device

    def sentence_transformer(self) -> Any:
        """The ``SentenceTransformer`` behind it."""
        return self._model

    def encode(self, texts: Sequence[str], *, query: bool = False) -> Vectors:
        """One unit row a text, in order."""
        if not len(texts):
            return np.zeros((0, self.dimension), dtype=np.float32)
        # Lone surrogates are no Unicode text: tokenizers refuse them.
        whole = (text.encode("utf-8", "replace").decode("utf-8") for text in texts)
        ready = [cut(text, max_words=self._manifest.max_words) for text in whole]
        prompt = self._manifest.query_prefix if query else self._manifest.passage_prefix
        torch = sys.modules["torch"]
        before = torch.get_num_threads()
        torch.set_num_threads(self._threads)
        try:
            rows = self._encode(ready, prompt)
        finally:
            torch.set_num_threads(before)
        return unit(rows[:, : self._dimension])

    def _encode(self, ready: list[str], prompt: str) -> Vectors:
        torch = sys.modules["torch"]
        while True:
            try:
                # As a prompt, and not joined to the text: some models leave it out of the mean that they take.
                found: Vectors = self._model.encode(
                    ready, prompt=prompt, batch_size=self._batch, convert_to_numpy=True, show_progress_bar=False
                )
                return found
            except torch.cuda.OutOfMemoryError as error:
                if self._batch == 1:
                    raise ModelError(
                        "the GPU has not enough memory", item=self._manifest.name, stage="model"
                    ) from error
                self._batch //= 2
                torch.cuda.empty_cache()


@contextmanager
def _no_progress_bar() -> Iterator[None]:
    from transformers.utils import logging as transformers_logging

    logging: Any = transformers_logging
    shown = logging.is_progress_bar_enabled()
    logging.disable_progress_bar()
    try:
        yield
    finally:
        if shown:
            logging.enable_progress_bar()
