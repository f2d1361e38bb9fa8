"""What a reader may not see is in no answer of any kind, moves no count, and cannot be deleted or guessed at."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest

from domain.alert import Watchlist
from domain.document import Filters
from domain.errors import NotFoundError
from domain.event import Event
from domain.jsonable import plain
from domain.label import Label
from domain.time import now
from index.store import alerts, sources
from index.store import events as event_store
from service import scan, watch
from service.brief import brief
from service.pipeline import ingest
from service.reading import Options
from service.search import Query, delete, events_of, search, seen_by, show
from service.stories import stories, story_of
from service.wiring import Home, open_home

Jsonl = Callable[..., str]
DAY = date(2014, 5, 3)
OPEN = {"id": "o", "text": "China and Vietnam opened talks on fishing in Hanoi.", "source": "Wire",
        "published": "2014-05-03"}  # fmt: skip
CLOSED = {"id": "s", "text": "The ambassador of Vietnam spoke of Zubrowka with the envoy of China in private.",
          "source": "Embassy channel", "published": "2014-05-03", "label": "secret"}  # fmt: skip


def cleared(home: Home, label: Label) -> Home:
    """The same home as a reader with another clearance opens it."""
    settings = replace(home.settings, reader=replace(home.settings.reader, clearance=label))
    return open_home(home.path, settings=settings)


@pytest.fixture
def reader(home: Home) -> Iterator[Home]:
    """A reader cleared for restricted papers."""
    made = cleared(home, Label.RESTRICTED)
    yield made
    made.close()


def test_nothing_above_the_clearance_is_shown_anywhere(home: Home, reader: Home, jsonl: Jsonl) -> None:
    ingest(home, [jsonl(OPEN, CLOSED)])
    secret = show(home, "s").id
    assert watch.add(reader, Watchlist(name="w", words=("Vietnam",))) == 1
    assert watch.add(home, Watchlist(name="w2", words=("Vietnam",))) == 2
    seen: list[Any] = [
        [plain(a.hits) for a in search(reader, [Query("q", "Zubrowka Vietnam envoy")])],
        plain(stories(reader)), plain(brief(reader, since=DAY, until=DAY + timedelta(days=1))),
        plain(story_of(reader, secret)),
    ]  # fmt: skip
    with reader.read() as c:
        seen.append(plain(sources.health(c, at=now(), filters=seen_by(reader, Filters()))))
        seen.append([row.name for row in sources.listed(c, clearance=Label.RESTRICTED)])
    text = json.dumps(seen, ensure_ascii=False)
    assert "Wire" in text
    for word in ("Zubrowka", "Embassy channel", secret):
        assert word not in text
    for name in ("s", secret):
        with pytest.raises(NotFoundError):
            show(reader, name)
        with pytest.raises(NotFoundError):
            delete(reader, **({"external_id": name} if name == "s" else {"document": name}))
    assert show(home, "s").id == secret


def test_the_visible_one_of_two_documents_with_one_external_id_is_shown_and_deleted(
    home: Home, reader: Home, jsonl: Jsonl
) -> None:
    both = [{**CLOSED, "id": "d-17", "source": name} for name in ("A", "B", "C")]
    ingest(home, [jsonl(*both, {**OPEN, "id": "d-17"})])
    assert show(reader, "d-17").source == "Wire"
    assert delete(reader, external_id="d-17") != []
    with pytest.raises(NotFoundError):
        show(reader, "d-17")
    assert show(home, "d-17").source in ("A", "B", "C")


def test_events_follow_their_own_label_and_the_day_they_became_known(home: Home, reader: Home, jsonl: Jsonl) -> None:
    ingest(home, [jsonl(OPEN)])
    one = show(home, "o").id
    at = show(home, "o").versions[0].known
    made = [Event(day=DAY, known=at + timedelta(days=n), source_actor=f"{n}", target_actor="y", source_country="CN",
                  target_country="VN", cameo="036", goldstein=4.0, origin="t", document_id=one, label=label)
            for n, label in enumerate((Label.OPEN, Label.SECRET, Label.OPEN))]  # fmt: skip
    with home.write() as c:
        event_store.save_events(c, made)
    assert {e.source_actor for e in events_of(home, one)} == {"0", "1", "2"}
    assert {e.source_actor for e in events_of(reader, one)} == {"0", "2"}
    assert {e.source_actor for e in events_of(home, one, as_of=at + timedelta(hours=1))} == {"0"}


def test_a_stricter_label_given_to_a_text_held_holds_and_a_laxer_one_does_not(
    home: Home, reader: Home, jsonl: Jsonl
) -> None:
    path = jsonl(OPEN)
    ingest(home, [path])
    done = ingest(home, [path], options=Options(label=Label.SECRET))
    assert (done.new, done.updated, done.duplicate) == (0, 1, 0)
    with pytest.raises(NotFoundError):
        show(reader, "o")
    again = ingest(home, [path])
    assert (again.updated, again.duplicate) == (0, 1)
    update = ingest(home, [jsonl({**OPEN, "text": OPEN["text"] + " They go on."})])
    assert update.updated == 1
    with pytest.raises(NotFoundError):
        show(reader, "o")
    assert {v.label for v in show(home, "o").versions} == {Label.SECRET}


def test_what_secret_papers_made_fire_is_not_told_as_suppressed(home: Home, reader: Home, jsonl: Jsonl) -> None:
    ingest(home, [jsonl(OPEN, CLOSED)])
    with home.write() as c:
        alerts.suppress(c, "country:VN", day=DAY, reason="muted")
        alerts.suppress(c, "country:VN", day=DAY - timedelta(days=30), reason="muted")
        alerts.suppress(c, "country:FJ", day=DAY, reason="muted")
    assert {(r.series, r.day) for r in scan.suppressed(reader)} == {
        ("country:VN", DAY - timedelta(days=30)), ("country:FJ", DAY),
    }  # fmt: skip
    assert len(scan.suppressed(home)) == 3
    assert len(scan.suppressed(home, as_of=DAY - timedelta(days=1))) == 1
