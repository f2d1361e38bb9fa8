"""What is sent: wording, digests, feeds, signatures, pauses between tries, and what is refused at sight."""

from __future__ import annotations

import doctest
import importlib
from dataclasses import fields, replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import feedparser
import pytest
from hypothesis import given
from hypothesis import strategies as st

from alerts.delivery import chat, rss
from alerts.delivery.digest import Day, digest_message, due
from alerts.delivery.message import Message, alert_message, key_of, one_line
from alerts.delivery.outcome import FIRST, MOST, NotSentError, RefusedError, backoff
from alerts.delivery.webhook import Reply, send, signature, verified
from alerts.delivery.words import LANGUAGES, name_of, show_number, words_of
from domain.alert import Alert, Evidence, SeriesKey
from domain.desk import Channel, Desk, Filed
from domain.label import Label
from domain.source import SourceHealth

DAY = date(2014, 5, 2)
AT = datetime(2026, 5, 2, 7, 30, tzinfo=UTC)


TITLE = "China and Vietnam: 7 reports in a day against 0.3 expected"


def alert(name: str = "a1", *, title: str = TITLE, score: float = 7.2,
          label: Label = Label.OPEN, peak: int = 9, health: tuple[SourceHealth, ...] = ()) -> Alert:  # fmt: skip
    shown = Evidence(document_id="d1", passage_id=4, title="Giàn khoan <b>", source="Wire", lang="vi", published=None,
                     text="x", label=label)  # fmt: skip
    return Alert(id=name, key=SeriesKey("dyad", ("CN", "VN")), title=title, opened=DAY, last=DAY + timedelta(days=2),
                 state="open", score=score, observed=7, expected=0.26, peak=peak, signals=(), evidence=(shown,) * 7,
                 health=health, label=label)  # fmt: skip


def source(name: str, state: str, hours: float | None) -> SourceHealth:
    age = None if hours is None else timedelta(hours=hours)
    return SourceHealth(source=name, state=state, documents=3, newest=None, content_age=age, usual_gap=None,  # type: ignore[arg-type]
                        last_success=None, failures=0, last_error=None)  # fmt: skip


@pytest.mark.parametrize("name", ["outcome", "words", "message", "webhook", "digest"])
def test_examples(name: str) -> None:
    result = doctest.testmod(importlib.import_module(f"alerts.delivery.{name}"))
    assert (result.attempted > 0, result.failed) == (True, 0)


# --- words


def test_every_language_has_every_word_with_the_same_places() -> None:
    english = words_of("en")
    for lang in LANGUAGES:
        own = words_of(lang)
        for one in fields(own):
            ours, theirs = getattr(own, one.name), getattr(english, one.name)
            assert type(ours) is type(theirs), (lang, one.name)
            if isinstance(ours, str):
                assert sorted(_places(ours)) == sorted(_places(theirs)), (lang, one.name)
            else:
                assert len(ours) == len(theirs), (lang, one.name)
                assert not isinstance(ours, dict) or set(ours) == set(theirs)
    with pytest.raises(ValueError, match="not in 'de'"):
        words_of("de")


def _places(template: str) -> list[str]:
    import string

    return [name for _, name, _, _ in string.Formatter().parse(template) if name]


def test_an_alert_in_each_language() -> None:
    found = {lang: alert_message(alert(), words_of(lang), key="k", probability=0.42) for lang in LANGUAGES}
    assert found["en"].subject == "Alert: China and Vietnam: 7 reports in a day against 0.3 expected"
    assert found["vi"].subject == "Cảnh báo: Trung Quốc và Việt Nam: 7 bài trong một ngày, dự tính 0,3"
    assert found["fr"].subject.startswith("Alerte : Chine et Viêt Nam : 7 articles en un jour, 0,3")
    assert "42%" in found["en"].text
    assert "Probabilité : 42" in found["fr"].text
    for one in found.values():
        assert one.text.count("[vi] Wire: Giàn khoan <b>") == 5
        assert "&lt;b&gt;" in one.html
        assert "<b>" not in one.html
        assert one.payload["dyad"] == ["CN", "VN"]
        assert one.payload["probability"] == 0.42


def test_silent_sources_are_said_to_be_silent() -> None:
    told = alert_message(
        alert(health=(source("Wire", "healthy", 1), source("Radio", "quiet", 80), source("Post", "failing", None))),
        words_of("en"), key="k",
    )  # fmt: skip
    assert "Sources not to be heard: Radio (quiet, 3 days); Post (failing). Their silence says nothing." in told.text


def test_other_kinds_of_series_have_a_name() -> None:
    words = words_of("en")
    assert name_of(SeriesKey("directed", ("CN", "VN"), "hostile"), words) == "China → Vietnam"
    assert name_of(SeriesKey("watchlist", ("rig",)), words) == "watchlist rig"
    assert name_of(SeriesKey("type", ("THREATEN",)), words) == "THREATEN"
    assert name_of(SeriesKey("country", ("ZZX",)), words) == "ZZX"
    assert show_number(0.01, words) == "<0.1"


@given(st.text())
def test_one_line_is_one_line_that_hides_nothing(text: str) -> None:
    line = one_line(text, most=100)
    assert line.isprintable()
    assert len(line) <= 100
    assert line == line.strip()
    line.encode("utf-8")


# --- pauses


@given(st.integers(1, 500), st.text(max_size=20))
def test_pauses_grow_up_to_a_limit_and_are_spread(tries: int, key: str) -> None:
    wait = backoff(tries, key=key)
    whole = min(MOST, FIRST * 2 ** min(tries - 1, 20))
    assert whole / 2 <= wait <= whole
    assert wait == backoff(tries, key=key)


def test_messages_that_failed_together_do_not_come_back_together() -> None:
    waits = {backoff(6, key=f"alert/{n}") for n in range(50)}
    assert len(waits) == 50
    assert max(waits) - min(waits) > MOST / 60
    with pytest.raises(ValueError, match="0 tries"):
        backoff(0, key="k")


# --- webhook


def test_a_webhook_carries_the_alert_its_key_and_a_signature() -> None:
    sent: list[tuple[str, bytes, dict[str, str]]] = []

    def post(url: str, body: bytes, headers: object) -> Reply:
        sent.append((url, body, dict(headers)))  # type: ignore[call-overload]
        return Reply(204)

    message = alert_message(alert(), words_of("vi"), key=key_of("house", "alert/a1/all/hook"))
    send(message, url="https://hook.example/x", item="all/hook", post=post, at=AT, secret=b"s3cret")
    ((url, body, headers),) = sent
    assert url == "https://hook.example/x"
    assert headers["idempotency-key"] == message.key
    assert verified(b"s3cret", body, headers["vedette-signature"], now=AT)
    assert not verified(b"other", body, headers["vedette-signature"], now=AT)
    assert not verified(b"s3cret", body + b" ", headers["vedette-signature"], now=AT)
    assert not verified(b"s3cret", body, headers["vedette-signature"], now=AT + timedelta(minutes=6))
    for odd in ("", "t=x,v1=y", "v1=00", "t=1"):
        assert not verified(b"s3cret", body, odd, now=AT)
    send(message, url="https://hook.example/x", item="all/hook", post=post, at=AT)
    assert "vedette-signature" not in sent[1][2]
    assert signature(b"a", b"b", at=AT) != signature(b"a", b"b", at=AT + timedelta(seconds=1))


@pytest.mark.parametrize(("status", "error"), [
    (200, None), (299, None), (301, RefusedError), (307, RefusedError), (400, RefusedError), (404, RefusedError),
    (410, RefusedError), (408, NotSentError), (429, NotSentError), (500, NotSentError), (503, NotSentError),
])  # fmt: skip
def test_what_an_answer_means(status: int, error: type[Exception] | None) -> None:
    message = alert_message(alert(), words_of("en"), key="k")

    def post(url: str, body: bytes, headers: object) -> Reply:
        return Reply(status, timedelta(seconds=90))

    if error is None:
        send(message, url="https://h.example/", item="i", post=post, at=AT)
        return
    with pytest.raises(error, match=str(status)) as told:
        send(message, url="https://h.example/", item="i", post=post, at=AT)
    if isinstance(told.value, NotSentError):
        assert told.value.wait == timedelta(seconds=90)


# --- feeds


def test_a_feed_is_read_by_readers_and_keeps_its_ids(tmp_path: Path) -> None:
    words = words_of("vi")
    odd = replace(alert("a2"), title="x", key=SeriesKey("watchlist", ("]]> & <x>\x0b",)))
    entries = [(alert_message(one, words, key=one.id), AT) for one in (alert(), odd)]
    path = tmp_path / "deep" / "sea.xml"
    rss.write(path, rss.feed("Bàn Biển <Đông>", entries, words, made=AT))
    first = path.read_bytes()
    found = feedparser.parse(first)
    assert not found.bozo
    assert found.feed.title == "Bàn Biển <Đông>"
    assert [one.id for one in found.entries] == ["urn:vedette:a1", "urn:vedette:a2"]
    assert "Trung Quốc và Việt Nam" in found.entries[0].title
    assert "]]> & <x>" in found.entries[1].title
    rss.write(path, rss.feed("Bàn Biển <Đông>", entries, words, made=AT))
    assert path.read_bytes() == first
    assert [one.name for one in path.parent.iterdir()] == ["sea.xml"]
    many = [(alert_message(alert(f"a{n}"), words, key=f"a{n}"), AT) for n in range(80)]
    assert len(feedparser.parse(rss.feed("t", many, words, made=AT)).entries) == rss.ENTRIES


# --- digests


@pytest.mark.parametrize(("at", "day"), [
    ("2026-05-01T23:59:59", date(2026, 5, 1)), ("2026-05-02T00:00:00", date(2026, 5, 2)),
    ("2026-05-02T23:59:59", date(2026, 5, 2)), ("2026-05-03T00:00:00", date(2026, 5, 3)),
])  # fmt: skip
def test_a_digest_is_due_at_the_hour_of_the_desk(at: str, day: date) -> None:
    found = due(Desk(name="d", digest_hour=7), at=datetime.fromisoformat(at).replace(tzinfo=UTC))
    assert found is not None
    assert found[1] == day
    assert found[0].astimezone(ZoneInfo("Asia/Ho_Chi_Minh")).hour == 7
    assert due(Desk(name="d"), at=AT) is None


@given(st.datetimes(datetime(2025, 1, 1), datetime(2027, 12, 31)), st.integers(0, 23))  # noqa: DTZ001
def test_it_is_due_once_a_day_also_where_clocks_are_changed(moment: datetime, hour: int) -> None:
    desk = Desk(name="d", digest_hour=hour, timezone="Europe/Paris")
    at = moment.replace(tzinfo=UTC)
    found = due(desk, at=at)
    assert found is not None
    assert timedelta(0) <= at - found[0] <= timedelta(hours=25)
    later = due(desk, at=at + timedelta(hours=25))
    assert later is not None
    assert later[1] > found[1]
    assert later[0] > found[0]


def a_day(**changes: object) -> Day:
    plain = Day(desk=Desk(name="sea", title="Biển Đông"), day=DAY, opened=(), chances={}, before=None, over=(),
                sources=4, silent=(), withheld=0, suppressed=0, unsent=0)  # fmt: skip
    return replace(plain, **changes)  # type: ignore[arg-type]


def test_an_empty_digest_says_so_and_a_full_one_tells_the_gravest_first() -> None:
    words = words_of("en")
    empty = digest_message(a_day(), words, key="k").text
    for line in ("No alert is open.", "This is the first digest.", "Every source that is followed is heard",
                 "Nothing was held back."):  # fmt: skip
        assert line in empty
    assert "No source is known" in digest_message(a_day(sources=0), words, key="k").text
    strong, likely = alert("a1", title="Strong", score=9), alert("a2", title="Likely", score=2)
    asleep, over = alert("a3", title="Asleep"), alert("a4", title="Gone by now")
    full = digest_message(
        a_day(
            opened=[Filed(alert=strong, desk="sea", day=DAY), Filed(alert=asleep, desk="sea", day=DAY, state="snoozed"),
                    Filed(alert=likely, desk="sea", day=DAY, state="acknowledged", assigned_to="An")],
            chances={"a2": 0.9, "a1": 0.2}, before={"a1": 5, "a4": 3}, over=[over],
            silent=[source("Radio", "quiet", 80)], withheld=2, suppressed=11, unsent=1,
        ),
        words, key="k",
    )  # fmt: skip
    text = full.text
    assert "2 alerts are open." in text
    assert "Snoozed for now: 1." in text
    assert text.index("Likely (acknowledged; with An; 90%)") < text.index("Strong (new; 20%)")
    assert "Asleep" not in text
    assert "New: Likely" in text
    assert "Grown: Strong (5 → 9)" in text
    assert "Over: Gone by now" in text
    assert "Radio (quiet, 3 days)" in text
    assert "handling label does not allow them to be sent this way: 2." in text
    assert "were not raised: 11" in text
    assert full.payload["withheld"] == 2


@pytest.mark.parametrize("lang", LANGUAGES)
def test_a_digest_takes_the_strictest_label_of_what_it_tells(lang: str) -> None:
    told = [Filed(alert=alert("a1", label=Label.OPEN), desk="sea", day=DAY),
            Filed(alert=alert("a2", label=Label.CONFIDENTIAL), desk="sea", day=DAY)]  # fmt: skip
    message = digest_message(a_day(opened=told), words_of(lang), key="k")
    assert message.label == Label.CONFIDENTIAL
    assert words_of(lang).levels[Label.CONFIDENTIAL] in message.text


# --- what is refused at sight, and what is shown


@pytest.mark.parametrize("url", ["syslog://", "DBUS://x", "gnome://", "macosx://", "windows://", "file:///etc/passwd",
                                 "no url", "://x", "", "tgram//x"])  # fmt: skip
def test_what_is_no_way_out_is_refused(url: str) -> None:
    assert chat.refusal(url) is not None


def test_known_services_are_not_refused() -> None:
    for url in ("tgram://123456789:abcdefghijklmnop1234567890abcdefghi/1234", "slack://a/b/c", "msteams://x"):
        assert chat.refusal(url) is None


@pytest.mark.parametrize(("kind", "address"), [
    ("webhook", "https://user:hunter2@hook.example/services/hunter2?token=hunter2"), ("apprise", "tgram://hunter2/1"),
    ("apprise", "slack://hunter2"), ("webhook", "https://${hunter2}/x"),
])  # fmt: skip
def test_an_address_is_shown_without_its_secrets(kind: str, address: str) -> None:
    shown = Channel(name="c", kind=kind, address=address).shown  # type: ignore[arg-type]
    assert "hunter2" not in shown
    assert "://" in shown


def test_a_message_is_plain_data() -> None:
    message = alert_message(alert(), words_of("en"), key="k")
    assert isinstance(message, Message)
    assert message.payload["evidence"][0]["document_id"] == "d1"
