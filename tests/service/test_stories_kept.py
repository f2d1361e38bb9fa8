"""Stories as they are kept: put as documents come, in lots, late, anew, by label, as of a day, and as operators say."""

from __future__ import annotations

import random
import shutil
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import delete as remove
from sqlalchemy import select, update

from domain.document import Document, Filters
from domain.errors import InputError, NotFoundError
from domain.label import Label
from index.store import schema as s
from index.store import stories as store
from service import story_edits, story_placing
from service.demo import corpus
from service.doctor import examine
from service.export import export
from service.pipeline import ingest_documents
from service.restore import restore
from service.search import delete
from service.stories import stories, story_of
from service.story_view import changes, story
from service.wiring import Home, open_home

FIRST, LAST = datetime(2014, 5, 5, tzinfo=UTC), datetime(2014, 5, 10, tzinfo=UTC)
Rows = list[tuple[str, ...]]


def light(folder: Path, *, clearance: Label = Label.TOP_SECRET) -> Home:
    home = open_home(folder)
    settings = replace(home.settings, models=replace(home.settings.models, recognisers=False),
                       reader=replace(home.settings.reader, clearance=clearance))  # fmt: skip
    home.close()
    return open_home(folder, settings=settings)


def papers(first: datetime = FIRST, last: datetime = LAST) -> list[Document]:
    return [one for one in corpus.documents() if first <= one.known < last]


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home with the corpus' hardest days."""
    folder = tmp_path_factory.mktemp("filled") / "home"
    home = light(folder)
    ingest_documents(home, papers())
    home.close()
    return folder


@pytest.fixture
def home(filled: Path, tmp_path: Path) -> Iterator[Home]:
    """The same, for one test."""
    shutil.copytree(filled, tmp_path / "home")
    made = light(tmp_path / "home")
    yield made
    made.close()


def kept(home: Home) -> Rows:
    """Everything that is kept of stories but for the numbers of changes."""
    k = s.story_changes.c
    with home.read() as c:
        found: list[tuple[object, ...]] = [
            tuple(row) for row in c.execute(select(s.stories).order_by(s.stories.c.id, s.stories.c.level))
        ]
        t = s.story_documents.c
        found += [tuple(row) for row in c.execute(select(s.story_documents).order_by(t.level, t.version_id))]
        found += [tuple(row) for row in c.execute(select(k.level, k.what, k.story_id, k.other_id).order_by(k.id))]
    return [tuple(str(value) for value in row) for row in found]


def begin_again(home: Home) -> None:
    """Forget all stories, as if nothing had been put into one yet."""
    with home.write() as c:
        for table in (s.story_changes, s.story_documents, s.stories):
            c.execute(remove(table))
    home.stories = None


def of_documents(home: Home, filters: Filters | None = None) -> dict[str, str]:
    return {one: each.id for each in stories(home, filters=filters) for one in each.document_ids}


def test_an_ingest_leaves_every_document_in_a_story(home: Home) -> None:
    with home.read() as c:
        assert store.count_pending(c) == 0
    assert set(of_documents(home)) == {one.id for one in papers()}
    assert any(len(one.languages) >= 4 for one in stories(home))
    assert [one.state for one in examine(home) if one.what == "stories"] == ["ok"]


def test_however_often_it_is_broken_off_the_end_is_the_same(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    begin_again(home)
    monkeypatch.setattr(story_placing, "LOT", 1000)
    story_placing.place(home)
    whole = kept(home)
    draw = random.Random(4)
    for _ in range(3):
        begin_again(home)
        while True:
            monkeypatch.setattr(story_placing, "LOT", draw.randint(1, 9))
            stops = iter([False] * draw.randint(1, 3))
            left = story_placing.place(home, stop=lambda stops=stops: next(stops, True)).documents  # type: ignore[misc]
            home.stories = None  # what a kill takes
            if not left:
                break
        assert kept(home) == whole


def test_a_kill_within_a_lot_leaves_whole_lots(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    story_placing.place(home)
    begin_again(home)
    story_placing.place(home)
    whole = kept(home)
    begin_again(home)
    monkeypatch.setattr(story_placing, "LOT", 20)
    real, calls = store.keep, iter(range(10_000))

    def breaks(*args: object, **named: object) -> None:
        if next(calls) == 55:
            raise KeyboardInterrupt
        real(*args, **named)  # type: ignore[arg-type]

    monkeypatch.setattr(store, "keep", breaks)
    with pytest.raises(KeyboardInterrupt):
        story_placing.place(home)
    with home.read() as c:
        t = s.story_documents.c
        assert len(c.execute(select(t.version_id).distinct()).all()) % 20 == 0
    story_placing.place(home)
    assert kept(home) == whole


def test_a_late_document_finds_the_story_of_its_day(tmp_path: Path) -> None:
    home = light(tmp_path / "late")
    told = papers(datetime(2014, 5, 7, tzinfo=UTC), datetime(2014, 5, 9, tzinfo=UTC))
    late = next(one for one in told if one.external_id and corpus.happenings()[one.id] == "ramming-video")
    after = papers(datetime(2014, 5, 20, tzinfo=UTC), datetime(2014, 5, 24, tzinfo=UTC))
    ingest_documents(home, [one for one in told if one.id != late.id])
    ingest_documents(home, after)
    ingest_documents(home, [replace(late, known=datetime(2014, 6, 1, tzinfo=UTC))])
    beside = next(one for one in told if one.id != late.id and corpus.happenings()[one.id] == "ramming-video")
    found = of_documents(home)
    assert found[late.id] == found[beside.id]
    before = Filters(as_of=datetime(2014, 5, 25, tzinfo=UTC))
    assert late.id not in of_documents(home, before)
    home.close()


def test_a_new_version_stays_in_its_story_and_the_old_view_is_as_it_was(home: Home) -> None:
    old = next(one for one in stories(home) if len(one.document_ids) >= 4)
    paper = next(one for one in papers() if one.id == old.document_ids[1])
    known = LAST + timedelta(days=2)
    ingest_documents(home, [replace(paper, text=paper.text + " It was corrected on a later day.", known=known)])
    assert of_documents(home)[paper.id] == old.id
    assert of_documents(home, Filters(as_of=LAST))[paper.id] == old.id
    elsewhere = replace(paper, title="Coffee", text="Coffee prices rose in Brazil after a frost.",
                        known=known + timedelta(days=1))  # fmt: skip
    ingest_documents(home, [elsewhere])
    assert of_documents(home)[paper.id] != old.id
    assert of_documents(home, Filters(as_of=known + timedelta(hours=1)))[paper.id] == old.id


def test_what_a_reader_may_not_see_changes_nothing_for_them(home: Home, tmp_path: Path) -> None:
    reader = light(home.path, clearance=Label.OPEN)
    before = stories(reader)
    open_rows = [row for row in kept(home) if row[1] == "0"]
    closed = [
        replace(one, source="Closed", external_id=f"c{i}", label=Label.SECRET, text=f"{one.text} Seen by few.")
        for i, one in enumerate(papers())
    ]
    ingest_documents(home, closed)
    assert stories(reader) == before
    mixed = of_documents(home)
    assert {one.id for one in closed} <= set(mixed)
    assert not {one.id for one in closed} & {one for each in stories(reader) for one in each.document_ids}
    assert any(mixed[one.id] == mixed[other.id] for one, other in zip(closed, papers(), strict=True))
    story_edits.merge(home, *[one.id for one in stories(home)[:2]], by="desk", note="as the cable says")
    assert stories(reader) == before
    assert changes(reader) == tuple(one for one in changes(reader) if one.by is None)
    assert open_rows
    whole = export(reader, tmp_path / "out", clearance=Label.OPEN)
    lines = (tmp_path / "out" / "story_documents.jsonl").read_text("utf-8").splitlines()
    assert whole.files["story_documents.jsonl"].rows == len(lines) == len(before_documents(before))
    reader.close()


def before_documents(found: Sequence[object]) -> list[str]:
    return [one for each in found for one in each.document_ids]  # type: ignore[attr-defined]


def test_a_raised_label_takes_a_document_out_of_the_open_stream(home: Home) -> None:
    reader = light(home.path, clearance=Label.OPEN)
    told = next(one for one in stories(reader) if len(one.document_ids) >= 3)
    gone = told.document_ids[0]
    with home.write() as c:
        v = s.versions.c
        c.execute(update(s.versions).where(v.document_id == gone).values(label=int(Label.SECRET)))
    left = next(one for one in stories(reader) if one.id == told.id)
    assert gone not in left.document_ids
    assert left.title != told.title
    assert of_documents(home)[gone] == told.id
    story_placing.place(home)
    with home.read() as c:
        t = s.story_documents.c
        assert c.execute(select(t.level).where(t.document_id == gone)).scalars().all() == [int(Label.SECRET)]
    reader.close()


def test_the_past_is_shown_as_it_was(home: Home) -> None:
    a, b = [one for one in stories(home) if len(one.document_ids) >= 3][:2]
    middle = datetime(2014, 5, 7, 12, tzinfo=UTC)
    past = stories(home, filters=Filters(as_of=middle))
    assert {one for each in past for one in each.document_ids} == {one.id for one in papers() if one.known < middle}
    story_edits.merge(home, a.id, b.id, by="desk")
    assert stories(home, filters=Filters(as_of=middle)) == past
    now_one = next(one for one in stories(home) if one.id == a.id)
    assert set(now_one.document_ids) == {*a.document_ids, *b.document_ids}


def test_what_is_erased_leaves_no_trace_in_its_story(home: Home) -> None:
    told = max(stories(home), key=lambda one: len(one.document_ids))
    first = told.document_ids[0]
    title = next(one.title for one in papers() if one.id == first)
    delete(home, document=first)
    left = next(one for one in stories(home) if one.id == told.id)
    assert first not in left.document_ids
    assert left.title != title
    alone = next(one for one in stories(home) if len(one.document_ids) == 1)
    delete(home, document=alone.document_ids[0])
    with home.read() as c:
        assert not c.execute(select(s.stories).where(s.stories.c.id == alone.id)).all()
        assert store.standing(c).lost == 0


def test_operators_decide_and_the_machine_never_undoes_it(home: Home) -> None:
    told = [one for one in stories(home) if len(one.document_ids) >= 4]
    one = told[0]
    away = list(one.document_ids[:2])
    new = story_edits.split(home, one.id, away, by="desk", note="two meetings")
    assert {of_documents(home)[d] for d in away} == {new}
    split = changes(home)[-1]
    assert (split.what, split.by, split.reason, split.other_id) == ("split", "desk", "two meetings", one.id)
    again = [replace(paper, text=paper.text + " Corrected.", known=LAST + timedelta(hours=i))
             for i, paper in enumerate(p for p in papers() if p.id in one.document_ids)]  # fmt: skip
    ingest_documents(home, again)
    held = of_documents(home)
    assert {held[d] for d in away} == {new}
    assert new not in {held[d] for d in one.document_ids[2:]}
    assert story_edits.move(home, away[0], one.id, by="desk") == one.id
    assert of_documents(home)[away[0]] == one.id
    assert story_edits.merge(home, new, one.id, by="desk") in (new, one.id)
    both = {d for d in one.document_ids if held[d] in (one.id, new)}
    assert len({of_documents(home)[d] for d in both}) == 1
    view = story(home, new)
    assert view is not None
    assert {d.document_id for d in view.documents} >= both
    assert [c.what for c in view.changes if c.by == "desk"][-1] == "merged"


def test_decisions_that_mean_nothing_are_refused(home: Home) -> None:
    one, other = [each for each in stories(home) if len(each.document_ids) >= 2][:2]
    with pytest.raises(NotFoundError, match="no such story"):
        story_edits.merge(home, one.id, "s0", by="desk")
    with pytest.raises(InputError, match="one story already"):
        story_edits.merge(home, one.id, one.id, by="desk")
    with pytest.raises(InputError, match="not all"):
        story_edits.split(home, one.id, one.document_ids, by="desk")
    with pytest.raises(InputError, match="not a document of this story"):
        story_edits.split(home, one.id, [other.document_ids[0]], by="desk")
    with pytest.raises(InputError, match="in that story already"):
        story_edits.move(home, one.document_ids[0], one.id, by="desk")
    with pytest.raises(NotFoundError, match="no such document"):
        story_edits.move(home, "d0", one.id, by="desk")


def test_stories_go_with_an_export_and_what_is_absorbed_joins_those_here(home: Home, tmp_path: Path) -> None:
    told = next(one for one in stories(home) if len(one.document_ids) >= 4)
    story_edits.split(home, told.id, told.document_ids[:2], by="desk")
    export(home, tmp_path / "out")
    there = light(tmp_path / "there")
    restore(there, tmp_path / "out")
    assert stories(there) == stories(home)
    assert [replace(one, id=0) for one in changes(there)] == [replace(one, id=0) for one in changes(home)]
    there.close()
    other = light(tmp_path / "other")
    some = papers()[:5]
    ingest_documents(other, some)
    restore(other, tmp_path / "out")
    assert set(of_documents(other)) == set(of_documents(home))
    with other.read() as c:
        assert store.standing(c).pending == 0
    other.close()


def test_a_storys_page_says_who_tells_it_and_how(home: Home) -> None:
    told = next(one for one in stories(home) if {"zh", "vi", "en"} <= set(one.languages))
    view = story(home, told.document_ids[0], lang="zh")
    assert view is not None
    assert view.id == told.id
    assert view.headline_lang == "zh"
    assert sum(day.documents for day in view.timeline) == len(view.documents) == len(told.document_ids)
    assert view.timeline[0].new is not None
    held = {one.id: one for one in papers()}
    assert {one.side for one in view.accounts} >= {"en"}
    for account in view.accounts:
        assert 1 <= len(account.contrasts) <= 3
        for one in account.contrasts:
            assert one.quote.text in held[one.quote.document_id].text
            assert one.quote.source in account.sources
            with home.read() as c:
                p = s.passages.c
                passage = c.execute(select(p.text).where(p.id == one.quote.passage_id)).scalar_one()
            assert one.quote.text[:40] in passage
    assert story(home, "s0") is None
    assert story_of(home, told.document_ids[0]) == told


def test_the_list_names_a_story_as_its_page_does(home: Home) -> None:
    several = [one for one in stories(home) if len(one.languages) > 1]
    assert several
    for one in several:
        view = story(home, one.id)
        assert view is not None
        assert one.title == view.headline
    assert all(view.headline_lang == "en" for one in several if (view := story(home, one.id)) and "en" in one.languages)
