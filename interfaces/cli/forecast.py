"""``vedette forecast``."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import click

from domain.alert import SeriesKey
from domain.errors import InputError
from domain.forecast import HORIZONS, METHODS, WHATS, Estimate, Outlook, Skill
from domain.label import Label
from domain.precedent import Precedents
from interfaces.cli.common import Day, command, echo_json, opened
from service.names import country_code, series_title

if TYPE_CHECKING:
    from service.wiring import Home


@click.command()
@click.option("--country", metavar="CODE|NAME", help="Of a country.")
@click.option("--dyad", metavar="A,B", help="Of two countries, either way.")
@click.option(
    "--as-of",
    type=Day(),
    help="By what was known by the end of this day.  [default: today, or the last day that is told of]",
)
@click.option("--horizon", type=click.Choice([str(h) for h in HORIZONS]), help="Days ahead.  [default: both]")
@click.option("--precedents", is_flag=True, help="The past episodes most like the one of now, and what followed them.")
@click.option("--past", is_flag=True, help="The forecasts made before, with what came and their scores.")
@click.option("--score", is_flag=True, help="Score the forecasts whose day has come.")
@click.option(
    "-n", "limit", type=click.IntRange(min=1), default=20, show_default=True, help="At most so many lines of a list."
)
@command
def forecast(
    country: str | None, dyad: str | None, as_of: date | None, horizon: str | None, precedents: bool, past: bool,
    score: bool, limit: int, home_path: str | None, as_json: bool,
) -> None:  # fmt: skip
    """What is expected over the next 7 and 30 days: the chance of an onset, hostile and cooperative events.

    Of one country or pair of countries, or, without either, of all that desks follow and of the busiest, those
    with an onset under way first, then the likeliest. Beside the model stand climatology (the series' own long run), persistence (the last days again) and no
    change; where the model is not better than the best of them, it is said. Every forecast is kept as it was made.

    An onset is a day from which seven days hold at least 8 hostile events, four times the usual.
    """
    from service import forecasting

    key = key_of(country, dyad)
    horizons = HORIZONS if horizon is None else (int(horizon),)
    if key is None and (precedents or past):
        raise InputError("of which? give --country or --dyad", item="--precedents" if precedents else "--past")
    with opened(home_path) as home:
        if score:
            done = forecasting.score_due(home, as_of=as_of)
            if as_json:
                echo_json(done)
            else:
                click.echo(
                    f"{done.scored} forecasts scored, {done.void} given up for want of news, {done.waiting} wait for their day's news"
                )
            return
        if past and key is not None:
            _past(home, key, as_of, limit, as_json)
            return
        if precedents and key is not None:
            found = forecasting.precedents(home, key, as_of=as_of)
            (echo_json if as_json else show_precedents)(found)
            return
        made = forecasting.forecast_many(home, None if key is None else [key], as_of=as_of, horizons=horizons)
    if key is None:
        made.sort(key=lambda one: (one.under_way < 1, -_chance(one, horizons[0])))
        _list(made, limit, horizons[0], as_json)
    elif as_json:
        echo_json(made[0])
    else:
        _one(made[0], horizons)


def key_of(country: str | None, dyad: str | None) -> SeriesKey | None:
    """The series that was named.

    Raises:
        InputError: both were named, or the pair is none. QueryError: a country is unknown.
    """
    if country and dyad:
        raise InputError("give a country or a pair of countries, not both", item=dyad)
    if country:
        return SeriesKey("country", (country_code(country),))
    if not dyad:
        return None
    pair = tuple(sorted(country_code(part) for part in dyad.split(",")))
    if len(pair) != 2 or pair[0] == pair[1]:
        raise InputError("a dyad is two countries: A,B", item=dyad)
    return SeriesKey("dyad", pair)


def _chance(one: Outlook, horizon: int) -> float:
    found = one.of("onset", horizon) or one.of("onset", horizon, "climatology")
    return found.probability or 0.0 if found else -1.0


def _list(made: list[Outlook], limit: int, horizon: int, as_json: bool) -> None:
    if as_json:
        for one in made[:limit]:
            echo_json(one)
        return
    if not made:
        click.echo("no series has enough of a past; `vedette events import` or `vedette events code` makes events")
        return
    click.echo(f"as of {made[0].as_of}, the next {horizon} days; in brackets the series' own long run")
    click.echo(f"{'':36} {'onset':>17} {'hostile events':>22} {'last ' + str(horizon):>8}")
    for one in made[:limit]:
        seen = one.hostile[0 if horizon == 7 else 1]
        click.echo(
            f"{series_title(one.series)[:36]:36} {_onset(one, horizon):>17} {_hostile(one, horizon):>22} {seen:>8}"
        )
    notes = dict.fromkeys(note for one in made[:limit] for note in one.notes)
    for note in notes:
        if "told after" in note or f"in {horizon} days:" in note:
            click.echo(f"! {note}")


def _onset(one: Outlook, horizon: int) -> str:
    if one.under_way >= 1:
        return "under way"
    model, usual = one.of("onset", horizon), one.of("onset", horizon, "climatology")
    if usual is None:
        return ""
    return f"{_percent(model)} ({_percent(usual)})" if model else f"({_percent(usual)})"


def _hostile(one: Outlook, horizon: int) -> str:
    model, usual = one.of("hostile", horizon), one.of("hostile", horizon, "climatology")
    if usual is None:
        return ""
    return f"{_count(model)} ({usual.mean:.1f})" if model else f"({usual.mean:.1f})"


def _one(one: Outlook, horizons: tuple[int, ...]) -> None:
    label = "" if one.label == Label.OPEN else f"  [{one.label.text}]"
    click.echo(f"{series_title(one.series)} as of {one.as_of}{label}")
    click.echo(
        f"{one.events} events in {one.history_days} days; hostile {one.hostile[0]} in the last 7 days, {one.hostile[1]} in 30; "
        f"cooperative {one.cooperative[0]} and {one.cooperative[1]}"
    )
    for note in one.notes:
        click.echo(f"! {note}")
    for horizon in horizons:
        for what in WHATS:
            rows = [e for m in METHODS if (e := one.of(what, horizon, m)) is not None]
            if not rows:
                continue
            click.echo(f"\n{'chance of an onset' if what == 'onset' else what + ' events'} in {horizon} days")
            for e in rows:
                click.echo(f"  {e.method:12} {_percent(e) if what == 'onset' else _spread(e)}")
            told = one.skill(what, horizon)
            if told is not None and one.enough:
                click.echo(f"  {_skill(told)}")


def _percent(e: Estimate) -> str:
    return f"{100 * (e.probability or 0):.1f} %"


def _count(e: Estimate) -> str:
    low, high = e.intervals.get(0.8, (0, 0))
    return f"{e.mean:.1f} [{low}-{high}]"


def _spread(e: Estimate) -> str:
    ends = "  ".join(f"{level:.0%}: {low}-{high}" for level, (low, high) in sorted(e.intervals.items()))
    return f"{e.mean:8.1f}   {ends}"


def _skill(told: Skill) -> str:
    basis = (
        f"of {told.n} scored here"
        if told.basis == "here"
        else f"of {told.n} on other tables: too few are scored here yet"
    )
    verdict = "better than" if told.proven else "NOT shown to be better than" if told.value > 0 else "NOT better than"
    return f"the model is {verdict} {told.best}: skill {told.value:+.3f} ({told.low:+.3f} to {told.high:+.3f}), {basis}"


def _past(home: Home, key: SeriesKey, as_of: date | None, limit: int, as_json: bool) -> None:
    from service.forecasting import past_forecasts

    for e, outcome, scores in past_forecasts(home, key, as_of=as_of, limit=limit):
        if as_json:
            echo_json({"forecast": e, "outcome": outcome, "scores": scores})
            continue
        said = _percent(e) if e.what == "onset" else _spread(e)
        came = "" if outcome is None else f"   came {outcome:g}"
        came = came or (f"   not scored: {scores['void']}" if scores else "   not due yet")
        click.echo(f"{e.made} {e.horizon:3} {e.what:12} {e.method:12} {said}{came}")


def show_precedents(found: Precedents) -> None:
    """Print the past episodes like one of now, and what followed."""
    click.echo(
        f"{series_title(found.series)}: since {found.onset} {found.hostile} hostile events in {found.age} days, "
        f"{found.usual:g} a week before; {found.searched} past episodes compared"
    )
    if found.note:
        click.echo(f"! {found.note}")
    for one in found.found:
        after = one.aftermath
        roots = ", ".join(f"{root:02} {share:.0%}" for root, share in one.roots)
        quiet = f"quiet from {after.quiet}" if after.quiet else "no quiet week in that time"
        click.echo(
            f"\n{one.likeness:.2f}  {series_title(one.series)}, {one.onset}: {one.hostile} hostile events in {one.age} days, {one.usual:g} a week before"
        )
        click.echo(f"      shape {one.shape:.2f}, kinds {one.kinds:.2f} (CAMEO roots {roots}), level {one.level:.2f}")
        click.echo(
            f"      the next 30 days: {after.quads[2]} verbal and {after.quads[3]} material conflict, {after.quads[0]} verbal and {after.quads[1]} material cooperation; "
            f"{'escalated' if after.escalated else 'did not escalate'} (most in 7 days {after.peak}, then {after.week}); {quiet}"
        )
