"""An import into an empty store: every row as it was, each checked, words and the sequence of changes made anew."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from functools import partial

from sqlalchemy import Table, exists, func, insert, select, text
from sqlalchemy.exc import IntegrityError

from domain.errors import InputError
from domain.text import fold, titled
from index.store import schema as s
from index.store.schema import AnyRow
from index.words import search_words
from service import checks
from service.merge_rows import LAST, Work, generic, given, refusing, renamed
from service.portable import Row, of_store, tables

_WORDS = text("INSERT INTO passage_words(rowid, written, folded) VALUES (:id, :written, :folded)")


def fill(work: Work) -> None:
    """Take every table of the bundle into an empty store.

    Raises:
        InputError: a row is not one that its table can hold; the message names file and row.
    """
    for table in tables():
        with contradictions(work, table):
            _SPECIAL.get(table.name, generic)(work, table)
    _see(work)
    for name, last in work.bundle.sequences().items():
        _keep_counting(work, name, last)


@contextmanager
def contradictions(work: Work, table: Table) -> Iterator[None]:
    """Say of rows that break a rule of the schema whose they are."""
    try:
        yield
    except IntegrityError as error:
        reason = f"rows that contradict each other or what is held: {error.orig}"
        raise InputError(reason, item=f"{work.bundle.name}, {table.name}", stage="import") from error


def _keep_counting(work: Work, name: str, last: int) -> None:
    """A number that was given and taken back before the export is not given again either: marks may name it."""
    if 0 <= last < LAST and name in work.last and last > given(work.c, name):
        done = work.c.execute(text("UPDATE sqlite_sequence SET seq = :n WHERE name = :t"), {"n": last, "t": name})
        if not done.rowcount:
            work.c.execute(text("INSERT INTO sqlite_sequence(name, seq) VALUES (:t, :n)"), {"n": last, "t": name})


def _see(work: Work) -> None:
    """See that every document is one chain of versions."""
    v = s.versions.c
    in_force = func.sum(v.superseded.is_(None))
    broken = select(v.document_id).group_by(v.document_id).having((in_force > 1) | (func.min(v.n) < 1))
    bare = select(s.documents.c.id).where(~exists().where(v.document_id == s.documents.c.id))
    for query, reason in ((broken, "has several newest versions"), (bare, "has no version")):
        if (found := work.c.scalar(query.limit(1))) is not None:
            raise InputError(f"the document {found} {reason}", item=work.bundle.name, stage="import")


def _meta(work: Work, table: Table) -> None:
    for lot in work.lots(table):
        rows = [row for _, row in lot if not of_store(row["key"])]
        if rows:
            work.c.execute(insert(table), rows)


def _documents(work: Work, table: Table, name: str = "id") -> None:
    names = {row.id: row.name for row in work.c.execute(select(s.sources.c.id, s.sources.c.name))}

    def check(row: Row) -> None:
        checks.document(row, source=names[work.maps["sources"].find(row["source_id"])], name=name)

    generic(work, table, check)


def _texts(work: Work, versions: Iterable[int]) -> dict[int, AnyRow]:
    """Titles and texts of versions here."""
    v = s.versions.c
    return {row.id: row for row in work.c.execute(select(v.id, v.title, v.text).where(v.id.in_(sorted(set(versions)))))}


def _passages(work: Work, table: Table) -> None:
    work.begin(table)
    for lot in work.lots(table):
        for at, row in lot:
            with refusing(at):
                renamed(work, table, row)
        found = _texts(work, (row["version_id"] for _, row in lot))
        rows, words = [], []
        for at, row in lot:
            with refusing(at):
                title, whole = found[row["version_id"]].title, found[row["version_id"]].text
                checks.part(row, text=whole, said=row["text"])
                row["id"] = work.number(table, row["id"])
            written = search_words(titled(title, row["text"]) if row["n"] == 0 else row["text"])
            row["words"] = len(written)
            rows.append(row)
            words.append({"id": row["id"], "written": " ".join(written), "folded": " ".join(map(fold, written))})
        work.c.execute(insert(table), rows)
        work.c.execute(_WORDS, words)
        work.c.execute(insert(s.changes), [{"op": "add", "passage_id": row["id"]} for row in rows])


def _mentions(work: Work, table: Table) -> None:
    texts: dict[int, AnyRow] = {}

    def check(row: Row) -> None:
        version = work.maps["versions"].find(row["version_id"])
        if version not in texts:  # rows of one version stand together
            texts.clear()
            texts.update(_texts(work, [version]))
        held = texts[version]
        checks.part(row, text=held.title if row["in_title"] else held.text, said=row["surface"])

    generic(work, table, check)


def _vectors(work: Work, table: Table) -> None:
    widths: dict[str, int] = {}
    generic(work, table, lambda row: checks.vector(row, widths))


_SPECIAL: dict[str, Callable[[Work, Table], None]] = {
    "meta": _meta, "documents": _documents, "carried": partial(_documents, name="copy_id"), "passages": _passages,
    "mentions": _mentions, "vectors": _vectors,
}  # fmt: skip
