"""What filters look at, held as columns in memory: a filter is a handful of comparisons over arrays.

A passage has a *slot*, its place among all passages in the order of their ids; a version has one too. Slots are only
ever added, so that what was said of a slot (the words in it, its vector) stays true. What a passage is, is written
once: ids, lengths, language, source and countries never change. From when to when its version is in force, its label
and its being there at all do; whoever changes one of these in the store notes the passages in ``changes`` by the same
transaction (``index.store.writing``), and they are read anew here before the sequence number is believed.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
from sqlalchemy import Connection

from domain.document import Filters
from domain.protocols import Ids
from index.store import facts

GONE = 255
"""The label of a version that was deleted: above any clearance."""

Slots = npt.NDArray[np.int32]
Mask = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True, eq=False)
class Columns:
    """Passages and versions by slot. Never changed in place: a newer state is another object.

    Attributes:
        ids: of passages, ascending. version: the version slot of each, ascending. words: length of each.
        sizes: of versions, in passages.
        at, known, superseded: of versions, in microseconds since 1970. label: GONE where deleted.
        lang: of versions, a place in ``langs``. source: of versions, the row of their source.
        countries: slots of the versions that name each, ascending.
    """

    ids: Ids
    version: Slots
    words: Slots
    sizes: Slots
    at: Ids
    known: Ids
    superseded: Ids
    label: npt.NDArray[np.uint8]
    lang: npt.NDArray[np.int16]
    source: Slots
    langs: tuple[str, ...]
    countries: Mapping[str, Slots]

    def __len__(self) -> int:
        return len(self.ids)

    @property
    def last(self) -> int:
        """The highest passage id that is known of."""
        return int(self.ids[-1]) if len(self.ids) else 0

    @property
    def present(self) -> int:
        """How many passages there are that were not deleted."""
        return len(self.ids) - int((self.label[self.version] == GONE).sum())

    def slots(self, ids: Ids) -> Slots:
        """Slots of those of the ids that are known, in the order given."""
        if not len(self.ids) or not len(ids):
            return np.empty(0, np.int32)
        at = np.minimum(np.searchsorted(self.ids, ids), len(self.ids) - 1)
        found: Slots = at[self.ids[at] == ids].astype(np.int32)
        return found


def empty() -> Columns:
    """No passages."""
    ids, slots = np.empty(0, np.int64), np.empty(0, np.int32)
    return Columns(ids, slots, slots, slots, ids, ids, ids, np.empty(0, np.uint8), np.empty(0, np.int16), slots, (), {})


def grown(c: Connection, old: Columns) -> Columns:
    """The columns with the passages that came after them; the older ones as they were.

    Raises:
        ValueError: the passages of a version do not lie together.
    """
    until = facts.newest(c)
    if until <= old.last:
        return old
    new = facts.passages(c, after=old.last, until=until)
    if not len(new.ids):
        return old
    starts = np.flatnonzero(np.r_[True, new.version[1:] != new.version[:-1]])
    held = new.version[starts]
    if len(np.unique(held)) != len(held):
        raise ValueError("the passages of a version do not lie together")
    first, last = int(held.min()), int(held.max())
    v = facts.versions(c, first=first, last=last)
    at = np.searchsorted(v.ids, held)
    langs = list(old.langs)
    codes = {lang: i for i, lang in enumerate(langs)}
    spoken = np.empty(len(held), np.int16)
    for i, row in enumerate(at.tolist()):
        lang = v.lang[row]
        if lang not in codes:
            codes[lang] = len(langs)
            langs.append(lang)
        spoken[i] = codes[lang]
    before = len(old.at)
    return Columns(
        np.concatenate([old.ids, new.ids]),
        np.concatenate([old.version, before + _runs(starts, len(new.ids))]).astype(np.int32),
        np.concatenate([old.words, new.words]).astype(np.int32),
        np.concatenate([old.sizes, np.diff(np.append(starts, len(new.ids)))]).astype(np.int32),
        np.concatenate([old.at, v.at[at]]),
        np.concatenate([old.known, v.known[at]]),
        np.concatenate([old.superseded, v.superseded[at]]),
        np.concatenate([old.label, v.label[at].astype(np.uint8)]),
        np.concatenate([old.lang, spoken]),
        np.concatenate([old.source, v.source[at].astype(np.int32)]),
        tuple(langs),
        _named(c, old.countries, held, before, first=first, last=last),
    )


def _runs(starts: npt.NDArray[np.intp], n: int) -> npt.NDArray[np.int64]:
    """For n places the number of the run each is in."""
    runs = np.zeros(n, np.int64)
    runs[starts[1:]] = 1
    return np.cumsum(runs)


def _named(
    c: Connection, old: Mapping[str, Slots], held: Ids, before: int, *, first: int, last: int
) -> dict[str, Slots]:
    """Slots by country, with those of the versions that came."""
    slot = {int(one): before + i for i, one in enumerate(held.tolist())}
    new: dict[str, list[int]] = {}
    for version, code in facts.countries(c, first=first, last=last):
        if version in slot:
            new.setdefault(code, []).append(slot[version])
    none = np.empty(0, np.int32)
    out = dict(old)
    for code, found in new.items():
        out[code] = np.concatenate([old.get(code, none), np.array(sorted(found), np.int32)])
    return out


def changed(c: Connection, old: Columns, *, touched: Ids, removed: Ids) -> Columns:
    """The columns with what may have changed of some passages read anew, and others gone."""
    at, known, superseded = (x.copy() for x in (old.at, old.known, old.superseded))
    label = old.label.copy()
    rows = np.array(facts.of_passages(c, touched), np.int64).reshape(-1, 5)
    rows = rows[np.isin(rows[:, 0], old.ids)]
    slots = old.version[old.slots(rows[:, 0])]
    at[slots], known[slots], superseded[slots], label[slots] = rows[:, 1], rows[:, 2], rows[:, 3], rows[:, 4]
    label[old.version[old.slots(removed)]] = GONE
    return replace(old, at=at, known=known, superseded=superseded, label=label)


def shown(columns: Columns, filters: Filters, sources: Sequence[int] | None) -> Mask:
    """Which versions the filters show, as ``index.filters.visible`` has it; ``sources`` are the rows of those named."""
    good: Mask = columns.label <= int(filters.clearance)
    if filters.as_of is None:
        good &= columns.superseded == facts.NEVER
    else:
        moment = facts.micros(filters.as_of)
        good &= columns.known < moment
        good &= columns.superseded >= moment
    if filters.since is not None:
        good &= columns.at >= facts.micros(filters.since)
    if filters.until is not None:
        good &= columns.at < facts.micros(filters.until)
    if filters.langs:
        wanted = [i for i, lang in enumerate(columns.langs) if lang in filters.langs]
        good &= np.isin(columns.lang, np.array(wanted, np.int16))
    if filters.countries:
        named = np.zeros(len(good), np.bool_)
        for code in filters.countries:
            if code in columns.countries:
                named[columns.countries[code]] = True
        good &= named
    if sources is not None:
        good &= np.isin(columns.source, np.array(sources, np.int32))
    return good
