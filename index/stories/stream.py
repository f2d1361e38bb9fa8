"""Documents into stories as they arrive: one pass, nothing that was grouped is grouped again.

A document joins the story it is closest to on average (average link), or opens one. Held in memory are the stories of
the window alone: their documents' vectors, the sum of these, and an index from names to stories. What a word or a
language is worth is taken from the documents taken in last, at fixed steps of their number, so that a stream that is
made again from what is kept goes on exactly as one that was never broken off.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

import numpy as np

from domain.ids import digest
from index.stories.halves import halves
from index.stories.rows import Rows
from index.stories.telling import Floats, Telling, names
from index.stories.terms import Merge, Placed, Split, Terms
from index.stories.usual import Usual

_BY_MEANING, _BY_NAMES = 24, 24
_MEMBERS = 48
"""A document is compared with so many of a story's originals, the latest."""
_RARE = 0.5


@dataclass(slots=True, eq=False)
class Kept:
    """A document of a story in memory; ``n`` is its number in the stream, ``slot`` where its vectors lie."""

    id: str
    n: int
    lang: str
    at: datetime
    names: frozenset[str]
    slot: int
    weight: float = 0.0
    day: float = 0.0


@dataclass(slots=True, eq=False)
class Growing:
    """A story in memory. ``near``: at how many documents in a row another story was near enough to be one with it."""

    id: str
    first: datetime
    last: datetime
    slot: int
    originals: list[Kept] = field(default_factory=list)
    copies: dict[str, tuple[int, datetime]] = field(default_factory=dict)
    near: dict[str, int] = field(default_factory=dict)
    fixed: bool = False
    """An operator decided on it: the machine neither parts it nor joins it to another."""


class Stream:
    """The stories of one stream while they grow.

    ``apart`` holds pairs of stories that an operator parted: they are never joined. ``taken`` says whether a story that
    is not in memory has an id.
    """

    def __init__(self, dimension: int, *, terms: Terms | None = None) -> None:
        self.terms = terms or Terms()
        self.taken: Callable[[str], bool] = lambda _: False
        self.n = 0
        self.stories: dict[str, Growing] = {}
        self.story_of: dict[str, str] = {}
        self.apart: set[frozenset[str]] = set()
        self._d = dimension
        self._raw, self._centred = Rows(dimension), Rows(dimension)
        self._sums = Rows(dimension)
        self._bounds = np.zeros((64, 2))
        self._by_slot: dict[int, Growing] = {}
        self._named: dict[str, dict[int, int]] = defaultdict(dict)
        self._usual = Usual(dimension)

    # --- taking a document in

    def take(
        self, telling: Telling, vector: Floats, *, copies: Collection[str] = (), own: str | None = None,
        pinned: bool = False,
    ) -> Placed:  # fmt: skip
        """Put a document into the story it tells, opened where there is none.

        Args:
            copies: documents that it is known to repeat. own: the story that an older version of it is in: it stays
                there as long as that is nearly as close as any other, and for good where an operator decided on that
                story. pinned: it stays there, for an operator put it there.
        """
        self.forget([telling.id], close=False)
        said = names(telling)
        self._remember(telling, vector, said)
        mine = _kept(self.n, telling, said, self._raw.put(vector))
        self._centred.at(mine.slot, self._usual.centred(vector, telling.lang))
        mine.weight = self._usual.weight(said)
        story, score, copy = self._copied(telling, copies), None, True
        held = self.stories.get(own or "")
        if held is not None and (pinned or held.fixed):
            story, copy = held, False
        elif story is None:
            story, score = self._closest(mine, telling.at, own)
            copy = False
        alone = self.stories.get(own or "")
        if alone is not None and not alone.originals and not alone.copies:
            if story is None:
                story = alone
            else:
                self._close(alone)
        opened = story is None
        if story is None:
            story = self._open(telling)
        self._add(story, mine, telling.at, copy=copy)
        merges: tuple[Merge, ...] = ()
        split = None
        touched = {story.id}
        if not copy:
            split = self._parted(story, telling)
            if split is None:
                merges = self._merged(story, mine, touched)
            else:
                touched.add(split.new)
        return Placed(n=mine.n, story=story.id, score=score, copy=copy, opened=opened, merges=merges, split=split,
                      touched=frozenset(touched))  # fmt: skip

    def _copied(self, telling: Telling, copies: Collection[str]) -> Growing | None:
        """The oldest story within reach that holds what the document repeats."""
        held = {self.story_of[one] for one in copies if one in self.story_of}
        reach = [self.stories[one] for one in held if self._reaches(self.stories[one], telling.at)]
        return min(reach, key=lambda s: (s.first, s.id), default=None)

    def _reaches(self, story: Growing, at: datetime) -> bool:
        t = self.terms
        near = story.first - at <= t.window and at - story.last <= t.window
        return near and max(story.last, at) - min(story.first, at) <= t.longest

    def _closest(self, mine: Kept, at: datetime, own: str | None) -> tuple[Growing | None, float | None]:
        best: Growing | None = None
        most = -1.0
        for story in self._candidates(mine, at, own):
            score = self._average([mine], story.originals)
            if story.id == own:
                score += self.terms.split / 2
            if score > most or (score == most and best is not None and (story.first, story.id) < (best.first, best.id)):
                best, most = story, score
        return (best, round(most, 4)) if best is not None and most >= 0 else (None, None)

    def _candidates(self, mine: Kept, at: datetime, own: str | None) -> list[Growing]:
        """Stories within reach: those whose middle is nearest in meaning, and those that share most of rare names."""
        t = self.terms
        moment, window, longest = at.timestamp(), t.window.total_seconds(), t.longest.total_seconds()
        first, last = self._bounds[:, 0], self._bounds[:, 1]
        reach = (first - window <= moment) & (moment <= last + window) & (last > 0)
        reach &= np.maximum(last, moment) - np.minimum(first, moment) <= longest
        slots = np.flatnonzero(reach)
        if not len(slots):
            return []
        # Not by BLAS: its sums depend on the number of its threads.
        near = np.einsum("ij,j->i", self._sums.rows[slots], self._centred.rows[mine.slot])
        chosen = dict.fromkeys(slots[np.argsort(-near, kind="stable")[:_BY_MEANING]].tolist())
        shared: dict[int, float] = defaultdict(float)
        for name in mine.names:
            worth = self._usual.rarity.get(name, 1.0)
            if worth >= _RARE:
                for slot in self._named.get(name, ()):
                    shared[slot] += worth
        inside = set(slots.tolist())
        ranked = sorted(((-worth, slot) for slot, worth in shared.items() if slot in inside))
        chosen |= dict.fromkeys(slot for _, slot in ranked[:_BY_NAMES])
        if own is not None and own in self.stories and self.stories[own].slot in inside:
            chosen[self.stories[own].slot] = None
        return [self._by_slot[slot] for slot in chosen if self._by_slot[slot].originals]

    def _average(self, some: Sequence[Kept], others: Sequence[Kept]) -> float:
        """The mean score of two groups, less the threshold: at least 0 where they tell one story."""
        return float(self._scores(some, others[-_MEMBERS:]).mean())

    def _scores(self, some: Sequence[Kept], others: Sequence[Kept]) -> Floats:
        t = self.terms
        a = self._centred.rows[[one.slot for one in some]]
        b = self._centred.rows[[one.slot for one in others]]
        out = np.einsum("ik,jk->ij", a, b)
        rarity = self._usual.rarity
        for i, one in enumerate(some):
            for j, other in enumerate(others):
                common = one.names & other.names
                if not common and one.names and other.names:
                    out[i, j] = -1.0
                    continue
                weight = sum([rarity.get(name, 1.0) for name in sorted(common)])
                share = weight / (one.weight + other.weight - weight + t.few)
                weak = one.lang != other.lang and (one.lang in t.weak or other.lang in t.weak)
                out[i, j] += t.names * share - t.per_day * abs(one.day - other.day)
                out[i, j] -= t.weak_threshold if weak else t.threshold
        return np.asarray(out, np.float32)

    # --- stories

    def _open(self, telling: Telling) -> Growing:
        name, again = "s" + digest(("story", telling.id)), 0
        while name in self.stories or self.taken(name):
            again += 1
            name = "s" + digest(("story", telling.id, str(again)))
        return self._made(name, telling.at, telling.at)

    def _made(self, name: str, first: datetime, last: datetime) -> Growing:
        slot = self._sums.put(np.zeros(self._d, np.float32))
        while slot >= len(self._bounds):
            self._bounds = np.concatenate([self._bounds, np.zeros_like(self._bounds)])
        story = Growing(name, first, last, slot)
        self._bounds[slot] = first.timestamp(), last.timestamp()
        self.stories[name] = self._by_slot[slot] = story
        return story

    def _add(self, story: Growing, mine: Kept, at: datetime, *, copy: bool) -> None:
        story.first, story.last = min(story.first, at), max(story.last, at)
        self._bounds[story.slot] = story.first.timestamp(), story.last.timestamp()
        self.story_of[mine.id] = story.id
        if copy:
            self._raw.free(mine.slot)
            story.copies[mine.id] = (mine.n, at)
            return
        story.originals.append(mine)
        for name in mine.names:
            at_name = self._named[name]
            at_name[story.slot] = at_name.get(story.slot, 0) + 1
        self._sum(story)

    def _sum(self, story: Growing) -> None:
        """The mean of a story's originals, always summed in the same order."""
        held = self._centred.rows[[one.slot for one in story.originals]]
        self._sums.at(story.slot, held.sum(axis=0) / max(len(held), 1))

    def forget(self, ids: Iterable[str], *, close: bool = True) -> set[str]:
        """Take documents out of their stories, as before a newer version of one; gives the stories they were in."""
        changed: set[str] = set()
        for one in ids:
            name = self.story_of.pop(one, None)
            if name is None:
                continue
            changed.add(name)
            story = self.stories[name]
            story.copies.pop(one, None)
            for kept in [x for x in story.originals if x.id == one]:
                story.originals.remove(kept)
                self._unname(story, kept)
                self._raw.free(kept.slot)
            self._sum(story)
            self._bound(story)
            if close and not story.originals and not story.copies:
                self._close(story)
        return changed

    def _bound(self, story: Growing) -> None:
        """The times of a story from those of its documents."""
        times = [*(one.at for one in story.originals), *(at for _, at in story.copies.values())]
        if times:
            story.first, story.last = min(times), max(times)
            self._bounds[story.slot] = story.first.timestamp(), story.last.timestamp()

    def _unname(self, story: Growing, kept: Kept) -> None:
        for name in kept.names:
            at_name = self._named[name]
            left = at_name.get(story.slot, 0) - 1
            if left > 0:
                at_name[story.slot] = left
            else:
                at_name.pop(story.slot, None)
                if not at_name:
                    del self._named[name]

    def _close(self, story: Growing) -> None:
        for kept in story.originals:
            self._unname(story, kept)
            self._raw.free(kept.slot)
            self.story_of.pop(kept.id, None)
        for one in story.copies:
            self.story_of.pop(one, None)
        self._bounds[story.slot] = 0.0
        self._sums.free(story.slot)
        del self.stories[story.id], self._by_slot[story.slot]

    def drop(self, before: datetime, after: datetime) -> None:
        """Forget the stories that ended before a moment or began after another: memory holds the window alone."""
        for story in [s for s in self.stories.values() if s.last < before or s.first > after]:
            self._close(story)

    # --- growing together, drifting apart

    def _merged(self, story: Growing, mine: Kept, touched: set[str]) -> tuple[Merge, ...]:
        """Join stories that have been near this one for as many documents as the terms ask."""
        t = self.terms
        done: list[Merge] = []
        near: dict[str, int] = {}
        for other in self._beside(story, mine.at):
            if self._may_not(story, other):
                continue
            score = self._average(story.originals[-_MEMBERS // 2 :], other.originals[-_MEMBERS // 2 :])
            if score < t.merge:
                continue
            count = story.near.get(other.id, 0) + 1
            if count < t.merge_after:
                near[other.id] = count
                continue
            older, younger = sorted((story, other), key=lambda s: (s.first, s.id))
            done.append(Merge(into=older.id, other=younger.id, score=round(score, 4),
                              documents=len(younger.originals) + len(younger.copies)))  # fmt: skip
            self.merge(older.id, younger.id)
            touched |= {older.id, younger.id}
            near = {}
            story = older
            break
        story.near = near
        return tuple(done)

    def _beside(self, story: Growing, at: datetime) -> list[Growing]:
        near = np.einsum("ij,j->i", self._sums.rows[: len(self._bounds)], self._sums.rows[story.slot])
        order = np.argsort(-near, kind="stable")
        found = []
        for slot in order[:64].tolist():
            other = self._by_slot.get(slot)
            if other is None or other is story or not other.originals:
                continue
            if self._reaches(other, at):
                found.append(other)
            if len(found) == 6:
                break
        return found

    def _may_not(self, story: Growing, other: Growing) -> bool:
        span = max(story.last, other.last) - min(story.first, other.first)
        return span > self.terms.longest or frozenset((story.id, other.id)) in self.apart

    def merge(self, into: str, other: str) -> None:
        """Put all documents of one story into another."""
        a, b = self.stories[into], self.stories[other]
        for kept in b.originals:
            self._unname(b, kept)
            for name in kept.names:
                at_name = self._named[name]
                at_name[a.slot] = at_name.get(a.slot, 0) + 1
            self.story_of[kept.id] = into
        a.originals = sorted([*a.originals, *b.originals], key=lambda one: one.n)
        a.copies |= b.copies
        for one in b.copies:
            self.story_of[one] = into
        a.first, a.last, a.fixed = min(a.first, b.first), max(a.last, b.last), a.fixed or b.fixed
        self._bounds[a.slot] = a.first.timestamp(), a.last.timestamp()
        b.originals, b.copies = [], {}
        self.apart |= {frozenset((into, *(pair - {other}))) for pair in self.apart if other in pair}
        self._close(b)
        self._sum(a)

    def _parted(self, story: Growing, telling: Telling) -> Split | None:
        """Part a story whose documents fall into two groups that have little to do with each other."""
        held = story.originals[-_MEMBERS:]
        if story.fixed or len(held) != len(story.originals) or not _due(len(held)):
            return None
        score = self._scores(held, held)
        left, right = halves(score)
        if min(len(left), len(right)) < 2:
            return None
        between = float(score[np.ix_(left, right)].mean())
        if between > -self.terms.split:
            return None
        away = right if 0 in left else left
        documents = tuple(held[i].id for i in sorted(away))
        new = "s" + digest(("split", story.id, *documents))
        return self.split(story.id, new, documents, score=round(between, 4))

    def split(self, story: str, new: str, documents: Sequence[str], *, score: float) -> Split:
        """Put some documents of a story into one of their own."""
        old = self.stories[story]
        going = [one for one in old.originals if one.id in set(documents)]
        copies = {one: held for one, held in old.copies.items() if one in set(documents)}
        for kept in going:
            self._unname(old, kept)
            old.originals.remove(kept)
        for one in copies:
            del old.copies[one]
        made = self._made(new, old.first, old.last)
        made.originals, made.copies = going, copies
        for kept in going:
            self.story_of[kept.id] = new
            for name in kept.names:
                at_name = self._named[name]
                at_name[made.slot] = at_name.get(made.slot, 0) + 1
        for one in copies:
            self.story_of[one] = new
        for half in (old, made):
            self._sum(half)
            self._bound(half)
        return Split(story=story, new=new, documents=tuple(documents), score=score)

    # --- what is usual

    def _remember(self, telling: Telling, vector: Floats, said: frozenset[str]) -> None:
        """Count a document among the last ones; where that changes what is usual, all that is held is seen anew."""
        self.n += 1
        if self._usual.add(self.n, telling.lang, vector, said):
            self._anew()

    def _anew(self) -> None:
        usual = self._usual
        for story in self.stories.values():
            for kept in story.originals:
                self._centred.at(kept.slot, usual.centred(self._raw.rows[kept.slot], kept.lang))
                kept.weight = usual.weight(kept.names)
            self._sum(story)

    # --- made again

    def restore_usual(self, recent: Iterable[tuple[int, Telling, Floats]]) -> None:
        """Take up the documents taken in last, by number, oldest first; before any story is restored."""
        held = [(n, telling.lang, vector, names(telling)) for n, telling, vector in recent]
        self.n = held[-1][0] if held else 0
        self._usual.restore(held, self.n)

    def restore(
        self, name: str, first: datetime, last: datetime, *, documents: Sequence[tuple[int, Telling, Floats, bool]],
        near: dict[str, int] | None = None, fixed: bool = False,
    ) -> None:  # fmt: skip
        """Take up a story that is kept: its documents with their numbers, and whether each is a copy."""
        if name in self.stories:
            return
        story = self._made(name, first, last)
        story.near, story.fixed = dict(near or {}), fixed
        for n, telling, vector, copy in sorted(documents, key=lambda one: one[0]):
            self.story_of[telling.id] = name
            if copy:
                story.copies[telling.id] = (n, telling.at)
                continue
            said = names(telling)
            kept = _kept(n, telling, said, self._raw.put(vector))
            self._centred.at(kept.slot, self._usual.centred(vector, telling.lang))
            kept.weight = self._usual.weight(said)
            story.originals.append(kept)
            for one in said:
                at_name = self._named[one]
                at_name[story.slot] = at_name.get(story.slot, 0) + 1
        self._sum(story)


def _kept(n: int, telling: Telling, said: frozenset[str], slot: int) -> Kept:
    return Kept(telling.id, n, telling.lang, telling.at, said, slot, day=telling.at.timestamp() / 86400)


def _due(originals: int) -> bool:
    return originals >= 6 and ((originals < 16 and originals % 2 == 0) or originals % 8 == 0)
