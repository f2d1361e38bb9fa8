"""``vedette sources`` and ``vedette watch`` as an operator uses them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from domain.source import Source
from domain.time import now
from index.store import sources
from ingest.opml import read_opml
from interfaces.cli import main
from service import folders
from service.wiring import open_home
from tests.fakes.site import Answer, Site, long_text, page, rss, site

FEED = "/feed.rss"


@pytest.fixture
def web() -> Iterator[Site]:
    with site() as made:
        yield made


@pytest.fixture
def home(tmp_path: Path) -> str:
    folder = tmp_path / "home"
    folder.mkdir()
    (folder / "vedette.toml").write_text(
        '[ingest]\nallow_hosts = ["127.0.0.1"]\n[models]\nrecognisers = false\n', "utf-8"
    )
    return str(folder)


def call(home: str, *args: str) -> Result:
    return CliRunner().invoke(main, [args[0], *args[1:], "--home", home])


def told(home: str, *args: str, status: int = 0) -> Any:
    result = call(home, *args, "--json")
    assert result.exit_code == status, result.output
    return json.loads(result.stdout)


def names(home: str) -> list[str]:
    return [one["name"] for one in told(home, "sources", "list") if one["followed"]]


def test_a_feed_is_followed_read_listed_and_left(home: str, web: Site) -> None:
    web.pages[FEED] = rss(("a", long_text("a")))
    made = told(home, "sources", "add", web.url + FEED, "--name", "Wire", "--lang", "en", "--country", "VN",
                "--reliability", "B", "--region", "Asia", "--category", "world news")  # fmt: skip
    assert (made["name"], made["kind"], made["url"], made["already"]) == ("Wire", "feed", web.url + FEED, False)
    assert told(home, "sources", "add", web.url.upper() + FEED + "?utm_source=x", "--kind", "feed")["already"] is True
    assert told(home, "sources", "read")["new"] == 1
    listed = told(home, "sources", "list")[0]
    assert (listed["followed"], listed["reliability"], listed["label"], listed["failures"]) == (True, "B", "open", 0)
    assert listed["next_check"] > listed["last_success"]
    health = told(home, "sources", "health")[0]
    assert (health["source"], health["state"], health["documents"], health["followed"]) == ("Wire", "healthy", 1, True)
    assert "Wire" in call(home, "sources", "health").output
    assert told(home, "sources", "remove", "Wire") == {"removed": "Wire"}
    assert told(home, "sources", "read", status=0)["new"] == 0
    assert call(home, "sources", "read", "Wire").exit_code == 1


def test_of_a_page_the_best_feed_it_names_is_followed(home: str, web: Site) -> None:
    web.pages["/"] = Answer(
        "<html><head><title>A paper</title>"
        "<link rel='alternate' type='application/rss+xml' title='Broken' href='/broken.rss'>"
        "<link rel='alternate' type='application/rss+xml' title='News' href='/feed.rss'>"
        "<link rel='alternate' type='application/rss+xml' title='Comments' href='/comments/feed'></head>"
        "<body>Hi</body></html>",
        headers={"content-type": "text/html"},
    )
    web.pages[FEED] = rss(("a", long_text("a")))
    made = told(home, "sources", "add", web.url + "/")
    assert made["url"] == web.url + FEED
    assert {one["title"] for one in made["others"]} >= {"Comments"}
    assert "page" in made["note"]
    web.pages["/bare"] = page("Nothing to follow here.")
    refused = call(home, "sources", "add", web.url + "/bare")
    assert refused.exit_code == 2
    assert "names no feed" in refused.output


def test_what_cannot_be_reached_now_is_followed_with_a_word_on_it(home: str) -> None:
    made = told(home, "sources", "add", "http://127.0.0.1:1/feed")
    assert "could not be looked at" in made["note"]
    assert told(home, "sources", "read", status=1)["failed"] == 1
    failed = told(home, "sources", "failures")
    assert [one["stage"] for one in failed] == ["fetch"]
    assert told(home, "sources", "health")[0]["state"] == "failing"
    assert "once" in call(home, "sources", "health").output


@pytest.mark.parametrize(
    ("args", "word"),
    [(["nowhere"], "no folder"), (["ftp://a.example/x"], "no folder"), (["http://user:word@a.example/f"], "password"),
     (["imaps://desk:word@mail.example/INBOX"], "password"), (["imap://nobody"], "mailbox"), ([], "--bundled"),
     (["https://a.example/f", "--bundled"], "--bundled"), (["--bundled", "--lang", "tlh"], "no bundled feed"),
     (["https://a.example/f", "--kind", "gopher"], "unknown kind"), (["https://a.example/f", "--label", "x"], "label"),
     (["https://a.example/f", "--lang", "vi", "--lang", "fr", "--kind", "feed"], "more than once"),
     (["imaps://d@mail.example/", "--set", "nothing"], "key=value")],
)  # fmt: skip
def test_what_cannot_be_followed_is_refused_with_the_reason(home: str, args: list[str], word: str) -> None:
    result = call(home, "sources", "add", *args)
    assert result.exit_code == 2, result.output
    assert word in result.output
    assert "word@" not in result.output
    assert names(home) == []


def test_kinds_that_are_told_by_their_address(home: str, tmp_path: Path, web: Site) -> None:
    (tmp_path / "cables").mkdir()
    assert told(home, "sources", "add", str(tmp_path / "cables"))["kind"] == "folder"
    mailbox = told(
        home,
        "sources",
        "add",
        "imaps://desk@mail.example/INBOX",
        "--set",
        "password_env=DESK",
        "--set",
        "since=2014-05-01",
    )
    assert (mailbox["kind"], mailbox["settings"]["imap"]["since"]) == ("imap", "2014-05-01")
    assert told(home, "sources", "add", "http://data.example/gdeltv2/lastupdate.txt")["kind"] == "gdelt"
    web.pages["/news.xml"] = Answer(
        "<?xml version='1.0'?><urlset xmlns='http://www.sitemaps.org/schemas/sitemap/0.9' "
        "xmlns:news='http://www.google.com/schemas/sitemap-news/0.9'><url><loc>https://a.example/1</loc><news:news>"
        "<news:title>T</news:title></news:news></url></urlset>",
        headers={"content-type": "application/xml"},
    )
    assert told(home, "sources", "add", web.url + "/news.xml")["kind"] == "sitemap"
    web.pages["/data.jsonl"] = Answer(json.dumps({"id": "j", "text": long_text("j")}) + "\n")
    made = told(home, "sources", "add", web.url + "/data.jsonl", "--name", "Data")
    assert made["settings"]["kind"] == "jsonl"
    assert told(home, "sources", "read", "Data")["new"] == 1


def test_the_bundled_feeds_by_language_and_region_and_lists_in_and_out(home: str, tmp_path: Path) -> None:
    first = told(home, "sources", "add", "--bundled", "--lang", "vi")
    assert len(first["followed"]) >= 3
    again = told(home, "sources", "add", "--bundled", "--lang", "vi", "--lang", "fr", "--category", "world news")
    assert set(again["already"]) <= set(first["followed"])
    assert again["followed"]
    rows = told(home, "sources", "list")
    assert all(row["region"] and row["reliability"] in "ABCDEF" and row["country"] for row in rows)
    file = tmp_path / "out.opml"
    assert told(home, "sources", "export", str(file))["exported"] == len(rows)
    listed = {one.name: one for one in read_opml(file.read_bytes(), item="out")}
    assert {row["name"]: (row["url"], row["lang"], row["region"]) for row in rows} == {
        name: (one.url, one.lang, one.region) for name, one in listed.items()}  # fmt: skip
    other = tmp_path / "other"
    other.mkdir()
    assert len(told(str(other), "sources", "import", str(file))["followed"]) == len(rows)
    assert told(str(other), "sources", "import", str(file))["followed"] == []
    (tmp_path / "bad.opml").write_text("<html></html>", "utf-8")
    assert call(home, "sources", "import", str(tmp_path / "bad.opml")).exit_code == 2
    assert call(home, "sources", "import", str(tmp_path / "none.opml")).exit_code == 2


def test_two_sources_of_one_name_stay_two(home: str, web: Site) -> None:
    for n in ("one", "two"):
        web.pages[f"/{n}"] = rss((n, long_text(n)))
        told(home, "sources", "add", f"{web.url}/{n}", "--name", "Wire")
    assert names(home) == ["Wire", f"Wire ({web.url}/two)"]


def test_a_reader_hears_only_of_sources_within_the_clearance(home: str, web: Site, tmp_path: Path) -> None:
    web.pages[FEED] = Answer(status=500)
    told(home, "sources", "add", web.url + FEED, "--name", "Embassy", "--kind", "feed", "--label", "secret")
    told(home, "sources", "read", status=1)
    settings = Path(home) / "vedette.toml"
    settings.write_text(settings.read_text("utf-8") + '[reader]\nclearance = "restricted"\n', "utf-8")
    for command in ("list", "health", "failures"):
        result = call(home, "sources", command, "--json")
        assert json.loads(result.stdout) == []
    assert "Embassy" not in call(home, "doctor").output
    assert call(home, "sources", "read", "Embassy").exit_code == 1
    assert len(web.asked(FEED)) == 1


def test_a_watch_that_runs_once(home: str, web: Site, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(folders, "SETTLE", 0.1)
    web.pages[FEED] = rss(("a", long_text("a")))
    box = tmp_path / "box"
    box.mkdir()
    (box / "cable.txt").write_text(long_text("cable"), "utf-8")
    told(home, "sources", "add", web.url + FEED)
    told(home, "sources", "add", str(box), "--label", "restricted")
    done = told(home, "watch", "--once")
    assert (done["new"], done["failed"]) == (2, 0)
    assert told(home, "watch", "--once")["new"] == 0
    doctor = [json.loads(line) for line in call(home, "doctor", "--json").stdout.splitlines()]
    assert any(one["what"] == "watch" and one["state"] == "warning" for one in doctor)


def test_retired_sources_are_asked_again_when_one_says_so(home: str, web: Site) -> None:
    web.pages[FEED] = Answer(status=410)
    told(home, "sources", "add", web.url + FEED, "--name", "Wire", "--kind", "feed")
    told(home, "sources", "read", status=1)
    assert told(home, "sources", "list")[0]["retired_reason"]
    assert "retired" in call(home, "sources", "health").output
    assert told(home, "sources", "retry-retired", "Wire") == {"asked_again": 1}
    assert call(home, "sources", "retry-retired", "Wire").exit_code == 1


def test_names_cannot_write_on_the_terminal(home: str) -> None:
    opened = open_home(Path(home))
    with opened.write() as c:
        sources.follow(c, Source(name="A\x1b[2J\u202eB", kind="feed", url="http://a.example/\x1b"), at=now())
    opened.close()
    for command in ("list", "health"):
        text = call(home, "sources", command).output
        assert "\x1b" not in text
        assert "\u202e" not in text
