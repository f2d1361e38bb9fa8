"""A home with desks whose alerts are put in by hand, so that what is sent can be tried without reading anything."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from domain.alert import Alert, SeriesKey
from domain.desk import Channel, Desk, Outgoing
from domain.ids import alert_id
from domain.label import Label
from index.store import alerts as store
from index.store import outgoing
from service import desks
from service.config import load
from service.wiring import Home, open_home

DAY = date(2014, 5, 2)
DYAD = SeriesKey("dyad", ("CN", "VN"))


class Clock:
    """A clock that goes when it is told."""

    def __init__(self, at: datetime = datetime(2026, 5, 4, 12, tzinfo=UTC)) -> None:
        self.at = at

    def __call__(self) -> datetime:
        return self.at

    def go(self, **span: float) -> None:
        self.at += timedelta(**span)


def an_alert(
    day: date = DAY, *, key: SeriesKey = DYAD, label: Label = Label.OPEN, title: str = "China and Vietnam: 7 reports",
    peak: int = 7,
) -> Alert:  # fmt: skip
    return Alert(
        id=alert_id(series=str(key), opened=day.isoformat()), key=key, title=title, opened=day, last=day, state="open",
        score=7.25, observed=7, expected=0.26, peak=peak, signals=(), label=label,
    )  # fmt: skip


def raise_alerts(home: Home, *alerts: Alert, today: date | None = None, kind: str = "alert") -> None:
    with home.write() as c:
        for one in alerts:
            store.save_alert(c, one)
        desks.announce(home, c, alerts, today=today or max(one.opened for one in alerts), kind=kind)


def opened(path: Path, **delivery: object) -> Home:
    """A home whose settings of delivery are these; the loopback's hosts are let through unless they say otherwise."""
    settings = load(path, environ={})
    given = {"allow_hosts": ("127.0.0.1", "localhost"), "smtp_security": "off", "smtp_host": "127.0.0.1",
             "seconds": 5.0, "sender": "Vedette <vedette@mfa.example>", **delivery}  # fmt: skip
    chosen = replace(settings.delivery, **given)  # type: ignore[arg-type]
    return open_home(path, settings=replace(settings, delivery=chosen))


@contextmanager
def a_home(path: Path, **delivery: object) -> Iterator[Home]:
    """The same, closed in the end."""
    made = opened(path, **delivery)
    try:
        yield made
    finally:
        made.close()


def a_desk(home: Home, *channels: Channel, name: str = "sea", **changes: object) -> Desk:
    return desks.save(home, replace(Desk(name=name, channels=channels), **changes))  # type: ignore[arg-type]


def lines(home: Home, *, desk: str = "sea") -> list[Outgoing]:
    with home.read() as c:
        return outgoing.listed(c, desk=desk, states=None)


def states(home: Home, *, desk: str = "sea") -> dict[str, str]:
    return {one.channel: one.state for one in reversed(lines(home, desk=desk))}
