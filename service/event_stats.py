"""What is held of coded events, by the table or the coder that they came from."""

from __future__ import annotations

from collections import Counter
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, case, func, select

from domain.label import Label
from domain.plover import plover_of
from index.store import schema as s


def event_stats(
    c: Connection, *, since: date | None = None, until: date | None = None, as_of: datetime | None = None,
    clearance: Label = Label.TOP_SECRET,
) -> list[dict[str, Any]]:  # fmt: skip
    """For each origin: events by PLOVER type and by modality, the actors named, and the share without a country.

    Of the days ``[since, until)``, as it was known before ``as_of``.
    """
    e = s.events.c
    query = (
        select(
            e.origin, e.cameo, e.modality, func.count(),
            func.sum(case((e.source_actor != "", 1), else_=0) + case((e.target_actor != "", 1), else_=0)),
            func.sum(case(((e.source_actor != "") & e.source_country.is_(None), 1), else_=0)
                     + case(((e.target_actor != "") & e.target_country.is_(None), 1), else_=0)),
        )
        .where(e.label <= int(clearance))
        .group_by(e.origin, e.cameo, e.modality)
    )  # fmt: skip
    if as_of is None:
        query = query.where(e.superseded.is_(None))
    else:
        query = query.where(e.known < as_of, e.superseded.is_(None) | (e.superseded >= as_of))
    if since is not None:
        query = query.where(e.day >= since)
    if until is not None:
        query = query.where(e.day < until)
    kinds: dict[str, Counter[str]] = {}
    moods: dict[str, Counter[str]] = {}
    named: Counter[str] = Counter()
    lacking: Counter[str] = Counter()
    for origin, cameo, modality, n, actors, without in c.execute(query):
        kinds.setdefault(origin, Counter())[plover_of(cameo) or "other"] += n
        moods.setdefault(origin, Counter())[modality] += n
        named[origin] += actors
        lacking[origin] += without
    return [
        {"origin": origin, "events": kinds[origin].total(), "actors": named[origin],
         "without_country": round(lacking[origin] / max(named[origin], 1), 4),
         "by_type": dict(kinds[origin].most_common()), "by_modality": dict(moods[origin].most_common())}
        for origin in sorted(kinds)
    ]  # fmt: skip
