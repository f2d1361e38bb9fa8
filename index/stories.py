"""Stories: documents that tell the same happening, grouped in one pass in time order.

Each document joins the story it is closest to on average (average link), or opens one. How alike two documents are is
judged by meaning, by what they name, and by how far apart in time they are; what has been grouped is never regrouped.
"""

from __future__ import annotations

import math
import re
import zlib
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import numpy as np
import numpy.typing as npt
from scipy import sparse

from domain.ids import digest
from domain.protocols import Vectors
from domain.story import Story
from domain.text import fold, words

_NUMBER = re.compile(r"\d(?:[\d.,\u00a0\u202f]*\d)")
_SHINGLE = 3
_COPY = 0.7
_SKETCH = 16
_NAMES, _NAMES_WEAK = 0.8, 1.0
_PER_DAY = 0.15
_SHRINK_LANGUAGE, _SHRINK_ALL = 5.0, 10.0
_NAME_PRIOR = 20.0

Floats = npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True, kw_only=True)
class Telling:
    """One document as grouping sees it.

    Attributes:
        at: when it was published, or else known (aware UTC).
        entities: canonical ids of what it names. countries: ISO 3166-1 alpha-2 codes.
        report: the report that it repeats, whatever is the same for all that do; None where it repeats none.
    """

    id: str
    title: str
    source: str
    lang: str
    at: datetime
    text: str = ""
    external_id: str | None = None
    entities: frozenset[str] = frozenset()
    countries: frozenset[str] = frozenset()
    report: int | None = None


@dataclass(slots=True)
class _Group:
    """A story while it grows: rows of its documents, and which of them only repeat an earlier one."""

    rows: list[int]
    copies: set[int] = field(default_factory=set)


def document_vector(passages: Vectors) -> Floats:
    """A document's vector: the mean of its passages' vectors, of length 1; zeros where it has none."""
    if len(passages) == 0:
        return np.zeros(passages.shape[1] if passages.ndim == 2 else 0, dtype=np.float32)
    mean = np.asarray(passages, dtype=np.float32).mean(axis=0)
    length = float(np.linalg.norm(mean))
    return np.asarray(mean / length if length > 0 else mean, dtype=np.float32)


def group(
    tellings: Sequence[Telling],
    vectors: Vectors,
    *,
    threshold: float = 0.30,
    weak_threshold: float = 0.15,
    weak: Collection[str] = ("vi",),
    window: timedelta = timedelta(days=3),
    longest: timedelta = timedelta(days=10),
    background: Mapping[str, Floats] | None = None,
) -> tuple[Story, ...]:
    """The stories that the documents tell, oldest first; the same input in any order gives the same stories.

    Two documents score the cosine of their centred vectors, plus the share of names and numbers they have in common
    (weighted by rarity), minus 0.15 a day between them. Two that name nothing in common are never joined, unless one
    of them names nothing at all. A copy, exact or near, joins the story of what it copies and counts as no further
    source.

    Vectors are centred on their language's mean (shrunk towards that of all): what is left of them is the matter
    rather than the language, which is what lets documents meet across languages.

    Args:
        vectors: one row a telling, as ``document_vector`` gives.
        threshold: the least average score with which a document joins a story.
        weak_threshold: the same between two languages of which the encoder knows one badly; names count for more there.
        weak: languages that the encoder knows badly.
        window: a story that heard nothing for this long is closed. longest: the longest a story may last.
        background: mean vector of each language over more documents than these; by default the mean of these.

    Raises:
        ValueError: the rows do not match the tellings, or two tellings have one id.
    """
    if len(vectors) != len(tellings):
        raise ValueError(f"{len(tellings)} documents but {len(vectors)} vectors")
    if len({t.id for t in tellings}) != len(tellings):
        raise ValueError("a document is given twice")
    if not tellings:
        return ()
    order = sorted(range(len(tellings)), key=lambda i: (tellings[i].at, tellings[i].id))
    told = [tellings[i] for i in order]
    centred = _centre(np.asarray(vectors, dtype=np.float32)[order], [t.lang for t in told], background)
    names, weights = _names(told)
    languages = np.array([t.lang for t in told])
    weakly = np.isin(languages, sorted(weak))
    days = np.array([t.at.timestamp() for t in told]) / 86400
    named = np.asarray((names > 0).sum(axis=1)).ravel()
    copies = _Copies(told)

    groups: list[_Group] = []
    of = np.full(len(told), -1)
    active: list[int] = []
    for row, telling in enumerate(told):
        active = [
            g for g in active
            if telling.at - told[groups[g].rows[-1]].at <= window and telling.at - told[groups[g].rows[0]].at <= longest
        ]  # fmt: skip
        copied = copies.of(row, {r for g in active for r in groups[g].rows})
        joined = int(of[copied]) if copied is not None else None
        if joined is None and active:
            # A slice is a view: rows of closed stories in it cost less than picking the others out.
            near = slice(min(groups[g].rows[0] for g in active), row)
            common = np.asarray((names[near] @ names[row].T).todense()).ravel()
            share = common / np.maximum(weights[near] + weights[row] - common, 1e-9)
            across = (languages[near] != telling.lang) & (weakly[near] | weakly[row])
            # Not by BLAS: for one row its threads cost more than they save, and its sums depend on their number.
            score = np.einsum("ij,j->i", centred[near], centred[row]) + np.where(across, _NAMES_WEAK, _NAMES) * share
            score -= _PER_DAY * (days[row] - days[near]) + np.where(across, weak_threshold, threshold)
            score[(common <= 0) & (named[near] > 0) & (named[row] > 0)] = -1.0
            joined = _closest(of[near], score, active)
        if joined is None:
            joined = len(groups)
            groups.append(_Group([]))
            active.append(joined)
        groups[joined].rows.append(row)
        if copied is not None:
            groups[joined].copies.add(row)
        of[row] = joined
    return tuple(_story(found, told, centred) for found in groups)


def _closest(stories: npt.NDArray[np.int64], score: npt.NDArray[np.float64], active: Sequence[int]) -> int | None:
    """The active story with the best average score, if that is not below zero; the older one of equals."""
    first = active[0]
    held = stories >= first
    members = np.bincount(stories[held] - first)
    total = np.bincount(stories[held] - first, weights=score[held])
    mean = total[np.array(active) - first] / members[np.array(active) - first]
    best = int(np.argmax(mean))
    return active[best] if mean[best] >= 0 else None


def _centre(vectors: Floats, languages: Sequence[str], background: Mapping[str, Floats] | None) -> Floats:
    """The vectors less their language's mean, of length 1; few documents move the mean little."""
    out = vectors.astype(np.float64)
    total = out.sum(axis=0) / (len(out) + _SHRINK_ALL)
    for lang in sorted(set(languages)):
        rows = np.array([i for i, of in enumerate(languages) if of == lang])
        if background is not None and lang in background:
            mean = background[lang].astype(np.float64)
        else:
            mean = (out[rows].sum(axis=0) + _SHRINK_LANGUAGE * total) / (len(rows) + _SHRINK_LANGUAGE)
        out[rows] -= mean
    length = np.linalg.norm(out, axis=1, keepdims=True)
    return np.asarray(out / np.maximum(length, 1e-12), dtype=np.float32)


def _numbers(text: str) -> set[str]:
    """Numbers of two digits or more, without their separators: they are the same in every language."""
    return {re.sub(r"\D", "", m.group()) for m in _NUMBER.finditer(text)}


def _names(told: Sequence[Telling]) -> tuple[sparse.csr_matrix, npt.NDArray[np.float64]]:
    """What each document names, as rows of square roots of rarity weights, and each row's total weight.

    The inner product of two rows is then the weight of what both name.
    """
    bags = [
        sorted(t.entities | {f"iso:{c}" for c in t.countries} | {f"#{n}" for n in _numbers(f"{t.title} {t.text}")})
        for t in told
    ]
    counts = Counter(name for bag in bags for name in bag)
    column = {name: i for i, name in enumerate(sorted(counts))}
    base = math.log(len(told) + _NAME_PRIOR)
    rows = [i for i, bag in enumerate(bags) for _ in bag]
    cols = [column[name] for bag in bags for name in bag]
    weight = [math.log((len(told) + _NAME_PRIOR) / counts[name]) / base for bag in bags for name in bag]
    matrix = sparse.csr_matrix((np.sqrt(weight), (rows, cols)), shape=(len(told), max(len(column), 1)))
    return matrix, np.asarray(matrix.multiply(matrix).sum(axis=1)).ravel()


class _Copies:
    """Finds the earlier document that one repeats word for word, or nearly so, or of which it is known to be a part.

    Likeness is the share of three-word runs in common (resemblance, Broder 1997), computed only for documents that
    share one of the 16 runs with the smallest hashes: two that resemble each other by 0.7 miss all of those only when
    nothing but chance lets them (well under one in a million).
    """

    def __init__(self, told: Sequence[Telling]) -> None:
        self._told = told
        self._prints: dict[int, frozenset[int]] = {}
        self._by_run: dict[tuple[str, int], list[int]] = {}
        self._by_report: dict[int, list[int]] = {}

    def of(self, row: int, among: Collection[int]) -> int | None:
        """The first of ``among`` that the document repeats, or None; call it for each document in order."""
        lang, report = self._told[row].lang, self._told[row].report
        same = [] if report is None else self._by_report.setdefault(report, [])
        repeated = next((r for r in same if r in among), None)
        same.append(row)
        mine = self._prints[row] = _runs(self._told[row].text)
        sketch = [(lang, run) for run in sorted(mine)[:_SKETCH]]
        candidates = sorted({r for key in sketch for r in self._by_run.get(key, ()) if r in among})
        for key in sketch:
            self._by_run.setdefault(key, []).append(row)
        for other in candidates:
            theirs = self._prints[other]
            common = len(mine & theirs)
            if common >= _COPY * (len(mine) + len(theirs) - common):
                return other if repeated is None else min(other, repeated)
        return repeated


def _runs(text: str) -> frozenset[int]:
    """Hashes of the three-word runs of a text, the same in every process."""
    tokens = words(fold(text))
    runs = (" ".join(tokens[i : i + _SHINGLE]) for i in range(len(tokens) - _SHINGLE + 1))
    return frozenset(zlib.crc32(run.encode("utf-8", "surrogatepass")) for run in runs)


def _story(found: _Group, told: Sequence[Telling], centred: Floats) -> Story:
    """The story of a finished group: originals first, those nearest its middle before the others."""
    middle = centred[[r for r in found.rows if r not in found.copies]].mean(axis=0)
    closeness = {r: round(float(centred[r] @ middle), 6) for r in found.rows}
    best = sorted(found.rows, key=lambda r: (r in found.copies, -closeness[r], r))
    first = told[found.rows[0]]
    return Story(
        id="s" + digest(("story", first.id)),
        title=told[best[0]].title,
        document_ids=tuple(told[r].id for r in best),
        external_ids=tuple(told[r].external_id for r in best),
        languages=tuple(sorted({told[r].lang for r in best})),
        sources=tuple(dict.fromkeys(told[r].source for r in best if r not in found.copies)),
        first=first.at,
        last=told[found.rows[-1]].at,
    )
