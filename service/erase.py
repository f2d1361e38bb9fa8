"""Documents removed so that nothing of them is left in any file of the home.

Their rows go in one transaction, and with that from every answer. What the rows leave behind goes next: words in the
segments of the word index, pages of the database that are free now, the write-ahead log, derived indexes, lines of the
delivered alerts, saved briefings that cite them. A kill in between leaves that owed, and whoever erases next pays it.

What stays is an audit line with a document's id, and of alerts what was counted; backups and exports are not reached.
"""

from __future__ import annotations

import re
import shutil
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import pysqlite3.dbapi2 as sqlite
from sqlalchemy import Connection, delete, select, text

from domain.errors import StoreError
from domain.time import now
from index import derived
from index.store import decisions, stories
from index.store import desks as store
from index.store import documents as docs
from index.store import schema as s
from service import record
from service.due import owe, owed, paid
from service.logging import get_logger
from service.upkeep import bare, checkpoint
from service.wiring import Home

log = get_logger(__name__)
CHUNK = 500
PATIENCE = 300.0
"""Seconds to wait for another process that is writing the derived indexes."""
_CITED = re.compile(rb"(?<![0-9a-z])d[0-9a-f]{20}(?![0-9a-f])")
_READABLE = (".html", ".md", ".json", ".txt")


@dataclass(slots=True)
class Erased:
    """What was erased: passages, entities that nobody names now, decisions about those, failed items, rows that tables
    had on an article."""

    documents: int = 0
    passages: int = 0
    entities: int = 0
    decisions: int = 0
    failures: int = 0
    articles: int = 0
    lines: int = 0
    briefings: int = 0
    complete: bool = True


def erase(home: Home, ids: Sequence[str], *, why: str) -> Erased:
    """Remove documents, then all traces of them.

    Raises:
        StoreError: the database refuses; what was removed by then is removed, and the rest is owed.
    """
    done = Erased()
    with home.writing():
        for start in range(0, len(ids), CHUNK):
            with home.write() as c:
                remove(c, ids[start : start + CHUNK], done, why=why)
        clear_traces(home, done)
    return done


def remove(c: Connection, ids: Sequence[str], done: Erased, *, why: str) -> None:
    """Remove documents with what was made of them alone; their traces are owed from then on."""
    d, v, m, k = s.documents.c, s.versions.c, s.mentions.c, s.carried.c
    own = list(ids)
    rows = list(c.execute(select(d.item, d.url).where(d.id.in_(own))))
    rows += c.execute(select(k.item, k.url).where(k.document_id.in_(own))).all()
    mine = v.document_id.in_(own)
    named = (select(x).join(s.versions, v.id == m.version_id).where(mine, x.is_not(None)) for x in (m.entity_id, m.was))
    entities = {one for query in named for one in c.scalars(query)}
    done.documents += len(own)
    told = stories.told_in(c, own)
    done.passages += docs.remove(c, own, why=why)
    stories.settle(c, told)
    for part in _parts(entities):
        gone = set(part) - set(c.scalars(select(m.entity_id).where(m.entity_id.in_(part))))
        gone -= set(c.scalars(select(m.was).where(m.was.in_(part))))
        # What operators decided of a name that nobody knows from elsewhere is a trace of the documents too.
        done.decisions += decisions.forget(c, gone)
        gone -= decisions.needed(c, gone)
        done.entities += c.execute(delete(s.entities).where(s.entities.c.id.in_(gone))).rowcount
    for part in _parts({row.item for row in rows}):
        done.failures += c.execute(delete(s.failures).where(s.failures.c.item.in_(part))).rowcount
    for part in _parts({row.url for row in rows if row.url}):
        done.articles += _articles(c, part)
    owe(c, "erasure")


def _parts(values: Iterable[str]) -> Iterable[list[str]]:
    every = sorted(values)
    return (every[i : i + CHUNK] for i in range(0, len(every), CHUNK))


def _articles(c: Connection, urls: list[str]) -> int:
    """Take away what tables say of the articles at addresses that no document has any more."""
    held = set(c.scalars(select(s.documents.c.url).where(s.documents.c.url.in_(urls))))
    held |= set(c.scalars(select(s.carried.c.url).where(s.carried.c.url.in_(urls))))
    gone = [url for url in urls if url not in held]
    rows = c.execute(delete(s.gkg).where(s.gkg.c.url.in_(gone))).rowcount
    return rows + c.execute(delete(s.event_mentions).where(s.event_mentions.c.identifier.in_(gone))).rowcount


# --- traces


def clear_traces(home: Home, done: Erased | None = None) -> Erased:
    """Clear what removed documents have left in the files of the home, where anything is owed.

    Where a reader keeps an older state of the database open it cannot all be cleared: that is told by ``complete``, and
    stays owed.
    """
    done = done or Erased()
    with home.writing():
        with home.read() as c:
            if not owed(c, "erasure"):
                return done
        done.lines += _lines(home)
        _feeds(home)
        done.briefings += _briefings(home)
        _leftovers(home.path)
        with home.write() as c:
            # Merges all segments into one, without the words of what was removed.
            c.execute(text("INSERT INTO passage_words(passage_words) VALUES ('optimize')"))
        try:
            with bare(home.engine) as connection:
                connection.execute("VACUUM")
        except sqlite.OperationalError as error:
            raise StoreError(f"the database refused: {error}", item=str(home.path), stage="erase") from error
        if not _index(home) or not checkpoint(home.engine):
            log.warning("another process reads an older state of the store: what was removed stays in its files until "
                        "the next `vedette purge`")  # fmt: skip
            done.complete = False
            return done
        with home.write() as c:
            paid(c, "erasure")
        checkpoint(home.engine)
    return done


def _lines(home: Home) -> int:
    """Take the removed documents out of the record of delivered alerts."""
    with home.read() as c:

        def without(line: record.Line) -> record.Line:
            told = line.get("evidence")
            if not isinstance(told, list):
                return line
            named = [str(one.get("document_id")) for one in told if isinstance(one, dict)]
            held = _held(c, named)
            kept = [one for one in told if isinstance(one, dict) and str(one.get("document_id")) in held]
            return line if len(kept) == len(told) else {**line, "evidence": kept}

        own = (home.path / x.address for one in store.desks(c) for x in one.channels if x.kind == "log")
        paths = {home.path / "alerts.jsonl", *own}
        return sum(record.revise(path, without) for path in sorted(paths))


def _feeds(home: Home) -> None:
    """Write the feeds of desks anew, without the removed documents."""
    from service import ways  # with all that sends: a search, which may delete, starts without it

    ways.rewrite_feeds(home, at=now())


def _held(c: Connection, ids: Iterable[str]) -> set[str]:
    return {one for part in _parts(set(ids)) for one in c.scalars(
        select(s.documents.c.id).where(s.documents.c.id.in_(part)))}  # fmt: skip


def _briefings(home: Home) -> int:
    """Delete saved briefings that cite a document which is no longer held, in every format they were saved in."""
    folder = home.path / "briefings"
    if not folder.is_dir():
        return 0
    gone: set[Path] = set()
    files = [path for path in folder.rglob("*") if path.is_file()]
    with home.read() as c:
        for path in files:
            if path.suffix in _READABLE:
                cited = {one.decode() for one in _CITED.findall(path.read_bytes())}
                if cited - _held(c, cited):
                    gone.add(path.with_suffix(""))
    doomed = [path for path in files if path.with_suffix("") in gone]
    for path in doomed:
        path.unlink()
    return len(doomed)


def _leftovers(folder: Path) -> None:
    """What imports and writings that were broken off have left."""
    for path in folder.glob("import-*"):
        shutil.rmtree(path, ignore_errors=True)
    (folder / "alerts.jsonl.tmp").unlink(missing_ok=True)


def _index(home: Home) -> bool:
    """Make the derived indexes anew from what is held, nothing of their old files left; false where another writes."""
    folder = home.path / "index"
    if not folder.exists():
        return True
    until = time.monotonic() + PATIENCE
    while True:
        # Who is writing them may have begun before the removal.
        with derived.building(folder) as mine:
            if mine:
                for path in folder.iterdir():
                    if path.is_dir() and not path.is_symlink():
                        shutil.rmtree(path)
                    elif path.name != "lock":
                        path.unlink()
                break
        if time.monotonic() > until:
            return False
        time.sleep(0.1)
    home.rebuild_index()
    return True
