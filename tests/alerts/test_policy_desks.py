"""The policy with desks: whom an alert comes to, from which probability on, and how an episode becomes graver."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

from alerts.episodes import episode_of, raised
from alerts.policy import Continue, DeskState, Episode, Escalate, Raise, Suppress, Tell, decide
from alerts.scoring import Verdict, judge, likely_discoveries
from alerts.titles import title_of
from domain.alert import Mute, Series, SeriesKey
from domain.desk import Desk

CNVN, CNPH, FRDE = (SeriesKey("dyad", pair) for pair in (("CN", "VN"), ("CN", "PH"), ("DE", "FR")))
DAY = date(2014, 5, 2)
EVERY = Desk(name="all")
SEA = Desk(name="sea", dyads=(("CN", "VN"), ("CN", "PH")), budget=0.5)


def verdict(key: SeriesKey, probability: float, *, fired: bool = True, day: date = DAY, observed: int = 9) -> Verdict:
    series = Series(key=key, first=day - timedelta(days=40), counts=(0,) * 40 + (observed,), exposure=(40,) * 41)
    found = judge(series, day)
    assert found is not None
    return replace(found, probability=probability, fired=fired)


def test_an_alert_comes_to_the_desks_that_follow_it_and_find_it_likely_enough() -> None:
    states = [DeskState(desk=EVERY), DeskState(desk=SEA, threshold=0.4, room=1)]
    found = decide([verdict(CNVN, 0.6), verdict(FRDE, 0.9), verdict(CNPH, 0.2)], day=DAY, desks=states)
    assert {d.key: d.desks for d in found if isinstance(d, Raise)} == {
        CNVN: ("all", "sea"), FRDE: ("all",), CNPH: ("all",)
    }  # fmt: skip


def test_what_no_desk_wants_is_kept_with_the_reason() -> None:
    sea = [DeskState(desk=SEA, threshold=0.4, room=1)]
    found = decide([verdict(CNVN, 0.3), verdict(FRDE, 0.9)], day=DAY, desks=sea)
    assert {d.key: d.reason for d in found if isinstance(d, Suppress)} == {
        CNVN: "probability 0.30 is under desk sea's threshold of 0.40",
        FRDE: "no desk follows it",
    }


def test_a_day_brings_no_more_than_a_desk_can_read_and_the_likeliest_first() -> None:
    sea = [DeskState(desk=SEA, threshold=0.1, room=1)]
    found = decide([verdict(CNVN, 0.3), verdict(CNPH, 0.5)], day=DAY, desks=sea)
    assert [(type(d), d.key) for d in found] == [(Raise, CNPH), (Suppress, CNVN)]
    assert found[1].reason == "beyond what desk sea can read in a day"  # type: ignore[union-attr]


def test_what_did_not_fire_comes_to_a_desk_with_room_for_it_and_to_no_other() -> None:
    states = [DeskState(desk=EVERY), DeskState(desk=SEA, threshold=0.05, room=None)]
    (one,) = decide([verdict(CNVN, 0.1, fired=False)], day=DAY, desks=states)
    assert isinstance(one, Raise)
    assert one.desks == ("sea",)
    assert decide([verdict(CNVN, 0.1, fired=False)], day=DAY, desks=states[:1]) == ()


def test_an_open_episode_comes_later_to_a_desk_whose_threshold_it_reaches_later_and_only_once() -> None:
    states = [DeskState(desk=EVERY), DeskState(desk=SEA, threshold=0.4, room=1)]
    (first,) = decide([verdict(CNVN, 0.3)], day=DAY, desks=states)
    assert isinstance(first, Raise)
    alert = raised(first, title=title_of(first.verdict))
    later = DAY + timedelta(days=1)
    told = decide([verdict(CNVN, 0.5, day=later)], day=later, episodes=[episode_of(alert, desks=frozenset({"all"}))],
                  desks=states)  # fmt: skip
    assert [d.desks for d in told if isinstance(d, Tell)] == [("sea",)]
    again = decide([verdict(CNVN, 0.5, day=later)], day=later,
                   episodes=[episode_of(alert, desks=frozenset({"all", "sea"}))], desks=states)  # fmt: skip
    assert not [d for d in again if isinstance(d, Tell)]


def test_an_episode_escalates_when_it_is_graver_than_it_ever_was() -> None:
    (first,) = decide([replace(verdict(CNVN, 0.3), severity="low")], day=DAY)
    assert isinstance(first, Raise)
    alert = raised(first, title=title_of(first.verdict), explanation={"severity": "low"})
    later = DAY + timedelta(days=1)
    graver = replace(verdict(CNVN, 0.6, day=later), severity="high")
    steps = [d for d in decide([graver], day=later, episodes=[episode_of(alert)]) if isinstance(d, Escalate)]
    assert [(d.before, d.verdict.severity) for d in steps] == [("low", "high")]
    same = decide([replace(graver, severity="low")], day=later, episodes=[episode_of(alert)])
    assert not [d for d in same if isinstance(d, Escalate)]


def test_the_likeliest_are_believed_as_long_as_few_enough_of_them_are_false() -> None:
    found = likely_discoveries({CNVN: 0.9, CNPH: 0.6, FRDE: 0.05}, rate=0.3)
    assert found == {CNVN, CNPH}
    assert likely_discoveries({FRDE: 0.05}, rate=0.9) == frozenset()


def test_what_did_not_fire_and_no_desk_that_follows_it_wants_is_no_suppression() -> None:
    states = [DeskState(desk=EVERY), DeskState(desk=SEA, threshold=0.05, room=1)]
    assert decide([verdict(FRDE, 0.1, fired=False)], day=DAY, desks=states) == ()


def _episode(*desks: str) -> tuple[Episode, date]:
    (first,) = decide([replace(verdict(CNVN, 0.5), severity="low")], day=DAY)
    assert isinstance(first, Raise)
    alert = raised(first, title=title_of(first.verdict), explanation={"severity": "low"})
    return episode_of(alert, desks=frozenset(desks)), DAY + timedelta(days=1)


def test_an_open_episode_comes_to_a_desk_that_takes_less_than_what_fires() -> None:
    episode, later = _episode("all")
    states = [DeskState(desk=EVERY), DeskState(desk=SEA, threshold=0.05, room=1)]
    high = verdict(CNVN, 0.1, fired=False, day=later)
    assert [d.desks for d in decide([high], day=later, episodes=[episode], desks=states) if isinstance(d, Tell)] == [
        ("sea",)
    ]


def test_a_muted_episode_goes_on_in_silence() -> None:
    episode, later = _episode("all")
    graver = replace(verdict(CNVN, 0.9, day=later), severity="high")
    state = {"day": later, "episodes": [episode], "desks": [DeskState(desk=EVERY), DeskState(desk=SEA, threshold=0.2)]}
    loud = decide([graver], **state)  # type: ignore[arg-type]
    assert [type(d) for d in loud] == [Continue, Tell, Escalate]
    quiet = decide([graver], mutes=[Mute(key=CNVN, until=None, reason="")], **state)  # type: ignore[arg-type]
    assert [type(d) for d in quiet] == [Continue]
