"""Desks: who follows what, how many alerts they can read a day, and where these are sent."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from domain.alert import SeriesKey
from domain.label import Label

ChannelKind = Literal["smtp", "webhook", "apprise", "rss", "log"]
DeskState = Literal["new", "acknowledged", "snoozed"]
EVERYTHING = "all"
"""The desk that follows everything; it is there without being made."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Channel:
    """One way out of the house for a desk's alerts.

    Attributes:
        name: within its desk. address: e-mail addresses separated by commas, a URL, or a file for ``rss`` and ``log``.
        digest: sends the day's digest too. alerts: sends each alert as it is raised.
        clearance: the highest label that may leave by it.
    """

    name: str
    kind: ChannelKind
    address: str
    alerts: bool = True
    digest: bool = False
    clearance: Label = Label.OPEN


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """A desk officer's place.

    Attributes:
        countries, dyads (pairs of sorted codes), watchlists: what it follows; with none of them it follows everything.
        budget: alerts a day that it can read; 0 means no limit.
        lang: of what it is sent: vi, en or fr. digest_hour: hour of its own day at which the digest is sent, or None.
        timezone: IANA name by which that hour is meant. clearance: the highest label it is shown.
    """

    name: str
    title: str = ""
    countries: tuple[str, ...] = ()
    dyads: tuple[tuple[str, str], ...] = ()
    watchlists: tuple[str, ...] = ()
    budget: float = 0.0
    lang: str = "en"
    digest_hour: int | None = None
    timezone: str = "Asia/Ho_Chi_Minh"
    clearance: Label = Label.TOP_SECRET
    channels: tuple[Channel, ...] = ()

    def follows(self, key: SeriesKey) -> bool:
        """Whether a series is the desk's business: its own, or one of a country it follows.

        >>> Desk(name="china", countries=("CN",)).follows(SeriesKey("dyad", ("CN", "VN")))
        True
        """
        if not (self.countries or self.dyads or self.watchlists):
            return True
        if key.kind == "watchlist":
            return key.subject[0] in self.watchlists
        if key.kind in ("dyad", "directed"):
            low, high = sorted(key.subject)
            return (low, high) in self.dyads or low in self.countries or high in self.countries
        return key.kind == "country" and key.subject[0] in self.countries


@dataclass(frozen=True, slots=True, kw_only=True)
class Judgement:
    """What an officer said of an alert: whether it was right to raise it."""

    alert_id: str
    desk: str
    right: bool
    at: datetime
    by: str
    note: str | None = None
