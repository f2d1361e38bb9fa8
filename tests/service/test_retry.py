"""What failed is tried again with the options that hold: source, label, kind."""

from __future__ import annotations

import http.server
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from domain.errors import NotFoundError
from domain.label import Label
from domain.source import Source
from domain.time import now
from index.store import sources
from service.pipeline import ingest, retry
from service.reading import Options
from service.rounds import read_now
from service.search import show
from service.wiring import Home

Jsonl = Callable[..., str]
TEXT = "China and Vietnam opened talks on fishing in Hanoi on Monday."
FEED = ("<?xml version='1.0'?><rss version='2.0'><channel><title>Served</title><item><title>Talks</title>"
        f"<link>https://example.org/1</link><description>{TEXT}</description></item></channel></rss>")  # fmt: skip
EMPTY = "<?xml version='1.0'?><rss version='2.0'><channel><title>Served</title></channel></rss>"


@pytest.fixture
def served(tmp_path: Path) -> Iterator[tuple[Path, str]]:
    """A folder and the address at which it is served."""
    folder = tmp_path / "served"
    folder.mkdir()

    class Handler(http.server.SimpleHTTPRequestHandler):
        def __init__(self, *args: Any) -> None:
            super().__init__(*args, directory=str(folder))

        def log_message(self, format: str, *args: Any) -> None:
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield folder, f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


def test_a_label_given_later_holds_for_the_retry(home: Home, jsonl: Jsonl) -> None:
    path = jsonl("{broken")
    ingest(home, [path])
    ingest(home, [path], options=Options(label=Label.SECRET))
    jsonl({"id": "a", "text": TEXT})
    assert retry(home).new == 1
    assert show(home, "a").versions[-1].label == Label.SECRET


def test_a_feed_of_a_list_is_tried_again_as_a_feed_under_its_own_name(
    home: Home, tmp_path: Path, served: tuple[Path, str]
) -> None:
    folder, address = served
    listed = tmp_path / "list.opml"
    feed = f'<outline type="rss" text="Wire" xmlUrl="{address}/f.rss"/>'
    listed.write_text(f'<opml version="2.0"><body>{feed}</body></opml>', "utf-8")
    options = Options(kind="opml", allow_hosts=("127.0.0.1",))
    assert ingest(home, [str(listed)], options=options).failed == 1
    (folder / "f.rss").write_text(FEED, "utf-8")
    assert retry(home).new == 1
    with home.read() as c:
        assert {one.source: one.documents for one in sources.health(c, at=now())} == {"Wire": 1}


def test_a_followed_source_fails_when_it_serves_no_feed_and_recovers_when_it_does(
    home: Home, served: tuple[Path, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    folder, address = served
    object.__setattr__(home.settings.ingest, "allow_hosts", ("127.0.0.1",))
    with home.write() as c:
        sources.follow(c, Source(name="Wire", url=f"{address}/f.rss"), at=now())

    def state() -> str:
        with home.read() as c:
            return sources.health(c, at=now())[0].state

    (folder / "f.rss").write_text("<html><body>Please log in</body></html>", "utf-8")
    assert read_now(home, ["Wire"]).failed == 1
    assert state() == "failing"
    (folder / "f.rss").write_text(EMPTY, "utf-8")
    read_now(home, ["Wire"])
    assert state() == "quiet"
    (folder / "f.rss").write_text(FEED, "utf-8")
    assert read_now(home, []).new == 1
    assert state() == "healthy"
    with pytest.raises(NotFoundError):
        read_now(home, ["Nobody"])
