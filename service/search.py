"""Search, showing and deleting: what an analyst does with what is held."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING, Literal

import numpy as np

from domain.document import Filters, Hit
from domain.errors import NotFoundError, QueryError
from domain.label import Label
from domain.protocols import Vectors
from index import hybrid
from index.expansion import Alternatives
from index.files import DamagedError
from index.store import documents as docs
from index.store import events as event_store
from index.store.documents import Shown
from index.store.schema import AnyRow
from service.asked import ReadAs, read_as
from service.erase import erase
from service.named import alternatives
from service.wiring import Home

if TYPE_CHECKING:
    from models.reranker import Reranker

Mode = Literal["hybrid", "dense", "lexical"]
MODES: tuple[Mode, ...] = ("hybrid", "dense", "lexical")


@dataclass(frozen=True, slots=True)
class Query:
    """A question with the name it was given."""

    id: str
    text: str


@dataclass(frozen=True, slots=True)
class Answer:
    """A question and its hits, best first; ``read_as`` where it was searched with as something else than was typed."""

    id: str
    query: str
    hits: tuple[Hit, ...]
    read_as: ReadAs | None = None


def search(
    home: Home, queries: Sequence[Query], *, k: int | None = None, mode: Mode | None = None,
    filters: Filters | None = None,
) -> list[Answer]:  # fmt: skip
    """Answer questions, all encoded together; a hit is a document by its best passage.

    Vietnamese typed without its marks (VIQR, VNI, Telex) is searched for as it is written.

    Raises:
        QueryError: a question has no words, or the mode or k means nothing.
    """
    chosen = mode or home.settings.search.mode
    if chosen not in MODES:
        raise QueryError(f"unknown mode {chosen!r}; known: {', '.join(MODES)}", stage="search")
    k = home.settings.search.k if k is None else k
    if k < 1:
        raise QueryError(f"k must be at least 1, got {k}", stage="search")
    for query in queries:
        if not query.text.strip():
            raise QueryError("the question is empty", item=query.id, stage="search")
    filters = seen_by(home, filters or Filters())
    read = [read_as(query.text) for query in queries]
    texts = [query.text if one is None else one.text for query, one in zip(queries, read, strict=True)]
    encoder = None if chosen == "lexical" else home.encoder
    asked = np.zeros((len(texts), 1), np.float32) if encoder is None else encoder.encode(texts, query=True)
    by = "" if encoder is None else encoder.id
    reranker = home.reranker if chosen == "hybrid" else None
    depth = k if reranker is None else max(k, home.settings.models.rerank)
    try:
        hits = _asked(home, texts, asked, by, k=depth, filters=filters, mode=chosen)
    except DamagedError as error:
        home.distrust(error)
        hits = _asked(home, texts, asked, by, k=depth, filters=filters, mode=chosen)
    if reranker is not None:
        models = home.settings.models
        hits = [
            reread(reranker, text, found, first=models.rerank, seconds=models.rerank_seconds)[:k]
            for text, found in zip(texts, hits, strict=True)
        ]
    return [Answer(q.id, q.text, tuple(found), one) for q, found, one in zip(queries, hits, read, strict=True)]


def reread(reranker: Reranker, query: str, hits: Sequence[Hit], *, first: int, seconds: float) -> list[Hit]:
    """The first hits in the order that a re-ranking model gives them, the others after them as they were.

    What there was no time to read follows what was read. The scores stay where they were: they say how far hits stand
    apart in the search itself, and fall from the first hit to the last as ever.
    """
    read, rest = list(hits[:first]), list(hits[first:])
    told = reranker.scores(query, [f"{hit.title}\n{hit.text}".strip() for hit in read], seconds=seconds)
    order = sorted(range(len(read)), key=lambda i: (np.isnan(told[i]), -np.nan_to_num(told[i]), i))
    return [replace(read[i], score=hit.score) for i, hit in zip(order, read, strict=True)] + rest


def _asked(
    home: Home, texts: Sequence[str], vectors: Vectors, by: str, *, k: int, filters: Filters, mode: Mode
) -> list[list[Hit]]:
    with home.snapshot(meaning=mode != "lexical") as (c, held):
        if by and held.encoder != by:  # another encoder was taken into use just now
            vectors = home.encoder_at(c).encode(texts, query=True)
        named: list[list[Alternatives]] = (
            []
            if mode == "dense"
            else [
                alternatives(home, c, text, clearance=filters.clearance, read=read)
                for text, read in zip(texts, _with_marks(home, texts, by), strict=True)
            ]
        )
        unread: Iterable[str] = getattr(home.encoder_at(c), "unread", ()) if by else ()
        weights = hybrid.Weights(languages=dict.fromkeys(unread, hybrid.UNREAD))
        return hybrid.search_many(c, held, texts, vectors, k=k, filters=filters, mode=mode, weights=weights,
                                  alternatives=named)  # fmt: skip


def _with_marks(home: Home, texts: Sequence[str], by: str) -> list[str | None]:
    """The questions with the marks that were left out, where an encoder is asked that knows them."""
    as_read = getattr(home.encoder, "as_read", None) if by else None
    return [None if as_read is None else as_read(text) for text in texts]


def seen_by(home: Home, filters: Filters) -> Filters:
    """The filters, never above the clearance that the settings give this installation's reader."""
    return replace(filters, clearance=min(filters.clearance, home.settings.reader.clearance))


def delete(home: Home, *, document: str | None = None, external_id: str | None = None) -> list[str]:
    """Delete a document, or all with an external id, from the store and at once from every answer; gives the ids.

    Then all traces of it are cleared from the files of the home.

    Raises:
        NotFoundError: there is none, or none that this reader may see.
    """
    with home.writing():
        with home.read() as c:
            clearance = home.settings.reader.clearance
            ids = docs.find(c, document=document, external_id=external_id, clearance=clearance)
        erase(home, ids, why="deleted by its reader")
    return ids


def show(home: Home, document: str, *, as_of: datetime | None = None, clearance: Label | None = None) -> Shown:
    """A document with its versions, passages and entities; an external id is taken as well where it names one.

    Raises:
        NotFoundError: there is none that may be seen.
    """
    cleared = home.settings.reader.clearance if clearance is None else clearance
    with home.read() as c:
        try:
            return docs.show(c, document, as_of=as_of, clearance=cleared)
        except NotFoundError:
            # Several sources may use one external id: the first document that may be seen is the one meant.
            for one in docs.find(c, external_id=document):
                with suppress(NotFoundError):
                    return docs.show(c, one, as_of=as_of, clearance=cleared)
            raise


def events_of(home: Home, document: str, *, as_of: datetime | None = None) -> list[AnyRow]:
    """The coded events of a document that this reader may see, as known before ``as_of``."""
    with home.read() as c:
        return event_store.of_document(c, document, as_of=as_of, clearance=home.settings.reader.clearance)
