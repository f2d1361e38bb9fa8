"""Desks, their inboxes, and what officers do about alerts; of each no more than reader and desk are cleared for."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import pytest
from sqlalchemy import func, insert, select

from domain.alert import SeriesKey
from domain.desk import EVERYTHING, Channel, Desk
from domain.errors import InputError, NotFoundError
from domain.label import Label
from domain.time import now
from index.store import schema as s
from service import delivering, desks, scan
from service.counting import rewind
from service.wiring import Home, open_home
from tests.service.sending import DAY, DYAD, a_desk, a_home, an_alert, lines, raise_alerts, states

PERU = an_alert(key=SeriesKey("dyad", ("CL", "PE")), title="Chile and Peru")
SECRET = an_alert(date(2014, 5, 3), label=Label.SECRET, title="Hidden")


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Home]:
    with a_home(tmp_path / "home") as made:
        yield made


def cleared(home: Home, label: Label) -> Home:
    """The same store, for a reader of this clearance."""
    reader = replace(home.settings.reader, clearance=label)
    return replace(home, settings=replace(home.settings, reader=reader))


def titles(home: Home, name: str = "sea", **how: object) -> list[str]:
    return [x.alert.title for x in desks.inbox(home, name, **how)]  # type: ignore[arg-type]


def test_the_desk_that_follows_everything_is_always_there(home: Home) -> None:
    assert [one.name for one in desks.desks(home)] == [EVERYTHING]
    assert [x.kind for x in desks.channels_of(home, desks.desk(home))] == ["log"]
    desks.save(home, replace(desks.desk(home), lang="vi", budget=2.0))
    assert (desks.desk(home).lang, desks.desk(home).budget) == ("vi", 2.0)
    desks.remove(home, EVERYTHING)
    assert desks.desk(home).lang == "en"
    with pytest.raises(NotFoundError, match="no such desk"):
        desks.desk(home, "sea")


def test_a_desk_is_kept_as_it_was_made(home: Home) -> None:
    made = Desk(name="sea", title="Biển Đông", countries=("PH",), dyads=(("CN", "VN"),), watchlists=("rig",),
                budget=0.5, lang="fr", digest_hour=6, timezone="Europe/Paris", clearance=Label.SECRET,
                channels=(Channel(name="w", kind="webhook", address="https://h.example/x", digest=True, alerts=False,
                                  clearance=Label.RESTRICTED, secret_env="S"),))  # fmt: skip
    desks.save(home, made)
    assert desks.desk(home, "sea") == made
    assert desks.set_budget(home, "sea", 3).budget == 3
    assert desks.desk(home, "sea").channels == made.channels
    assert desks.remove_channel(home, "sea", "w").channels == ()
    with pytest.raises(NotFoundError, match="no such channel"):
        desks.remove_channel(home, "sea", "w")


@pytest.mark.parametrize(("changes", "reason"), [
    ({"name": ""}, "name"), ({"name": "a/b"}, "name"), ({"name": "a\nb"}, "name"), ({"name": "x" * 61}, "name"),
    ({"lang": "de"}, "language"), ({"digest_hour": 24}, "hour"), ({"budget": -1.0}, "budget"),
    ({"budget": float("nan")}, "budget"), ({"timezone": "Mars/Base"}, "time zone"), ({"timezone": "../x"}, "time zone"),
])  # fmt: skip
def test_what_makes_no_sense_is_refused(home: Home, changes: dict[str, object], reason: str) -> None:
    with pytest.raises(InputError, match=reason):
        desks.save(home, replace(Desk(name="sea"), **changes))  # type: ignore[arg-type]
    assert [one.name for one in desks.desks(home)] == [EVERYTHING]


@pytest.mark.parametrize(("kind", "address"), [
    ("smtp", "nobody"), ("smtp", "a@b.c\nBcc: x@y.z"), ("webhook", "ftp://h.example/x"), ("webhook", "file:///etc/passwd"),
    ("webhook", "https://me:pw@h.example/x"), ("apprise", "syslog://"), ("apprise", "nothing"), ("rss", "vedette.db"),
    ("rss", "../out.xml"), ("rss", "feeds/../../out.xml"), ("rss", ".hidden.xml"), ("log", "vedette.toml"),
    ("pigeon", "x"),
])  # fmt: skip
def test_a_channel_that_leads_nowhere_is_refused(home: Home, kind: str, address: str) -> None:
    a_desk(home)
    with pytest.raises(InputError):
        desks.add_channel(home, "sea", Channel(name="c", kind=kind, address=address))  # type: ignore[arg-type]
    assert desks.desk(home, "sea").channels == ()


def test_nobody_clears_a_desk_or_a_channel_above_himself(home: Home) -> None:
    low = cleared(home, Label.RESTRICTED)
    with pytest.raises(InputError, match="above its maker"):
        desks.save(low, Desk(name="sea", clearance=Label.SECRET))
    desks.save(low, Desk(name="sea", clearance=Label.RESTRICTED))
    way = Channel(name="c", kind="smtp", address="a@b.c", clearance=Label.CONFIDENTIAL)
    with pytest.raises(InputError, match="above its maker"):
        desks.add_channel(low, "sea", way)
    desks.add_channel(low, "sea", replace(way, clearance=Label.RESTRICTED))
    # What somebody else was cleared to make stays as it is.
    desks.add_channel(home, "sea", replace(way, name="high"))
    assert desks.set_budget(low, "sea", 2).budget == 2
    assert desks.set_budget(low, EVERYTHING, 2).clearance is Label.TOP_SECRET
    with pytest.raises(InputError, match="above its maker"):
        desks.add_channel(low, "sea", replace(way, name="high", address="me@evil.example"))


def test_an_alert_comes_to_the_desks_that_follow_it(home: Home) -> None:
    a_desk(home, dyads=(("CN", "VN"),))
    a_desk(home, name="andes", countries=("PE",))
    raise_alerts(home, an_alert(), PERU)
    assert titles(home, "sea") == ["China and Vietnam: 7 reports"]
    assert titles(home, "andes") == ["Chile and Peru"]
    assert sorted(titles(home, EVERYTHING)) == ["Chile and Peru", "China and Vietnam: 7 reports"]
    a_desk(home, name="late", countries=("VN",))
    assert titles(home, "late") == ["China and Vietnam: 7 reports"]
    assert lines(home, desk="late") == []


def test_one_desk_may_be_named_for_an_alert(home: Home) -> None:
    a_desk(home, dyads=(("CN", "VN"),))
    one = an_alert()
    with home.write() as c:
        scan.store.save_alert(c, one)
        desks.announce(home, c, [one], today=DAY, to={one.id: (EVERYTHING,)})
    assert titles(home, "sea") == []
    assert titles(home, EVERYTHING) == [one.title]


def test_reader_and_desk_have_both_to_be_cleared(home: Home) -> None:
    a_desk(home, clearance=Label.CONFIDENTIAL)
    a_desk(home, name="high")
    raise_alerts(home, an_alert(), SECRET)
    assert titles(home, "sea") == ["China and Vietnam: 7 reports"]
    assert titles(home, "high") == ["Hidden", "China and Vietnam: 7 reports"]
    low = cleared(home, Label.OPEN)
    assert titles(low, "high") == titles(low, EVERYTHING) == ["China and Vietnam: 7 reports"]
    for act in (
        lambda: desks.acknowledge(low, SECRET.id, by="me", name="high"),
        lambda: desks.mark(low, SECRET.id, right=True, by="me", name="high"),
        lambda: desks.mark(home, SECRET.id, right=True, by="me", name="sea"),
    ):
        with pytest.raises(NotFoundError):
            act()
    desks.mark(home, SECRET.id, right=True, by="me", name="high")
    assert desks.verdicts(low) == []
    assert len(desks.verdicts(home)) == 1


def test_a_desk_handles_an_alert_on_its_own(home: Home) -> None:
    one = an_alert()
    a_desk(home)
    a_desk(home, name="other")
    raise_alerts(home, one)
    done = desks.acknowledge(home, one.id, by="An", name="sea", note="seen")
    assert (done.state, done.by) == ("acknowledged", "An")
    assert titles(home, "sea", state="acknowledged") == [one.title]
    assert titles(home, "other", state="new") == titles(home, EVERYTHING, state="new") == [one.title]
    desks.assign(home, one.id, to="Bình", by="An", name="sea")
    (found,) = desks.inbox(home, "sea")
    assert (found.assigned_to, found.state) == ("Bình", "acknowledged")
    assert desks.assign(home, one.id, to=" ", by="An", name="sea").assigned_to is None
    desks.acknowledge(home, one.id, by="An")
    assert scan.listed(home)[0].acknowledged_by == "An"
    assert titles(home, EVERYTHING, state="acknowledged") == [one.title]


def test_a_snooze_ends_in_time_or_when_it_gets_worse(home: Home) -> None:
    one = an_alert()
    a_desk(home)
    raise_alerts(home, one)
    with pytest.raises(InputError, match="past"):
        desks.snooze(home, one.id, until=now(), by="An", name="sea")
    asleep = desks.snooze(home, one.id, until=now() + timedelta(hours=1), by="An", name="sea")
    assert asleep.state == "snoozed"
    assert titles(home, state="new") == []
    desks.snooze(home, one.id, until=now() + timedelta(milliseconds=20), by="An", name="sea")
    assert _soon(home) == [one.title]
    desks.snooze(home, one.id, until=now() + timedelta(hours=1), by="An", name="sea")
    raise_alerts(home, one, kind="escalation")
    assert titles(home, state="new") == [one.title]
    assert titles(home, as_of=DAY, state="new") == [one.title]


def _soon(home: Home) -> list[str]:
    import time

    time.sleep(0.05)
    return titles(home, state="new")


def test_the_last_verdict_counts_and_none_is_lost(home: Home) -> None:
    one = an_alert()
    a_desk(home)
    raise_alerts(home, one)
    with home.write() as c:
        c.execute(insert(s.candidates).values(series=str(DYAD), day=DAY, probability=0.7, score=7.0, label=0))
    desks.mark(home, one.id, right=False, by="An", name="sea", note="old news")
    desks.mark(home, one.id, right=True, by="Bình", name="sea")
    desks.mark(home, one.id, right=False, by="An")
    said = desks.inbox(home, "sea")[0].judgement
    assert said is not None
    assert (said.right, said.by) == (True, "Bình")
    assert desks.verdicts_for_calibration(home) == [(0.7, True), (0.7, False)]
    assert [x.right for x in desks.verdicts(home, last=False)] == [False, True, False]
    desks.remove(home, "sea")
    with home.write() as c:
        c.exec_driver_sql("DELETE FROM alerts")
    assert desks.verdicts_for_calibration(home) == [(0.7, True), (0.7, False)]
    reopened = open_home(home.path)
    assert next(x.note for x in desks.verdicts(reopened, last=False)) == "old news"
    reopened.close()


@pytest.mark.parametrize("act", ["acknowledge", "snooze", "assign", "mark"])
def test_a_scan_does_not_take_back_what_a_desk_has_handled(home: Home, act: str) -> None:
    handled, left = an_alert(), an_alert(key=SeriesKey("dyad", ("JP", "KR")))
    a_desk(home)
    raise_alerts(home, handled, left)
    {
        "acknowledge": lambda: desks.acknowledge(home, handled.id, by="An", name="sea"),
        "snooze": lambda: desks.snooze(home, handled.id, by="An", name="sea", until=now() + timedelta(days=1)),
        "assign": lambda: desks.assign(home, handled.id, by="An", name="sea", to="Bình"),
        "mark": lambda: desks.mark(home, handled.id, by="An", name="sea", right=False),
    }[act]()
    with home.write() as c:
        rewind(c, DAY - timedelta(days=3), rules=scan.Rules())
        assert list(c.scalars(select(s.alerts.c.id))) == [handled.id]


def test_what_is_long_past_comes_to_the_inbox_and_does_not_leave_the_house(home: Home) -> None:
    a_desk(
        home,
        Channel(name="mail", kind="smtp", address="a@b.example"),
        Channel(name="feed", kind="rss", address="f.xml"),
    )
    raise_alerts(home, an_alert(), an_alert(DAY + timedelta(days=20)), today=DAY + timedelta(days=21))
    found = {(x.channel, x.alert_id): x for x in lines(home)}
    assert found["mail", an_alert().id].state == "dropped"
    assert "21 days past" in str(found["mail", an_alert().id].error)
    assert found["mail", an_alert(DAY + timedelta(days=20)).id].state == "waiting"
    assert found["feed", an_alert().id].state == "waiting"
    assert len(titles(home)) == 2


def test_what_waits_for_a_desk_or_channel_that_goes_is_dropped(home: Home) -> None:
    a_desk(home, *(Channel(name=x, kind="smtp", address="a@b.example") for x in ("one", "two")))
    raise_alerts(home, an_alert())
    desks.remove_channel(home, "sea", "one")
    assert states(home) == {"one": "dropped", "two": "waiting"}
    desks.remove(home, "sea")
    assert states(home) == {"one": "dropped", "two": "dropped"}
    delivering.deliver(home)
    assert states(home) == {"one": "dropped", "two": "dropped"}


def test_no_record_where_it_is_configured_off(home: Home) -> None:
    off = replace(home, settings=replace(home.settings, alerts=replace(home.settings.alerts, delivery="none")))
    raise_alerts(off, an_alert())
    with home.read() as c:
        assert c.scalar(select(func.count()).select_from(s.outgoing)) == 0
    assert titles(off, EVERYTHING) == [an_alert().title]
