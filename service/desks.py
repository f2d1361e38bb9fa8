"""Desks: who follows what, the alerts that came to each of them, and what their officers do about these.

A reader sees of a desk's inbox what both the reader and the desk are cleared for.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from sqlalchemy import Connection

from alerts.delivery import chat
from alerts.delivery.smtp import addresses
from alerts.delivery.words import LANGUAGES
from domain.alert import Alert
from domain.desk import EVERYTHING, KINDS, Channel, Desk, DeskState, Filed, Judgement
from domain.errors import BlockedError, InputError, NotFoundError
from domain.label import Label
from domain.time import end_of, now
from index.store import alerts as alert_store
from index.store import desks as store
from index.store import outgoing
from index.store import sources as source_store
from index.store.schema import AnyRow
from ingest.fetch import check_url
from service.wiring import Home

LOG = "log"
LOCAL = ("log", "rss")
"""Kinds of channel that stay on this machine: they may be written again, and are never too late."""
_NAME = 60
_STAGE = "desks"


# --- the desks themselves


def desks(home: Home) -> list[Desk]:
    """All desks, the one that follows everything first."""
    with home.read() as c:
        return store.desks(c)


def desk(home: Home, name: str = EVERYTHING) -> Desk:
    """A desk by its name.

    Raises:
        NotFoundError: there is none.
    """
    with home.read() as c:
        return _named(c, name)


def _named(c: Connection, name: str) -> Desk:
    for one in store.desks(c):
        if one.name == name:
            return one
    raise NotFoundError("no such desk", item=name, stage=_STAGE)


def save(home: Home, one: Desk) -> Desk:
    """Make a desk, or change the one of this name; the alerts there are come to its inbox, unsent, if it follows now
    what it did not follow before.

    Raises:
        InputError: something of it makes no sense, or lies above the reader's clearance.
    """
    _check(home, one)
    at = now()
    with home.write() as c:
        old = next((x for x in store.desks(c) if x.name == one.name), None)
        store.save_desk(c, one)
        if old is None or old.budget != one.budget:
            store.hold_budget(c, one.name, at.date())
        if one.digest_hour is None:
            store.digest_done(c, one.name, None)
        elif store.digest_due(c, one.name) is None:
            store.digest_done(c, one.name, at)  # the first one is that of the next such hour
        for alert in alert_store.load_alerts(c):
            # What its budget or its threshold kept from it is not brought to it by a new address.
            if one.follows(alert.key.bare) and not (old is not None and old.follows(alert.key.bare)):
                store.file(c, alert, one.name, day=alert.opened, at=at)
        source_store.note(c, at=at, action="desk", subject=one.name, detail="saved")
    return one


def remove(home: Home, name: str) -> None:
    """Delete a desk with its inbox and channels; its verdicts stay. The desk that follows everything becomes plain.

    Raises:
        NotFoundError: there is none of this name.
    """
    with home.write() as c:
        store.drop_desk(c, name)
        outgoing.forget_desk(c, name)
        store.digest_done(c, name, None)
        source_store.note(c, at=now(), action="desk", subject=name, detail="removed")


def set_budget(home: Home, name: str, alerts_a_day: float) -> Desk:
    """Change how many alerts a day a desk can read; 0 means no limit."""
    return save(home, replace(desk(home, name), budget=alerts_a_day))


def add_channel(home: Home, name: str, channel: Channel) -> Desk:
    """Give a desk a way out, or change the one of this name.

    Raises:
        NotFoundError: no such desk. InputError: the channel's address is none, or it is cleared above the reader.
    """
    one = desk(home, name)
    others = tuple(x for x in one.channels if x.name != channel.name)
    return save(home, replace(one, channels=(*others, channel)))


def remove_channel(home: Home, name: str, channel: str) -> Desk:
    """Take a way out away; what waits for it is dropped.

    Raises:
        NotFoundError: no such desk, or it has no such channel.
    """
    one = desk(home, name)
    kept = tuple(x for x in one.channels if x.name != channel)
    if len(kept) == len(one.channels):
        raise NotFoundError("no such channel", item=f"{name}/{channel}", stage=_STAGE)
    with home.writing():
        saved = save(home, replace(one, channels=kept))
        with home.write() as c:
            outgoing.forget_desk(c, name, channel=channel)
    return saved


def channels_of(home: Home, one: Desk) -> tuple[Channel, ...]:
    """A desk's ways out; the one that follows everything has the record of all alerts too, unless configured off."""
    if one.name != EVERYTHING or home.settings.alerts.delivery == "none":
        return one.channels
    record = Channel(name=LOG, kind="log", address="alerts.jsonl", clearance=Label.TOP_SECRET)
    return (record, *(x for x in one.channels if x.name != LOG))


def file_of(home: Home, channel: Channel) -> Path:
    """The file of a channel that is one: below the home, unless its address is a whole path."""
    return home.path / channel.address


def _check(home: Home, one: Desk) -> None:
    def refuse(reason: str) -> InputError:
        return InputError(reason, item=one.name, stage=_STAGE)

    if not one.name.strip() or len(one.name) > _NAME or not one.name.isprintable() or "/" in one.name:
        raise refuse(f"a desk's name has up to {_NAME} printable characters and no stroke")
    if one.lang not in LANGUAGES:
        raise refuse(f"unknown language {one.lang!r}; known: {', '.join(LANGUAGES)}")
    if one.digest_hour is not None and not 0 <= one.digest_hour <= 23:
        raise refuse("the hour of the digest lies between 0 and 23")
    if not 0 <= one.budget < float("inf"):
        raise refuse("a budget is 0 or more alerts a day")
    try:
        ZoneInfo(one.timezone)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise refuse(f"unknown time zone {one.timezone!r}; one is Asia/Ho_Chi_Minh") from None
    with home.read() as c:
        old = next((x for x in store.desks(c) if x.name == one.name), None)
    reader = home.settings.reader.clearance
    if one.clearance > max(reader, Label.OPEN if old is None else old.clearance):
        raise refuse(f"a desk cannot be cleared above its maker: {one.clearance.text} above {reader.text}")
    names = [x.name for x in one.channels]
    if len(set(names)) < len(names):
        raise refuse("two channels have one name")
    for channel in one.channels:
        if old is not None and channel in old.channels:
            continue
        _check_channel(home, channel, item=f"{one.name}/{channel.name}")


def _check_channel(home: Home, channel: Channel, *, item: str) -> None:
    reason, address = None, channel.address.strip()
    if not channel.name.strip() or len(channel.name) > _NAME or not channel.name.isprintable() or "/" in channel.name:
        reason = f"a channel's name has up to {_NAME} printable characters and no stroke"
    elif channel.kind not in KINDS:
        reason = f"unknown kind {channel.kind!r}; known: {', '.join(KINDS)}"
    elif channel.clearance > home.settings.reader.clearance:
        reason = f"a channel cannot be cleared above its maker: {channel.clearance.text}"
    elif channel.kind == "smtp":
        try:
            addresses(address)
        except ValueError as error:
            reason = str(error)
    elif channel.kind == "webhook" and "${" not in address:
        try:
            check_url(address)
        except BlockedError as error:
            reason = error.reason
    elif channel.kind == "apprise" and not address.startswith("${"):
        reason = chat.refusal(address)
    elif channel.kind in LOCAL:
        reason = _file_refused(home, channel)
    if reason is not None:
        raise InputError(reason, item=item, stage=_STAGE)


def _file_refused(home: Home, channel: Channel) -> str | None:
    path, suffixes = Path(channel.address), {"rss": (".xml", ".rss"), "log": (".jsonl",)}[channel.kind]
    if path.suffix not in suffixes or path.name.startswith("."):
        return f"a file for {channel.kind} ends in {' or '.join(suffixes)}"
    if not path.is_absolute() and not (home.path / path).resolve().is_relative_to(home.path.resolve()):
        return "a file outside the home folder is named by its whole path"
    return None


# --- what comes to them


def announce(
    home: Home, c: Connection, raised: Sequence[Alert], *, today: date, kind: str = "alert",
    to: Mapping[str, Collection[str]] | None = None, on: date | None = None,
) -> None:  # fmt: skip
    """Put alerts into the inboxes and the outbox of the desks they are for, in the caller's transaction.

    That is every desk that follows an alert's subject, or those that ``to`` names by the alert's id. They are told of
    something ``on`` a day: an alert's opening unless said otherwise, for an ``escalation`` today. What was longer
    before ``today`` than the settings say comes to the inbox, and does not leave the house. An escalation ends a
    snooze, and is told again, once a day.
    """
    at = now()
    stale = timedelta(days=home.settings.delivery.stale_days)
    every = store.desks(c)
    for alert in raised:
        day = on or (alert.opened if kind == "alert" else today)
        late = bool(stale) and today - day > stale
        for one in every:
            named = one.name in to.get(alert.id, ()) if to is not None else one.follows(alert.key.bare)
            if not named:
                continue
            store.file(c, alert, one.name, day=day, at=at)
            if kind == "escalation":
                store.wake(c, alert.id, one.name, at=at)
            for channel in channels_of(home, one):
                if channel.alerts:
                    old = late and channel.kind not in LOCAL
                    outgoing.post(
                        c, alert, channel=channel.name, desk=one.name, at=at, kind=kind,
                        once_more="" if kind == "alert" else day.isoformat(),
                        dropped=f"it is of {day}, {(today - day).days} days past" if old else None,
                    )  # fmt: skip


def inbox(
    home: Home, name: str = EVERYTHING, *, state: DeskState | None = None, as_of: date | None = None,
    standing: str | None = None,
) -> list[Filed]:  # fmt: skip
    """A desk's alerts that reader and desk may see, the newest first; of one state, or all.

    Args:
        as_of: the alerts as they stood at the end of that day; what officers did later is not done yet.
        standing: only open or only closed ones.

    Raises:
        NotFoundError: no such desk.
    """
    with home.read() as c:
        return filed(home, c, _named(c, name), state=state, as_of=as_of, standing=standing)


def filed(
    home: Home, c: Connection, one: Desk, *, state: DeskState | None = None, as_of: date | None = None,
    standing: str | None = None, clearance: Label = Label.TOP_SECRET, only: str | None = None,
) -> list[Filed]:  # fmt: skip
    """As ``inbox``, on a connection, for whoever is cleared no higher than ``clearance``; ``only`` one alert."""
    level = min(clearance, one.clearance, home.settings.reader.clearance)
    rows = store.filed(c, one.name, only=only)
    if one.name == EVERYTHING:
        ids = None if only is None else [only]
        found = alert_store.load_alerts(c, clearance=level, as_of=as_of, state=standing, ids=ids)
    else:
        lots = (alert_store.load_alerts(c, clearance=level, as_of=as_of, state=standing, ids=lot)
                for lot in store.parts(rows))  # fmt: skip
        found = sorted((x for lot in lots for x in lot), key=lambda x: (-x.opened.toordinal(), -x.score, x.id))
    verdicts = {said.alert_id: said for said, _ in store.judgements(c, clearance=level, desk=one.name)}
    until = now() if as_of is None else end_of(as_of)
    told = (_filed(alert, one.name, rows.get(alert.id), verdicts.get(alert.id), until) for alert in found)
    return [x for x in told if state is None or x.state == state]


def _filed(alert: Alert, name: str, row: AnyRow | None, said: Judgement | None, until: datetime) -> Filed:
    if row is None or (row.by is not None and row.changed >= until):
        acknowledged = name == EVERYTHING and alert.acknowledged is not None
        return Filed(
            alert=alert, desk=name, day=alert.opened if row is None else row.day,
            state="acknowledged" if acknowledged else "new", by=alert.acknowledged_by if acknowledged else None,
            changed=alert.acknowledged, judgement=said if said is not None and said.at < until else None,
        )  # fmt: skip
    over = row.state == "snoozed" and (row.snoozed_until is None or row.snoozed_until <= until)
    return Filed(
        alert=alert, desk=name, day=row.day, state="new" if over else row.state,
        snoozed_until=None if over else row.snoozed_until, assigned_to=row.assigned_to, changed=row.changed, by=row.by,
        judgement=said if said is not None and said.at < until else None,
    )  # fmt: skip


# --- what officers do


def acknowledge(home: Home, alert_id: str, *, by: str, name: str = EVERYTHING, note: str | None = None) -> Filed:
    """Note that a desk has taken an alert in.

    Raises:
        NotFoundError: no such desk, or no such alert in its inbox that this reader may see.
    """
    with home.write() as c:
        _, found = _at_desk(home, c, name, alert_id)
        at = now()
        if name == EVERYTHING:
            alert_store.acknowledge(c, alert_id, at=at, by=by, note=note)  # with its line in the audit
        action = "" if name == EVERYTHING else "acknowledge"
        store.change(c, alert_id, name, day=found.day, at=at, by=by, action=action, detail=note or "",
                     values={"state": "acknowledged", "snoozed_until": None})  # fmt: skip
        return _at_desk(home, c, name, alert_id)[1]


def snooze(home: Home, alert_id: str, *, until: datetime, by: str, name: str = EVERYTHING) -> Filed:
    """Put an alert aside at a desk up to a moment, or until it gets worse.

    Raises:
        InputError: the moment is past. NotFoundError: as ``acknowledge``.
    """
    at = now()
    if until <= at:
        raise InputError("this moment is past", item=until.isoformat(), stage=_STAGE)
    with home.write() as c:
        _, found = _at_desk(home, c, name, alert_id)
        store.change(c, alert_id, name, day=found.day, at=at, by=by, action="snooze", detail=until.isoformat(),
                     values={"state": "snoozed", "snoozed_until": until})  # fmt: skip
        return _at_desk(home, c, name, alert_id)[1]


def assign(home: Home, alert_id: str, *, to: str | None, by: str, name: str = EVERYTHING) -> Filed:
    """Give an alert to somebody at a desk; to nobody with None.

    Raises:
        NotFoundError: as ``acknowledge``.
    """
    who = (to or "").strip()[:200] or None
    with home.write() as c:
        _, found = _at_desk(home, c, name, alert_id)
        store.change(c, alert_id, name, day=found.day, at=now(), by=by, action="assign", detail=who or "nobody",
                     values={"assigned_to": who})  # fmt: skip
        return _at_desk(home, c, name, alert_id)[1]


def mark(home: Home, alert_id: str, *, right: bool, by: str, name: str = EVERYTHING, note: str | None = None) -> Filed:
    """Say whether it was right to raise an alert. The last word of a desk counts, and every one is kept.

    Raises:
        NotFoundError: as ``acknowledge``.
    """
    with home.write() as c:
        one, found = _at_desk(home, c, name, alert_id)
        at = now()
        said = Judgement(alert_id=alert_id, desk=one.name, right=right, at=at, by=by, note=note)
        store.judge(c, said, found.alert)
        source_store.note(c, at=at, action="verdict", subject=alert_id,
                          detail=f"{by} at {one.name}: {'right' if right else 'wrong'}")  # fmt: skip
        return _at_desk(home, c, name, alert_id)[1]


def _at_desk(home: Home, c: Connection, name: str, alert_id: str) -> tuple[Desk, Filed]:
    one = _named(c, name)
    if found := filed(home, c, one, only=alert_id):
        return one, found[0]
    where = "" if name == EVERYTHING else f" at the desk {name}"
    raise NotFoundError(f"no such alert{where}", item=alert_id, stage="alerts")


# --- verdicts


def verdicts(home: Home, name: str | None = None, *, last: bool = True) -> list[Judgement]:
    """What desks said of alerts, in the order they said it; with ``last`` each desk's last word on each alert."""
    with home.read() as c:
        found = store.judgements(c, clearance=home.settings.reader.clearance, desk=name, last=last)
    return [said for said, _ in found]


def verdicts_for_calibration(home: Home) -> list[tuple[float, bool]]:
    """(probability it was raised with, whether it was right) of each desk's last word on each alert that has one."""
    with home.read() as c:
        found = store.judgements(c, clearance=home.settings.reader.clearance)
    return [(chance, said.right) for said, chance in found if chance is not None]
