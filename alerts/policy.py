"""The policy: what to raise, merge, escalate, stand down and suppress. A pure decider over a day's verdicts and state.

One crisis should be one alert. An episode of a series is raised once and goes on as long as signals fire or the level
stays above the baseline it was raised against; it closes after a number of quiet days. A country's alert whose
documents are mostly those of an alert on two countries is folded into that one. Whatever is not raised though it
fired is a decision of its own with its reason, so that it can be looked up.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Protocol, TypeAlias, TypeVar

from alerts.scoring import Severity, Verdict
from domain.alert import Mute, SeriesKey
from domain.desk import Desk
from domain.ids import alert_id
from domain.time import start_of


class _Keyed(Protocol):
    @property
    def key(self) -> SeriesKey: ...


_T = TypeVar("_T", bound=_Keyed)
GRAVITY: Mapping[Severity, int] = {"none": 0, "low": 1, "medium": 2, "high": 3}


@dataclass(frozen=True, slots=True, kw_only=True)
class Episode:
    """An open alert as the policy needs it.

    Attributes:
        opened: the day it was raised. last: the last day that kept it open.
        level: the daily count above which a day keeps it open, frozen on the day it was raised.
        desks: those that have it already. severity: the gravest it has been.
    """

    alert_id: str
    key: SeriesKey
    opened: date
    last: date
    level: float
    desks: frozenset[str] = frozenset()
    severity: Severity = "high"


@dataclass(frozen=True, slots=True, kw_only=True)
class Raise:
    """A new alert; the day is the day its episode opens. ``desks`` are those it comes to; None where none are kept."""

    key: SeriesKey
    day: date
    alert_id: str
    verdict: Verdict
    desks: tuple[str, ...] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Continue:
    """The episode goes on: the day was no quiet one. ``fired`` tells a signal from a level that merely stays high.

    It may come again for a day, with a higher count, when a day is scanned again; to apply it twice changes nothing.
    """

    key: SeriesKey
    day: date
    alert_id: str
    observed: int
    fired: bool
    score: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Tell:
    """An open episode comes to desks that it had not come to: it has passed their threshold now."""

    key: SeriesKey
    day: date
    alert_id: str
    desks: tuple[str, ...]
    verdict: Verdict


@dataclass(frozen=True, slots=True, kw_only=True)
class Escalate:
    """An open episode has become graver than it ever was."""

    key: SeriesKey
    day: date
    alert_id: str
    before: Severity
    verdict: Verdict


@dataclass(frozen=True, slots=True, kw_only=True)
class Close:
    """The episode is over."""

    key: SeriesKey
    day: date
    alert_id: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Suppress:
    """A verdict that fired and is not raised. ``explained_by`` is the series into whose alert it was folded."""

    key: SeriesKey
    day: date
    reason: str
    verdict: Verdict
    explained_by: SeriesKey | None = None


Decision: TypeAlias = Raise | Continue | Tell | Escalate | Close | Suppress


@dataclass(frozen=True, slots=True, kw_only=True)
class DeskState:
    """A desk on a day: from which probability on alerts come to it, and how many more may come (None: no limit).

    Without a threshold all that fired comes to it.
    """

    desk: Desk
    threshold: float | None = None
    room: int | None = None

    def takes(self, verdict: Verdict) -> bool:
        """Whether a verdict is strange, or likely, enough for it."""
        if self.threshold is None:
            return verdict.fired
        return verdict.probability >= self.threshold and (verdict.fired or verdict.observed > 0)

    def wants(self, verdict: Verdict) -> bool:
        """Whether it follows the series, and takes the verdict."""
        return self.desk.follows(verdict.key) and self.takes(verdict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """The policy's numbers.

    Attributes:
        quiet_days: an episode closes on the day that completes so many quiet ones in a row.
        longest: an episode closes after so many days even when the level stays: it has become the usual one.
        overlap: with more than this share of its documents in another alert, an alert is explained by it.
        least_level: a day with fewer documents than this never keeps an episode open by its level alone.
    """

    quiet_days: int = 7
    longest: int = 90
    overlap: float = 0.5
    least_level: int = 2

    def __post_init__(self) -> None:
        if self.quiet_days < 1 or self.longest < self.quiet_days or not 0 < self.overlap < 1 or self.least_level < 1:
            raise ValueError(f"policy: these rules make no sense: {self}")


_RULES = Rules()


def level_of(*, expected: float, spread: float, rules: Rules = _RULES) -> float:
    """The frozen level of an episode: two standard deviations above the baseline, at least just under ``least_level``.

    >>> level_of(expected=4.0, spread=2.5)
    9.0
    """
    return max(expected + 2 * spread, rules.least_level - 0.5)


def decide(
    verdicts: Iterable[Verdict],
    *,
    day: date,
    episodes: Iterable[Episode] = (),
    mutes: Iterable[Mute] = (),
    documents: Mapping[SeriesKey, frozenset[str]] | None = None,
    believed: frozenset[SeriesKey] | None = None,
    budget: int | None = None,
    desks: Sequence[DeskState] = (),
    rules: Rules = _RULES,
) -> tuple[Decision, ...]:
    """The decisions of a day, the same for the same input in any order.

    To be called for each day in turn (again for the same day when more was read), with the verdicts on every series
    that changed and on every series with an open episode; an open episode without a verdict had a quiet day.

    First the open episodes are continued or closed. What else fired is taken by rank: dyads and watchlists before
    countries, then by score. It is suppressed when its series is muted, when it is not ``believed`` (see
    ``scoring.discoveries``; None believes everything), when its documents are mostly those of a dyad already
    raised, continued or muted that day, or when the budget is used up; else it is raised. A desk's own watchlist is
    never folded, and a muted dyad explains too, or its countries would tell what the desk did not want to hear.

    Where ``desks`` are given, an alert is raised when it comes to at least one: one that follows the series, whose
    threshold its probability reaches, and that has room that day. An open episode comes later to a desk whose threshold
    it reaches later, and escalates when it is graver than it ever was; while it is muted it does neither.

    Args:
        documents: the ids behind each series' count of the day; a series without them is never folded.
        budget: how many alerts may still be raised that day; None for no limit. Continuing costs nothing.
        desks: the desks as they stand that day; without any, only ``budget`` limits.

    Raises:
        ValueError: a verdict is of another day, or a series has two verdicts or two open episodes.
    """
    today = _unique(verdicts, "verdicts")
    for verdict in today.values():
        if verdict.day != day:
            raise ValueError(f"{verdict.key}: a verdict of {verdict.day} among those of {day}")
    decisions: list[Decision] = []
    busy: set[SeriesKey] = set()
    explainers: list[SeriesKey] = []
    silenced = _silenced(mutes, day)
    room = {state.desk.name: state.room for state in desks}
    for episode in sorted(_unique(episodes, "open episodes").values(), key=lambda e: e.key):
        decision = _carry_on(episode, today.get(episode.key), day=day, rules=rules)
        if decision is not None:
            decisions.append(decision)
        if isinstance(decision, Continue) and episode.key not in silenced:
            decisions += _spread(episode, today[episode.key], desks, room)
        if not isinstance(decision, Close):
            busy.add(episode.key)
        elif _outgrown(episode, day, rules):
            # Closed because the level became the usual one: to open it anew on the same day would undo that.
            busy.add(episode.key)
        if episode.key.kind == "dyad" and (isinstance(decision, Continue) or episode.last == day):
            explainers.append(episode.key)

    behind = documents or {}
    raised = 0
    fired = [
        verdict for verdict in today.values()
        if verdict.key not in busy and (verdict.fired or any(state.wants(verdict) for state in desks))
    ]  # fmt: skip
    for verdict in sorted(fired, key=_rank):
        key = verdict.key
        explainer = _explained_by(key, explainers, behind, rules.overlap)
        reason = None
        if key in silenced:
            reason = silenced[key]
        elif believed is not None and key not in believed:
            reason = "not among the day's discoveries"
        elif explainer is not None:
            reason = f"explained by {explainer}"
        elif budget is not None and raised >= budget:
            reason = f"beyond the day's budget of {budget}"
        takers: tuple[str, ...] | None = None
        if reason is None and desks:
            takers, reason = _takers(verdict, desks, room)
        if reason is None:
            raised += 1
            _fill(room, takers or ())
            opened = alert_id(series=str(key), opened=day.isoformat())
            decisions.append(Raise(key=key, day=day, alert_id=opened, verdict=verdict, desks=takers))
        else:
            folded = explainer if reason.startswith("explained") else None
            decisions.append(Suppress(key=key, day=day, reason=reason, verdict=verdict, explained_by=folded))
        if key.kind == "dyad" and (reason is None or key in silenced):
            explainers.append(key)
    return tuple(decisions)


def _unique(items: Iterable[_T], what: str) -> dict[SeriesKey, _T]:
    found: dict[SeriesKey, _T] = {}
    for item in items:
        if item.key in found:
            raise ValueError(f"{item.key}: two {what}")
        found[item.key] = item
    return found


def _outgrown(episode: Episode, day: date, rules: Rules) -> bool:
    return (day - episode.opened).days >= rules.longest


def _carry_on(episode: Episode, verdict: Verdict | None, *, day: date, rules: Rules) -> Continue | Close | None:
    """What becomes of an open episode; None on a quiet day that does not close it yet."""
    key, name = episode.key, episode.alert_id
    if day < episode.last:
        return None
    if _outgrown(episode, day, rules):
        reason = f"lasted {rules.longest} days: this is the usual level now"
        return Close(key=key, day=day, alert_id=name, reason=reason)
    quiet = (day - episode.last).days
    active = verdict is not None and (verdict.fired or verdict.observed > episode.level)
    if verdict is not None and active and quiet <= rules.quiet_days:
        return Continue(
            key=key, day=day, alert_id=name, observed=verdict.observed, fired=verdict.fired, score=verdict.score
        )
    if quiet >= rules.quiet_days:
        return Close(key=key, day=day, alert_id=name, reason=f"{rules.quiet_days} quiet days")
    return None


def _rank(verdict: Verdict) -> tuple[bool, float, float, int, SeriesKey]:
    return verdict.key.kind == "country", -verdict.probability, -verdict.score, -verdict.observed, verdict.key


def _takers(
    verdict: Verdict, desks: Sequence[DeskState], room: Mapping[str, int | None]
) -> tuple[tuple[str, ...], str | None]:
    """The desks that an alert comes to, by name; where none, why not."""
    following = [state for state in desks if state.desk.follows(verdict.key)]
    if not following:
        return (), "no desk follows it"
    likely = [state for state in following if state.takes(verdict)]
    taking = tuple(state.desk.name for state in likely if room[state.desk.name] != 0)
    if taking:
        return taking, None
    if likely:
        return (), f"beyond what desk {likely[0].desk.name} can read in a day"
    level, name = min((1.1 if state.threshold is None else state.threshold, state.desk.name) for state in following)
    if level > 1:
        return (), f"desk {name} has read its budget of the quarter"
    return (), f"probability {verdict.probability:.2f} is under desk {name}'s threshold of {level:.2f}"


def _fill(room: dict[str, int | None], takers: Iterable[str]) -> None:
    """Take an alert's place out of the room of the desks it comes to."""
    for name in takers:
        left = room[name]
        room[name] = None if left is None else left - 1


def _spread(
    episode: Episode, verdict: Verdict, desks: Sequence[DeskState], room: dict[str, int | None]
) -> Iterator[Tell | Escalate]:
    """To whom else an open episode is told, and whether it has become graver."""
    new = [state for state in desks if state.desk.name not in episode.desks]
    takers, _ = _takers(verdict, new, room)
    if takers:
        _fill(room, takers)
        yield Tell(key=episode.key, day=verdict.day, alert_id=episode.alert_id, desks=takers, verdict=verdict)
    if GRAVITY[verdict.severity] > GRAVITY[episode.severity]:
        yield Escalate(
            key=episode.key, day=verdict.day, alert_id=episode.alert_id, before=episode.severity, verdict=verdict
        )  # fmt: skip


def _silenced(mutes: Iterable[Mute], day: date) -> dict[SeriesKey, str]:
    """The muted series and why. A mute holds on every day that begins before it ends."""
    found: dict[SeriesKey, str] = {}
    begins = start_of(day)
    longest_first = sorted(mutes, key=lambda m: (m.until is None, m.until or begins, m.reason), reverse=True)
    for mute in longest_first:
        if mute.key not in found and (mute.until is None or mute.until > begins):
            until = "until lifted" if mute.until is None else f"until {mute.until:%Y-%m-%d %H:%M}"
            found[mute.key] = f"muted {until}" + (f": {mute.reason}" if mute.reason else "")
    return found


def _explained_by(
    key: SeriesKey,
    explainers: Sequence[SeriesKey],
    documents: Mapping[SeriesKey, frozenset[str]],
    overlap: float,
) -> SeriesKey | None:
    """The first dyad that holds more than the share ``overlap`` of the series' documents."""
    own = documents.get(key, frozenset())
    if not own or key.kind == "watchlist":
        return None
    return next((e for e in explainers if len(own & documents.get(e, frozenset())) > overlap * len(own)), None)


def quiet_from(episode: Episode, *, rules: Rules = _RULES) -> date:
    """The day on which the episode closes unless something keeps it open."""
    return min(episode.last + timedelta(days=rules.quiet_days), episode.opened + timedelta(days=rules.longest))
