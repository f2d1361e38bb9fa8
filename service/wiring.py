"""One home folder, opened: settings, store, models and index, each made when it is first needed.

The one place that knows which implementation stands behind a protocol.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from sqlalchemy import Connection, Engine

from domain.protocols import Encoder
from index import vectors
from index.store import documents as docs
from index.store.engine import open_engine, refusals, writer_lock
from service.config import Settings, load
from service.logging import get_logger

if TYPE_CHECKING:
    from alerts.watch import Watcher
    from domain.alert import Watchlist
    from nlp.gazetteer import Gazetteer
    from nlp.pipeline import Pipeline

log = get_logger(__name__)


@dataclass
class Home:
    """A data folder with all that Vedette keeps there: ``vedette.db``, the derived index and ``vedette.toml``.

    Safe to use from several threads: reads take a connection each, the index is guarded by a lock.
    """

    path: Path
    settings: Settings
    engine: Engine
    watchers: tuple[tuple[Watchlist, ...], tuple[Watcher, ...]] | None = field(default=None, repr=False)
    _lock: threading.RLock = field(default_factory=threading.RLock, repr=False)
    _index_lock: threading.RLock = field(default_factory=threading.RLock, repr=False)
    _index: vectors.FlatIndex | None = field(default=None, repr=False)
    _sequence: int = -1
    _depth: int = 0

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """A connection that sees one state of the store throughout.

        Raises:
            StoreError: the database refuses or is damaged.
        """
        with refusals(self.path), self.engine.connect() as connection, connection.begin():
            yield connection

    @contextmanager
    def write(self) -> Iterator[Connection]:
        """A transaction by the one writer: everything within is stored, or nothing.

        Raises:
            StoreError: the database refuses or is damaged.
        """
        with self.writing(), refusals(self.path), self.engine.begin() as connection:
            yield connection

    @contextmanager
    def writing(self) -> Iterator[None]:
        """Be the one writer over several transactions; may be nested."""
        with self._lock, writer_lock(self.path) if self._depth == 0 else nullcontext():
            self._depth += 1
            try:
                yield
            finally:
                self._depth -= 1

    @cached_property
    def encoder(self) -> Encoder:
        """The configured encoder: light to start for a few queries, through sentence-transformers for many passages."""
        from models.registry import load_encoder

        models = self.settings.models
        return load_encoder(models.encoder, threads=models.threads, allow_download=models.allow_download)

    @cached_property
    def gazetteer(self) -> Gazetteer:
        """Countries, places, bodies and offices in all their languages."""
        from nlp.gazetteer import default_gazetteer

        return default_gazetteer()

    @cached_property
    def pipeline(self) -> Pipeline:
        """The understanding of texts, with every model that this machine has."""
        from models.langid import LanguageDetector
        from models.ner import Recognisers
        from nlp.pipeline import Pipeline

        named = (Recognisers(),) if self.settings.models.recognisers else ()
        return Pipeline(LanguageDetector(), named, self.gazetteer, self.encoder)

    @contextmanager
    def searching(self) -> Iterator[vectors.FlatIndex]:
        """The vector index for the length of a search: FAISS must not be added to while it is searched."""
        with self._index_lock:
            yield self.index()

    def index(self) -> vectors.FlatIndex:
        """The vector index, brought up to the store's sequence number; rebuilt where it cannot be believed."""
        encoder = self.encoder
        with self._index_lock, self.read() as c:
            vectors.use_threads(self.settings.models.threads)
            target = vectors.sequence(c)
            if self._index is not None and self._sequence == target:
                return self._index
            index, seq = self._index, self._sequence
            if index is None:
                found = vectors.read(self.path / "index", encoder=encoder.id, dimension=encoder.dimension)
                if isinstance(found, str):
                    log.info("building the vector index anew: %s", found)
                else:
                    index, seq = found[0], found[1].sequence
            if index is None or seq > target:
                index = vectors.rebuild(c, encoder=encoder.id, dimension=encoder.dimension)
                held = docs.counts(c)["passages"]
                if len(index) < held:
                    log.warning("%d of %d passages have no vector by %s and are not found by meaning; "
                                "`vedette doctor --embed` makes them", held - len(index), held, encoder.id)  # fmt: skip
            elif seq < target:
                index = self._brought_up(c, index, seq, target)
            self._index, self._sequence = index, target
            return index

    def _brought_up(self, c: Connection, index: vectors.FlatIndex, seq: int, target: int) -> vectors.FlatIndex:
        encoder = self.encoder
        added, removed = vectors.changed_since(c, seq, until=target)
        index.remove(removed)
        ids, rows = vectors.stored_vectors(c, encoder=encoder.id, dimension=encoder.dimension, ids=added)
        index.add(ids, rows)
        if len(ids) < len(added):
            missing = np.setdiff1d(added, ids)
            log.warning("%d passages have no vector by %s; run `vedette doctor`", len(missing), encoder.id)
        return index

    def save_index(self) -> None:
        """Put the index on disk beside the store it was derived from."""
        with self.writing(), self.searching() as index:
            try:
                vectors.write(index, self.path / "index", encoder=self.encoder.id, sequence=self._sequence)
            except OSError as error:
                # What counts is in the store; whoever searches next derives the index again.
                log.warning("the vector index could not be put on disk: %s", error)

    def rebuild_index(self) -> None:
        """Make the index anew from the store and put it on disk."""
        with self.writing():
            with self._index_lock, self.read() as c:
                encoder = self.encoder
                self._index = vectors.rebuild(c, encoder=encoder.id, dimension=encoder.dimension)
                self._sequence = vectors.sequence(c)
            self.save_index()

    def close(self) -> None:
        """Let go of the database."""
        self.engine.dispose()


def open_home(path: Path, *, settings: Settings | None = None) -> Home:
    """Open a home folder, made when it is new.

    Raises:
        StoreError: its database cannot be used. ConfigError: its settings cannot.
    """
    settings = settings or load(path)
    if not settings.models.allow_download:
        for name in ("HF_HUB_OFFLINE", "TRANSFORMERS_OFFLINE"):
            os.environ.setdefault(name, "1")
    os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
    return Home(path=path, settings=settings, engine=open_engine(path / "vedette.db"))
