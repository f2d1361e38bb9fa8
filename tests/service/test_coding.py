"""Coding through the service: what is stored of which version, again and after a kill."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from domain.document import Document
from domain.label import Label
from index.store import events as store
from index.store import schema as s
from nlp.events import Coder
from service import coding
from service.pipeline import ingest_documents
from service.search import delete as delete_documents
from service.wiring import Home

AT = datetime(2014, 5, 4, 6, tzinfo=UTC)
RAM = "Chinese ships rammed a Vietnamese patrol boat on Saturday. Hanoi lodged a protest with Beijing."


def document(key: str, text: str = RAM, *, title: str = "", at: datetime = AT, label: Label = Label.OPEN) -> Document:
    return Document(source="Wire", title=title, text=text, item=key, known=at, published=at, known_basis="published",
                    external_id=key, lang_hint="en", label=label)  # fmt: skip


def rows(home: Home) -> list[Any]:
    with home.read() as c:
        return list(c.execute(select(s.events).order_by(s.events.c.day, s.events.c.cameo)))


def test_a_document_tells_its_events(home: Home) -> None:
    ingest_documents(home, [document("a")])
    summary = coding.code_new(home)
    assert (summary.documents, summary.events, summary.failures) == (1, 2, [])
    assert summary.by_type == {"ASSAULT": 1, "ACCUSE": 1}
    ram, protest = rows(home)
    assert (ram.source_country, ram.target_country, ram.cameo, ram.day) == ("CN", "VN", "190", date(2014, 5, 3))
    assert (protest.source_country, protest.target_country, protest.cameo) == ("VN", "CN", "114")
    assert protest.day == date(2014, 5, 4)
    for row in (ram, protest):
        assert row.origin == coding.ORIGIN
        assert row.known == AT
        assert row.superseded is None
        assert 0 < row.confidence <= 1
        assert row.modality == "done"
    with home.read() as c:
        passage = c.execute(select(s.passages).where(s.passages.c.id == ram.passage_id)).one()
        assert "rammed" in passage.text
        assert len(store.of_document(c, ram.document_id)) == 2


def test_nothing_new_loads_no_model(home: Home) -> None:
    assert coding.code_new(home).documents == 0
    assert not home.encoders.loaded


def test_coding_twice_is_coding_once(home: Home) -> None:
    ingest_documents(home, [document("a"), document("b", "The film won a prize.")])
    assert coding.code(home).documents == 2
    before = rows(home)
    assert coding.code(home).documents == 0
    assert coding.code(home, again=True).documents == 2
    assert rows(home) == before


def test_days_confine(home: Home) -> None:
    ingest_documents(home, [document("a"), document("b", RAM + " Again.", at=AT + timedelta(days=3))])
    assert coding.code(home, since=date(2014, 5, 7)).documents == 1
    assert coding.code(home, until=date(2014, 5, 4)).documents == 0
    assert coding.code(home, until=date(2014, 5, 5)).documents == 1


def test_a_newer_version_supersedes_what_the_older_one_told(home: Home) -> None:
    later = AT + timedelta(hours=5)
    ingest_documents(home, [document("a")])
    coding.code_new(home)
    ingest_documents(home, [document("a", "Hanoi lodged a protest with Beijing.", at=later)])
    coding.code_new(home)
    with home.read() as c:
        now = store.listed(c, dyad=("CN", "VN"))
        then = store.listed(c, dyad=("CN", "VN"), as_of=later)
        first = store.listed(c, dyad=("CN", "VN"), as_of=AT)
    assert [row.cameo for row in now] == ["114"]
    assert sorted(row.cameo for row in then) == ["114", "190"]
    assert first == []
    assert {row.superseded for row in rows(home)} == {later, None}


def test_a_document_that_returns_to_what_it_said_tells_it_again(home: Home) -> None:
    texts = [RAM, "The film won a prize.", RAM]
    for n, text in enumerate(texts):
        ingest_documents(home, [document("a", text, at=AT + timedelta(hours=n))])
        coding.code_new(home)
    with home.read() as c:
        counts = [len(store.listed(c, dyad=("CN", "VN"), as_of=AT + timedelta(hours=n, minutes=1))) for n in range(3)]
        assert len(store.listed(c, dyad=("CN", "VN"))) == 2
    assert counts == [2, 0, 2]


def test_coded_late_or_at_once_is_the_same(home: Home, tmp_path: Any) -> None:
    from service.wiring import open_home

    texts = [RAM, RAM + " Six were hurt.", "The film won a prize."]
    documents = [document("a", text, at=AT + timedelta(hours=n)) for n, text in enumerate(texts)]
    other = open_home(tmp_path / "other")
    for one in documents:
        ingest_documents(home, [one])
        coding.code_new(home)
        ingest_documents(other, [one])
    coding.code_new(other)

    def told(where: Home) -> list[tuple[Any, ...]]:
        return sorted((r.id, r.day, r.cameo, r.known, str(r.superseded), r.confidence) for r in rows(where))

    assert told(home) == told(other)
    other.close()


def test_the_label_is_that_of_the_document(home: Home) -> None:
    ingest_documents(home, [document("a", label=Label.SECRET)])
    coding.code_new(home)
    assert {row.label for row in rows(home)} == {int(Label.SECRET)}
    with home.read() as c:
        assert store.listed(c, dyad=("CN", "VN"), clearance=Label.OPEN) == []


def test_what_is_deleted_is_gone_with_its_events(home: Home) -> None:
    ingest_documents(home, [document("a")])
    coding.code_new(home)
    delete_documents(home, external_id="a")
    assert rows(home) == []
    assert coding.code_new(home).documents == 0


def test_one_broken_text_does_not_stop_the_others(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    ingest_documents(home, [document("a"), document("b", "BROKEN " + RAM)])
    whole = Coder.code_many

    def breaking(self: Coder, texts: Any) -> Any:
        listed = list(texts)
        if any("BROKEN" in t.text for t in listed):
            raise RuntimeError("no such text")
        return whole(self, listed)

    monkeypatch.setattr(Coder, "code_many", breaking)
    summary = coding.code_new(home)
    assert (summary.documents, summary.events) == (2, 2)
    assert [f["stage"] for f in summary.failures] == ["code"]
    assert "no such text" in summary.failures[0]["error"]
    monkeypatch.undo()
    assert coding.code_new(home).documents == 0
    assert coding.code(home).events == 2  # the failed one is tried again by the command


def test_a_kill_between_lots_loses_nothing(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    texts = [f"{RAM} It was report number {n} of that day." for n in range(5)]
    ingest_documents(home, [document(str(n), text) for n, text in enumerate(texts)])
    monkeypatch.setattr(coding, "LOT", 2)
    noted: list[int] = []
    note = coding._note

    def killed(c: Any, version: int, coder: str, events: int) -> None:
        note(c, version, coder, events)
        noted.append(version)
        if len(noted) == 4:
            raise KeyboardInterrupt

    monkeypatch.setattr(coding, "_note", killed)
    with pytest.raises(KeyboardInterrupt):
        coding.code_new(home)
    assert len(rows(home)) == 4  # the first lot whole, nothing of the second
    monkeypatch.setattr(coding, "_note", note)
    assert coding.code_new(home).documents == 3
    assert len(rows(home)) == 10


def test_a_changed_coder_codes_anew_only_when_asked(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    ingest_documents(home, [document("a")])
    coding.code_new(home)
    monkeypatch.setattr(Coder, "id", property(lambda self: "another"))
    assert coding.code_new(home).documents == 0
    assert coding.code(home).documents == 1
    assert len(rows(home)) == 2


def test_progress_and_stop(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    ingest_documents(home, [document(str(n), f"{RAM} Number {n}.") for n in range(4)])
    monkeypatch.setattr(coding, "LOT", 2)
    seen: list[int] = []
    stop: Callable[[], bool] = lambda: bool(seen)  # noqa: E731
    summary = coding.code(home, progress=lambda done, what: seen.append(done), stop=stop)
    assert seen == [2]
    assert summary.documents == 2


def test_the_corpus_tells_of_the_crisis_in_its_languages(demo_home: Home) -> None:
    coding.code(demo_home)
    with demo_home.read() as c:
        found = store.listed(c, dyad=("CN", "VN"), limit=10_000)
        languages = dict(c.execute(select(s.versions.c.document_id, s.versions.c.lang)).all())
    hostile = [r for r in found if r.modality == "done" and int(r.cameo[:2]) >= 9]
    early = [r for r in hostile if r.day < date(2014, 5, 2)]
    crisis = [r for r in hostile if date(2014, 5, 2) <= r.day <= date(2014, 5, 10)]
    assert len(early) <= 3
    assert len(crisis) >= 30
    assert {languages[r.document_id] for r in crisis} == {"vi", "en", "fr", "zh", "ru", "de", "es"}
    assert sum(r.day <= date(2014, 5, 5) for r in crisis) >= 8
    rammed = [r for r in crisis if (r.source_country, r.target_country) == ("CN", "VN") and r.cameo.startswith("19")]
    assert len({languages[r.document_id] for r in rammed}) >= 5


def test_a_text_is_told_with_its_title(home: Home) -> None:
    ingest_documents(home, [document("a", "It happened near the rig.", title="China rams Vietnamese boat")])
    summary = coding.code_new(home)
    assert summary.events == 1
    assert rows(home)[0].passage_id is not None
