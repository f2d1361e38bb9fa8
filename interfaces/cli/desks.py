"""``vedette desks``."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import click

from domain.desk import EVERYTHING, KINDS, Channel, Desk, Outgoing
from domain.errors import InputError, ItemError, NotFoundError, QueryError
from domain.jsonable import plain
from domain.label import Label, parse_label
from domain.time import now
from index.store import alerts as alert_store
from interfaces.cli.alerts import user
from interfaces.cli.common import FAILED, command, echo_json, opened, shown
from service import delivering, digest
from service import desks as service
from service.names import country_code
from service.wiring import Home


@click.group()
def desks() -> None:
    """Desks: who follows what, how many alerts they can read a day, and where these are sent."""


@desks.command("add")
@click.argument("name")
@click.option("--title", help="Its name as it stands in what it is sent.")
@click.option("--country", "countries", multiple=True, help="A country it follows, by code or name.")
@click.option("--dyad", "dyads", multiple=True, metavar="A,B", help="A pair of countries it follows.")
@click.option("--watchlist", "watchlists", multiple=True, help="A watchlist it follows.")
@click.option("--budget", type=click.FloatRange(min=0), help="Alerts a day that it can read; 0: no limit.")
@click.option("--lang", help="Language of what it is sent: vi, en or fr.")
@click.option("--digest-hour", type=click.IntRange(0, 23), help="Hour of its own day at which it gets a digest.")
@click.option("--no-digest", is_flag=True, help="It gets no digest any more.")
@click.option("--timezone", help="Its time zone, as Asia/Ho_Chi_Minh.")
@click.option("--clearance", help="The highest handling label it is shown.  [default: the reader's]")
@command
def add(
    name: str, title: str | None, countries: tuple[str, ...], dyads: tuple[str, ...], watchlists: tuple[str, ...],
    budget: float | None, lang: str | None, digest_hour: int | None, no_digest: bool, timezone: str | None,
    clearance: str | None, home_path: str | None, as_json: bool,
) -> None:  # fmt: skip
    """Add a desk, or change the one of this NAME: what is not given stays as it is.

    With no country, dyad or watchlist it follows everything. The desk "all" is always there.
    """
    with opened(home_path) as home:
        try:
            one = service.desk(home, name)
        except NotFoundError:
            one = Desk(name=name, clearance=home.settings.reader.clearance)
        _known(home, watchlists)
        given: dict[str, Any] = {
            "title": title, "budget": budget, "lang": lang, "timezone": timezone,
            "digest_hour": digest_hour, "watchlists": watchlists or None,
            "countries": tuple(country_code(x) for x in countries) or None,
            "dyads": tuple(_pair(x) for x in dyads) or None,
            "clearance": None if clearance is None else _label(clearance),
        }  # fmt: skip
        one = replace(one, **{key: value for key, value in given.items() if value is not None})
        one = service.save(home, replace(one, digest_hour=None) if no_digest else one)
    echo_json(desk_json(one)) if as_json else _print(one)


@desks.command("list")
@command
def list_(home_path: str | None, as_json: bool) -> None:
    """All desks with their channels."""
    with opened(home_path) as home:
        for one in service.desks(home):
            one = replace(one, channels=service.channels_of(home, one))
            echo_json(desk_json(one)) if as_json else _print(one)


@desks.command("remove")
@click.argument("name")
@command
def remove(name: str, home_path: str | None, as_json: bool) -> None:
    """Delete a desk; what waits for it is dropped, its verdicts stay."""
    with opened(home_path) as home:
        service.remove(home, name)
    echo_json({"removed": name}) if as_json else click.echo(f"removed {shown(name)}")


@desks.group("channel")
def channel() -> None:
    """A desk's ways out of the house: e-mail, webhook, chat services, a feed."""


@channel.command("add")
@click.argument("desk")
@click.argument("kind", type=click.Choice(KINDS))
@click.argument("address")
@click.option("--name", help="What it is called.  [default: its kind]")
@click.option("--digest/--no-digest", default=False, show_default=True, help="Send the daily digest by it.")
@click.option("--alerts/--no-alerts", default=True, show_default=True, help="Send each alert by it.")
@click.option("--clearance", default="open", show_default=True, help="The highest handling label that may leave by it.")
@click.option("--secret-env", help="Environment variable with the secret that signs a webhook's messages.")
@command
def channel_add(
    desk: str, kind: str, address: str, name: str | None, digest: bool, alerts: bool, clearance: str,
    secret_env: str | None, home_path: str | None, as_json: bool,
) -> None:  # fmt: skip
    """Give DESK a channel of a KIND to an ADDRESS, or change the one of its name.

    \b
    smtp     e-mail addresses, separated by commas
    webhook  an https address that takes JSON
    apprise  the URL of a chat service, as apprise writes it: tgram://TOKEN/CHAT, slack://...
    rss      a file that a web server shows (.xml); log: a file of JSON lines (.jsonl)

    In a URL ${NAME} stands for an environment variable: so a token need not be kept in the database.
    """
    made = Channel(name=name or kind, kind=kind, address=address, alerts=alerts, digest=digest,  # type: ignore[arg-type]
                   clearance=_label(clearance), secret_env=secret_env)  # fmt: skip
    with opened(home_path) as home:
        one = service.add_channel(home, desk, made)
    echo_json(desk_json(one)) if as_json else _print(one)


@channel.command("remove")
@click.argument("desk")
@click.argument("name")
@command
def channel_remove(desk: str, name: str, home_path: str | None, as_json: bool) -> None:
    """Take a channel away from DESK; what waits for it is dropped."""
    with opened(home_path) as home:
        one = service.remove_channel(home, desk, name)
    echo_json(desk_json(one)) if as_json else _print(one)


@channel.command("test")
@click.argument("desk")
@click.argument("name")
@command
def channel_test(desk: str, name: str, home_path: str | None, as_json: bool) -> None:
    """Send a test message by a channel of DESK, at once."""
    note, reason = "", None
    with opened(home_path) as home:
        try:
            note = delivering.try_channel(home, desk, name)
        except ItemError as error:
            reason = error.reason
    if as_json:
        echo_json({"desk": desk, "channel": name, "sent": reason is None, "reason": reason or note or None})
    else:
        click.echo(f"{shown(desk)}/{shown(name)}: " + (f"not sent: {shown(reason)}" if reason else f"sent {note}"))
    if reason is not None:
        raise SystemExit(FAILED)


@desks.command("inbox")
@click.argument("desk", default=EVERYTHING)
@click.option("--state", type=click.Choice(["new", "acknowledged", "snoozed"]), help="Only such ones.")
@command
def inbox(desk: str, state: str | None, home_path: str | None, as_json: bool) -> None:
    """The alerts that came to DESK, the newest first."""
    with opened(home_path) as home:
        found = service.inbox(home, desk, state=state)  # type: ignore[arg-type]
    for one in found:
        if as_json:
            echo_json(one)
            continue
        said = "" if one.judgement is None else f"  {'right' if one.judgement.right else 'wrong'}"
        to = f"  with {shown(one.assigned_to)}" if one.assigned_to else ""
        click.echo(f"{one.alert.opened}  {one.state:12}  {one.alert.id}  {shown(one.alert.title)}{to}{said}")
    if not found and not as_json:
        click.echo("Nothing has come to this desk.")


@desks.command("digest")
@click.argument("desk", default=EVERYTHING)
@click.option("--clearance", default="open", show_default=True, help="As by a channel of this clearance.")
@command
def digest_(desk: str, clearance: str, home_path: str | None, as_json: bool) -> None:
    """Show the digest that DESK would be sent now; nothing is sent."""
    with opened(home_path) as home:
        message = digest.preview(home, desk, clearance=_label(clearance), at=now())
    echo_json(message.payload) if as_json else click.echo("\n".join(shown(x) for x in message.text.splitlines()))


@desks.command("outbox")
@click.option("--desk", help="Of this desk.")
@click.option("--all", "everything", is_flag=True, help="What has left, too.")
@command
def outbox(desk: str | None, everything: bool, home_path: str | None, as_json: bool) -> None:
    """What waits to leave, failed, is held back, or may have left; the newest first."""
    with opened(home_path) as home:
        found = delivering.outbox(home, name=desk, everything=everything)
    for one in found:
        echo_json(line_json(one)) if as_json else _print_line(one)
    if not found and not as_json:
        click.echo("Nothing waits.")


@desks.command("resend")
@click.argument("ids", nargs=-1, required=True, type=int)
@command
def resend(ids: tuple[int, ...], home_path: str | None, as_json: bool) -> None:
    """Send lines of the outbox with the next delivery, though they failed or may have left already."""
    _decide(ids, resend=True, home_path=home_path, as_json=as_json)


@desks.command("drop")
@click.argument("ids", nargs=-1, required=True, type=int)
@command
def drop(ids: tuple[int, ...], home_path: str | None, as_json: bool) -> None:
    """Drop lines of the outbox: they are not sent."""
    _decide(ids, resend=False, home_path=home_path, as_json=as_json)


@desks.command("send")
@command
def send(home_path: str | None, as_json: bool) -> None:
    """Send now what waits in the outbox, and the digests that are due. `vedette watch` does so all the time."""
    with opened(home_path) as home:
        done = delivering.deliver(home)
    if as_json:
        echo_json(done)
    elif done.busy:
        click.echo("another process is sending")
    else:
        click.echo(f"sent {done.sent}, to be tried again {done.later}, failed {done.failed}, "
                   f"uncertain {done.uncertain}, held back by label {done.withheld}")  # fmt: skip
    if done.failed or done.uncertain:
        raise SystemExit(FAILED)


def _decide(ids: tuple[int, ...], *, resend: bool, home_path: str | None, as_json: bool) -> None:
    with opened(home_path) as home:
        for row_id in ids:
            one = delivering.decide(home, row_id, resend=resend, by=user())
            echo_json(line_json(one)) if as_json else _print_line(one)


def _known(home: Home, names: tuple[str, ...]) -> None:
    with home.read() as c:
        held = {one.name for one in alert_store.watchlists(c)}
    for name in names:
        if name not in held:
            raise NotFoundError("no such watchlist", item=name, stage="desks")


def _pair(text: str) -> tuple[str, str]:
    codes = sorted({country_code(part) for part in text.replace("-", ",").split(",")})
    if len(codes) != 2:
        raise QueryError("not a pair of countries: give A,B", item=text, stage="desks")
    return codes[0], codes[1]


def _label(text: str) -> Label:
    try:
        return parse_label(text)
    except ValueError as error:
        raise InputError(str(error), item=text, stage="desks") from error


def desk_json(one: Desk) -> dict[str, Any]:
    """A desk as it is printed: of addresses only what holds no secret."""
    told = [{**plain(x), "address": x.shown} for x in one.channels]
    return {**plain(one), "channels": told}


def line_json(one: Outgoing) -> dict[str, Any]:
    """A line of the outbox as it is printed."""
    return {key: value for key, value in plain(one).items() if key != "body"}


def _print(one: Desk) -> None:
    follows = [*one.countries, *("-".join(pair) for pair in one.dyads), *(f"watchlist {x}" for x in one.watchlists)]
    hour = "no digest" if one.digest_hour is None else f"digest at {one.digest_hour} h ({one.timezone})"
    budget = f"{one.budget:g} alerts a day" if one.budget else "no limit"
    click.secho(shown(f"{one.name}  {one.title}"), bold=True)
    told = f"follows {', '.join(follows) or 'everything'}; {budget}; {one.lang}; {hour}; for {one.clearance.text}"
    click.echo("    " + shown(told))
    for x in one.channels:
        what = " and ".join([*(["alerts"] if x.alerts else []), *(["digest"] if x.digest else [])]) or "nothing"
        click.echo("    " + shown(f"{x.name}: {x.kind} {x.shown}, {what}, up to {x.clearance.text}"))


def _print_line(one: Outgoing) -> None:
    tried = f"  {one.tries} tries" if one.tries else ""
    later = f"  next {one.next_try:%Y-%m-%d %H:%M} UTC" if one.next_try and one.state == "waiting" else ""
    click.echo(shown(f"{one.id:6}  {one.state:9}  {one.created:%Y-%m-%d %H:%M}  {one.desk}/{one.channel}  {one.kind}  "
                     f"{one.alert_id or ''}{tried}{later}  {one.error or ''}"))  # fmt: skip
