"""Followed sources checked for real: conditional requests, politeness, moves, folders, what a stop or a kill leaves."""

from __future__ import annotations

import itertools
import os
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from domain.document import Filters
from domain.errors import NotFoundError, StoreError
from domain.label import Label
from domain.source import Source, SourceHealth
from domain.time import now
from index.store import documents as docs
from index.store import sources
from index.store.schema import AnyRow
from service import folders, pipeline, rounds
from service.config import load
from service.pipeline import ingest, retry
from service.reading import Options
from service.rounds import read_now
from service.search import show
from service.wiring import Home, open_home
from tests.fakes.site import Answer, Site, long_text, page, rss, site

FEED = "/feed.rss"
Served = Callable[[], Answer]


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Home]:
    """A home that may fetch from this machine and needs no recognisers."""
    plain = load(tmp_path / "home", environ={})
    made = open_home(tmp_path / "home", settings=replace(
        plain, ingest=replace(plain.ingest, allow_hosts=("127.0.0.1", "127.0.0.2")),
        models=replace(plain.models, recognisers=False),
    ))  # fmt: skip
    yield made
    made.close()


@pytest.fixture
def web() -> Iterator[Site]:
    with site() as made:
        yield made


def follow(home: Home, name: str, url: str, *, kind: str = "feed", label: Label = Label.OPEN, **settings: Any) -> None:
    with home.write() as c:
        sources.follow(c, Source(name=name, kind=kind, url=url, settings=settings, label=label), at=now())


def row(home: Home, name: str) -> AnyRow:
    with home.read() as c:
        return next(r for r in sources.listed(c) if r.name == name)


def last(home: Home, name: str) -> AnyRow:
    with home.read() as c:
        return sources.history(c, row(home, name).id)[0]


def state(home: Home, name: str) -> SourceHealth:
    with home.read() as c:
        return next(h for h in sources.health(c, at=now()) if h.source == name)


def held(home: Home) -> int:
    with home.read() as c:
        return docs.counts(c)["documents"]


# --- conditional requests and what is remembered


def test_an_unchanged_feed_is_asked_conditionally_and_counts_as_a_success(home: Home, web: Site) -> None:
    web.pages[FEED] = rss(("a", long_text("a")), ("b", long_text("b")))
    follow(home, "Wire", web.url + FEED)
    assert read_now(home).new == 2
    check = last(home, "Wire")
    assert (check.outcome, check.status, check.items, check.new, check.duplicate) == ("read", 200, 2, 2, 0)
    assert check.layout is not None
    assert read_now(home).plain()["new"] == 0
    check = last(home, "Wire")
    assert (check.outcome, check.status, check.items) == ("unchanged", 304, 0)
    assert [one.status for one in web.asked(FEED)] == [200, 304]
    assert row(home, "Wire").last_success == check.at
    assert row(home, "Wire").next_check > now()
    assert read_now(home, full=True).duplicate == 2
    assert web.asked(FEED)[-1].status == 200


def test_a_body_that_is_the_same_is_not_read_again_though_its_server_knows_no_validators(home: Home, web: Site) -> None:
    web.pages[FEED] = replace(rss(("a", long_text("a"))), tagged=False)
    follow(home, "Wire", web.url + FEED)
    read_now(home)
    assert read_now(home).duplicate == 0
    assert (last(home, "Wire").outcome, last(home, "Wire").status) == ("unchanged", 200)


def test_validators_are_kept_only_once_all_is_stored(home: Home, web: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    web.pages[FEED] = rss(("a", long_text("a")))
    follow(home, "Wire", web.url + FEED)

    def full(*args: object, **kwargs: object) -> Any:
        raise StoreError("the disk is full", stage="store")

    monkeypatch.setattr(rounds.pipeline, "run", full)
    with pytest.raises(StoreError):
        read_now(home)
    assert (row(home, "Wire").etag, row(home, "Wire").hints) == (None, {})
    monkeypatch.undo()
    assert read_now(home).new == 1
    assert row(home, "Wire").etag is not None


def test_what_was_asked_to_stop_remembers_only_what_is_stored(
    home: Home, web: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    stop = threading.Event()
    for n in range(4):
        web.pages[f"/{n}"] = rss(*((f"{n}-{i}", long_text(f"{n}-{i}")) for i in range(10)))
        follow(home, f"Feed {n}", f"{web.url}/{n}")
    object.__setattr__(home.settings.ingest, "batch", 5)
    run = pipeline.run

    def stopping(home: Home, stream: Any, **kwargs: Any) -> Any:
        return run(home, stream, **{**kwargs, "progress": lambda n, what: stop.set()})

    monkeypatch.setattr(rounds.pipeline, "run", stopping)
    done = read_now(home, stop=stop)
    assert 0 < done.new < 40
    monkeypatch.undo()
    noted = [row(home, f"Feed {n}").etag is not None for n in range(4)]
    assert sum(noted) * 10 <= done.new
    assert done.new + read_now(home).new == 40
    assert held(home) == 40


def test_a_mistake_in_one_source_does_not_lose_the_others(
    home: Home, web: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("good", "bad", "fine"):
        web.pages[f"/{name}"] = rss((name, long_text(name)))
        follow(home, name, f"{web.url}/{name}")
    run = pipeline.run

    def breaking(home: Home, stream: Any, **kwargs: Any) -> Any:
        read = list(stream)
        if any(one.options.source == "bad" for one in read):
            raise RuntimeError("a mistake")
        return run(home, iter(read), **kwargs)

    monkeypatch.setattr(rounds.pipeline, "run", breaking)
    read_now(home)
    assert {n: last(home, n).outcome for n in ("good", "bad", "fine")} == {
        "good": "read",
        "bad": "failed",
        "fine": "read",
    }
    assert "a mistake" in last(home, "bad").reason
    assert row(home, "bad").etag is None
    assert held(home) == 2


def test_what_could_not_be_read_at_all_is_asked_for_again(home: Home, web: Site) -> None:
    web.pages["/data"] = Answer("{broken\n{this too\n")
    follow(home, "Data", web.url + "/data", kind="feed")
    with home.write() as c:
        c.execute(sources.s.sources.update().values(settings={"kind": "jsonl"}))
    for n in (1, 2):
        assert read_now(home).failed == 2
        assert row(home, "Data").failures == n
    assert [one.status for one in web.asked("/data")] == [200, 200]


# --- failing, moving, gone


def test_a_feed_that_becomes_a_page_fails_and_does_not_move(home: Home, web: Site) -> None:
    web.pages[FEED] = rss(("a", long_text("a")))
    follow(home, "Wire", web.url + FEED)
    read_now(home)
    web.pages["/login"] = page("Please log in.")
    web.pages[FEED] = Answer(status=301, headers={"location": web.url + "/login"})
    for n in (1, 2, 3):
        assert read_now(home).failed == 1
        assert row(home, "Wire").failures == n
    assert (row(home, "Wire").url, row(home, "Wire").moving_to) == (web.url + FEED, None)
    assert state(home, "Wire").state == "failing"
    with home.read() as c:
        assert [(r.item, r.tries) for r in sources.failures(c)] == [(web.url + FEED, 3)]
    web.pages[FEED] = rss(("a", long_text("a")))
    read_now(home)
    assert state(home, "Wire").failures == 0
    with home.read() as c:
        assert sources.failures(c) == [], "a feed that answers again is no failed item"


def test_a_permanent_redirect_is_remembered_after_it_held_twice(home: Home, web: Site) -> None:
    web.pages[FEED] = Answer(status=308, headers={"location": web.url + "/new"})
    web.pages["/new"] = rss(("a", long_text("a")))
    follow(home, "Wire", web.url + FEED)
    read_now(home)
    assert row(home, "Wire").url == web.url + FEED
    read_now(home)
    assert (row(home, "Wire").url, row(home, "Wire").moved_from) == (web.url + "/new", web.url + FEED)
    assert "moved from" in (state(home, "Wire").note or "")
    read_now(home)
    assert len(web.asked(FEED)) == 2
    assert web.asked("/new")[-1].status == 304
    assert held(home) == 1


def test_one_that_moves_to_where_another_is_read_is_retired(home: Home, web: Site) -> None:
    web.pages[FEED] = Answer(status=301, headers={"location": web.url + "/new"})
    web.pages["/new"] = rss(("a", long_text("a")))
    follow(home, "Old", web.url + FEED)
    follow(home, "New", web.url + "/new")
    read_now(home)
    read_now(home)
    assert "followed as New" in row(home, "Old").retired_reason
    assert row(home, "New").retired is None


def test_a_gone_feed_is_retired_and_asked_no_more_until_it_is_told_to(home: Home, web: Site) -> None:
    web.pages[FEED] = Answer(status=410)
    follow(home, "Wire", web.url + FEED)
    read_now(home)
    assert state(home, "Wire").state == "retired"
    read_now(home)
    with home.read() as c:
        assert sources.due(c, at=now(), horizon=now()) == []
    assert len(web.asked(FEED)) == 1
    assert read_now(home, ["Wire"]).failed == 1, "unless it is named"
    web.pages[FEED] = rss(("a", long_text("a")))
    read_now(home, ["Wire"])
    assert row(home, "Wire").retired is None
    web.pages[FEED] = Answer(status=410)
    read_now(home)
    assert row(home, "Wire").retired is not None
    web.pages[FEED] = rss(("b", long_text("b")))
    with home.write() as c:
        assert sources.retry_retired(c, []) == 1
    assert read_now(home).new == 1
    assert state(home, "Wire").state == "healthy"
    with home.write() as c, pytest.raises(NotFoundError):
        sources.retry_retired(c, ["Wire"])


def test_a_host_that_is_asked_too_much_is_left_alone_with_all_its_feeds(home: Home, web: Site) -> None:
    web.pages["/busy"] = Answer(status=429, headers={"retry-after": "600"})
    web.pages["/other"] = rss(("a", long_text("a")))
    follow(home, "Busy", web.url + "/busy")
    follow(home, "Other", web.url + "/other")
    with site("127.0.0.2") as elsewhere:
        elsewhere.pages[FEED] = rss(("e", long_text("e")))
        follow(home, "Elsewhere", elsewhere.url + FEED)
        read_now(home)
    assert web.asked("/other") == []
    wait = (row(home, "Other").next_check - now()).total_seconds()
    assert 500 < wait <= 601
    assert row(home, "Other").failures == 0
    assert 590 < (row(home, "Busy").next_check - now()).total_seconds() < 800
    assert held(home) == 1


def test_an_empty_feed_is_empty_and_a_broken_entry_is_named_while_the_rest_is_read(home: Home, web: Site) -> None:
    web.pages[FEED] = rss()
    follow(home, "Wire", web.url + FEED)
    read_now(home)
    assert (last(home, "Wire").outcome, state(home, "Wire").state) == ("empty", "quiet")


# --- one thing at a time


def test_one_host_is_never_asked_two_things_at_once_and_several_hosts_are(home: Home) -> None:
    with site() as a, site("127.0.0.2") as b:
        for n in range(6):
            for host, web in (("a", a), ("b", b)):
                web.pages[f"/{n}"] = replace(rss((f"{host}{n}", long_text(f"{host}{n}"))), delay=0.05)
                follow(home, f"{host}{n}", f"{web.url}/{n}")
        rows = [row(home, f"{h}{n}") for n in range(6) for h in "ab"]
        with rounds.Readers(home, threading.Event()) as readers:
            readers.add(rows)
            assert readers.add(rows) == 0, "what is being asked is not asked again"
            taken = []
            while len(taken) < 12:
                taken += readers.lot(wait=5)
            readers.done(taken)
            assert readers.idle
        for web in (a, b):
            spans = sorted((one.began, one.ended) for one in web.seen)
            assert len(spans) == 6
            assert all(first[1] <= second[0] for first, second in itertools.pairwise(spans))
        assert min(one.began for one in b.seen) < max(one.ended for one in a.seen)
        assert min(one.began for one in a.seen) < max(one.ended for one in b.seen)


def test_hosts_that_are_not_ones_own_get_a_pause(home: Home, web: Site) -> None:
    object.__setattr__(home.settings.ingest, "allow_hosts", ())
    object.__setattr__(home.settings.watch, "gap_seconds", 0.4)
    for n in range(3):
        web.pages[f"/{n}"] = rss((str(n), long_text(str(n))))
        follow(home, str(n), f"{web.url}/{n}", allow_hosts=["127.0.0.1"])
    read_now(home)
    spans = sorted((one.began, one.ended) for one in web.seen)
    assert all(second[0] - first[1] > 0.35 for first, second in itertools.pairwise(spans))


# --- linked pages


ARTICLE = [f"Paragraph {i}. " + long_text(f"point {i}", 120) for i in range(5)]


def test_a_teaser_gets_the_text_of_its_page_once(home: Home, web: Site) -> None:
    web.pages[FEED] = rss(("a", "Talks opened in Hanoi ...", web.url + "/a"))
    web.pages["/a"] = page(*ARTICLE, title="Title of a")
    follow(home, "Wire", web.url + FEED)
    assert read_now(home).new == 1
    shown = show(home, "a")
    assert "Paragraph 4." in shown.versions[-1].text
    assert shown.versions[-1].meta["article"]
    # Another entry comes: the one that is known is not asked for again, and stays the same document.
    web.pages[FEED] = rss(("b", long_text("b"), web.url + "/b"), ("a", "Talks opened in Hanoi ...", web.url + "/a"))
    again = read_now(home)
    assert (again.new, again.updated, again.duplicate) == (1, 0, 1)
    assert len(web.asked("/a")) == 1
    assert web.asked("/b") == [], "an entry that is whole needs no page"
    # A changed entry is asked for again.
    web.pages[FEED] = rss(("a", "Talks broke off in Hanoi ...", web.url + "/a"))
    web.pages["/a"] = page(
        *ARTICLE, "They broke off on Tuesday, both sides said in separate notes.", title="Title of a"
    )
    assert read_now(home).updated == 1
    assert "broke off on Tuesday" in show(home, "a").versions[-1].text
    assert len(show(home, "a").versions) == 2


def test_the_same_page_in_two_feeds_is_asked_for_once(home: Home, web: Site) -> None:
    web.pages["/x"] = page(*ARTICLE)
    for n in ("one", "two"):
        web.pages[f"/{n}"] = rss(("g", "Talks opened in Hanoi ...", web.url + "/x"))
        follow(home, n, f"{web.url}/{n}")
    read_now(home, ["one"])
    read_now(home, ["two"])
    web.pages["/two"] = rss(("g", "Talks opened in Hanoi ...", web.url + "/x"), extra="<ttl>5</ttl>")
    read_now(home, ["two"])
    assert len(web.asked("/x")) == 1
    assert held(home) == 1


def test_a_page_that_cannot_be_had_leaves_the_entrys_text_with_a_note(home: Home, web: Site) -> None:
    web.pages[FEED] = rss(
        ("a", "Talks opened in Hanoi ...", web.url + "/missing"), ("b", "Talks went on ...", web.url + "/closed/b")
    )
    web.pages["/robots.txt"] = Answer("User-agent: *\nDisallow: /closed/\n", headers={"content-type": "text/plain"})
    web.pages["/closed/b"] = page(*ARTICLE)
    follow(home, "Wire", web.url + FEED)
    assert read_now(home).new == 2
    assert "404" in show(home, "a").versions[-1].meta["article"]
    assert "robots.txt" in show(home, "b").versions[-1].meta["article"]
    assert show(home, "b").versions[-1].text.startswith("Talks went on")
    assert web.asked("/closed/b") == []
    web.pages[FEED] = rss(("a", "Talks opened in Hanoi ...", web.url + "/missing"), title="Other")
    assert read_now(home).duplicate == 1
    assert len(web.asked("/missing")) == 1


def test_pages_are_read_as_the_source_says(home: Home, web: Site) -> None:
    web.pages["/a"] = page(*ARTICLE)
    for mode in ("off", "always"):
        web.pages[f"/{mode}"] = rss((mode, long_text(mode), f"{web.url}/a?{mode}"))
        web.pages[f"/a?{mode}"] = page(*(f"{mode} {p}" for p in ARTICLE))
        follow(home, mode, f"{web.url}/{mode}", articles=mode)
    read_now(home)
    assert (len(web.asked("/a?off")), len(web.asked("/a?always"))) == (0, 1)


def test_too_many_pages_wait_for_the_next_check(home: Home, web: Site) -> None:
    object.__setattr__(home.settings.watch, "pages", 3)
    entries = [(f"e{i}", "Talks opened ...", f"{web.url}/p{i}") for i in range(8)]
    for i in range(8):
        web.pages[f"/p{i}"] = page(*(f"On {i}: {p}" for p in ARTICLE))
    web.pages[FEED] = rss(*entries)
    follow(home, "Wire", web.url + FEED)
    done = read_now(home)
    assert (done.new, held(home)) == (8, 8), "a check goes on until there is nothing more"
    with home.read() as c:
        history = sources.history(c, row(home, "Wire").id)
    assert [h.new for h in history] == [2, 3, 3]
    assert "left for the next" in history[1].reason
    assert all(len(web.asked(f"/p{i}")) == 1 for i in range(8))


def test_an_address_that_is_taken_in_reads_pages_too(home: Home, web: Site) -> None:
    web.pages[FEED] = rss(("a", "Talks opened in Hanoi ...", web.url + "/a"))
    web.pages["/a"] = page(*ARTICLE)
    assert ingest(home, [web.url + FEED]).new == 1
    assert "Paragraph 4." in show(home, "a").versions[-1].text
    assert ingest(home, [web.url + FEED]).duplicate == 1
    assert len(web.asked("/a")) == 1
    web.pages["/off"] = rss(("o", "Talks closed ...", web.url + "/o"))
    ingest(home, [web.url + "/off"], options=Options(articles="off"))
    assert web.asked("/o") == []


# --- labels


def test_a_sources_label_is_that_of_all_it_brings_and_of_its_failures(home: Home, web: Site) -> None:
    web.pages[FEED] = rss(("a", long_text("a")))
    follow(home, "Desk", web.url + FEED, label=Label.SECRET)
    read_now(home)
    assert show(home, "a").versions[-1].label == Label.SECRET
    web.pages[FEED] = Answer(status=500)
    read_now(home)
    with home.read() as c:
        assert sources.health(c, at=now(), filters=Filters(as_of=now(), clearance=Label.OPEN)) == []
        assert sources.failures(c, clearance=Label.OPEN) == []
        assert len(sources.failures(c, clearance=Label.SECRET)) == 1
    web.pages[FEED] = rss(("a", long_text("a")), ("b", long_text("b")))
    assert retry(home).new == 1
    assert show(home, "b").versions[-1].label == Label.SECRET


# --- folders


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(folders, "SETTLE", 0.15)


@pytest.mark.usefixtures("quick")
def test_a_folder_gives_each_file_once_as_it_comes_and_as_it_changes(home: Home, tmp_path: Path) -> None:
    box = tmp_path / "box"
    (box / "sub").mkdir(parents=True)
    (box / "a.txt").write_text(long_text("a"), "utf-8")
    (box / "sub" / "b.txt").write_text(long_text("b"), "utf-8")
    (box / "c.txt.part").write_text("half", "utf-8")
    follow(home, "Box", str(box), kind="folder")
    assert read_now(home).new == 2
    assert read_now(home).plain()["duplicate"] == 0
    assert last(home, "Box").outcome == "unchanged"
    (box / "a.txt").write_text(long_text("a") + " And more of it.", "utf-8")
    (box / "c.txt.part").rename(box / "c.txt")
    done = read_now(home)
    assert (done.new, done.updated, done.duplicate) == (1, 1, 0)
    (box / "sub" / "b.txt").unlink()
    assert read_now(home).plain()["new"] == 0
    assert held(home) == 3
    (box / "sub" / "b.txt").write_text(long_text("b"), "utf-8")
    assert read_now(home).duplicate == 1
    assert (row(home, "Box").next_check - now()).total_seconds() < 70


@pytest.mark.usefixtures("quick")
def test_a_file_that_is_still_written_is_left_until_it_is_whole(home: Home, tmp_path: Path) -> None:
    box = tmp_path / "box"
    box.mkdir()
    follow(home, "Box", str(box), kind="folder")
    writing = threading.Event()

    def write() -> None:
        with (box / "long.txt").open("w") as handle:
            while not writing.is_set():
                handle.write("Line of a long cable from Hanoi.\n")
                handle.flush()
                time.sleep(0.02)

    writer = threading.Thread(target=write)
    writer.start()
    time.sleep(0.1)
    try:
        assert read_now(home).new == 0
        assert "still being written" in last(home, "Box").reason
    finally:
        writing.set()
        writer.join()
    assert read_now(home).new == 1


@pytest.mark.usefixtures("quick")
def test_a_folder_is_taken_in_by_portions_and_a_missing_one_fails(
    home: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(folders, "MOST_FILES", 3)
    box = tmp_path / "box"
    box.mkdir()
    for i in range(8):
        (box / f"{i}.txt").write_text(long_text(f"cable {i}"), "utf-8")
    (box / "broken.pdf").write_bytes(b"%PDF-1.4 broken")
    (box / os.fsdecode(b"\xff\xfe.txt")).write_text(long_text("odd"), "utf-8")
    follow(home, "Box", str(box), kind="folder")
    done = read_now(home)
    assert (done.new, done.failed) == (9, 1)
    with home.read() as c:
        assert len(sources.history(c, row(home, "Box").id)) == 4
    box.rename(tmp_path / "away")
    assert read_now(home).failed == 1
    assert "no such folder" in last(home, "Box").reason
    (tmp_path / "away").rename(box)
    assert read_now(home).plain()["new"] == 0
    assert last(home, "Box").outcome == "unchanged", "what was known of its files stayed"


def test_names_that_say_that_somebody_is_still_at_it() -> None:
    for name in ("a.part", "a.TMP", "~$cable.docx", ".hidden", "a.txt~", "x.crdownload"):
        assert folders.unfinished(name)
    assert not folders.unfinished("cable.txt")
