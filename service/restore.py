"""``vedette import``: an export or a backup into a home, in one transaction.

A kill at any moment leaves the home as it was, or with everything; a second run leaves what an uninterrupted one does.
"""

from __future__ import annotations

import json
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, exists, func, select

from domain.time import now
from index.store import alerts as alert_store
from index.store import schema as s
from index.store import sources
from index.store.engine import open_engine
from service import embedding, entity_mentions, watch
from service.absorb import absorb
from service.bundles import Backup, Bundle, opened_bundle
from service.due import owe, owed, paid
from service.fill import fill
from service.merge_rows import Work
from service.portable import tables
from service.record import add_lines
from service.upkeep import checkpoint
from service.wiring import Home

Progress = Callable[[int, str], None]


@dataclass(frozen=True, slots=True)
class Imported:
    """What an import did: whether the home was empty before, and how many rows each table has more."""

    whole: bool
    added: dict[str, int]
    delivered: int

    def plain(self) -> dict[str, Any]:
        """As it is printed."""
        return {"into_empty": self.whole, "added": {k: n for k, n in self.added.items() if n},
                "delivered": self.delivered}  # fmt: skip


def restore(home: Home, path: Path, *, progress: Progress | None = None) -> Imported:
    """Take an export or a backup into a home; what is held already is not doubled, labels never fall.

    Raises:
        InputError: it is none, is damaged, or holds what cannot be; the message names the file. Nothing is kept then.
    """
    path = path.absolute()
    with home.writing(), _alone(home.path), opened_bundle(path, beside=home.path) as bundle:
        with home.write() as c:
            whole, held = _empty(c), _counts(c)
            if whole:
                fill(Work(c, bundle, whole=True, tell=progress))
            else:
                _absorb(home, c, bundle, progress)
            added = {name: n - held[name] for name, n in _counts(c).items()}
            if not whole and (added["versions"] or added["watchlists"]):
                owe(c, "matches")
            if not whole and added["entity_decisions"]:
                owe(c, "splits")
            rows = {name: n for name, n in added.items() if n}
            sources.note(c, at=now(), action="import", subject=bundle.name, detail=json.dumps({"rows": rows}))
        told = _delivered(home, bundle)
        # What came with vectors by other encoders alone gets those that are searched here.
        embedding.catch_up(home, progress=progress)
        _match(home)
        entity_mentions.settle(home)
        checkpoint(home.engine)
        if whole:
            home.rebuild_index()
        elif added["passages"] or added["vectors"]:
            home.save_index()
    return Imported(whole, added, told)


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """Without what an import that was broken off has left; the caller is the one writer."""
    for path in folder.glob("import-*"):
        shutil.rmtree(path, ignore_errors=True)
    yield


def _empty(c: Connection) -> bool:
    """Whether the store holds nothing but marks and lines of its audit."""
    filled = (select(exists(select(1).select_from(t))) for t in tables() if t not in (s.meta, s.audit))
    return not any(c.scalar(query) for query in filled)


def _absorb(home: Home, c: Connection, bundle: Bundle, progress: Progress | None) -> None:
    """Bring the rows, checked, into a store of their own; then take from there what is not held."""
    with tempfile.TemporaryDirectory(prefix="import-", dir=home.path) as folder:
        engine = open_engine(Path(folder) / "staged.db")
        try:
            with engine.connect() as staged:
                with staged.begin():
                    fill(Work(staged, bundle, whole=True, tell=progress))
                with staged.begin():
                    work = Work(c, Backup(Path(bundle.name), staged), whole=False, tell=progress)
                    absorb(work, staged, encoder=home.encoder.id)
        finally:
            engine.dispose()


def _counts(c: Connection) -> dict[str, int]:
    return {t.name: int(c.scalar(select(func.count()).select_from(t)) or 0) for t in tables()}


def _delivered(home: Home, bundle: Bundle) -> int:
    return add_lines(home.path / "alerts.jsonl", bundle.delivered())


def _match(home: Home) -> None:
    """Match every watchlist over every version where an import brought new ones of either."""
    with home.read() as c:
        if not owed(c, "matches"):
            return
        lists = alert_store.watchlists(c)
    for one in lists:
        watch.add(home, one)
    with home.write() as c:
        paid(c, "matches")
