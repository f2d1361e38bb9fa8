from __future__ import annotations

import random
from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from alerts.episodes import closed, continued, episode_of, raised
from alerts.policy import Close, Continue, Decision, Raise, Rules, Suppress, decide, quiet_from
from alerts.scoring import Verdict, judge
from alerts.titles import title_of
from domain.alert import Alert, Evidence, Mute, Series, SeriesKey
from domain.label import Label

CN, VN = SeriesKey("country", ("CN",)), SeriesKey("country", ("VN",))
CNVN, CNPH, CNUS = (SeriesKey("dyad", pair) for pair in (("CN", "VN"), ("CN", "PH"), ("CN", "US")))
RIG = SeriesKey("watchlist", ("rig",))
KEYS = (CN, VN, CNVN, CNPH, CNUS, RIG)
DAY = date(2014, 5, 2)


def verdict(key: SeriesKey, *, observed: int = 9, day: date = DAY, score: float | None = None) -> Verdict:
    """The real verdict on a count after forty empty days, with another score where one is asked for."""
    series = Series(key=key, first=day - timedelta(days=40), counts=(0,) * 40 + (observed,), exposure=(40,) * 41)
    found = judge(series, day)
    assert found is not None
    if score is None:
        return found
    return Verdict(**{**{f: getattr(found, f) for f in Verdict.__slots__}, "score": score})


class Desk:
    """The alerts of a desk, kept as the store would keep them."""

    def __init__(self) -> None:
        self.alerts: dict[str, Alert] = {}

    def open(self) -> list[Alert]:
        return [alert for alert in self.alerts.values() if alert.state == "open"]

    def take(self, decisions: Iterable[Decision]) -> None:
        for decision in decisions:
            match decision:
                case Raise():
                    assert decision.alert_id not in self.alerts
                    self.alerts[decision.alert_id] = raised(decision, title=title_of(decision.verdict))
                case Continue():
                    self.alerts[decision.alert_id] = continued(self.alerts[decision.alert_id], decision)
                case Close():
                    self.alerts[decision.alert_id] = closed(self.alerts[decision.alert_id], decision)

    def day(self, verdicts: Iterable[Verdict], day: date, **options: object) -> tuple[Decision, ...]:
        found = decide(verdicts, day=day, episodes=[episode_of(alert) for alert in self.open()], **options)  # type: ignore[arg-type]
        self.take(found)
        return found


def raises(decisions: Iterable[Decision]) -> list[SeriesKey]:
    return [decision.key for decision in decisions if isinstance(decision, Raise)]


def reasons(decisions: Iterable[Decision]) -> dict[SeriesKey, str]:
    return {decision.key: decision.reason for decision in decisions if isinstance(decision, Suppress)}


def test_one_alert_an_episode_and_it_closes_after_seven_quiet_days() -> None:
    desk = Desk()
    observed = {0: 9, 1: 12, 2: 1, 3: 5}
    seen = {}
    for i, n in observed.items():
        day = DAY + timedelta(days=i)
        seen[i] = desk.day([verdict(CNVN, observed=n, day=day)], day)
    assert [type(d).__name__ for i in range(4) for d in seen[i]] == ["Raise", "Continue", "Continue"]
    (alert,) = desk.open()
    assert (alert.opened, alert.last, alert.peak, alert.observed) == (DAY, DAY + timedelta(days=3), 12, 9)
    assert quiet_from(episode_of(alert)) == DAY + timedelta(days=10)
    for i in range(4, 10):
        assert desk.day([], DAY + timedelta(days=i)) == ()
    (decision,) = desk.day([verdict(CNVN, observed=1, day=DAY + timedelta(days=10))], DAY + timedelta(days=10))
    assert isinstance(decision, Close)
    assert decision.reason == "7 quiet days"
    assert desk.open() == []
    assert raises(desk.day([verdict(CNVN, day=DAY + timedelta(days=11))], DAY + timedelta(days=11))) == [CNVN]


def test_a_level_above_the_frozen_baseline_keeps_an_episode_open_though_nothing_fires() -> None:
    counts = [0] * 40 + [9] * 40
    series = Series(key=CNVN, first=DAY - timedelta(days=40), counts=tuple(counts), exposure=(40,) * 80)
    desk, kinds = Desk(), []
    for i in range(40):
        day = DAY + timedelta(days=i)
        found = judge(series, day)
        assert found is not None
        (decision,) = desk.day([found], day)
        kinds.append((type(decision).__name__, found.fired))
    assert kinds[0] == ("Raise", True)
    assert ("Continue", False) in kinds
    assert {kind for kind, _ in kinds[1:]} == {"Continue"}


def test_a_level_that_stays_for_a_season_becomes_the_usual_one() -> None:
    desk = Desk()
    desk.day([verdict(CNVN)], DAY)
    for i in range(1, 90):
        desk.day([verdict(CNVN, day=DAY + timedelta(days=i))], DAY + timedelta(days=i))
    end = DAY + timedelta(days=90)
    (decision,) = desk.day([verdict(CNVN, day=end)], end)
    assert isinstance(decision, Close)
    assert decision.reason == "lasted 90 days: this is the usual level now"


def test_an_episode_whose_quiet_days_went_unscanned_is_closed_before_another_opens() -> None:
    desk, later = Desk(), DAY + timedelta(days=20)
    desk.day([verdict(CNVN)], DAY)
    decisions = desk.day([verdict(CNVN, day=later)], later)
    assert [type(decision).__name__ for decision in decisions] == ["Close", "Raise"]
    assert len(desk.open()) == 1


def test_a_country_is_folded_into_the_dyad_that_has_its_documents() -> None:
    documents = {CNVN: frozenset("abcdef"), CN: frozenset("abcdefg"), VN: frozenset("abcuvwxyz")}
    decisions = decide([verdict(CN, observed=30), verdict(VN), verdict(CNVN)], day=DAY, documents=documents)
    assert raises(decisions) == [CNVN, VN]
    assert reasons(decisions) == {CN: "explained by dyad:CN-VN"}
    assert [d.explained_by for d in decisions if isinstance(d, Suppress)] == [CNVN]


def test_a_weaker_dyad_of_the_same_documents_is_folded_too_but_a_watchlist_never() -> None:
    documents: Mapping[SeriesKey, frozenset[str]] = dict.fromkeys((CNVN, CNUS, RIG), frozenset("abcd"))
    verdicts = [verdict(CNUS, score=3.0), verdict(CNVN, score=8.0), verdict(RIG, score=2.5)]
    decisions = decide(verdicts, day=DAY, documents=documents)
    assert raises(decisions) == [CNVN, RIG]
    assert reasons(decisions) == {CNUS: "explained by dyad:CN-VN"}


def test_an_alert_that_goes_on_or_was_raised_earlier_that_day_explains_too() -> None:
    documents: Mapping[SeriesKey, frozenset[str]] = dict.fromkeys((CNVN, CN), frozenset("abcd"))
    for wait in (0, 3):
        desk, day = Desk(), DAY + timedelta(days=wait)
        desk.day([verdict(CNVN)], DAY)
        decisions = desk.day([verdict(CN, day=day), verdict(CNVN, day=day)], day, documents=documents)
        assert reasons(decisions) == {CN: "explained by dyad:CN-VN"}


def test_without_documents_nothing_is_folded() -> None:
    assert raises(decide([verdict(CN), verdict(CNVN)], day=DAY)) == [CNVN, CN]


def test_a_muted_series_is_suppressed_with_the_reason_and_still_explains_its_countries() -> None:
    until = datetime(2014, 5, 9, 12, tzinfo=UTC)
    mutes = [Mute(key=CNVN, until=until, reason="known exercise")]
    documents: Mapping[SeriesKey, frozenset[str]] = dict.fromkeys((CNVN, CN), frozenset("abcd"))
    decisions = decide([verdict(CNVN), verdict(CN)], day=DAY, mutes=mutes, documents=documents)
    assert raises(decisions) == []
    assert reasons(decisions) == {
        CNVN: "muted until 2014-05-09 12:00: known exercise",
        CN: "explained by dyad:CN-VN",
    }
    assert raises(decide([verdict(CNVN, day=date(2014, 5, 10))], day=date(2014, 5, 10), mutes=mutes)) == [CNVN]


def test_a_mute_without_an_end_outlasts_the_others() -> None:
    mutes = [
        Mute(key=CNVN, until=datetime(2014, 5, 1, tzinfo=UTC), reason="over"),
        Mute(key=CNVN, until=None, reason=""),
    ]
    assert reasons(decide([verdict(CNVN)], day=DAY, mutes=mutes)) == {CNVN: "muted until lifted"}


def test_the_budget_goes_to_dyads_and_the_strangest_first() -> None:
    verdicts = [verdict(CN, score=9.0), verdict(CNVN, score=5.0), verdict(CNPH, score=6.0), verdict(CNUS, score=4.0)]
    decisions = decide(verdicts, day=DAY, budget=2)
    assert raises(decisions) == [CNPH, CNVN]
    assert reasons(decisions) == {CNUS: "beyond the day's budget of 2", CN: "beyond the day's budget of 2"}


def test_what_is_not_believed_is_suppressed_with_the_reason() -> None:
    decisions = decide([verdict(CNVN), verdict(CNPH)], day=DAY, believed=frozenset([CNVN]))
    assert raises(decisions) == [CNVN]
    assert reasons(decisions) == {CNPH: "not among the day's discoveries"}


def test_what_does_not_fire_is_no_decision() -> None:
    assert decide([verdict(CNVN, observed=1)], day=DAY) == ()


def test_a_broken_state_is_named() -> None:
    with pytest.raises(ValueError, match="dyad:CN-VN: two verdicts"):
        decide([verdict(CNVN), verdict(CNVN)], day=DAY)
    with pytest.raises(ValueError, match="dyad:CN-VN: a verdict of 2014-05-02 among those of 2014-05-03"):
        decide([verdict(CNVN)], day=date(2014, 5, 3))
    episode = episode_of(raised(_raise(), title=""))
    with pytest.raises(ValueError, match="dyad:CN-VN: two open episodes"):
        decide([], day=DAY, episodes=[episode, episode])
    with pytest.raises(ValueError, match="policy"):
        Rules(quiet_days=0)


def test_a_decision_about_another_alert_is_refused() -> None:
    alert = raised(_raise(), title="")
    with pytest.raises(ValueError, match="a decision about b was applied"):
        closed(alert, Close(key=CNVN, day=DAY, alert_id="b", reason=""))


def test_an_alert_takes_the_strictest_label_of_what_it_was_made_from() -> None:
    shown = Evidence(
        document_id="d1", passage_id=1, title="t", source="s", lang="en", published=None, text="x", label=Label.SECRET
    )
    assert raised(_raise(), title="", evidence=[shown], label=Label.RESTRICTED).label is Label.SECRET
    assert raised(_raise(), title="", label=Label.RESTRICTED).label is Label.RESTRICTED


def _raise() -> Raise:
    (decision,) = decide([verdict(CNVN)], day=DAY)
    assert isinstance(decision, Raise)
    return decision


histories = st.lists(st.dictionaries(st.sampled_from(KEYS), st.integers(0, 12), max_size=6), min_size=1, max_size=60)
overlaps = st.dictionaries(st.sampled_from(KEYS), st.frozensets(st.sampled_from("abcdef")), max_size=6)
mute_lists = st.lists(
    st.builds(
        Mute,
        key=st.sampled_from(KEYS),
        until=st.none() | st.datetimes(datetime(2014, 4, 1), datetime(2014, 9, 1), timezones=st.just(UTC)),  # noqa: DTZ001
        reason=st.just("why"),
    ),
    max_size=3,
)


@settings(max_examples=40, deadline=None)
@given(histories, overlaps, mute_lists, st.none() | st.integers(0, 3), st.randoms(use_true_random=False))
def test_any_history(
    history: list[dict[SeriesKey, int]],
    documents: dict[SeriesKey, frozenset[str]],
    mutes: list[Mute],
    budget: int | None,
    shuffle: random.Random,
) -> None:
    """Deterministic, never two open episodes of a series, never over the budget, nothing that fired is forgotten."""
    counts = {key: (0,) * 30 + tuple(day.get(key, 0) for day in history) for key in KEYS}
    desk = Desk()
    for i in range(len(history)):
        day, verdicts = DAY + timedelta(days=i), []
        for key in KEYS:
            n = len(counts[key])
            found = judge(
                Series(key=key, first=DAY - timedelta(days=30), counts=counts[key], exposure=(40,) * n), day, others=()
            )
            assert found is not None
            verdicts.append(found)
        episodes = [episode_of(alert) for alert in desk.open()]

        state = {"day": day, "mutes": mutes, "documents": documents, "budget": budget}
        decisions = decide(verdicts, episodes=episodes, **state)  # type: ignore[arg-type]
        mixed = sorted(verdicts, key=lambda _: shuffle.random())
        assert decide(mixed, episodes=reversed(episodes), **state) == decisions  # type: ignore[arg-type]
        assert budget is None or len(raises(decisions)) <= budget
        told = {decision.key for decision in decisions}
        assert {v.key for v in verdicts if v.fired} <= told
        desk.take(decisions)
        opened = [alert.key for alert in desk.open()]
        assert len(opened) == len(set(opened))
        again = decide(verdicts, episodes=[episode_of(alert) for alert in desk.open()], **state)  # type: ignore[arg-type]
        assert budget is not None or raises(again) == []
        before = dict(desk.alerts)
        desk.take(decision for decision in again if isinstance(decision, Continue))
        assert desk.alerts == before
