"""One home folder, opened: settings, store, models and index, each made when it is first needed.

The one place that knows which implementation stands behind a protocol.
"""

from __future__ import annotations

import os
import secrets
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, nullcontext, suppress
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import Connection, Engine, insert

from domain.errors import ModelError, StoreError
from domain.label import Label
from domain.protocols import Encoder, LanguageIdentifier, Recogniser
from index import derived, vectors
from index.derived import Derived
from index.files import DamagedError
from index.store import facts
from index.store import schema as s
from index.store.engine import open_engine, refusals, writer_lock
from index.store.reading import only_readable, open_reading
from service.config import Settings, load
from service.encoders import Encoders
from service.logging import get_logger

if TYPE_CHECKING:
    from alerts.watch import Watcher
    from domain.alert import Watchlist
    from models.ner import OwnRecogniser
    from models.reranker import Reranker
    from nlp.gazetteer import Gazetteer
    from nlp.pipeline import Pipeline
    from service.known import Known
    from service.story_placing import Streams

log = get_logger(__name__)

MENDED = 20_000
"""Up to so many passages a search that finds the derived files missing or damaged writes them: a few seconds."""


@dataclass
class Home:
    """A data folder with all that Vedette keeps there: ``vedette.db``, the derived index and ``vedette.toml``.

    Safe to use from several threads: reads take a connection each, and what is derived never changes under a reader.
    """

    path: Path
    settings: Settings
    engine: Engine
    reads_only: bool = False
    fresh: bool = False
    """Made by this very opening: that nothing is derived yet is no news."""
    watchers: tuple[tuple[Watchlist, ...], tuple[Watcher, ...]] | None = field(default=None, repr=False)
    stories: Streams | None = field(default=None, repr=False)
    _lock: threading.RLock = field(default_factory=threading.RLock, repr=False)
    _index_lock: threading.RLock = field(default_factory=threading.RLock, repr=False)
    _held: Derived | None = field(default=None, repr=False)
    _distrusted: str = field(default="", repr=False)
    """The folder of derived files that were found to be damaged."""
    told: str = ""
    """The trouble with an encoder that was told last."""
    _depth: int = 0
    _encoded_by: str = ""
    _pipeline: tuple[Encoder, Pipeline] | None = field(default=None, repr=False)

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
    def encoders(self) -> Encoders:
        """The encoders that this home can use."""
        return Encoders(self.path, self.settings)

    @property
    def encoder(self) -> Encoder:
        """The encoder that the vectors here are by: light to start for a few queries, else sentence-transformers.

        It changes when another one is taken into use: what belongs together holds on to the one it began with.

        Raises:
            ModelError: it cannot be loaded.
        """
        with self.read() as c:
            return self.encoder_at(c)

    def encoder_at(self, c: Connection) -> Encoder:
        """The encoder in use in the state of the store that the connection sees."""
        encoder = self.encoders.active(c)
        if self._encoded_by not in ("", encoder.id):
            self.watchers = None  # their sentences are vectors too
        self._encoded_by = encoder.id
        return encoder

    @cached_property
    def reranker(self) -> Reranker | None:
        """The model that reads the first hits again, where one is configured.

        Raises:
            ModelError: it cannot be loaded.
        """
        models = self.settings.models
        if not models.reranker:
            return None
        from models.reranker import load_reranker

        return load_reranker(models.reranker, device=models.device, allow_download=models.allow_download)

    @property
    def gazetteer(self) -> Gazetteer:
        """Countries, places, bodies and offices in all their languages, with what operators added for all readers."""
        return self.gazetteer_for(Label.OPEN)

    def gazetteer_for(self, label: Label) -> Gazetteer:
        """The gazetteer with the names that operators gave and that readers cleared for a label may know of."""
        with self.read() as c:
            return self.known.at(c, label)

    @cached_property
    def known(self) -> Known:
        """Gazetteers by label, with the names that operators gave."""
        from nlp.gazetteer import default_gazetteer
        from service.known import Known

        return Known(default_gazetteer())

    @property
    def pipeline(self) -> Pipeline:
        """The understanding of texts, with every model that this machine has; its vectors are by the encoder in use."""
        encoder = self.encoder
        held = self._pipeline
        if held is None or held[0] is not encoder:
            from nlp.pipeline import Pipeline

            self._pipeline = held = (
                encoder,
                Pipeline(self.languages, self.recognisers, self.gazetteer, encoder, knows=self.gazetteer_for),
            )
        return held[1]

    @cached_property
    def languages(self) -> LanguageIdentifier:
        """What tells the language of a text."""
        from models.langid import LanguageDetector

        return LanguageDetector()

    @cached_property
    def recognisers(self) -> tuple[Recogniser, ...]:
        """What finds names: models that were chosen, the packaged ones, and name shapes where none of them reads."""
        from models.ner import Recognisers
        from nlp.shapes import Shapes

        if not self.settings.models.recognisers:
            return ()
        packaged = Recognisers(self.settings.models.recogniser, load=self._own_recogniser)
        return packaged, Shapes(unless=packaged.reads)

    def _own_recogniser(self, name: str) -> OwnRecogniser:
        from models.ner import load_own

        models = self.settings.models
        try:
            made = self.encoders.own().get(name)
            if made is None:
                known = ", ".join(self.encoders.own()) or "none"
                raise ModelError(f"[models] recogniser names it, but there are only: {known}", item=name, stage="model")
            return load_own(made, threads=models.threads, device=models.device, allow_download=models.allow_download)
        except ModelError as error:
            log.warning("the recogniser %s is not used: %s", name, error.reason)
            raise

    @contextmanager
    def snapshot(self, *, meaning: bool = True) -> Iterator[tuple[Connection, Derived]]:
        """A state of the store, and all that search derives from it at that very state; with vectors for ``meaning``.

        Neither changes under the reader, and nobody waits for them: while one searches, others search and write.

        Raises:
            StoreError: the database refuses or is damaged.
        """
        with ExitStack() as stack:
            connection, held = stack.enter_context(self.read()), None
            for _ in range(20):
                held = self._derived(connection, meaning=meaning)
                if held is not None:
                    break
                # What is held is of a later moment than this connection sees: see it too.
                stack.close()
                connection = stack.enter_context(self.read())
            else:
                # It stays so: an older database was put in the place of the one that it was derived from.
                with self._index_lock:
                    self._held = None
                held = self._derived(connection, meaning=meaning)
                assert held is not None
            yield connection, held

    @contextmanager
    def searching(self) -> Iterator[Derived]:
        """All that search derives from the store, with vectors, for the length of a search."""
        yield self.index()

    def index(self) -> Derived:
        """All that search derives from the store, with vectors, at the store's present sequence number."""
        with self.snapshot() as (_, held):
            return held

    def _derived(self, c: Connection, *, meaning: bool) -> Derived | None:
        """What is derived at the state that the connection sees; None where what is held is of a later one."""
        target, held = vectors.sequence(c), self._held
        encoder = self.encoder_at(c) if meaning or (held is not None and held.rows is not None) else None
        if held is not None and held.sequence == target and (not meaning or held.has_rows_by(encoder)):
            return held
        with self._index_lock:
            vectors.use_threads(self.settings.models.threads)
            held = self._held
            if held is not None and held.sequence > target:
                return None
            try:
                held = self._made(c, held, encoder)
            except DamagedError as error:
                self._distrust(error)
                held = self._made(c, None, encoder)
            self._held = held
            return held

    def _made(self, c: Connection, held: Derived | None, encoder: Encoder | None) -> Derived:
        if held is not None:
            held = derived.brought_up(c, held, encoder=None if encoder is None else encoder.id)
            if held is not None and held.base is not None and held.worth_writing and self._newer(held.base):
                held = None  # somebody has put what came since into files
        if held is None:
            held = derived.derive(c, self._base(c))
            if held.base is None and len(held.columns):
                self._mend(len(held.columns))
        if encoder is not None and not held.has_rows_by(encoder):
            held = derived.with_rows(c, held, encoder=encoder.id, dimension=encoder.dimension)
            assert held.rows is not None
            if (lacking := held.columns.present - len(held.rows)) > 0:
                log.warning("%d of %d passages have no vector by %s and are not found by meaning; "
                            "`vedette models embed` makes them", lacking, held.columns.present,
                            encoder.id)  # fmt: skip
        return held

    def _base(self, c: Connection) -> derived.Base | None:
        """The derived files, where they can be believed."""
        folder = self.path / "index"
        reason = "there are no files"
        # A second look, where somebody put newer files in their place just then.
        for _ in range(2):
            try:
                base = derived.opened(c, folder)
            except FileNotFoundError:
                break
            except DamagedError as error:
                reason = str(error)
                continue
            return None if base.manifest.folder == self._distrusted else base
        if vectors.sequence(c) and not self.fresh:
            log.warning("building the index anew: %s", reason)
        return None

    def _newer(self, base: derived.Base) -> bool:
        """Whether newer files than these lie in their place."""
        try:
            return derived.read_manifest(self.path / "index").folder not in (base.manifest.folder, self._distrusted)
        except (FileNotFoundError, DamagedError):
            return False

    def distrust(self, error: DamagedError) -> None:
        """Use the derived files no longer: a search met what was not written; the next one derives without them."""
        with self._index_lock:
            self._distrust(error)

    def _distrust(self, error: DamagedError) -> None:
        log.warning("building the index anew: %s", error)
        if self._held is not None and self._held.base is not None:
            self._distrusted = self._held.base.manifest.folder
        else:
            with suppress(FileNotFoundError, DamagedError):
                self._distrusted = derived.read_manifest(self.path / "index").folder
        self._held = None

    def _mend(self, passages: int) -> None:
        """Write files that are missing or damaged where that takes a moment; else whoever ingests next does."""
        if self.reads_only or not os.access(self.path, os.W_OK):
            return
        if passages <= MENDED:
            self._put(named=True)
        else:
            log.warning("searching without it; `vedette doctor --rebuild` writes it")

    def save_index(self) -> None:
        """Put what is derived on disk, if so much came since that deriving it at the next start would take longer."""
        with self.snapshot(meaning=False) as (c, held):
            due = held.worth_writing or (held.base is not None and held.base.manifest.encoder != self.encoder_at(c).id)
        if due:
            self._put()

    def rebuild_index(self) -> None:
        """Derive everything anew from the store and put it on disk."""
        with self._index_lock:
            self._held = None
        self._put()

    def _put(self, *, named: bool = False) -> None:
        """Write the files; ``named``: only where the store has its id, so that no writer need be waited for."""
        folder = self.path / "index"
        try:
            if not self._named(make=not named):
                return
            with derived.building(folder) as mine:
                if not mine:
                    return  # another process is at it
                # A reader's view: whoever writes need not wait.
                with self.read() as c:
                    encoder = self.encoder_at(c)
                    derived.write_base(c, folder, encoder=encoder.id, dimension=encoder.dimension)
        except (OSError, StoreError) as error:
            # What counts is in the store; whoever searches next derives the index again.
            log.warning("the index could not be put on disk: %s", error)
            return
        with self._index_lock:
            self._distrusted, self._held = "", None

    def _named(self, *, make: bool) -> bool:
        """Whether the store has its id, by which derived files know where they belong; made once."""
        with self.read() as c:
            if facts.store_id(c) is not None or not make:
                return facts.store_id(c) is not None
        with self.write() as c:
            if facts.store_id(c) is None:
                c.execute(insert(s.meta).values(key="store", value=secrets.token_hex(16)))
        return True

    def close(self) -> None:
        """Let go of the database."""
        self.engine.dispose()


def open_home(path: Path, *, settings: Settings | None = None) -> Home:
    """Open a home folder, made when it is new. One that may not be written can be searched all the same.

    Raises:
        StoreError: its database cannot be used. ConfigError: its settings cannot.
    """
    settings = settings or load(path)
    if not settings.models.allow_download:
        for name in ("HF_HUB_OFFLINE", "TRANSFORMERS_OFFLINE"):
            os.environ.setdefault(name, "1")
    os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
    database = path / "vedette.db"
    fresh = not database.exists()
    reads_only = only_readable(database)
    engine = open_reading(database) if reads_only else open_engine(database)
    return Home(path=path, settings=settings, engine=engine, reads_only=reads_only, fresh=fresh)
