"""robots.txt: who may read what, how often a host is asked, and what holds when it cannot say."""

from __future__ import annotations

import threading
import time
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.errors import BlockedError, FetchError
from domain.protocols import Response
from ingest.fetch import StatusError, StoredFetcher
from ingest.robots import AGAIN, KEPT, STALE, Robots, RobotsAnswer, read_answer, verdict

AT = datetime(2024, 5, 2, 8, tzinfo=UTC)
RULES = """\
# of the desk
User-agent: other
Disallow: /

User-agent: *
Crawl-delay: 7
Disallow: /login
Disallow: /*?print=
Allow: /login/help
Disallow: /*.pdf$
Sitemap: https://a.example/map.xml
"""


class Host:
    """Answers as told and counts how often it is asked."""

    def __init__(self, answer: bytes | int | Exception) -> None:
        self.answer, self.asked = answer, list[str]()

    def get(self, url: str, *, headers: Mapping[str, str] | None = None) -> Response:
        self.asked.append(url)
        if isinstance(self.answer, Exception):
            raise self.answer
        if isinstance(self.answer, int):
            response = Response(url=url, status=self.answer, headers={}, body=b"")
            raise StatusError(str(self.answer), item=url, response=response)
        return Response(url=url, status=200, headers={}, body=self.answer)


@pytest.mark.parametrize(
    ("path", "allowed"),
    [("/", True), ("/login", False), ("/login/help", True), ("/a?print=1", False), ("/a.pdf", False),
     ("/a.pdf?x", True), ("/tin/Hà-Nội", True), ("/robots.txt", True)],
)  # fmt: skip
def test_the_most_telling_rule_decides(path: str, allowed: bool) -> None:
    robots = Robots(StoredFetcher({"https://a.example/robots.txt": RULES.encode()}), user_agent="Vedette/0.1 (+desk)")
    told = robots.ask(f"https://a.example{path}", at=AT)
    assert told.allowed == allowed
    assert told.delay == 7
    assert (told.reason == "") == allowed


def test_rules_for_us_by_name_come_before_those_for_all() -> None:
    text = b"User-agent: *\nDisallow: /\n\nUser-agent: vedette\nDisallow: /private\nRequest-rate: 1/30\n"
    told = Robots(Host(text), user_agent="Vedette/2.0").ask("https://a.example/x", at=AT)
    assert (told.allowed, told.delay) == (True, 30)
    assert not Robots(Host(text), user_agent="Somebody/1").ask("https://a.example/x", at=AT).allowed


@pytest.mark.parametrize(
    ("answer", "allowed"),
    [(404, True), (403, True), (401, True), (410, True), (429, False), (500, False), (503, False), (302, False),
     (FetchError("no answer", item="x"), False), (BlockedError("is no public address", item="x"), False),
     (b"<html>not found</html>", True), (b"", True), (b"\xff\xfe\x00rubbish", True),
     (b"\xef\xbb\xbfUser-agent: *\nDisallow: /\n", False)],
)  # fmt: skip
def test_what_no_rules_mean(answer: bytes | int | Exception, allowed: bool) -> None:
    told = Robots(Host(answer)).ask("https://a.example/x", at=AT)
    assert told.allowed == allowed
    assert told.until == AT + (KEPT if allowed or isinstance(answer, bytes) else AGAIN)


def test_a_host_is_asked_once_a_day_and_each_scheme_and_port_apart() -> None:
    host = Host(b"")
    robots = Robots(host)
    for hours in range(24):
        robots.ask(f"https://A.example/{hours}", at=AT + timedelta(hours=hours))
    assert host.asked == ["https://a.example/robots.txt"]
    robots.ask("https://a.example/x", at=AT + KEPT)
    robots.ask("http://a.example/x", at=AT + KEPT)
    robots.ask("https://a.example:8443/x", at=AT + KEPT)
    assert len(host.asked) == 4


def test_rules_outlive_a_failure_but_not_for_ever() -> None:
    host = Host(RULES.encode())
    robots = Robots(host)
    assert robots.ask("https://a.example/x", at=AT).allowed
    host.answer = 503
    later = AT + timedelta(days=3)
    assert robots.ask("https://a.example/x", at=later).allowed
    assert not robots.ask("https://a.example/login", at=later).allowed
    assert robots.ask("https://a.example/x", at=later).until == later + AGAIN
    assert not robots.ask("https://a.example/x", at=AT + STALE + KEPT).allowed
    host.answer = 404
    assert robots.ask("https://a.example/login", at=AT + STALE + 2 * KEPT).allowed


def test_threads_ask_once_and_do_not_wait_for_another_host() -> None:
    class Slow(Host):
        def get(self, url: str, *, headers: Mapping[str, str] | None = None) -> Response:
            if "slow" in url:
                gate.wait(5)
            return super().get(url, headers=headers)

    gate = threading.Event()
    host = Slow(b"")
    robots = Robots(host)
    with ThreadPoolExecutor(8) as threads:
        slow = [threads.submit(robots.ask, "https://slow.example/x", at=AT) for _ in range(4)]
        time.sleep(0.05)
        assert robots.ask("https://quick.example/x", at=AT).allowed
        gate.set()
        assert all(one.result().allowed for one in slow)
    assert sorted(host.asked) == ["https://quick.example/robots.txt", "https://slow.example/robots.txt"]


@pytest.mark.parametrize(
    "text",
    ["User-agent: *\nDisallow: /" + "*a" * 5000 + "b\n", "User-agent: *\n" + "Disallow: /*a*b*c$\n" * 20_000,
     "User-agent: x\n" * 40_000, "A" * 500_000, "User-agent: *\nCrawl-delay: " + "9" * 400 + "\nDisallow: /x"],
    ids=["wildcards", "many rules", "many names", "one line", "endless delay"],
)  # fmt: skip
def test_hostile_rules_take_no_time(text: str) -> None:
    started = time.monotonic()
    told = Robots(Host(text.encode())).ask("https://a.example/" + "a" * 3000, at=AT)
    assert time.monotonic() - started < 5
    assert told.allowed
    assert told.delay is None or 0 < told.delay <= 3600


@given(st.binary(max_size=300), st.text(max_size=60))
def test_no_answer_breaks_it(body: bytes, path: str) -> None:
    answer = read_answer(Response(url="u", status=200, headers={}, body=body), at=AT)
    assert isinstance(answer, RobotsAnswer)
    assert verdict(answer, f"https://a.example/{path}", agent="Vedette").until == AT + KEPT
