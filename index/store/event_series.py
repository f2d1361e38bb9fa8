"""Coded events of the store as columns, for series, forecasts and precedents."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

import numpy as np
import numpy.typing as npt
from sqlalchemy import BigInteger, Connection, String, select, type_coerce

from domain.event_columns import FOREVER, NOWHERE, EventColumns, columns
from domain.label import Label
from domain.time import end_of
from index.store import schema as s

_DAY = 86_400_000_000
_EPOCH = date(1970, 1, 1).toordinal()


def load(
    c: Connection, *, as_of: date | None = None, since: date | None = None, clearance: Label = Label.TOP_SECRET,
    origins: Sequence[str] | None = None, replayed: bool = False,
) -> EventColumns:  # fmt: skip
    """Events that are told as done, of labels up to ``clearance``.

    Only those are given that happened, were known and stood by the end of ``as_of``; without one, those that stand now.

    Args:
        since: the first day wanted. origins: only of these tables or coders; by default of all.
        replayed: give also the rows that newer ones have replaced since, so that ``EventColumns.until`` shows what
            was known on any day; ``as_of`` is then the last such day.
    """
    e = s.events.c
    query = select(
        type_coerce(e.day, String), type_coerce(e.known, BigInteger), e.source_country, e.target_country, e.cameo,
        e.goldstein, type_coerce(e.superseded, BigInteger), e.label,
    ).where(e.modality == "done", e.label <= int(clearance))  # fmt: skip
    if since is not None:
        query = query.where(e.day >= since)
    if origins is not None:
        query = query.where(e.origin.in_(sorted(origins)))
    if as_of is not None:
        query = query.where(e.day <= as_of, e.known < end_of(as_of))
    if not replayed:
        stands = e.superseded.is_(None)
        query = query.where(stands if as_of is None else stands | (e.superseded >= end_of(as_of)))
    rows = c.execute(query).fetchall()
    day, known, source, target, code, goldstein, ended, label = zip(*rows, strict=True) if rows else ((),) * 8
    days = {text: date.fromisoformat(text).toordinal() for text in set(day)}
    roots = {text: _root(text) for text in set(code)}
    names = tuple(sorted({name for name in (*set(source), *set(target)) if name}))
    at = {name: i for i, name in enumerate(names)}
    return columns(
        day=[days[text] for text in day], source=[at.get(name, NOWHERE) for name in source],
        target=[at.get(name, NOWHERE) for name in target], names=names, root=[roots[text] for text in code],
        goldstein=np.array(goldstein, dtype=np.float32) if rows else [], known=_ordinals(known),
        ended=[FOREVER if one is None else one // _DAY + _EPOCH for one in ended], label=label,
    )  # fmt: skip


def _ordinals(micros: Sequence[int]) -> npt.NDArray[np.int64]:
    return np.array(micros, dtype=np.int64) // _DAY + _EPOCH


def _root(code: str) -> int:
    root = int(code[:2]) if code[:2].isdigit() and len(code) >= 2 else 0
    return root if 1 <= root <= 20 else 0
