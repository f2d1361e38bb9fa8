"""An optional second look at the first hits: a model that reads question and passage together, or word by word.

Two kinds are taken, both through sentence-transformers: cross-encoders (Nogueira and Cho 2019), and late interaction
(Khattab and Zaharia 2020, ColBERT). As with encoders, only safetensors are loaded, no code that comes with a model is
run, and nothing is fetched unless that is allowed.
"""

from __future__ import annotations

import json
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from domain.errors import ModelError
from models import hub
from models.encoder_transformers import device_of
from models.registry import refuse_pickles

BATCH = 8
"""Passages read at once: after each lot the clock is looked at."""
_CONFIG = "config_sentence_transformers.json"
_LATE = "MultiVectorEncoder"


class Reranker:
    """A model that says how well passages answer a question.

    Raises:
        ModelError: it cannot be loaded, or gives more than one figure a passage.
    """

    def __init__(self, folder: Path, *, name: str, device: str = "cpu") -> None:
        refuse_pickles(folder, item=name)
        self.name, self._late = name, _kind(folder) == _LATE
        usual: dict[str, Any] = {
            "device": device_of(device, item=name), "local_files_only": True, "trust_remote_code": False,
            "model_kwargs": {"use_safetensors": True},
        }  # fmt: skip
        try:
            self._model: Any = _load(folder, usual, late=self._late)
        except Exception as error:  # a damaged folder fails in many ways
            raise ModelError(f"it cannot be loaded: {error}", item=name, stage="model") from error
        if not self._late and int(self._model.num_labels) != 1:
            reason = f"it gives {self._model.num_labels} figures a passage, a re-ranking model gives one"
            raise ModelError(reason, item=name, stage="model")

    def scores(self, query: str, passages: Sequence[str], *, seconds: float) -> npt.NDArray[np.float64]:
        """How well each passage answers the question, higher is better; NaN for those that there was no time for.

        The passages are read in their order, and at least the first few, whatever they take.
        """
        out = np.full(len(passages), np.nan)
        until = time.monotonic() + seconds
        for at in range(0, len(passages), BATCH):
            if at and time.monotonic() >= until:
                break
            lot = list(passages[at : at + BATCH])
            out[at : at + len(lot)] = self._read(query, lot)
        return out

    def _read(self, query: str, passages: list[str]) -> npt.NDArray[np.float64]:
        if not self._late:
            pairs = [(query, passage) for passage in passages]
            return np.asarray(self._model.predict(pairs, show_progress_bar=False), np.float64).reshape(-1)
        asked = self._model.encode_query([query], show_progress_bar=False)
        told = self._model.encode_document(passages, show_progress_bar=False)
        return np.asarray(self._model.similarity(asked, told), np.float64).reshape(-1)


def load_reranker(name_or_path: str, *, device: str = "cpu", allow_download: bool = False) -> Reranker:
    """A re-ranking model from its folder, or by its hub id.

    Raises:
        ModelError: it is not there and may not be fetched, its weights are pickles, or it cannot be loaded.
    """
    folder = Path(name_or_path).expanduser()
    if folder.is_dir():
        return Reranker(folder, name=folder.name, device=device)
    if not hub.is_hub_id(name_or_path):
        raise ModelError("there is no such folder, and it is no hub id", item=name_or_path, stage="model")
    return Reranker(hub.located(name_or_path, allow_download=allow_download), name=name_or_path, device=device)


def _load(folder: Path, usual: dict[str, Any], *, late: bool) -> Any:
    from sentence_transformers import CrossEncoder, MultiVectorEncoder
    from transformers.utils import logging as transformers_logging

    logging: Any = transformers_logging
    shown = logging.is_progress_bar_enabled()
    logging.disable_progress_bar()
    try:
        return (MultiVectorEncoder if late else CrossEncoder)(str(folder), **usual)
    finally:
        if shown:
            logging.enable_progress_bar()


def _kind(folder: Path) -> str:
    try:
        return str(json.loads((folder / _CONFIG).read_text("utf-8")).get("model_type", ""))
    except (OSError, ValueError, AttributeError):
        return ""
