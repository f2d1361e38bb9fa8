"""``vedette alerts``."""

from __future__ import annotations

import getpass
import os
from datetime import UTC, date, datetime
from typing import Any
from zoneinfo import ZoneInfo

import click

from domain.alert import Alert, SeriesKey, Watchlist, parse_series
from domain.desk import EVERYTHING, Filed
from domain.errors import InputError, NotFoundError
from domain.jsonable import plain
from domain.time import parse_instant
from index.store import alerts as store
from index.store import events as event_store
from interfaces.cli.common import Day, command, echo_json, opened, progress, shown
from interfaces.cli.forecast import show_precedents
from interfaces.cli.sources import ago
from service import desks, forecasting, watch
from service import scan as scanning
from service.names import country_code, country_names
from service.wiring import Home


@click.group()
def alerts() -> None:
    """Early warning: one alert an episode, with its baseline, its evidence and the health of its sources."""


@alerts.command("scan")
@click.option("--as-of", type=Day(), help="Scan up to the end of this day.  [default: today]")
@command
def scan(as_of: date | None, home_path: str | None, as_json: bool) -> None:
    """Scan the days since the last scan and raise what left its baseline; prints the alerts raised now."""
    with opened(home_path) as home, progress(what="scan", as_json=as_json) as tell:
        raised = scanning.scan(home, as_of=as_of, progress=tell)
    _print(raised, as_json=as_json, empty="Nothing new was raised.")


@alerts.command("list")
@click.option("--as-of", type=Day(), help="As things stood at the end of this day.")
@click.option("--state", type=click.Choice(["open", "closed"]), help="Only open or closed ones.")
@click.option("--suppressed", is_flag=True, help="What fired and was not raised, with the reason.")
@command
def list_(as_of: date | None, state: str | None, suppressed: bool, home_path: str | None, as_json: bool) -> None:
    """Alerts, newest first."""
    with opened(home_path) as home:
        if suppressed:
            for row in (dict(row._mapping) for row in scanning.suppressed(home, as_of=as_of)):
                echo_json(row) if as_json else click.echo(f"{row['day']}  {row['series']}  {shown(row['reason'])}")
            return
        found = scanning.listed(home, as_of=as_of, state=state)
    _print(found, as_json=as_json, empty="There are no alerts. `vedette alerts scan` looks for some.")


@alerts.command("ack")
@click.argument("alert_id")
@click.option("--desk", default=EVERYTHING, show_default=True, help="At this desk.")
@click.option("--by", help="Who takes it in.  [default: the user]")
@click.option("--note", help="A remark to keep with it.")
@command
def ack(alert_id: str, desk: str, by: str | None, note: str | None, home_path: str | None, as_json: bool) -> None:
    """Acknowledge an alert at a desk."""
    with opened(home_path) as home:
        done = desks.acknowledge(home, alert_id, by=by or user(), note=note, name=desk)
    _print_filed(done, as_json=as_json)


@alerts.command("snooze")
@click.argument("alert_id")
@click.option("--until", required=True, help="Up to this day (in the desk's time zone) or moment (ISO 8601).")
@click.option("--desk", default=EVERYTHING, show_default=True, help="At this desk.")
@click.option("--by", help="Who puts it aside.  [default: the user]")
@command
def snooze(alert_id: str, until: str, desk: str, by: str | None, home_path: str | None, as_json: bool) -> None:
    """Put an alert aside at a desk for a while; it comes back by itself, or when it gets worse."""
    with opened(home_path) as home:
        moment = _moment(until, zone=desks.desk(home, desk).timezone)
        done = desks.snooze(home, alert_id, until=moment, by=by or user(), name=desk)
    _print_filed(done, as_json=as_json)


@alerts.command("assign")
@click.argument("alert_id")
@click.option("--to", required=True, help="To whom; to nobody where empty.")
@click.option("--desk", default=EVERYTHING, show_default=True, help="At this desk.")
@click.option("--by", help="Who says so.  [default: the user]")
@command
def assign(alert_id: str, to: str, desk: str, by: str | None, home_path: str | None, as_json: bool) -> None:
    """Give an alert to somebody at a desk."""
    with opened(home_path) as home:
        done = desks.assign(home, alert_id, to=to, by=by or user(), name=desk)
    _print_filed(done, as_json=as_json)


@alerts.command("mark")
@click.argument("alert_id")
@click.argument("verdict", type=click.Choice(["right", "wrong"]))
@click.option("--desk", default=EVERYTHING, show_default=True, help="At this desk.")
@click.option("--by", help="Who says so.  [default: the user]")
@click.option("--note", help="Why.")
@command
def mark(
    alert_id: str, verdict: str, desk: str, by: str | None, note: str | None, home_path: str | None, as_json: bool
) -> None:
    """Say whether it was right to raise an alert; the last word counts, and every one is kept."""
    with opened(home_path) as home:
        done = desks.mark(home, alert_id, right=verdict == "right", by=by or user(), name=desk, note=note)
    _print_filed(done, as_json=as_json)


@alerts.command("budget")
@click.argument("desk")
@click.argument("alerts_a_day", type=click.FloatRange(min=0))
@command
def budget(desk: str, alerts_a_day: float, home_path: str | None, as_json: bool) -> None:
    """Say how many alerts a day DESK can read; 0 means no limit."""
    with opened(home_path) as home:
        one = desks.set_budget(home, desk, alerts_a_day)
    if as_json:
        echo_json({"desk": one.name, "budget": one.budget})
    else:
        click.echo(f"{shown(one.name)}: " + (f"{one.budget:g} alerts a day" if one.budget else "no limit"))


@alerts.command("mute")
@click.argument("series")
@click.option("--until", type=Day(), help="Up to this day.  [default: until lifted]")
@click.option("--reason", default="", help="Why; kept and shown with what is suppressed.")
@click.option("--lift", is_flag=True, help="Lift the mute.")
@command
def mute(series: str, until: date | None, reason: str, lift: bool, home_path: str | None, as_json: bool) -> None:
    """Mute a SERIES: dyad:CN-VN, country:VN, watchlist:NAME, or "China,Vietnam", or an alert's id."""
    with opened(home_path) as home:
        key = _series(home, series)
        if lift:
            was = scanning.unmute(home, key)
            value: dict[str, Any] = {"series": str(key), "lifted": was}
        else:
            one = scanning.mute(home, key, until=until, reason=reason)
            value = {"series": str(key), "until": plain(one.until), "reason": one.reason}
    if as_json:
        echo_json(value)
    else:
        click.echo(f"{key}: {'no longer muted' if lift else 'muted'}")


@alerts.group("watchlist")
def watchlist() -> None:
    """Watchlists: words, entities and a sentence matched by meaning."""


@watchlist.command("add")
@click.argument("name")
@click.option("--word", "words", multiple=True, help="A word or phrase, in any language; found without diacritics too.")
@click.option("--entity", "entities", multiple=True, help="A canonical entity: iso:VN, body:asean ... (see `show`).")
@click.option("--sentence", help="A sentence; passages that mean about the same count.")
@click.option("--threshold", type=click.FloatRange(0, 1), default=0.55, show_default=True, help="How near in meaning.")
@click.option("--require", multiple=True, help="An entity of which one must be named as well.")
@command
def watchlist_add(
    name: str, words: tuple[str, ...], entities: tuple[str, ...], sentence: str | None, threshold: float,
    require: tuple[str, ...], home_path: str | None, as_json: bool,
) -> None:  # fmt: skip
    """Add a watchlist, or change the one of this name, and match what is held against it."""
    one = Watchlist(name=name, words=words, entities=entities, sentence=sentence, threshold=threshold, require=require)
    with opened(home_path) as home:
        n = watch.add(home, one)
    if as_json:
        echo_json({**plain(one), "documents": n})
    else:
        click.echo(f"{shown(name)}: {n} documents match")


@watchlist.command("list")
@command
def watchlist_list(home_path: str | None, as_json: bool) -> None:
    """All watchlists."""
    with opened(home_path) as home, home.read() as c:
        found = store.watchlists(c)
    for one in found:
        if as_json:
            echo_json(one)
        else:
            click.echo(
                f"{shown(one.name)}: {shown(', '.join((*one.words, *one.entities)))} {shown(one.sentence or '')}"
            )


@watchlist.command("remove")
@click.argument("name")
@command
def watchlist_remove(name: str, home_path: str | None, as_json: bool) -> None:
    """Delete a watchlist; the alerts that it raised stay."""
    with opened(home_path) as home, home.write() as c:
        store.drop_watchlist(c, name)
    echo_json({"removed": name}) if as_json else click.echo(f"removed {shown(name)}")


def user() -> str:
    """Who is at the terminal; a number where the system has no name for it."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return f"user {os.getuid()}"


def _series(home: Home, text: str) -> SeriesKey:
    for one in scanning.listed(home):
        if one.id == text:
            return one.key
    try:
        key = parse_series(text)
    except ValueError:
        codes = [country_code(part) for part in text.split(",")]
    else:
        if key.kind == "watchlist":
            with home.read() as c:
                if key.subject[0] not in {one.name for one in store.watchlists(c)}:
                    raise NotFoundError("no such watchlist", item=key.subject[0], stage="alerts")
            return key
        codes = [country_code(part) for part in key.subject]
    if len(codes) == 1:
        return SeriesKey("country", (codes[0],))
    if len(codes) == 2 and codes[0] != codes[1]:
        return SeriesKey("dyad", tuple(sorted(codes)))
    raise InputError("not a series: give dyad:CN-VN, country:VN, watchlist:NAME or two countries", item=text)


def _moment(text: str, *, zone: str) -> datetime:
    try:
        if len(text.strip()) == len("2026-01-31"):
            day = date.fromisoformat(text.strip())
            return datetime(day.year, day.month, day.day, tzinfo=ZoneInfo(zone)).astimezone(UTC)
        return parse_instant(text)
    except (ValueError, OverflowError) as error:
        raise InputError("not a day or a moment (YYYY-MM-DD, or ISO 8601)", item=text, stage="alerts") from error


def _print_filed(one: Filed, *, as_json: bool) -> None:
    """An alert with how it stands at a desk."""
    said = None if one.judgement is None else {"right": one.judgement.right, "by": one.judgement.by}
    if as_json:
        at_desk = {"desk": one.desk, "desk_state": one.state, "snoozed_until": plain(one.snoozed_until),
                   "assigned_to": one.assigned_to, "verdict": said}  # fmt: skip
        echo_json({**alert_json(one.alert), **at_desk})
        return
    show_alert(one.alert)
    facts: list[str] = [one.state]
    if one.snoozed_until is not None:
        facts.append(f"until {one.snoozed_until:%Y-%m-%d %H:%M} UTC")
    if one.assigned_to:
        facts.append(f"with {shown(one.assigned_to)}")
    if one.judgement is not None:
        facts.append(f"marked {'right' if one.judgement.right else 'wrong'}")
    click.echo(f"    at the desk {shown(one.desk)}: {', '.join(facts)}")


def alert_json(one: Alert) -> dict[str, Any]:
    """An alert as the contract prints it: date, dyad by name, score, title; then all that is behind it."""
    names = country_names()
    value = plain(one)
    value.pop("key")
    dyad = [names.get(code, code) for code in one.key.subject] if one.key.kind == "dyad" else []
    return {"date": one.opened.isoformat(), "dyad": dyad, "series": str(one.key), **value, "score": round(one.score, 4)}


def _print(found: list[Alert], *, as_json: bool, empty: str) -> None:
    if as_json:
        for one in found:
            echo_json(alert_json(one))
        return
    if not found:
        click.echo(empty)
    for one in found:
        show_alert(one)


@alerts.command("show")
@click.argument("alert_id")
@command
def show(alert_id: str, home_path: str | None, as_json: bool) -> None:
    """One alert with all that explains it: figures, reasons, evidence, sources, and what followed past ones like it."""
    with opened(home_path) as home:
        one = scanning.found(home, alert_id)
        with home.read() as c:
            level = home.settings.reader.clearance
            coded = event_store.by_ids(c, one.explanation.get("events", ()), clearance=level)
        past = forecasting.precedents(home, one.key, onset=one.opened) if one.key.kind in ("dyad", "country") else None
    if as_json:
        echo_json({**alert_json(one), "precedents": plain(past)})
        return
    show_alert(one)
    told = one.explanation
    for row in coded:
        said = f"{row.source_actor} to {row.target_actor}, CAMEO {row.cameo}"
        click.echo(f"    event of {row.day}: {shown(said)} ({shown(row.origin)})")
    for reason, weight in told.get("drivers", ()):
        click.echo(f"    {'raises' if weight > 0 else 'lowers'} the odds by {abs(weight):.2f}: {shown(str(reason))}")
    if note := told.get("reading", {}).get("note"):
        click.echo(f"    {shown(str(note))}")
    for step in told.get("escalations", ()):
        click.echo(f"    {step['day']}: from {step['from']} to {step['to']}")
    if past is not None and past.searched:
        show_precedents(past)


def show_alert(one: Alert) -> None:
    """Print an alert for a person."""
    state = "acknowledged" if one.acknowledged else one.state
    click.secho(f"{one.opened}  {shown(one.title)}", bold=True)
    click.echo(f"    {one.id}  {one.key}  {state} to {one.last}  score {one.score:.1f}  peak {one.peak} a day")
    told = one.explanation
    if told:
        click.echo(f"    probability {told.get('probability', 0):.0%} of an onset, {told.get('severity', '')}; "
                   f"counted in {'coded events' if told.get('measure') == 'hostile' else 'documents'}")  # fmt: skip
        click.echo(f"    {shown(str(told.get('counterfactual', '')))}")
    for signal in one.signals:
        chance = "" if signal.p_value is None else f", chance {signal.p_value:.1e}"
        click.echo(f"    {signal.detector}: {signal.observed} on {signal.day} against {signal.expected:.2f} expected "
                   f"from {signal.window[0]} to {signal.window[1]}{chance}{'' if signal.fired else ' (did not fire)'}")  # fmt: skip
    for item in one.evidence[:5]:
        story = "" if item.story_id is None else f"  story {item.story_id}"
        click.echo(f"    {item.lang}  {shown(item.source)}: {shown(item.title)}  {item.document_id}{story}")
    if len(one.evidence) > 5:
        click.echo(f"    and {len(one.evidence) - 5} documents more")
    silent = [h for h in one.health if h.state != "healthy"]
    if silent:
        ages = (f"{shown(h.source)} {h.state}" + (f" ({ago(h.content_age)})" if h.content_age else "") for h in silent)
        click.echo(f"    not to be heard: {', '.join(ages)}")
