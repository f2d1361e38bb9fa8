"""Understanding happens outside the lock: what others do meanwhile is seen before anything is stored."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import pytest

from domain.document import Analysis, Document
from domain.errors import AnalysisError
from index.store import documents as docs
from index.store import schema as s
from index.store.engine import writer_lock
from service.pipeline import Outcome, ingest, ingest_documents
from service.reading import Options
from service.search import delete
from service.wiring import Home, open_home

Jsonl = Callable[..., str]
RIG = "The Chinese drilling rig was towed to waters near Triton Island. Vietnam protested in Hanoi."


@pytest.fixture
def meanwhile(home: Home, monkeypatch: pytest.MonkeyPatch) -> Callable[[Callable[[], object]], None]:
    """Has something done once, right before the first documents are understood."""

    def arrange(act: Callable[[], object]) -> None:
        real, done = home.pipeline.analyse_many, []

        def analyse(documents: Iterable[Document]) -> Iterator[Analysis | AnalysisError]:
            if not done:
                done.append(True)
                act()
            return real(documents)

        monkeypatch.setattr(home.pipeline, "analyse_many", analyse)

    return arrange


def test_others_may_write_while_documents_are_understood(home: Home, jsonl: Jsonl, meanwhile: Any) -> None:
    free: list[bool] = []

    def write() -> None:
        with writer_lock(home.path, wait=False):
            free.append(True)

    meanwhile(write)
    assert ingest(home, [jsonl({"id": "a", "text": RIG})]).new == 1
    assert free == [True]


def test_what_another_stored_meanwhile_is_a_duplicate(home: Home, jsonl: Jsonl, meanwhile: Any) -> None:
    path = jsonl({"id": "a", "text": RIG, "published": "2014-05-03"}, {"id": "b", "text": RIG + " More.",
                                                                      "published": "2014-05-03"})  # fmt: skip

    def other() -> None:
        opened = open_home(home.path)
        assert ingest(opened, [path]).new == 2
        opened.close()

    meanwhile(other)
    done = ingest(home, [path])
    assert (done.new, done.duplicate) == (0, 2)
    with home.read() as c:
        assert docs.counts(c)["versions"] == 2


def test_a_copy_whose_original_was_deleted_meanwhile_is_understood_after_all(
    home: Home, jsonl: Jsonl, meanwhile: Any
) -> None:
    ingest(home, [jsonl({"id": "a", "text": RIG, "title": "T", "published": "2014-05-03"})])
    meanwhile(lambda: delete(home, external_id="a"))
    rows = ({"id": "n", "text": "Something else is new."}, {"id": "b", "text": RIG, "title": "T", "source": "Other"})
    done = ingest(home, [jsonl(*({**row, "published": "2014-05-03"} for row in rows))])
    assert (done.new, done.duplicate) == (2, 0)
    with home.read() as c:
        assert {r.external_id for r in c.execute(s.documents.select())} == {"n", "b"}


def test_one_that_fails_loses_no_other_of_its_batch_nor_its_copy(
    home: Home, jsonl: Jsonl, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = home.pipeline.analyse_many

    def analyse(documents: Iterable[Document]) -> Iterator[Analysis | AnalysisError]:
        for one, result in zip(documents, real(documents), strict=True):
            yield AnalysisError("broken", item=one.item, stage="analyse") if one.external_id == "b" else result

    monkeypatch.setattr(home.pipeline, "analyse_many", analyse)
    texts = {"a": RIG, "b": "This breaks.", "c": "This is fine.", "d": "This breaks."}
    done = ingest(home, [jsonl(*({"id": i, "title": "T", "text": x, "source": i} for i, x in texts.items()))])
    assert (done.new, done.failed) == (3, 1)
    assert done.failures[0]["stage"] == "analyse"
    assert done.by_source["b"] == Outcome(items=1, failed=1)
    with home.read() as c:
        assert {r.external_id for r in c.execute(s.documents.select())} == {"a", "c", "d"}


def test_two_ingests_in_one_process_store_each_document_once(home: Home, jsonl: Jsonl) -> None:
    rows = [{"id": str(i), "text": f"{RIG} Report {i}.", "published": "2014-05-03"} for i in range(40)]
    path = jsonl(*rows)
    done: list[Any] = []
    both = [threading.Thread(target=lambda: done.append(ingest(home, [path]))) for _ in range(2)]
    for one in both:
        one.start()
    for one in both:
        one.join()
    assert sum(x.new for x in done) == 40
    assert sum(x.duplicate for x in done) == 40


def test_what_became_of_each_source_is_told_apart(home: Home, jsonl: Jsonl) -> None:
    day = "2014-05-0{}T08:00:00Z"
    done = ingest(home, [jsonl(
        {"id": "a", "text": RIG, "title": "T", "source": "X", "published": day.format(3)},
        {"id": "b", "text": RIG, "title": "T", "source": "Y", "published": day.format(4)},
        {"id": "a", "text": RIG + " More.", "title": "T", "source": "X", "published": day.format(5)},
        "{broken",
    )])  # fmt: skip
    x, y = done.by_source["X"], done.by_source["Y"]
    assert (x.items, x.new, x.updated, x.duplicate) == (2, 1, 1, 0)
    assert (y.items, y.new, y.updated, y.duplicate) == (1, 0, 0, 1)
    assert x.newest is not None
    assert x.newest.isoformat() == "2014-05-05T08:00:00+00:00"
    assert done.failed == 1
    assert "by_source" not in done.plain()
    assert "stopped" not in done.plain()


def test_asked_to_stop_it_keeps_what_was_read(home: Home) -> None:
    from datetime import UTC, datetime

    from domain.protocols import Reading
    from service.pipeline import run
    from service.reading import Incoming

    read: list[str] = []

    def stream() -> Iterator[Incoming]:
        for i in range(100):
            one = Document(source="S", title="", text=f"{RIG} {i}", item=str(i), known=datetime(2014, 5, 3, tzinfo=UTC))
            read.append(one.item)
            yield Incoming("stream", Reading(one), Options())

    done = run(home, stream(), stop=lambda: len(read) >= 5)
    assert (done.new, done.stopped, len(read)) == (5, True, 5)
    assert done.plain()["stopped"] is True
    assert ingest_documents(home, []).stopped is False


def test_an_export_of_undated_versions_read_twice_is_the_same_as_once(home: Home, jsonl: Jsonl) -> None:
    path = jsonl({"id": "a", "text": RIG}, {"id": "a", "text": RIG + " More."})
    assert (ingest(home, [path]).updated, ingest(home, [path]).updated) == (1, 0)
    with home.read() as c:
        assert docs.counts(c)["versions"] == 2


def test_a_file_that_is_changed_back_has_changed(home: Home, tmp_path: Any) -> None:
    path = tmp_path / "note.txt"
    for text, what in ((RIG, "new"), (RIG + " More.", "updated"), (RIG, "updated"), (RIG, "duplicate")):
        path.write_text(text, "utf-8")
        assert getattr(ingest(home, [str(path)]), what) == 1
    with home.read() as c:
        assert docs.counts(c)["versions"] == 3
