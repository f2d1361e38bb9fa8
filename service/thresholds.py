"""The desks as they stand on a day: thresholds chosen on what was in question before it, and the room that is left."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from datetime import date, timedelta

from sqlalchemy import Connection, select
from sqlalchemy.dialects.sqlite import insert as upsert

from alerts.budget import LOWEST, QUARTER, Candidate, at_most, past_of, threshold
from alerts.feedback import shifted
from alerts.policy import DeskState, Raise, Tell
from alerts.scoring import Verdict
from domain.alert import SeriesKey, parse_series
from domain.desk import Desk
from domain.label import Label
from index.store import desks as store
from index.store import schema as s

KEPT = 60
"""At most so many candidates of a day are kept: thresholds lie far above the last of them."""


class Thresholds:
    """What was in question and what came to each desk, kept up as a scan goes on.

    Candidates are stored as they were before verdicts taught anything, and shifted by what is ``learned`` now: else a
    day's probabilities would be held against thresholds of another measure, and verdicts be learned from twice.
    """

    def __init__(self, c: Connection, *, start: date, learned: float = 0.0) -> None:
        self.desks: list[Desk] = store.desks(c)
        self._learned = learned
        self._held = {desk.name: store.budget_held(c, desk.name) for desk in self.desks}
        k, d = s.candidates.c, s.desk_alerts.c
        since = start - timedelta(days=QUARTER + 7)
        parsed: dict[str, SeriesKey] = {}
        self._past: list[Candidate] = []
        for row in c.execute(select(k.series, k.day, k.probability).where(k.day >= since, k.day < start)):
            key = parsed.setdefault(row.series, parse_series(row.series))
            self._past.append(Candidate(key, row.day, shifted(row.probability, learned)))
        self._came: dict[str, list[date]] = defaultdict(list)
        self._has: dict[str, set[str]] = defaultdict(set)
        for row in c.execute(select(d.alert_id, d.desk, d.day)):
            self._has[row.alert_id].add(row.desk)
            # Those of the days scanned again too: what has come is not raised anew, and stays counted.
            self._came[row.desk].append(row.day)
        self.limited = any(desk.budget > 0 for desk in self.desks)

    def states(self, day: date) -> list[DeskState]:
        """Every desk; one without a budget takes what fires."""
        found = []
        for desk in self.desks:
            if desk.budget <= 0:
                found.append(DeskState(desk=desk))
                continue
            own = [one for one in self._past if one.day < day and desk.follows(one.series)]  # type: ignore[arg-type]
            since = min((one.day for one in own), default=day)
            held = self._held[desk.name]
            if held is not None and since < held <= day:
                # What came before it had this budget is not held against it.
                since = held
            level = threshold(
                past_of(own), budget=desk.budget, day=day, since=since, raised=self._came[desk.name]
            )  # fmt: skip
            most = at_most(desk.budget)
            room = None if most is None else max(0, most - self._came[desk.name].count(day))
            found.append(DeskState(desk=desk, threshold=max(level, LOWEST), room=room))
        return found

    def has(self, alert_id: str) -> frozenset[str]:
        """The desks that an alert has come to."""
        return frozenset(self._has.get(alert_id, ()))

    def closed(self, label: Label) -> frozenset[str]:
        """The desks that may not see what has this label."""
        return frozenset(desk.name for desk in self.desks if desk.clearance < label)

    def note(self, c: Connection, day: date, verdicts: Iterable[Verdict], *, label: Label) -> None:
        """Keep what was in question on a day, the most probable first."""
        likely = sorted((v for v in verdicts if v.probability >= LOWEST and v.observed), key=lambda v: -v.probability)
        for one in likely[:KEPT]:
            self._past.append(Candidate(one.key, day, one.probability))
            plain = shifted(one.probability, -self._learned)
            values = {"probability": plain, "score": one.score, "label": int(label)}
            c.execute(
                upsert(s.candidates).values(series=str(one.key), day=day, **values)
                .on_conflict_do_update(index_elements=["series", "day"], set_=values)
            )  # fmt: skip
        horizon = day - timedelta(days=QUARTER + 7)
        if self._past and self._past[0].day < horizon:
            self._past = [one for one in self._past if one.day >= horizon]

    def came(self, decision: Raise | Tell, *, label: Label) -> tuple[str, ...]:
        """Note to which desks a decision brought its alert; gives them.

        It comes to no desk that is not cleared for its label, and takes none of such a desk's budget.
        """
        names = tuple(name for name in decision.desks or () if name not in self.closed(label))
        for name in names:
            self._came[name].append(decision.day)
            self._has[decision.alert_id].add(name)
        return names
