"""The past episodes most like the one of now, and what followed them.

An episode is described by what was known at its age: how its hostile events came (their share up to each day, from
four weeks before the onset to the day compared), what kinds of acts they were (the mix of CAMEO roots since a week
before the onset), and at which level (events since the onset, and the weekly mean before). Two episodes are compared
at the same age. Candidates are all onsets of any series of the same kind (``alerts.onsets``) whose 30 days afterwards
were over by the day of the question: nothing that came after that day is looked at.

Sources: the shape distance is the area between two cumulative curves (the Wasserstein distance in time of two
normalised courses); the mixes are compared by the Hellinger distance.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np

from alerts.onsets import PAST, panel_onsets, under_way
from alerts.panel import HOSTILE_ROOT, EventColumns, Floats, Ints, Kind, Panel, panel
from domain.alert import SeriesKey
from domain.precedent import Aftermath, Precedent, Precedents

BEFORE = 28
"""Days before the onset of which the course is compared."""
MOST = 14
"""Days from the onset on that are compared at most."""
AFTER = 30
RISEN = 0.25
"""Of what makes an onset; a rise that has not come so far is no episode."""
OWN_APART = 56
"""Days around the onset in which an episode of the same series is the same episode."""
WEIGHTS = (0.4, 0.35, 0.25)
"""Of shape, kinds and level."""
_QUAD = np.array([0, 1, 1, 1, 1, 1, 2, 2, 2, 3, 3, 3, 3, 3, 4, 4, 4, 4, 4, 4, 4])


@dataclass(frozen=True, slots=True, eq=False)
class _Told:
    """The events of series, sorted by series and day."""

    key: Ints
    root: Ints
    wide: int

    def roots(self, series: int, low: int, high: int) -> Floats:
        """Events of each root 0 to 20 on the day offsets ``[low, high)``."""
        a, b = np.searchsorted(self.key, [series * self.wide + max(low, 0), series * self.wide + max(high, 0)])
        return np.bincount(self.root[a:b], minlength=21).astype(np.float64)


@dataclass(frozen=True, slots=True, eq=False)
class _Described:
    curve: Floats
    mix: Floats
    seen: float
    usual: float


def precedents(
    events: EventColumns, series: SeriesKey, *, as_of: date, onset: date | None = None, most: int = 3
) -> Precedents:
    """The ``most`` past episodes most like the series' own as it stands at the end of ``as_of``.

    ``onset`` is the first day of the episode (an alert's). By default it is that of the rise of the last 7 days, if
    that has come a quarter of the way at least, else the series' last onset of the 30 days before; without either there
    is no episode now. Kinds of series: dyad and country.

    Raises:
        ValueError: the series is of another kind, or the onset lies after ``as_of``.
    """
    if series.kind not in ("dyad", "country"):
        raise ValueError(f"{series}: precedents are of dyads and countries")
    kind: Kind = "dyad" if series.kind == "dyad" else "country"
    seen = events.until(as_of.toordinal())
    made = panel(seen, kind=kind, last=as_of.toordinal()) if len(seen) else panel(seen, kind=kind)
    own = made.find(*series.subject)
    if own is None:
        return Precedents(series=series, as_of=as_of, onset=onset or as_of, age=1, hostile=0, usual=0.0, searched=0,
                          found=(), note="nothing has been told of this series")  # fmt: skip
    now = made.days - 1
    owners, days = panel_onsets(made)
    if onset is None:
        begun = _begun(made, own, days[owners == own], now)
        if begun is None:
            return Precedents(series=series, as_of=as_of, onset=as_of, age=1, hostile=0, usual=0.0, searched=0,
                              found=(), note=f"no episode: nothing has risen in the last {AFTER} days")  # fmt: skip
        start = begun
    else:
        start = onset.toordinal() - made.first
    if start > now:
        raise ValueError(f"{series}: the onset {onset} lies after {as_of}")
    start = max(start, 0)
    age = min(now - start + 1, MOST)
    told = _sorted(seen, made)
    mine = _described(made, told, own, start, age)
    over = (days + age - 1 + AFTER <= now) & ~((owners == own) & (np.abs(days - start) <= OWN_APART))
    owners, days = owners[over], days[over]
    ranked: list[tuple[float, int, int, tuple[float, float, float], _Described]] = []
    for other, day in zip(owners.tolist(), days.tolist(), strict=True):
        theirs = _described(made, told, other, day, age)
        parts = _likeness(mine, theirs)
        total = sum(w * p for w, p in zip(WEIGHTS, parts, strict=True))
        ranked.append((-total, other, day, parts, theirs))
    ranked.sort(key=lambda r: r[:3])
    found = tuple(
        _precedent(made, told, other, day, age, -total, parts, theirs)
        for total, other, day, parts, theirs in ranked[:most]
    )
    note = ""
    if not ranked:
        note = "no past episode to compare: of none the 30 days after are over"
    elif len(found) < most:
        note = f"only {len(ranked)} past episode{'s' * (len(ranked) > 1)} to compare"
    return Precedents(
        series=series, as_of=as_of, onset=date.fromordinal(made.first + start), age=age, hostile=int(mine.seen),
        usual=round(mine.usual, 2), searched=len(ranked), found=found, note=note,
    )  # fmt: skip


def _begun(made: Panel, series: int, onsets: Ints, now: int) -> int | None:
    """The first day of the episode that the series is in; None where it is in none."""
    rise = under_way(made.dense([series])[0, :, 0], now)
    recent = onsets[onsets > now - AFTER]
    if len(recent):
        return int(recent[-1])
    return rise.start if rise.share >= RISEN else None


def _sorted(events: EventColumns, made: Panel) -> _Told:
    """The events of the panel's series in the order of series and day."""
    a, b = events.source.astype(np.int64), events.target.astype(np.int64)
    size = max(len(events.names), 1)
    if made.kind == "dyad":
        which = np.flatnonzero((a != b) & (a >= 0) & (b >= 0))
        owner = np.minimum(a, b)[which] * size + np.maximum(a, b)[which]
        ids = made.members[:, 0].astype(np.int64) * size + made.members[:, 1]
    else:
        one, other = np.flatnonzero(a >= 0), np.flatnonzero((b >= 0) & (a != b))
        which, owner = np.concatenate([one, other]), np.concatenate([a[one], b[other]])
        ids = made.members[:, 0].astype(np.int64)
    wide = made.days + 1
    key = np.searchsorted(ids, owner) * wide + (events.day[which] - made.first)
    order = np.argsort(key, kind="stable")
    return _Told(key=key[order], root=events.root[which][order].astype(np.int64), wide=wide)


def _described(made: Panel, told: _Told, series: int, start: int, age: int) -> _Described:
    daily = made.dense([series], until=made.first + start + age - 1, width=BEFORE + age)[0, :, 0]
    total = daily.sum()
    curve = np.cumsum(daily) / total if total > 0 else np.linspace(0, 1, len(daily))
    mix = told.roots(series, start - 7, start + age)[1:]
    low = max(0, start - PAST)
    past = told.roots(series, low, start)[HOSTILE_ROOT:].sum()
    return _Described(
        curve=curve,
        mix=np.sqrt(mix / mix.sum()) if mix.sum() > 0 else np.zeros(20),
        seen=float(daily[BEFORE:].sum()),
        usual=float(past / max(start - low, 1) * 7),
    )


def _likeness(one: _Described, other: _Described) -> tuple[float, float, float]:
    """Of shape, kinds and level, each 0 to 1."""
    shape = 1 - float(np.abs(one.curve - other.curve).mean())
    kinds = 1 - float(np.sqrt(max(0.0, 1 - float(one.mix @ other.mix))))
    apart = abs(np.log1p(one.seen) - np.log1p(other.seen)) + abs(np.log1p(one.usual) - np.log1p(other.usual))
    return shape, kinds, float(np.exp(-apart))


def _precedent(
    made: Panel, told: _Told, series: int, day: int, age: int, total: float, parts: tuple[float, float, float],
    described: _Described,
) -> Precedent:  # fmt: skip
    mix = told.roots(series, day - 7, day + age)
    mix[0] = 0
    common = sorted(((int(r), float(mix[r] / mix.sum())) for r in np.flatnonzero(mix)), key=lambda x: (-x[1], x[0]))
    return Precedent(
        series=SeriesKey("dyad" if made.kind == "dyad" else "country", made.subject(series)),
        onset=date.fromordinal(made.first + day), age=age, likeness=round(total, 4), shape=round(parts[0], 4),
        kinds=round(parts[1], 4), level=round(parts[2], 4), hostile=int(described.seen),
        usual=round(described.usual, 2), roots=tuple((r, round(s, 3)) for r, s in common[:3]),
        aftermath=_aftermath(made, told, series, day, age, described.usual),
    )  # fmt: skip


def _aftermath(made: Panel, told: _Told, series: int, day: int, age: int, usual: float) -> Aftermath:
    begin = day + age
    daily = made.dense([series], until=made.first + begin + AFTER - 1, width=AFTER + 7)[0, :, 0]
    weeks = np.convolve(daily, np.ones(7), mode="valid")
    # weeks[k] holds the 7 days that end k days after the last compared one; those of whole weeks after it decide.
    week, ahead = weeks[0], weeks[1:]
    whole = weeks[7:]
    calm = np.flatnonzero(whole <= max(usual, 0.5))
    first = date.fromordinal(made.first + begin)
    return Aftermath(
        first=first, last=first + timedelta(days=AFTER - 1), quads=_quads(told.roots(series, begin, begin + AFTER)),
        before=_quads(told.roots(series, day - AFTER, day)), peak=int(ahead.max()), week=int(week),
        escalated=bool(ahead.max() > week), quiet=first + timedelta(days=int(calm[0])) if len(calm) else None,
    )  # fmt: skip


def _quads(roots: Floats) -> tuple[int, int, int, int]:
    sums = np.bincount(_QUAD, weights=roots, minlength=5)
    return int(sums[1]), int(sums[2]), int(sums[3]), int(sums[4])
