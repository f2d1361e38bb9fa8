"""Which passages hold a word or a phrase: FTS5's own postings, kept as sorted arrays.

FTS5 is asked which passages hold a unit; as it answers in rows of SQL, a word that stands in most of a million passages
would cost a second. So its postings are taken over once into an inverted file (``Words``): for each term the passages
that hold it and every place where it stands, in the order of passages. A phrase is found by walking the places of its
rarest word. The file ends with the newest passage there was; what came later FTS5 itself is asked for, and what it said
is kept in memory. A term of the file is found by a hash of 64 bits: that two of a million share one has odds of one in
thirty million.

Passages that were deleted since stay in the file; nobody looks at them, for they are in no scope.
"""

from __future__ import annotations

import hashlib
import threading
import unicodedata
from collections import OrderedDict
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt
from sqlalchemy import Connection, text

from domain.protocols import Ids
from index import vocabulary
from index.columns import Columns, Slots
from index.expansion import folded_parts
from index.files import Mapped, Seal, write
from index.store import facts
from index.vocabulary import LATEST, Newest, Vocabulary, Word, write_vocabulary

Places = npt.NDArray[np.uint32]

KEPT = 16_000_000
"""So many places of the newest passages are kept in memory, at four bytes each."""
PREFIX = "*"
"""At the end of a unit of one word: every word that begins so. It is asked of FTS5 itself."""
_SHIFT = 1 << 24
_BATCH = 2_000_000
_FEW = 8
"""What is fewer than others by this factor is looked up among them one by one."""
_Row = tuple[int, int, int, int, int]
_TERM = np.dtype([
    ("hash", "<u8"), ("slots", "<i8"), ("slots_n", "<i8"), ("places", "<i8"), ("places_n", "<i8"),
])  # fmt: skip
# A term beyond ASCII takes more bytes than characters.
_EVERY = """
SELECT term, count(*) FILTER (WHERE col = 'folded'),
       group_concat(doc * :shift + offset) FILTER (WHERE col = 'folded'),
       group_concat(doc * :shift + offset) FILTER (WHERE col = 'written' AND length(term) < octet_length(term))
FROM temp.every_word GROUP BY term
"""
FILES = ("terms.bin", "slots.bin", "places.bin", "starts.bin", *vocabulary.FILES)


def tokens(unit: str) -> list[str]:
    """A unit's terms as FTS5 parts it: runs of letters, marks, numbers and private characters."""
    if unit.isascii() and unit.isalnum():
        return [unit]
    parted = "".join(ch if unicodedata.category(ch)[0] in "LMN" or "\ue000" <= ch <= "\uf8ff" else " " for ch in unit)
    return parted.split()


def _key(column: str, term: str) -> int:
    name = f"{column}:{term}".encode("utf-8", "surrogatepass")
    return int.from_bytes(hashlib.blake2b(name, digest_size=8).digest(), "little")


def both(few: Slots, many: Slots) -> Slots:
    """Those of some slots that are among many; both ascending."""
    if not len(few) or not len(many):
        return few[:0]
    at = np.minimum(np.searchsorted(many, few), len(many) - 1)
    found: Slots = few[many[at] == few]
    return found


class Words:
    """The inverted file of the passages with slots below ``count``."""

    def __init__(self, files: dict[str, Mapped], *, count: int, last: int) -> None:
        """Open it; ``last`` is the highest passage id in it.

        Raises:
            DamagedError: its terms are not what was written.
        """
        self.count, self.last = count, last
        self._terms = files["terms.bin"].array(_TERM)
        self._hashes = np.ascontiguousarray(self._terms["hash"])
        self._starts = files["starts.bin"].array("<u4")
        self._slots, self._places = files["slots.bin"], files["places.bin"]
        self.vocabulary = Vocabulary(files)

    def find(self, column: str, unit: str, among: Slots | None = None) -> Slots | None:
        """Slots of the passages that hold a unit, ascending; None where FTS5 must be asked.

        Of a phrase only those ``among`` (ascending) need be found, where they are few.

        It must be asked for a term that the file does not have: either it is nowhere, which costs FTS5 nothing to say,
        or FTS5 parts or folds it in a way of its own.

        Raises:
            DamagedError: what was read is not what was written.
        """
        rows = [self._row(column, term) for term in tokens(unit)]
        found = [row for row in rows if row is not None]
        if not found or len(found) < len(rows):
            return None
        if len(found) == 1:
            return self._holding(found[0])
        places = [self._places.array("<u4", at * 4, n) for _, _, _, at, n in found]
        if among is not None and _FEW * len(among) < min(len(one) for one in places):
            for row in found:
                among = both(among, self._holding(row))
            places = [self._within(one, among) for one in places]
        return self._phrase(places)

    def _holding(self, row: _Row) -> Slots:
        _, at, n, _, _ = row
        return self._slots.array("<i4", at * 4, n)

    def _within(self, places: Places, slots: Slots) -> Places:
        """Those of the places that lie in these passages."""
        begins = np.searchsorted(places, self._starts[slots])
        ends = np.full(len(slots), len(places))
        inner = slots + 1 < len(self._starts)
        ends[inner] = np.searchsorted(places, self._starts[slots[inner] + 1])
        counts = ends - begins
        before = np.cumsum(counts) - counts
        return np.asarray(places[np.arange(int(counts.sum())) + np.repeat(begins - before, counts)], np.uint32)

    def _row(self, column: str, term: str) -> _Row | None:
        wanted = np.uint64(_key(column, term))
        at = int(np.searchsorted(self._hashes, wanted))
        if at == len(self._hashes) or self._hashes[at] != wanted:
            return None
        one, slots, slots_n, places, places_n = self._terms[at].tolist()
        return one, slots, slots_n, places, places_n

    def _phrase(self, places: Sequence[Places]) -> Slots:
        rarest = min(range(len(places)), key=lambda i: len(places[i]))
        begins = places[rarest][places[rarest] >= rarest] - np.uint32(rarest)
        for i in sorted(range(len(places)), key=lambda i: len(places[i])):
            if i != rarest and len(begins):
                begins = _kept(begins, places[i], i)
        slots = np.searchsorted(self._starts, begins, side="right") - 1
        return np.unique(slots).astype(np.int32)


def _kept(begins: Places, places: Places, step: int) -> Places:
    """Those of the beginnings with one of the places ``step`` after them; both ascending."""
    wanted = begins + np.uint32(step)
    if min(len(wanted), len(places)) * _FEW > max(len(wanted), len(places)):
        # About as many: sorting them together is faster than looking each up.
        return np.asarray(np.intersect1d(wanted, places, assume_unique=True) - np.uint32(step), np.uint32)
    if len(wanted) <= len(places):
        at = np.minimum(np.searchsorted(places, wanted), len(places) - 1)
        return np.asarray(begins[places[at] == wanted], np.uint32)
    at = np.minimum(np.searchsorted(wanted, places), len(wanted) - 1)
    return np.asarray(begins[at[wanted[at] == places]], np.uint32)


def write_words(c: Connection, columns: Columns, folder: Path) -> dict[str, Seal]:
    """Take over FTS5's postings of the passages in the columns into files; gives their seals.

    Of the words as written only those with letters beyond ASCII are taken: all others are the same as folded.

    Raises:
        OSError: the disk is full or may not be written. ValueError: there are too many words for one file.
    """
    held, counted = facts.token_counts(c)
    sizes = np.zeros(len(columns), np.int64)
    at = columns.slots(held)
    sizes[at] = counted[np.isin(held, columns.ids)]
    # A free place between two passages: no phrase reaches from one into the next.
    starts = np.concatenate([[0], np.cumsum(sizes + 1)])
    if starts[-1] >= 1 << 32:
        raise ValueError(f"{starts[-1]} words are more than one inverted file holds")
    slot = np.full(columns.last + 1, -1, np.int32)
    slot[columns.ids] = np.arange(len(columns), dtype=np.int32)
    terms: list[npt.NDArray[np.void]] = []
    every_word: list[str] = []
    spooled = folder / "places.tmp"
    with spooled.open("w+b") as places:

        def slots() -> Iterator[bytes]:
            at = np.zeros(2, np.int64)
            for keys, numbers, counts in _instances(c, every_word):
                where = slot[numbers // _SHIFT]
                place = starts[where] + numbers % _SHIFT
                term = np.repeat(np.arange(len(counts)), counts)
                known = where >= 0
                where, place, term = where[known], place[known], term[known]
                places.write(place.astype("<u4").tobytes())
                first = np.ones(len(term), np.bool_)
                first[1:] = (where[1:] != where[:-1]) | (term[1:] != term[:-1])
                rows = np.zeros(len(keys), _TERM)
                rows["hash"] = keys
                rows["slots_n"] = np.bincount(term[first], minlength=len(keys))
                rows["places_n"] = np.bincount(term, minlength=len(keys))
                for i, name in enumerate(("slots", "places")):
                    ends = at[i] + np.cumsum(rows[f"{name}_n"])
                    rows[name] = ends - rows[f"{name}_n"]
                    at[i] = ends[-1] if len(ends) else at[i]
                terms.append(rows[rows["slots_n"] > 0])
                yield where[first].astype("<i4").tobytes()

        seals = {"slots.bin": write(folder / "slots.bin", slots())}
        places.seek(0)
        seals["places.bin"] = write(folder / "places.bin", iter(lambda: places.read(1 << 22), b""))
    spooled.unlink()
    every = np.concatenate(terms) if terms else np.zeros(0, _TERM)
    every = every[np.argsort(every["hash"], kind="stable")]
    seals["terms.bin"] = write(folder / "terms.bin", [every.tobytes()])
    seals["starts.bin"] = write(folder / "starts.bin", [starts[:-1].astype("<u4").tobytes()])
    return seals | write_vocabulary(every_word, folder)


def _instances(c: Connection, words: list[str]) -> Iterator[tuple[npt.NDArray[np.uint64], Ids, npt.NDArray[np.int64]]]:
    """Every term of the store in batches: their hashes, all their places (passage id and place as one number) in the
    order of terms and places, and how many each term has. The folded terms are noted in ``words``."""
    c.execute(text("CREATE VIRTUAL TABLE temp.every_word USING fts5vocab('main', 'passage_words', 'instance')"))
    try:
        rows = c.execution_options(stream_results=True).execute(text(_EVERY), {"shift": _SHIFT})
        keys, joined, counts, waiting = list[int](), list[str](), list[int](), 0
        for term, folded_n, folded, written in rows:
            for column, places, n in (("folded", folded, folded_n), ("written", written, None)):
                if places is None:
                    continue
                if n is not None:
                    words.append(term)
                keys.append(_key(column, term))
                joined.append(places)
                counts.append(places.count(",") + 1 if n is None else n)
                waiting += counts[-1]
            if waiting >= _BATCH:
                yield _batch(keys, joined, counts)
                keys, joined, counts, waiting = [], [], [], 0
        if keys:
            yield _batch(keys, joined, counts)
    finally:
        c.execute(text("DROP TABLE temp.every_word"))


def _batch(
    keys: list[int], joined: list[str], counts: list[int]
) -> tuple[npt.NDArray[np.uint64], Ids, npt.NDArray[np.int64]]:
    numbers = np.fromstring(",".join(joined), np.int64, sep=",")
    return np.array(keys, np.uint64), numbers, np.array(counts, np.int64)


class Recent:
    """What FTS5 said of the passages after the inverted file: kept from search to search, the least used let go.

    Nothing in it can be wrong later: a passage's words never change, a deleted passage is in no scope, and what came
    after the answer was kept is asked for again.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._known: OrderedDict[tuple[str, str], tuple[int, Slots]] = OrderedDict()
        self._size = 0
        self.newest = Newest()

    def get(self, key: tuple[str, str]) -> tuple[int, Slots] | None:
        """The highest passage id that was asked about, and the slots found up to there."""
        with self._lock:
            found = self._known.get(key)
            if found is not None:
                self._known.move_to_end(key)
            return found

    def put(self, key: tuple[str, str], upto: int, slots: Slots) -> None:
        """Keep an answer; an older one for the same is replaced."""
        with self._lock:
            old = self._known.pop(key, None)
            if old is not None and old[0] > upto:
                upto, slots, old = old[0], old[1], None
            self._size += len(slots) - (0 if old is None else len(old[1])) + (32 if old is None else 0)
            self._known[key] = (upto, slots)
            while self._size > KEPT and self._known:
                _, (_, gone) = self._known.popitem(last=False)
                self._size -= len(gone) + 32


class Postings:
    """Slots of the passages that hold a unit, asked once a unit for as long as this object lives (one search)."""

    def __init__(
        self, connection: Connection, columns: Columns, words: Words | None = None, recent: Recent | None = None
    ) -> None:
        self._connection = connection
        self._columns = columns
        self._words = words
        self._recent = recent if recent is not None else Recent()
        self._known: dict[tuple[str, str], Slots] = {}
        self._among: Slots | None = None

    def confined(self, among: Slots) -> Postings:
        """The same for one who looks at these slots alone (ascending): others may be left out of what is found."""
        made = Postings(self._connection, self._columns, self._words, self._recent)
        made._among = among
        return made

    def find(self, column: str, unit: str, *, stored: bool = False) -> Slots:
        """Slots of the passages, hidden ones too, whose ``written`` or ``folded`` words hold the unit in order.

        ``stored`` says that the unit is parted and folded as passages are: what the file then lacks is nowhere in it,
        and FTS5 need not be asked, which takes longest of all.

        Raises:
            DamagedError: a derived file is not what was written.
        """
        key, kept = (column, unit), (column if not stored else f"{column}, stored", unit)
        if kept not in self._known:
            self._known[kept] = self._find(key, stored=stored)
        return self._known[kept]

    def sounding(self, key: str) -> list[Word]:
        """Words of what is held, hidden texts too, that a key of sounds has; ``index.expansion_alike`` says which.

        Of what is not yet in the files the newest passages count.

        Raises:
            DamagedError: a derived file is not what was written.
        """
        found = [] if self._words is None else self._words.vocabulary.words(key)
        newest, last = self._recent.newest, self._columns.last
        known = max(newest.upto, 0 if self._words is None else self._words.last)
        if known < last:
            texts = facts.texts(self._connection, after=max(known, last - LATEST), until=last)
            newest.add({one for text_ in texts for one in folded_parts(text_)}, upto=last)
        return sorted({*found, *newest.words(key)})

    def _find(self, key: tuple[str, str], *, stored: bool) -> Slots:
        words, last = self._words, self._columns.last
        if key[1].endswith(PREFIX):
            words = None
        old = None if words is None else words.find(*key, self._among)
        if old is None and words is not None and stored:
            old = np.empty(0, np.int32)
        if old is None and words is not None:
            old = self._columns.slots(facts.matching(self._connection, *key, until=words.last))
        after = 0 if words is None else words.last
        if last <= after:
            return np.empty(0, np.int32) if old is None else old
        upto, new = self._recent.get(key) or (after, np.empty(0, np.int32))
        if upto < last:
            ids = facts.matching(self._connection, *key, after=upto, until=last)
            new = np.concatenate([new, self._columns.slots(ids)])
            self._recent.put(key, last, new)
        elif upto > last:  # asked by a search that sees more than this one
            new = new[: int(np.searchsorted(new, len(self._columns)))]
        return new if old is None or not len(old) else np.concatenate([old, new]) if len(new) else old
