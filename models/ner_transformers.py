"""Names by any token-classification model of transformers, from a folder of safetensors with a fast tokenizer.

A text longer than the model reads goes in by windows that overlap; a token that stands in two windows is judged in the
one where it has more around it. A word takes the label of its first token.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from domain.entity import Mention
from domain.errors import ModelError
from domain.text import is_unspaced
from models.encoder_transformers import device_of
from models.manifest import Manifest
from models.spans import Name, Piece, bare, kind_of, names

MOST = 512
"""Tokens of a window where the model does not say how many it reads."""
SHARED = 64
"""Tokens that two windows have in common."""
BATCH = 16


class TransformersRecogniser:
    """Finds names with one token-classification model.

    Args:
        manifest: its name, the languages it reads (none: all), what its labels mean, how sure it must be.
        folder: its files, already checked by ``refuse_pickles``.

    Raises:
        ModelError: it cannot be loaded, has no fast tokenizer, or none of its labels means anything here.
    """

    def __init__(self, manifest: Manifest, folder: Path, *, threads: int, device: str = "cpu") -> None:
        self._manifest = manifest
        self.method = manifest.name
        self._threads = threads
        self._device = device_of(device, item=manifest.name)
        from transformers import AutoModelForTokenClassification, AutoTokenizer

        plain: dict[str, Any] = {"local_files_only": True, "trust_remote_code": False}
        try:
            self._tokenizer: Any = AutoTokenizer.from_pretrained(str(folder), use_fast=True, **plain)
            model: Any = AutoModelForTokenClassification.from_pretrained(str(folder), use_safetensors=True, **plain)
            self._model: Any = (model.half() if manifest.half else model).to(self._device).eval()
        except Exception as error:  # a configuration fails in many ways
            raise ModelError(f"it cannot be loaded: {error}", item=manifest.name, stage="model") from error
        if not getattr(self._tokenizer, "is_fast", False):
            raise ModelError("its tokenizer does not say where its pieces stand", item=manifest.name, stage="model")
        self._labels: dict[int, str] = {int(i): str(label) for i, label in self._model.config.id2label.items()}
        known = {label for label in self._labels.values() if self._kind(label) is not None}
        if not known:
            named = ", ".join(sorted(self._labels.values()))[:200]
            reason = (
                f"none of its labels ({named}) means a person, a place or an organisation; say in its manifest what "
                'they are: labels = { LABEL = "person" }'
            )
            raise ModelError(reason, item=manifest.name, stage="model")
        self._most = self._window()

    def _kind(self, label: str) -> Any:
        return kind_of(bare(label)[1], self._manifest.labels) if label != "O" else None

    def _window(self) -> int:
        said = [self._manifest.max_tokens, int(getattr(self._tokenizer, "model_max_length", 0) or 0),
                int(getattr(self._model.config, "max_position_embeddings", 0) or 0)]  # fmt: skip
        # RoBERTa counts its places from two on.
        if getattr(self._model.config, "model_type", "") in ("roberta", "xlm-roberta", "camembert", "xlm-roberta-xl"):
            said[2] -= 2
        return min([MOST, *(n for n in said if 8 <= n < 1_000_000)])

    def reads(self, lang: str) -> bool:
        """Whether it was made for the language; without a list of languages it reads all."""
        return not self._manifest.languages or lang in self._manifest.languages

    def find(self, text: str, *, lang: str) -> tuple[Mention, ...]:
        """The names of a text; nothing for a language that it does not read."""
        return next(iter(self.find_many([text], lang=lang)))

    def find_many(self, texts: Sequence[str], *, lang: str) -> Iterator[tuple[Mention, ...]]:
        """The names of each text, in order."""
        if not self.reads(lang):
            yield from (() for _ in texts)
            return
        for text in texts:
            found = names(self._pieces(text)) if text.strip() else iter(())
            yield tuple(mention for name in found if (mention := self._mention(text, name)) is not None)

    def _mention(self, text: str, name: Name) -> Mention | None:
        kind = kind_of(name.label, self._manifest.labels)
        start, end = name.start, name.end
        while start < end and text[start].isspace():
            start += 1
        while end > start and text[end - 1].isspace():
            end -= 1
        if kind is None or start >= end or name.sure < self._manifest.threshold:
            return None
        surface = text[start:end]
        return Mention(start=start, end=end, surface=surface, entity_id="", kind=kind, name=surface, method=self.method)

    def _pieces(self, text: str) -> list[Piece]:
        """The words of a text with their labels."""
        shared = min(SHARED, self._most // 4)
        # A lone surrogate is no Unicode text; in its place stands a sign of the same length.
        clean = "".join("\ufffd" if "\ud800" <= c <= "\udfff" else c for c in text)
        made = self._tokenizer(
            clean, truncation=True, max_length=self._most, stride=shared, return_overflowing_tokens=True,
            return_offsets_mapping=True, return_special_tokens_mask=True,
        )  # fmt: skip
        windows = range(len(made["input_ids"]))
        best: dict[tuple[int, int], tuple[int, int | None, str, float]] = {}
        for start in range(0, len(windows), BATCH):
            some = list(windows[start : start + BATCH])
            for window, scores in zip(some, self._scores([made["input_ids"][i] for i in some]), strict=True):
                words = made.word_ids(window)
                inside = [i for i, special in enumerate(made["special_tokens_mask"][window]) if not special]
                for i in inside:
                    span = tuple(made["offset_mapping"][window][i])
                    around = min(i - inside[0], inside[-1] - i)
                    if span[0] < span[1] and (span not in best or best[span][0] < around):
                        sure, label = scores[i]
                        best[span] = (around, words[i], label, sure)
        return _words(clean, best)

    def _scores(self, rows: list[list[int]]) -> list[list[tuple[float, str]]]:
        """For each token of each window the surest label, and how sure."""
        import torch

        before = torch.get_num_threads()
        torch.set_num_threads(self._threads)
        try:
            padded = self._tokenizer.pad({"input_ids": rows}, padding=True, return_tensors="pt")
            given = {name: padded[name].to(self._device) for name in ("input_ids", "attention_mask")}
            with torch.inference_mode():
                sure, which = self._model(**given).logits.float().softmax(-1).max(-1)
        finally:
            torch.set_num_threads(before)
        sure_rows, which_rows = sure.tolist(), which.tolist()
        right = getattr(self._tokenizer, "padding_side", "right") != "left"
        out = []
        for row, sures, labels in zip(rows, sure_rows, which_rows, strict=True):
            pairs = list(zip(sures, (self._labels[i] for i in labels), strict=True))
            out.append(pairs[: len(row)] if right else pairs[len(pairs) - len(row) :])
        return out


def _words(text: str, best: dict[tuple[int, int], tuple[int, int | None, str, float]]) -> list[Piece]:
    """Tokens joined to words, each with the label of its first token.

    Some tokenizers take all between two spaces for one word: here a word ends at a sign that is no letter or digit,
    and in a script without spaces every token stands for itself.
    """
    out: list[Piece] = []
    last: int | None = None
    for (start, end), (_, word, label, sure) in sorted(best.items()):
        joined = bool(out) and word is not None and word == last and start == out[-1].end
        around = text[start - 1 : start + 1]
        if joined and around[0].isalnum() and around[1].isalnum() and not is_unspaced(around):
            out[-1] = Piece(out[-1].start, end, out[-1].label, out[-1].sure)
        else:
            out.append(Piece(start, end, label, sure))
        last = word
    return out
