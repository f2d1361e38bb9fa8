"""Parallel text: sentences of a language beside the same in languages that the encoder knows."""

from __future__ import annotations

import gzip
import hashlib
import html
import lzma
import random
import unicodedata
import zlib
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TextIO

from domain.errors import InputError

_LINE = 1 << 20
_DOCUMENT = ("doc", "document", "file")
_BLOCK = 60
"""Rows that belong together where no column says so."""
_SHORTEST, _LONGEST = 2, 7


@dataclass(frozen=True, slots=True)
class Pair:
    """A text in the language, the same in another, and the document that it is from."""

    text: str
    other: str
    lang: str
    document: str


def read(path: Path, *, lang: str, known: Collection[str]) -> Iterator[Pair]:
    """The pairs of a TSV file with a heading, one a row and language; also .gz and .xz.

    A column is named by a language's code, alone or before a ``_`` ("en_checked"). A column ``doc``, ``document`` or
    ``file`` says what belongs together. Rows with other than the heading's number of cells, and empty cells, are left.

    Args:
        lang: the column of the language. known: the languages that the encoder knows.

    Raises:
        InputError: the file cannot be read, or lacks the columns.
    """
    try:
        with _opened(path) as lines:
            head = lines.readline(_LINE).rstrip("\r\n").split("\t")
            codes = [name.split("_")[0].split("-")[0].lower() for name in head]
            others = [(i, code) for i, code in enumerate(codes) if code in known and code != lang]
            if lang not in codes or not others:
                reason = f"its heading has no column {lang} beside one of {', '.join(sorted(known))}"
                raise InputError(reason, item=path.name, stage="read")
            own = codes.index(lang)
            named = next((i for i, name in enumerate(head) if name.lower() in _DOCUMENT), None)
            for n, line in enumerate(iter(lambda: lines.readline(_LINE), "")):
                cells = line.rstrip("\r\n").split("\t")
                if len(cells) != len(head):
                    continue
                text = _clean(cells[own])
                within = cells[named] if named is not None else f"rows {n // _BLOCK}"
                for i, code in others:
                    if text and (other := _clean(cells[i])):
                        yield Pair(text, other, code, f"{path.name}:{within}")
    except (OSError, EOFError, UnicodeDecodeError, zlib.error, lzma.LZMAError) as error:
        raise InputError(f"it cannot be read: {error}", item=path.name, stage="read") from error


def _opened(path: Path) -> TextIO:
    if path.suffix == ".xz":
        return lzma.open(path, "rt", encoding="utf-8-sig", newline="\n")
    if path.suffix == ".gz":
        return gzip.open(path, "rt", encoding="utf-8-sig", newline="\n")
    return path.open(encoding="utf-8-sig", newline="\n")


def _clean(cell: str) -> str:
    return unicodedata.normalize("NFC", " ".join(html.unescape(cell).split()))


def held_out(pair: Pair, *, share: float) -> bool:
    """Whether a pair's document is kept for measuring: decided by its name alone."""
    drawn = int.from_bytes(hashlib.blake2b(pair.document.encode(), digest_size=4).digest(), "big")
    return drawn < share * 2**32


def paragraphs(pairs: Sequence[Pair], *, seed: int = 1) -> list[Pair]:
    """Runs of two to seven neighbouring sentences of one document as texts, cut twice at different places."""
    drawn = random.Random(seed)  # noqa: S311 - nothing secret
    runs: dict[tuple[str, str], list[Pair]] = {}
    for pair in pairs:
        runs.setdefault((pair.document, pair.lang), []).append(pair)
    found: list[Pair] = []
    for (document, lang), run in runs.items():
        # Rows of a file that names no documents may be of anything.
        if ":rows " in document:
            continue
        for begin in (0, 2):
            at = begin
            while at < len(run):
                some = run[at : at + drawn.randint(_SHORTEST, _LONGEST)]
                at += len(some)
                if len(some) >= _SHORTEST:
                    text, other = (" ".join(getattr(one, side) for one in some) for side in ("text", "other"))
                    found.append(Pair(text, other, lang, document))
    return found
