from __future__ import annotations

import os
import threading
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from domain.document import Filters
from domain.errors import BusyError, InputError, NotFoundError
from domain.label import Label
from domain.time import end_of, parse_day
from index.store import documents as docs
from index.store import identity, sources
from index.store import schema as s
from index.store.engine import writer_lock
from service import embedding
from service.pipeline import ingest, retry
from service.reading import Options
from service.search import Query, delete, search, show
from service.wiring import Home, open_home

Jsonl = Callable[..., str]
RIG = "The Chinese drilling rig was towed to waters near Triton Island. Vietnam protested in Hanoi."
TRADE = "Rice exports from Thailand rose by four per cent. Traders in Bangkok expect a good harvest."


def ids(home: Home, query: str, **kwargs: object) -> list[str | None]:
    return [h.external_id for h in search(home, [Query("q", query)], **kwargs)[0].hits]  # type: ignore[arg-type]


def test_new_then_duplicate_then_updated(home: Home, jsonl: Jsonl) -> None:
    path = jsonl({"id": "a", "text": RIG, "source": "S"}, {"id": "b", "text": TRADE, "source": "S"})
    first = ingest(home, [path])
    assert (first.new, first.updated, first.duplicate, first.failed) == (2, 0, 0, 0)
    second = ingest(home, [path])
    assert (second.new, second.updated, second.duplicate, second.failed) == (0, 0, 2, 0)
    changed = ingest(home, [jsonl({"id": "a", "text": RIG + " Talks go on.", "source": "S"})])
    assert (changed.new, changed.updated, changed.duplicate) == (0, 1, 0)
    shown = show(home, "a")
    assert [v.n for v in shown.versions] == [1, 2]
    assert shown.versions[0].superseded == shown.versions[1].known


def test_the_same_text_twice_in_one_file_is_one_document(home: Home, jsonl: Jsonl) -> None:
    done = ingest(home, [jsonl({"id": "a", "text": RIG}, {"id": "b", "text": RIG}, {"id": "c", "text": "  " + RIG})])
    assert (done.new, done.duplicate) == (1, 2)


def test_an_open_copy_of_a_secret_text_is_kept(home: Home, jsonl: Jsonl) -> None:
    ingest(home, [jsonl({"id": "s", "text": RIG, "label": "secret"})])
    assert ingest(home, [jsonl({"id": "o", "text": RIG, "label": "open"})]).new == 1
    assert ids(home, "drilling rig", filters=Filters(clearance=Label.OPEN)) == ["o"]


def test_broken_lines_are_recorded_listed_and_tried_again(home: Home, jsonl: Jsonl) -> None:
    path = jsonl({"id": "a", "text": RIG}, "[1, 2]", "{not json", {"id": "e", "text": ""}, {"id": "b", "text": TRADE})
    done = ingest(home, [path])
    assert (done.new, done.failed) == (2, 3)
    assert [f["stage"] for f in done.failures] == ["parse"] * 3
    assert all(Path(path).name in f["item"] and f["error"] for f in done.failures)
    with home.read() as c:
        assert len(sources.failures(c)) == 3
    again = retry(home)
    assert (again.duplicate, again.failed) == (2, 3)
    with home.read() as c:
        assert {row.tries for row in sources.failures(c)} == {2}
    jsonl({"id": "a", "text": RIG}, {"id": "x", "text": "Mended. " + TRADE})
    assert retry(home).failed == 0
    with home.read() as c:
        assert sources.failures(c) == []


def test_a_missing_path_is_refused_and_a_missing_file_on_retry_is_named(home: Home, jsonl: Jsonl) -> None:
    with pytest.raises(InputError, match="no such file"):
        ingest(home, ["nowhere.txt"])
    path = jsonl("[]")
    ingest(home, [path])
    Path(path).unlink()
    assert retry(home).failures == [{"item": path, "stage": "fetch", "error": "no such file or folder"}]


def test_a_folder_without_permission_is_a_failure_and_the_rest_goes_on(home: Home, tmp_path: Path) -> None:
    if os.geteuid() == 0:
        pytest.skip("root may read every folder")
    (tmp_path / "in" / "closed").mkdir(parents=True)
    (tmp_path / "in" / "a.txt").write_text(RIG, "utf-8")
    (tmp_path / "in" / "closed").chmod(0)
    done = ingest(home, [str(tmp_path / "in")])
    (tmp_path / "in" / "closed").chmod(0o700)
    assert (done.new, done.failed) == (1, 1)
    assert "closed" in done.failures[0]["item"]


def test_a_file_over_the_limit_is_refused_by_name(home: Home, tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "big.txt").write_bytes(b"a" * (home.settings.ingest.max_bytes + 1))
    (tmp_path / "in" / "small.txt").write_text(RIG, "utf-8")
    done = ingest(home, [str(tmp_path / "in")])
    assert (done.new, done.failed) == (1, 1)
    assert "max_bytes" in done.failures[0]["error"]


def test_as_of_shows_what_was_known_then_in_the_version_known_then(home: Home, jsonl: Jsonl) -> None:
    ingest(
        home, [jsonl({"id": "a", "text": RIG, "published": "2014-05-03T08:00:00Z", "fetched": "2014-05-03T09:00:00Z"})]
    )
    ingest(home, [jsonl({"id": "a", "text": RIG + " The rig was withdrawn.", "published": "2014-05-03T08:00:00Z",
                         "fetched": "2014-07-16T09:00:00Z"})])  # fmt: skip

    def at(day: str) -> list[str]:
        found = search(home, [Query("q", "drilling rig")], filters=Filters(as_of=end_of(parse_day(day))))[0].hits
        return [h.text for h in found]

    assert at("2014-05-02") == []
    assert len(at("2014-05-03")) == 1
    assert "withdrawn" not in at("2014-05-03")[0]
    assert "withdrawn" in at("2014-07-16")[0]
    with pytest.raises(NotFoundError):
        show(home, "a", as_of=datetime(2014, 5, 3, tzinfo=UTC))


def test_an_archive_read_again_from_its_first_version_on_changes_nothing(home: Home, jsonl: Jsonl) -> None:
    old = {"id": "a", "text": RIG, "published": "2014-05-03"}
    new = {"id": "a", "text": TRADE, "published": "2014-05-03"}
    path = jsonl(old, new)
    first = ingest(home, [path])
    assert (first.new, first.updated) == (1, 1)
    again = ingest(home, [path])
    assert (again.new, again.updated, again.duplicate) == (0, 0, 2)


def test_a_deleted_document_is_in_no_answer_and_may_come_again(home: Home, jsonl: Jsonl) -> None:
    path = jsonl({"id": "a", "text": RIG}, {"id": "b", "text": TRADE})
    ingest(home, [path])
    for mode in ("hybrid", "dense", "lexical"):
        assert "a" in ids(home, "drilling rig Triton", mode=mode)
    delete(home, external_id="a")
    for mode in ("hybrid", "dense", "lexical"):
        assert "a" not in ids(home, "drilling rig Triton", mode=mode)
    with pytest.raises(NotFoundError):
        delete(home, external_id="a")
    fresh = open_home(home.path)
    assert "a" not in ids(fresh, "drilling rig Triton", mode="dense")
    fresh.close()
    assert ingest(home, [path]).new == 1
    assert "a" in ids(home, "drilling rig Triton")


@pytest.mark.parametrize("harm", ["truncate", "flip", "manifest", "missing", "encoder"])
def test_a_damaged_index_is_rebuilt_and_answers_alike(home: Home, jsonl: Jsonl, harm: str) -> None:
    ingest(home, [jsonl({"id": "a", "text": RIG}, {"id": "b", "text": TRADE})])
    before = ids(home, "oil platform at sea", mode="dense")
    (index,), manifest = (home.path / "index").glob("*/vectors.faiss"), home.path / "index" / "manifest.json"
    data = bytearray(index.read_bytes())
    if harm == "truncate":
        index.write_bytes(data[: len(data) // 2])
    elif harm == "flip":
        data[-20] ^= 0xFF
        index.write_bytes(data)
    elif harm == "manifest":
        manifest.write_text("{", "utf-8")
    elif harm == "missing":
        index.unlink()
    else:
        manifest.write_text(manifest.read_text("utf-8").replace("use-multilingual", "another"), "utf-8")
    fresh = open_home(home.path)
    assert ids(fresh, "oil platform at sea", mode="dense") == before
    fresh.close()


def test_another_writer_is_waited_for_or_named(tmp_path: Path) -> None:
    entered, leave = threading.Event(), threading.Event()

    def hold() -> None:
        with writer_lock(tmp_path):
            entered.set()
            leave.wait(10)

    holder = threading.Thread(target=hold)
    holder.start()
    entered.wait(10)
    with pytest.raises(BusyError), writer_lock(tmp_path, wait=False):
        pass
    leave.set()
    holder.join()


def test_a_batch_is_stored_whole_or_not_at_all(home: Home, jsonl: Jsonl, monkeypatch: pytest.MonkeyPatch) -> None:
    rows = [{"id": str(i), "text": f"{RIG} Report number {i}."} for i in range(5)]
    save, calls = identity.record, []

    def failing(*args: object, **kwargs: object) -> object:
        calls.append(1)
        if len(calls) == 4:
            raise RuntimeError("power cut")
        return save(*args, **kwargs)  # type: ignore[arg-type]

    monkeypatch.setattr(identity, "record", failing)
    with pytest.raises(RuntimeError):
        ingest(home, [jsonl(*rows)])
    monkeypatch.undo()
    with home.read() as c:
        assert docs.counts(c)["documents"] == 0
        assert docs.counts(c)["passages"] == 0
    assert ingest(home, [jsonl(*rows)]).new == 5


def test_every_passage_has_words_a_vector_and_a_place_in_the_sequence(home: Home, jsonl: Jsonl) -> None:
    ingest(
        home,
        [jsonl({"id": "a", "text": " ".join([RIG, TRADE] * 30)}, {"id": "b", "text": "南海局势紧张。越南提出抗议。"})],
    )
    with home.read() as c:
        n = docs.counts(c)["passages"]
        assert n > 3
        assert len(c.execute(s.vectors.select()).all()) == n
        assert c.exec_driver_sql("SELECT count(*) FROM passage_words").scalar() == n
        assert [r.op for r in c.execute(s.changes.select())] == ["add"] * n
    assert len(home.index()) == n


def test_searches_while_documents_come_in_neither_fail_nor_miss_what_was_there(home: Home, jsonl: Jsonl) -> None:
    ingest(home, [jsonl({"id": "a", "text": RIG})])
    more = jsonl(*({"id": f"m{i}", "text": f"{TRADE} Report {i}."} for i in range(96)), name="more.jsonl")
    wrong: list[object] = []
    done = threading.Event()

    def ask() -> None:
        while not done.is_set():
            try:
                if "a" not in ids(home, "Chinese drilling rig near Triton Island"):
                    wrong.append("missed")
            except Exception as error:
                wrong.append(error)

    asking = [threading.Thread(target=ask) for _ in range(3)]
    for one in asking:
        one.start()
    try:
        assert ingest(home, [more]).new == 96
    finally:
        done.set()
        for one in asking:
            one.join()
    assert wrong == []


def test_a_configured_encoder_is_taken_into_use_when_it_is_complete(
    home: Home, jsonl: Jsonl, monkeypatch: pytest.MonkeyPatch
) -> None:
    ingest(home, [jsonl({"id": "a", "text": RIG}, {"id": "b", "text": TRADE})])
    before = ids(home, "drilling at sea", mode="dense")
    monkeypatch.setenv("VEDETTE_MODELS__ENCODER", "minilm-l6")
    other = open_home(home.path)
    assert ids(other, "drilling at sea", mode="dense") == before
    assert embedding.embed(other).made == 2
    assert embedding.embed(other).made == 0
    assert ids(other, "drilling at sea", mode="dense") == ["a", "b"]
    assert other.encoder.id.startswith("minilm-l6@")
    other.close()
    assert ids(home, "drilling at sea", mode="dense")[0] == "a"


def test_a_country_named_in_the_title_alone_counts(home: Home, jsonl: Jsonl) -> None:
    row = {"id": "a", "title": "China and Vietnam hold talks", "text": "The two sides met for three hours on Monday."}
    ingest(home, [jsonl(row)])
    shown = show(home, "a")
    assert dict(shown.countries) == {"CN": 1, "VN": 1}
    assert shown.mentions == ()
    with home.read() as c:
        assert "dyad:CN-VN" in {r.series for r in c.execute(s.version_series.select())}


def test_options_survive_being_kept_with_a_failure() -> None:
    from service.reading import options_from

    one = Options(kind="text", source="S", label=Label.SECRET, allow_hosts=("h",), known="now")
    assert options_from(one.plain()) == one
