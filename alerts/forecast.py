"""What is expected of dyads and countries over the next 7 and 30 days, from the events told by the end of a day.

Beside the model's forecast stand climatology, persistence and no change. A series with little past gets climatology
alone, and a store that has been silent gets nothing but that either: what was not told is not calm.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

import numpy as np

from alerts.forecasting.counts import LEVELS, interval
from alerts.forecasting.features import Past, past
from alerts.forecasting.model import MEASURES, Model, Predicted, predict
from alerts.forecasting.targets import LEAST
from alerts.onsets import WARM, under_way
from alerts.panel import EventColumns, Floats, Kind, panel
from domain.alert import SeriesKey
from domain.forecast import HORIZONS, Estimate, Outlook, What
from domain.label import Label

SILENT = 7
"""After so many days of which nothing was told the model says nothing: it would take silence for calm."""
_WHATS: tuple[tuple[What, str], ...] = (("hostile", MEASURES[0]), ("cooperative", MEASURES[1]))


@dataclass(frozen=True, slots=True, eq=False)
class Known:
    """All that was told by the end of a day, made ready for forecasts of any series."""

    as_of: date
    told_until: date | None
    label: Label
    pasts: Mapping[Kind, Past]

    @property
    def silent(self) -> int:
        """Days since the last one of which an event was told; 0 where none ever was."""
        return 0 if self.told_until is None else (self.as_of - self.told_until).days


def known(events: EventColumns, as_of: date) -> Known:
    """What the events tell by the end of ``as_of``: only those that had happened, were known and stood by then."""
    seen = events.until(as_of.toordinal())
    if not len(seen):
        return Known(as_of=as_of, told_until=None, label=Label.OPEN, pasts={})
    countries = panel(seen, kind="country", last=as_of.toordinal())
    dyads = panel(seen, last=as_of.toordinal())
    return Known(
        as_of=as_of, told_until=date.fromordinal(int(seen.day.max())), label=Label(int(seen.label.max())),
        pasts={"dyad": past(dyads, countries), "country": past(countries, countries)},
    )  # fmt: skip


def busiest(told: Known, *, dyads: int, countries: int) -> list[SeriesKey]:
    """The series with most hostile events in the last 364 days, of those that the model can say something of."""
    found: list[SeriesKey] = []
    for kind, most in (("dyad", dyads), ("country", countries)):
        one = told.pasts.get("dyad" if kind == "dyad" else "country")
        if one is None:
            continue
        rows, end = np.arange(len(one.made)), np.full(len(one.made), one.made.days)
        sums = one.made.between(rows, end - 364, end, running=one.running)[:, 0]
        order = np.argsort(-sums, kind="stable")[:most]
        found += [SeriesKey("dyad" if kind == "dyad" else "country", one.made.subject(int(i)))
                  for i in order if sums[i] >= LEAST]  # fmt: skip
    return found


def outlooks(
    told: Known, model: Model, keys: Iterable[SeriesKey], *, horizons: Sequence[int] = HORIZONS
) -> list[Outlook]:
    """The forecasts of each series, in the order given; skills and words are added by who knows them.

    Raises:
        ValueError: a series is neither a dyad's nor a country's.
    """
    wanted = [key.bare for key in keys]
    for key in wanted:
        if key.kind not in ("dyad", "country"):
            raise ValueError(f"{key}: forecasts are of dyads and countries")
    done: dict[SeriesKey, Outlook] = {}
    for kind, one in told.pasts.items():
        mine = [key for key in dict.fromkeys(wanted) if key.kind == kind]
        rows = [(key, row) for key in mine if (row := one.made.find(*key.subject)) is not None]
        if rows:
            done.update(_of_kind(told, model, one, [key for key, _ in rows], [row for _, row in rows], horizons))
    return [done.get(key) or _nothing(told, key) for key in wanted]


def _of_kind(
    told: Known, model: Model, one: Past, keys: Sequence[SeriesKey], rows: Sequence[int], horizons: Sequence[int]
) -> dict[SeriesKey, Outlook]:
    made = one.made
    series = np.array(rows, dtype=np.int64)
    day = np.full(len(series), made.days - 1, dtype=np.int64)

    def sums(width: int) -> Floats:
        return made.between(series, day + 1 - width, day + 1, running=one.running)

    week, month, year, whole = sums(7), sums(30), sums(364), sums(made.days)
    said = [_estimates(keys, told.as_of, predict(model, one, series, day, h)) for h in horizons]
    recent = made.dense(series, width=min(made.days, 70))[:, :, 0]
    found = {}
    for n, key in enumerate(keys):
        enough = bool(year[n, 0] >= LEAST and made.days > WARM and told.silent < SILENT)
        estimates = tuple(e for by_key in said for e in by_key[n] if enough or e.method == "climatology")
        found[key] = Outlook(
            series=key, as_of=told.as_of, told_until=told.told_until, history_days=made.days, events=int(whole[n, 2]),
            hostile=(int(week[n, 0]), int(month[n, 0])), cooperative=(int(week[n, 1]), int(month[n, 1])),
            under_way=round(under_way(recent[n], recent.shape[1] - 1).share, 3) if made.days > WARM else 0.0,
            enough=enough, estimates=estimates, label=told.label,
        )  # fmt: skip
    return found


def _estimates(keys: Sequence[SeriesKey], made: date, said: Predicted) -> list[list[Estimate]]:
    """What each method says of each series, in the order of the keys."""
    found: list[list[Estimate]] = [[] for _ in keys]
    for n, key in enumerate(keys):
        plain = Estimate(series=key, made=made, horizon=said.horizon, what="onset", method="model")
        found[n] += [replace(plain, method=method, probability=float(p[n]))  # type: ignore[arg-type]
                     for method, p in said.onset.items()]  # fmt: skip
    for what, measure in _WHATS:
        for method, means in said.mean[measure].items():
            spread = said.dispersion[measure][method]
            ends = {level: interval(level, means, spread) for level in LEVELS}
            for n, key in enumerate(keys):
                found[n].append(Estimate(
                    series=key, made=made, horizon=said.horizon, what=what, method=method,  # type: ignore[arg-type]
                    mean=float(means[n]), dispersion=float(spread[n]),
                    intervals={level: (int(low[n]), int(high[n])) for level, (low, high) in ends.items()},
                ))  # fmt: skip
    return found


def _nothing(told: Known, key: SeriesKey) -> Outlook:
    days = next((one.made.days for one in told.pasts.values()), 0)
    return Outlook(series=key, as_of=told.as_of, told_until=told.told_until, history_days=days, events=0,
                   hostile=(0, 0), cooperative=(0, 0), under_way=0.0, enough=False, estimates=(),
                   label=told.label)  # fmt: skip
