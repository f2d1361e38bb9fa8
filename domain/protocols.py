"""The seams: what one stage may ask of another. Stages meet only here and are joined in ``service``.

Each protocol has one shared suite of tests in ``tests/contracts`` that every implementation must pass.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Protocol, runtime_checkable

import numpy as np
import numpy.typing as npt

from domain.alert import Alert, Series, Signal
from domain.document import Document, Language
from domain.entity import Mention
from domain.event import Coded
from domain.label import Label
from domain.source import Failure

Vectors = npt.NDArray[np.float32]
Ids = npt.NDArray[np.int64]


@runtime_checkable
class Encoder(Protocol):
    """Turns texts into unit vectors in one space.

    ``encode`` gives float32 rows of length 1 (``dimension`` columns), one a text in the order given; an empty text
    gives some valid unit vector and never an error. Queries and passages may be prefixed differently.
    """

    @property
    def id(self) -> str: ...

    @property
    def dimension(self) -> int: ...

    def encode(self, texts: Sequence[str], *, query: bool = False) -> Vectors: ...


@runtime_checkable
class LanguageIdentifier(Protocol):
    """Says in which language a text is; ``und`` when it cannot tell. ``hint`` is what the source claims."""

    def identify(self, text: str, *, hint: str | None = None) -> Language: ...


@runtime_checkable
class Recogniser(Protocol):
    """Finds names in a text of one language. Mentions lie within the text and their surface stands there."""

    def find(self, text: str, *, lang: str) -> Sequence[Mention]: ...


@dataclass(frozen=True, slots=True)
class Reading:
    """What reading one source gave: items that worked, items that failed, each as soon as it is known."""

    item: Document | Coded | Failure


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadOptions:
    """How an input is to be read.

    Attributes:
        read_at: the moment of reading (aware UTC).
        archive: the input is a dated archive and is replayed: what it says was published before ``read_at`` counts as
            known from its publication on. A live feed is no archive: what it holds is known from ``read_at`` on.
        source: the source's name, when the operator gives one. label: the label, when the operator gives one; it can
            raise what the item itself says, never lower it.
        mapping: how the rows of a table become documents (``ingest.sheets.parse_mapping``), when the operator says so.
        lang: the language (BCP 47) the operator expects: in this one a scanned page is read first.
    """

    read_at: datetime
    archive: bool = True
    source: str | None = None
    label: Label | None = None
    mapping: Mapping[str, Any] | None = None
    lang: str | None = None


@runtime_checkable
class Reader(Protocol):
    """Reads one kind of input into documents, events and failures, lazily; it never raises for one broken item.

    ``item`` is the path or address the bytes came from: it names what failed and, where nothing better does, the
    document.
    """

    def __call__(self, data: bytes, *, item: str, options: ReadOptions) -> Iterator[Reading]: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Response:
    """What a fetch brought: the final URL, the status, the headers (lower-case names) and the capped body.

    ``moved_to`` is the address to ask from now on, where redirects that are all permanent led to another.
    """

    url: str
    status: int
    headers: Mapping[str, str]
    body: bytes
    moved_to: str | None = None


@runtime_checkable
class Fetcher(Protocol):
    """Gets a URL within the operator's limits.

    Raises:
        BlockedError: policy refuses the address, the scheme or the size.
        FetchError: it could not be had.
    """

    def get(self, url: str, *, headers: Mapping[str, str] | None = None) -> Response: ...


@runtime_checkable
class VectorIndex(Protocol):
    """Nearest vectors by inner product, exact within ``allowed``.

    ``search`` gives for each query row up to k (id, score) pairs, best first, ids only from ``allowed`` when given.
    ``add`` replaces an id it already has; ``remove`` of an unknown id is no error.
    """

    def __len__(self) -> int: ...

    def add(self, ids: Ids, vectors: Vectors) -> None: ...

    def remove(self, ids: Ids) -> None: ...

    def search(self, queries: Vectors, *, k: int, allowed: Ids | None = None) -> list[list[tuple[int, float]]]: ...


@runtime_checkable
class Detector(Protocol):
    """Judges each day of a series on what came before it, never on what came after.

    ``judge`` gives one signal a day of ``[first, last)`` positions for which there is enough history.
    """

    @property
    def name(self) -> str: ...

    def judge(self, series: Series, *, first: int, last: int) -> tuple[Signal, ...]: ...


@runtime_checkable
class Delivery(Protocol):
    """Takes an alert out of the house; called again for the same alert it must not send twice."""

    def deliver(self, alert: Alert, *, day: date) -> None: ...
