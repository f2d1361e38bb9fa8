"""Desks: who follows what, how many alerts they can read a day, and where these are sent."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal

from domain.alert import Alert, SeriesKey
from domain.label import Label

ChannelKind = Literal["smtp", "webhook", "apprise", "rss", "log"]
KINDS: tuple[ChannelKind, ...] = ("smtp", "webhook", "apprise", "rss", "log")
DeskState = Literal["new", "acknowledged", "snoozed"]
OutgoingState = Literal["waiting", "claimed", "sent", "uncertain", "failed", "withheld", "withdrawn", "dropped"]
EVERYTHING = "all"
"""The desk that follows everything; it is there without being made."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Channel:
    """One way out of the house for a desk's alerts.

    Attributes:
        name: within its desk. address: e-mail addresses separated by commas, a URL, or a file for ``rss`` and ``log``.
            ``${NAME}`` in a URL stands for an environment variable, so that no secret need be kept here.
        digest: sends the day's digest too. alerts: sends each alert as it is raised.
        clearance: the highest label that may leave by it.
        secret_env: the environment variable with the secret by which a webhook's messages are signed.
    """

    name: str
    kind: ChannelKind
    address: str
    alerts: bool = True
    digest: bool = False
    clearance: Label = Label.OPEN
    secret_env: str | None = None

    @property
    def shown(self) -> str:
        """The address as it may be printed and logged: of a URL no more than scheme and host, for it may hold a secret.

        >>> Channel(name="w", kind="webhook", address="https://hook.example:8443/t/s3cret?k=1").shown
        'https://hook.example:8443/...'
        >>> Channel(name="c", kind="apprise", address="tgram://123:abc/456").shown
        'tgram://...'
        """
        if self.kind in ("smtp", "rss", "log"):
            return self.address
        scheme, _, rest = self.address.partition("://")
        host = re.split(r"[/?#]", rest, maxsplit=1)[0].rpartition("@")[2]
        # To a chat service the place of the host is where the token stands.
        return f"{scheme[:20]}://{host}/..." if self.kind == "webhook" and "$" not in host else f"{scheme[:20]}://..."


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


@dataclass(frozen=True, slots=True, kw_only=True)
class Filed:
    """An alert in a desk's inbox.

    Attributes:
        day: when it came there. state: a snooze that is over counts as new.
        judgement: the desk's last word on whether it was right, of those it gave.
    """

    alert: Alert
    desk: str
    day: date
    state: DeskState = "new"
    snoozed_until: datetime | None = None
    assigned_to: str | None = None
    changed: datetime | None = None
    by: str | None = None
    judgement: Judgement | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Outgoing:
    """A line of the outbox: what has to leave, for whom, by which channel, and what became of it.

    Attributes:
        key: what it is and whom it is for; the same key never leaves twice.
        state: waiting; claimed, a sender has begun; sent; uncertain, it may have left; failed, given up; withheld, its
            label is above the channel's; withdrawn, its alert is no longer there; dropped, by an operator or with its
            channel.
    """

    id: int
    key: str
    kind: str
    alert_id: str | None
    desk: str
    channel: str
    body: dict[str, object]
    label: Label
    created: datetime
    state: OutgoingState
    tries: int
    next_try: datetime | None
    claimed: datetime | None
    sent: datetime | None
    error: str | None
