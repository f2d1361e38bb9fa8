"""All that search derives from the store, at one sequence number: columns, postings and vectors.

A ``Derived`` never changes; a search keeps the one it began with while a newer one is made beside it. It cannot be
stale: it carries the store's sequence number, a search takes the number from the same read transaction that it reads
the rest from, and whoever changes what a filter looks at, or a vector, notes it in ``changes`` by the same transaction.
So equal numbers mean that nothing has changed, and an older one says what must be read anew.

On disk it is a folder of sealed files (``index.files``) under a manifest that names it. The manifest says which store,
encoder and sequence number the files were made from; as a backup of the same store may have been put back and gone
another way since, it also names the newest versions of that moment with their contents. Files that do not fit are not
used. What came after them is read from the store when they are opened, so they need not be written after every ingest
but only when that would be much (``worth_writing``).
"""

from __future__ import annotations

import fcntl
import json
import secrets
import shutil
import threading
from collections import OrderedDict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
from sqlalchemy import Connection

from domain.document import Filters
from domain.protocols import Encoder, Ids, Vectors
from index import columns as cols
from index import postings, rows, vectors
from index.columns import Columns
from index.files import DamagedError, Mapped, Seal, read_json, sync_folder, write, write_json
from index.postings import Postings, Recent, Words
from index.rows import Rows
from index.scope import Scope
from index.store import facts

FORMAT = 4
MANIFEST = "manifest.json"
FEW, SHARE = 1_000, 0.25
"""Files are written anew when more passages came or went since than FEW, and than SHARE of those in the files."""
_SCOPES = 4
_NUMBERS = {
    "ids": "<i8", "version": "<i4", "words": "<i4", "sizes": "<i4", "at": "<i8", "known": "<i8", "superseded": "<i8",
    "label": "|u1", "lang": "<i2", "source": "<i4",
}  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Manifest:
    """What the files are.

    Attributes:
        folder: their folder's name. store: the store's own id. sequence: of the store when they were made.
        witnesses: contents of the newest passages then, by id.
        lengths: of each column, and the names that they count. seals: what each file must be.
    """

    format: int
    folder: str
    store: str
    encoder: str
    dimension: int
    sequence: int
    passages: int
    vectors: int
    witnesses: dict[str, str]
    lengths: dict[str, int]
    langs: list[str]
    countries: list[str]
    seals: dict[str, Seal]


@dataclass(frozen=True, slots=True, eq=False)
class Base:
    """The files, opened."""

    manifest: Manifest
    columns: Columns
    words: Words
    files: dict[str, Mapped]


@dataclass(frozen=True, slots=True, eq=False)
class Derived:
    """All that is derived, at one sequence number.

    Attributes:
        rows: the vectors, None where no search by meaning was asked for yet.
        encoder: the id of the encoder that they are by.
        base: the files it rests on, None where it was made from the store alone.
    """

    sequence: int
    columns: Columns
    rows: Rows | None
    base: Base | None
    recent: Recent
    encoder: str = ""
    _scopes: OrderedDict[tuple[Filters, tuple[int, ...] | None], Scope] = field(default_factory=OrderedDict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def __len__(self) -> int:
        """How many vectors there are."""
        return 0 if self.rows is None else len(self.rows)

    def has_rows_by(self, encoder: Encoder | None) -> bool:
        """Whether there are vectors, and by this encoder."""
        return self.rows is not None and encoder is not None and self.encoder == encoder.id

    def search(self, queries: Vectors, *, k: int, allowed: Ids | None = None) -> list[list[tuple[int, float]]]:
        """As ``VectorIndex.search``, by passage ids; nothing is found where there are no vectors."""
        if self.rows is None:
            return [[] for _ in range(len(queries))]
        good = np.ones(len(self.columns), np.bool_)
        if allowed is not None:
            good[:] = False
            good[self.columns.slots(allowed)] = True
        good &= self.columns.label[self.columns.version] != cols.GONE
        found = self.rows.nearest(queries, k=k, allowed=good)
        return [list(zip(self.columns.ids[slots].tolist(), x.tolist(), strict=True)) for slots, x in found]

    def postings(self, c: Connection) -> Postings:
        """Where words stand, for one search."""
        return Postings(c, self.columns, None if self.base is None else self.base.words, self.recent)

    def scope(self, c: Connection, filters: Filters) -> Scope:
        """What the filters allow; that of the last few filters is kept."""
        sources = tuple(sorted(facts.source_ids(c, sorted(filters.sources)))) if filters.sources else None
        with self._lock:
            found = self._scopes.get((filters, sources))
            if found is not None:
                self._scopes.move_to_end((filters, sources))
                return found
        found = Scope(self.columns, cols.shown(self.columns, filters, sources))
        with self._lock:
            self._scopes[filters, sources] = found
            while len(self._scopes) > _SCOPES:
                self._scopes.popitem(last=False)
        return found

    @property
    def later(self) -> int:
        """How many passages came or went since the files were written."""
        if self.base is None:
            return len(self.columns)
        gone = len(self.columns) - self.columns.present
        return len(self.columns) - len(self.base.columns) + gone

    @property
    def worth_writing(self) -> bool:
        """Whether so much has come since the files were written that deriving it at each start costs more."""
        if self.base is None:
            return len(self.columns) > 0
        return self.later > max(FEW, SHARE * len(self.base.columns))


def derive(c: Connection, base: Base | None = None) -> Derived:
    """Columns and words from the files and what came since, or from the store alone; vectors come by ``with_rows``."""
    if base is not None:
        found = brought_up(c, Derived(base.manifest.sequence, base.columns, None, base, Recent()))
        if found is not None:
            return found
    return Derived(vectors.sequence(c), cols.grown(c, cols.empty()), None, None, Recent())


def with_rows(c: Connection, old: Derived, *, encoder: str, dimension: int) -> Derived:
    """The same with the vectors by this encoder: the files' where they are its own, else the store's.

    Raises:
        DamagedError: the files are not what was written.
    """
    held, base, n = old.columns, old.base, len(old.columns)
    if (
        base is not None
        and (base.manifest.encoder, base.manifest.dimension) == (encoder, dimension)
        and not vectors.vectors_changed(c, base.manifest.sequence, until=old.sequence)
    ):
        found = Rows(dimension, (rows.opened(base.files, dimension=dimension),))
    else:
        read = rows.read(c, held, 0, n, encoder=encoder, dimension=dimension)
        found = Rows(dimension, (rows.part_of(*read, begin=0, dimension=dimension),))
    return replace(old, rows=rows.grown(c, found, held, encoder=encoder), encoder=encoder)


def brought_up(c: Connection, old: Derived, *, encoder: str | None = None) -> Derived | None:
    """The same at the sequence number of this connection; None where it must be derived anew.

    ``encoder`` made the vectors, where there are some; where any vector was made anew since, they are left out.
    """
    target = vectors.sequence(c)
    if target == old.sequence:
        return old
    if target < old.sequence:
        return None
    _, removed = vectors.changed_since(c, old.sequence, until=target)
    touched = vectors.touched_since(c, old.sequence, until=target)
    columns = cols.changed(c, cols.grown(c, old.columns), touched=touched, removed=removed)
    kept = old.rows
    if kept is not None and encoder == old.encoder and not vectors.vectors_changed(c, old.sequence, until=target):
        kept = rows.grown(c, kept, columns, encoder=old.encoder)
    else:
        kept = None
    return Derived(target, columns, kept, old.base, old.recent, old.encoder if kept is not None else "")


# --- on disk


def opened(c: Connection, folder: Path) -> Base:
    """The files in a home's index folder, where they fit the store.

    Raises:
        FileNotFoundError: there are none. DamagedError: they are damaged or of something else; the message says how.
    """
    manifest = read_manifest(folder)
    if manifest.store != facts.store_id(c):
        raise DamagedError("they were made from another store")
    if manifest.sequence > vectors.sequence(c):
        raise DamagedError("the store is older than they are")
    held = facts.witnesses(c, upto=max((int(one) for one in manifest.witnesses), default=0))
    # What is no longer there was deleted since.
    if any(held.get(one, content) != content for one, content in manifest.witnesses.items()):
        raise DamagedError("the store has gone another way since they were made")
    files = {name: Mapped(folder / manifest.folder / name, seal) for name, seal in manifest.seals.items()}
    held_columns = _columns(files["columns.bin"], manifest)
    return Base(manifest, held_columns, Words(files, count=len(held_columns), last=held_columns.last), files)


def read_manifest(folder: Path) -> Manifest:
    """The manifest of a home's index folder.

    Raises:
        FileNotFoundError: there is none. DamagedError: it is damaged or of another format.
    """
    found = read_json(folder / MANIFEST)
    if found.get("format") != FORMAT:
        raise DamagedError(f"they have format {found.get('format')}")
    try:
        seals = {name: Seal(one["size"], tuple(one["blocks"])) for name, one in found.pop("seals").items()}
        return Manifest(**found, seals=seals)
    except (KeyError, TypeError, AttributeError) as error:
        raise DamagedError(f"{MANIFEST} lacks something ({error})") from error


def check(folder: Path) -> Manifest:
    """Read every byte of the files and compare it with what was written.

    Raises:
        FileNotFoundError: there are none. DamagedError: they are damaged.
    """
    manifest = read_manifest(folder)
    for name, seal in manifest.seals.items():
        Mapped(folder / manifest.folder / name, seal).bytes()
    return manifest


def _columns(file: Mapped, manifest: Manifest) -> Columns:
    at, found = 0, dict[str, Any]()
    for name, dtype in (*_NUMBERS.items(), ("countries", "<i4")):
        found[name] = file.array(dtype, at, manifest.lengths[name]).copy()
        at += found[name].nbytes
    every = found.pop("countries")
    ends = file.array("<i8", at, len(manifest.countries))
    named = dict(zip(manifest.countries, np.split(every, ends[:-1]), strict=True)) if manifest.countries else {}
    return Columns(**found, langs=tuple(manifest.langs), countries=named)


@contextmanager
def building(folder: Path) -> Iterator[bool]:
    """Be the only one who writes the files; false where another process does."""
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "lock").open("a") as handle:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield False
            return
        yield True


def write_base(c: Connection, folder: Path, *, encoder: str, dimension: int) -> Manifest:
    """Put all that is derived into files, from one state of the store; whoever holds older files keeps reading those.

    A kill at any moment leaves the older files or the new ones. The caller holds ``building``.

    Raises:
        OSError: the disk is full or may not be written. ValueError: the store has no id yet.
    """
    store = facts.store_id(c)
    if store is None:
        raise ValueError("the store has no id")
    columns = cols.grown(c, cols.empty())
    sequence = vectors.sequence(c)
    name = f"{sequence}-{secrets.token_hex(4)}"
    made = folder / name
    _clear(folder, keep=_current(folder))
    made.mkdir()
    try:
        codes = list(columns.countries)
        slots = [columns.countries[code] for code in codes]
        arrays = {field_: np.asarray(getattr(columns, field_), dtype) for field_, dtype in _NUMBERS.items()}
        arrays["countries"] = np.concatenate(slots).astype("<i4") if slots else np.empty(0, "<i4")
        ends = np.cumsum([len(one) for one in slots]).astype("<i8")
        parts = [*(one.tobytes() for one in arrays.values()), ends.tobytes()]
        seals = {"columns.bin": write(made / "columns.bin", parts)}
        seals |= postings.write_words(c, columns, made)
        seals |= rows.write_rows(c, columns, made, encoder=encoder, dimension=dimension)
        sync_folder(made)
        manifest = Manifest(
            format=FORMAT, folder=name, store=store, encoder=encoder, dimension=dimension, sequence=sequence,
            passages=len(columns), vectors=int(np.fromfile(made / "held.bin", np.bool_).sum()),
            witnesses=facts.witnesses(c), lengths={field_: len(one) for field_, one in arrays.items()},
            langs=list(columns.langs), countries=codes, seals=seals,
        )  # fmt: skip
        plain = {f: getattr(manifest, f) for f in Manifest.__slots__ if f != "seals"}
        plain["seals"] = {f: {"size": seal.size, "blocks": list(seal.blocks)} for f, seal in seals.items()}
        write_json(folder / MANIFEST, plain)
    except BaseException:
        shutil.rmtree(made, ignore_errors=True)
        raise
    _clear(folder, keep=name)
    return manifest


def _current(folder: Path) -> str | None:
    try:
        return str(json.loads((folder / MANIFEST).read_text("utf-8"))["manifest"]["folder"])
    except (OSError, ValueError, TypeError, KeyError):
        return None


def _clear(folder: Path, *, keep: str | None) -> None:
    """Remove what no manifest names: files of before, and of builds that were killed."""
    for one in folder.iterdir():
        if one.is_dir() and one.name != keep:
            shutil.rmtree(one, ignore_errors=True)
        elif one.name in ("vectors.faiss", "vectors.json") or one.suffix == ".tmp":
            one.unlink(missing_ok=True)
