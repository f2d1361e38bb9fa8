"""Another encoder: made in the background, taken into use when whole, never mixed with the one before."""

from __future__ import annotations

import json
import logging
import shutil
import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from itertools import islice
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select

from domain.errors import BusyError, InputError, ModelError
from domain.protocols import Encoder, Vectors
from index.store import schema as s
from models import registry
from service import catalogue, embedding, encoders, scheduler
from service.demo import corpus
from service.export import export
from service.pipeline import ingest, ingest_documents
from service.restore import restore
from service.search import Query, delete, search
from service.wiring import Home, open_home
from tests.models import tiny

USE = "use-multilingual-v3"
QUESTIONS = ("drilling rig", "giàn khoan", "embassy statement", "протест", "coast guard ships")
N = 24


@pytest.fixture(scope="module")
def models(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    folder = tmp_path_factory.mktemp("encoders")
    return tiny.encoder(folder / "one", seed=1), tiny.encoder(folder / "two", dimension=16, seed=2)


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home with some bundled documents, by the default encoder."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("VEDETTE_MODELS__RECOGNISERS", "false")
        home = open_home(tmp_path_factory.mktemp("filled") / "home")
        assert ingest_documents(home, islice(corpus.documents(), N)).new == N
        home.close()
    return home.path


@pytest.fixture
def stocked(filled: Path, tmp_path: Path, models: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch) -> Iterator[Home]:
    monkeypatch.setenv("VEDETTE_MODELS__RECOGNISERS", "false")
    monkeypatch.setattr(embedding, "LOT", 6)
    home = open_home(Path(shutil.copytree(filled, tmp_path / "copy")))
    for name, folder in zip(("one", "two"), models, strict=True):
        catalogue.add(home, name, {"path": str(folder)})
    yield home
    home.close()


def asked(home: Home, mode: Any = "dense") -> list[list[tuple[str, float]]]:
    found = search(home, [Query(text, text) for text in QUESTIONS], k=5, mode=mode)
    return [[(hit.document_id, round(hit.score, 5)) for hit in one.hits] for one in found]


def by(home: Home) -> dict[str, int]:
    x = s.vectors.c
    with home.read() as c:
        found = {str(name): int(n) for name, n in c.execute(select(x.encoder, func.count()).group_by(x.encoder))}
    return {name.partition("@")[0]: n for name, n in found.items()}


def passages(home: Home) -> int:
    with home.read() as c:
        return int(c.scalar(select(func.count()).select_from(s.passages)) or 0)


def after(lots: int) -> Callable[[], bool]:
    """Asked before each lot: true from the one after so many on."""
    calls = iter(range(10_000))
    return lambda: next(calls) >= lots


def test_a_search_keeps_to_the_old_encoder_until_the_new_one_is_whole(stocked: Home) -> None:
    before, other = asked(stocked), open_home(stocked.path)
    done = embedding.use(stocked, "one")
    assert not done.complete
    rested_on = stocked.index()
    part = embedding.embed(stocked, stop=after(3))
    assert 0 < part.made < passages(stocked)
    assert not part.complete
    assert asked(stocked) == asked(other) == before
    assert stocked.index() is rested_on  # what searches rest on need not be made anew for it
    held = {one.name: one for one in embedding.standing(stocked)}
    assert (held["one"].wanted, held["one"].active, held["one"].state) == (True, False, "waiting")
    assert held["one"].vectors == part.made
    rest = embedding.embed(stocked)
    assert rest.complete
    assert part.made + rest.made == passages(stocked)  # nothing was made twice
    # Who had the home open follows, and is of one mind with who opens it now.
    fresh = open_home(stocked.path)
    assert stocked.encoder.id == other.encoder.id == fresh.encoder.id == done.encoder
    assert stocked.index().base is not None
    assert stocked.index().encoder == done.encoder
    new = asked(stocked)
    assert new == asked(other) == asked(fresh)
    assert new != before
    # What is made from now on is by the new one.
    assert ingest_documents(other, islice(corpus.documents(), N, N + 2)).new == 2
    assert by(other)["one"] == passages(other) > by(other)[USE]
    for home in (other, fresh):
        home.close()


def test_changing_back_makes_only_what_came_since(stocked: Home) -> None:
    before = asked(stocked)
    embedding.use(stocked, "one")
    embedding.embed(stocked)
    assert embedding.use(stocked, USE).complete
    assert asked(stocked) == before
    assert embedding.use(stocked, "one").complete
    ingest_documents(stocked, islice(corpus.documents(), N, N + 3))
    assert not embedding.use(stocked, USE).complete
    assert 0 < embedding.embed(stocked).made < 10
    assert stocked.encoder.id.startswith(USE)


def test_what_arrives_meanwhile_is_made_up_for(stocked: Home) -> None:
    embedding.use(stocked, "one")
    embedding.embed(stocked, stop=after(2))
    ingest_documents(stocked, islice(corpus.documents(), N, N + 3))
    embedding.embed(stocked)
    assert by(stocked)["one"] == by(stocked)[USE] == passages(stocked)
    with stocked.read() as c:
        seen = {row.document_id for row in c.execute(select(s.versions.c.document_id))}
    assert len(seen) == N + 3


def test_what_is_deleted_meanwhile_gets_none(stocked: Home) -> None:
    embedding.use(stocked, "one")
    with stocked.read() as c:
        last = c.scalars(select(s.versions.c.document_id).order_by(s.versions.c.id.desc()).limit(1)).one()
    gone: list[str] = []

    def tell(done: int, what: str) -> None:
        if not gone:
            gone.extend(delete(stocked, document=last))

    assert embedding.embed(stocked, progress=tell).complete
    assert gone == [last]
    assert by(stocked)["one"] == passages(stocked)


def test_a_wish_may_change_half_way(stocked: Home) -> None:
    before = asked(stocked)
    for wish in ("one", "two", "one"):
        embedding.use(stocked, wish)
        embedding.embed(stocked, stop=after(3))
        assert asked(stocked) == before
    assert embedding.use(stocked, USE).complete
    assert embedding.target(stocked) is None
    assert embedding.embed(stocked).made == 0
    assert asked(stocked) == before
    partly = by(stocked)
    assert 0 < partly["two"] < partly["one"] < partly[USE]
    embedding.use(stocked, "two")
    assert embedding.embed(stocked).made == passages(stocked) - partly["two"]
    assert stocked.encoder.dimension == 16


def test_the_configuration_is_a_wish_and_the_latest_word_holds(stocked: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    before = asked(stocked)
    monkeypatch.setenv("VEDETTE_MODELS__ENCODER", "one")
    other = open_home(stocked.path)
    assert asked(other) == before
    assert embedding.embed(other).complete
    assert other.encoder.id.startswith("one@")
    # A command's word holds until the configuration says something else.
    embedding.use(other, "two")
    again = open_home(stocked.path)
    assert (embedding.target(again) or encoders.Named("", "")).name == "two"
    monkeypatch.setenv("VEDETTE_MODELS__ENCODER", USE)
    third = open_home(stocked.path)
    assert (embedding.target(third) or encoders.Named("", "")).name == USE
    for home in (other, again, third):
        home.close()


def test_vectors_by_an_encoder_that_is_gone(
    stocked: Home, tmp_path: Path, models: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:  # fmt: skip
    lost = Path(shutil.copytree(models[0], tmp_path / "lost"))
    catalogue.add(stocked, "lost", {"path": str(lost)})
    embedding.use(stocked, "lost")
    embedding.embed(stocked)
    embedding.prune(stocked)
    assert set(by(stocked)) == {"lost"}
    shutil.rmtree(lost)
    monkeypatch.setattr(logging.getLogger("vedette"), "propagate", True)  # the commands turn it off
    with stocked.write() as c:
        encoders.note_wish(c, USE, configured=USE)
    other = open_home(stocked.path)
    with caplog.at_level("WARNING", logger="vedette"):
        assert asked(other) == [[]] * len(QUESTIONS)  # nothing by meaning, and never by mixed vectors
        assert any(asked(other, "hybrid"))
    assert "lost@" in caplog.text
    assert "vedette models embed" in caplog.text
    assert embedding.embed(other).made == passages(other)
    assert all(asked(other))
    fresh = open_home(stocked.path)
    caplog.clear()
    assert asked(fresh) == asked(other)
    assert "cannot be loaded" not in caplog.text
    for home in (other, fresh):
        home.close()


class _WithPart:
    """The default encoder under the id of one with another part for Vietnamese."""

    def __init__(self, encoder: Encoder) -> None:
        self._encoder, self.made = encoder, list[str]()
        self.id, self.dimension = f"{registry.parted(encoder.id)[0]}+vi@other", encoder.dimension

    def covers(self, text: str) -> bool:
        """Whether the text goes through the part."""
        return "giàn khoan" in text

    def encode(self, texts: Sequence[str], *, query: bool = False) -> Vectors:
        self.made += texts
        return self._encoder.encode(texts, query=query)


def test_vectors_that_would_be_the_same_are_taken_over(stocked: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    old = stocked.encoder
    new = _WithPart(old)
    located = stocked.encoders.locate(USE)
    monkeypatch.setattr(stocked.encoders, "load", lambda name: new if name == "newer" else old)
    monkeypatch.setattr(
        stocked.encoders, "locate", lambda name: replace(located, identity=new.id if name == "newer" else old.id)
    )
    embedding.use(stocked, "newer")
    done = embedding.embed(stocked)
    assert done.complete
    assert done.made + done.reused == passages(stocked)
    v, p, x = s.versions.c, s.passages.c, s.vectors.c
    with stocked.read() as c:
        every = c.execute(select(p.n, p.text, v.title, v.lang).join(s.versions)).all()
        joined = select(p.text, v.title, v.lang, x.vector).select_from(s.vectors.join(s.passages).join(s.versions))
        rows = c.execute(joined.order_by(p.id, x.encoder)).all()
    assert {row.lang for row in rows} >= {"en", "vi"}
    for one, other in zip(rows[::2], rows[1::2], strict=True):
        assert one.vector == other.vector or one.lang == "vi" or "giàn khoan" in one.text
    spoken = [row for row in rows[::2] if row.lang == "vi" or "giàn khoan" in f"{row.title} {row.text}"]
    wholes = {embedding._embedded(row) for row in every}
    assert done.made == len([text for text in new.made if text in wholes])
    assert len(new.made) >= sum(row.lang == "vi" for row in spoken) > 0
    assert done.reused >= sum(row.lang == "en" for row in rows[::2]) - len(spoken)


def test_it_can_be_stopped_and_one_is_at_it_at_a_time(stocked: Home) -> None:
    assert not embedding.stop(stocked)  # nothing is wanted
    embedding.use(stocked, "one")
    assert embedding.step(stocked, seconds=0.001)
    assert embedding.stop(stocked)
    assert not embedding.step(stocked, seconds=5)
    assert by(stocked).get("one", 0) < passages(stocked)
    with embedding._alone(stocked) as mine:
        assert mine
        with pytest.raises(BusyError):
            embedding.embed(stocked)
        with pytest.raises(BusyError):
            embedding.prune(stocked)
    assert embedding.embed(stocked).complete  # whoever asks for it by name goes on


def test_pruning_leaves_what_is_used_or_wanted(stocked: Home) -> None:
    embedding.use(stocked, "one")
    embedding.embed(stocked)
    embedding.use(stocked, "two")
    embedding.embed(stocked, stop=after(2))
    x = s.vectors.c
    with stocked.read() as c:
        size = select(func.sum(func.length(x.vector) + func.length(func.coalesce(x.parts, b""))))
        held = int(c.scalar(size.where(x.encoder.startswith(USE))) or 0)
    assert held > passages(stocked) * 1024
    gone = embedding.prune(stocked)
    assert [name.partition("@")[0] for name in gone] == [USE]
    assert next(iter(gone.values())) == (passages(stocked), held)
    assert set(by(stocked)) == {"one", "two"}
    assert embedding.prune(stocked) == {}
    assert all(asked(stocked))


def test_the_watch_does_it_between_its_readings(stocked: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scheduler, "STRETCH", 0.05)
    embedding.use(stocked, "one")
    stop = threading.Event()
    running = threading.Thread(target=scheduler.watch, args=(stocked,), kwargs={"stop": stop})
    running.start()
    try:
        for _ in range(600):
            if stocked.encoder.id.startswith("one@"):
                break
            stop.wait(0.1)
    finally:
        stop.set()
        running.join(60)
    assert stocked.encoder.id.startswith("one@")
    assert by(stocked)["one"] == passages(stocked)


@pytest.mark.parametrize("into", ["empty", "filled"])
def test_an_import_into_a_home_with_another_encoder(
    stocked: Home, tmp_path: Path, jsonl: Callable[..., str], into: str
) -> None:
    embedding.use(stocked, "one")
    embedding.embed(stocked)
    with stocked.write() as c:
        c.execute(s.vectors.delete().where(s.vectors.c.encoder.startswith(USE)))
    export(stocked, tmp_path / "out")
    target = open_home(tmp_path / "target")
    if into == "filled":
        ingest(target, [jsonl({"id": "own", "text": "A film won the prize at the festival on Sunday."})])
    restore(target, tmp_path / "out")
    # The vectors came along; those that are searched here were made, and searches find all of it.
    held = by(target)
    assert held["one"] == passages(stocked)
    assert held[USE] == passages(target)
    assert target.encoder.id.startswith(USE)
    assert all(asked(target))
    fresh = open_home(target.path)
    assert asked(fresh) == asked(target)
    assert fresh.encoder.id.startswith(USE)
    assert restore(fresh, tmp_path / "out").added["vectors"] == 0
    for home in (target, fresh):
        home.close()


def test_models_of_ones_own_are_listed_and_refused(stocked: Home, tmp_path: Path, models: tuple[Path, Path]) -> None:
    listed = {one.name: one for one in catalogue.listed(stocked)}
    assert listed[USE].used
    assert listed["one"].trouble is None
    assert not listed["one"].built_in
    assert str(models[0]) in catalogue.described(stocked, "one")[1]
    for name, record, reason in (
        ("a/b", {"path": str(models[0])}, "name is made of"), (USE, {"path": "x"}, "built-in"),
        ("x", {}, "path or a hub id"), ("x", {"path": str(tmp_path)}, "safetensors"),
        ("x", {"path": "no"}, "no folder"),
        ("x", {"path": str(models[0]), "truncate": 99}, "cannot be cut"),
    ):  # fmt: skip
        with pytest.raises(ModelError, match=reason):
            catalogue.add(stocked, name, record)
    assert not (stocked.path / "models" / "x.json").exists()
    (stocked.path / "models" / "broken.json").write_text("{", "utf-8")
    assert "cannot be read" in str({one.name: one for one in catalogue.listed(stocked)}["broken"].trouble)
    embedding.use(stocked, "one")
    embedding.embed(stocked)
    with pytest.raises(InputError, match="in use"):
        catalogue.remove(stocked, "one")
    catalogue.remove(stocked, "two")
    with pytest.raises(ModelError, match="unknown model"):
        embedding.use(stocked, "two")


def test_models_in_the_settings(tmp_path: Path, models: tuple[Path, Path]) -> None:
    path = tmp_path / "home"
    path.mkdir()
    (path / "vedette.toml").write_text(
        f'[models]\nencoder = "mine"\n[models.mine]\npath = {json.dumps(str(models[1]))}\nmax_words = 50\n', "utf-8"
    )
    home = open_home(path)
    assert home.encoder.id.startswith("mine@")
    with pytest.raises(InputError, match=r"vedette\.toml"):
        catalogue.add(home, "mine", {"path": str(models[0])})
    assert ingest_documents(home, islice(corpus.documents(), 2)).new == 2
    assert set(by(home)) == {"mine"}
    home.close()
