"""Turns at hosts: pauses, rests, hosts that do not answer."""

from __future__ import annotations

import threading
from collections.abc import Mapping

import pytest

from domain.errors import BlockedError, FetchError
from domain.protocols import Response
from ingest.fetch import StatusError
from service.hosts import LEAST_REST, MANY_FAILURES, MOST_REST, PATIENCE, PoliteFetcher, Postponed, Turns, host_of

A, B = "http://a.example/x", "http://b.example/y"


class Clock:
    """A clock that moves when it is waited on."""

    def __init__(self) -> None:
        self.time = 0.0

    def __call__(self) -> float:
        return self.time

    def wait(self, seconds: float) -> bool:
        self.time += seconds
        return False


class Told:
    """Answers by address: a status, or an error to raise."""

    def __init__(self, answers: dict[str, int | Exception], headers: Mapping[str, str] | None = None) -> None:
        self.answers, self.headers = answers, headers or {}
        self.asked: list[str] = []

    def get(self, url: str, *, headers: Mapping[str, str] | None = None) -> Response:
        self.asked.append(url)
        answer = self.answers[url]
        if isinstance(answer, Exception):
            raise answer
        response = Response(url=url, status=answer, headers=self.headers, body=b"")
        if answer >= 400:
            raise StatusError(f"answered {answer}", item=url, response=response)
        return response


def polite(fetcher: Told, *, gap: float = 1.0, own: tuple[str, ...] = ()) -> tuple[PoliteFetcher, Turns, Clock]:
    clock = Clock()
    turns = Turns(gap=gap, own=own, stopped=clock.wait, clock=clock)
    return PoliteFetcher(fetcher, turns), turns, clock


def test_there_is_a_pause_between_two_requests_to_one_host() -> None:
    get, turns, clock = polite(Told({A: 200, B: 200}))
    for _ in range(3):
        get.get(A)
    assert clock.time == 2.0
    get.get(B)
    assert clock.time == 2.0
    assert turns.ready_in(A) == 1.0
    turns.slow_down(A, 7.0)
    get.get(A)
    get.get(A)
    assert clock.time == 10.0
    turns.slow_down(A, 10_000.0)
    get.get(A)
    assert turns.ready_in(A) == PATIENCE, "no robots.txt stops the reading for hours"


def test_ones_own_hosts_need_no_pause_but_may_ask_for_one() -> None:
    get, turns, clock = polite(Told({A: 200}), own=("A.example",))
    for _ in range(5):
        get.get(A)
    assert clock.time == 0.0
    turns.slow_down(A, 2.0)
    get.get(A)
    assert turns.ready_in(A) == 2.0


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [({}, LEAST_REST), ({"retry-after": "300"}, 300.0), ({"retry-after": "99999999"}, MOST_REST)],
)
@pytest.mark.parametrize("status", [429, 503])
def test_a_host_rests_when_it_says_so(status: int, headers: dict[str, str], seconds: float) -> None:
    told = Told({A: status, "http://a.example/other": 200, B: 200}, headers)
    get, _, clock = polite(told, gap=0.0)
    with pytest.raises(StatusError):
        get.get(A)
    with pytest.raises(Postponed) as raised:
        get.get("http://a.example/other")
    assert raised.value.seconds == seconds
    get.get(B)
    assert told.asked == [A, B]
    clock.time += seconds
    get.get("http://a.example/other")


def test_a_host_that_cannot_be_reached_is_left_alone_for_a_while() -> None:
    told = Told({A: FetchError("cannot be reached", item=A), B: BlockedError("no public address", item=B)})
    get, _, _ = polite(told, gap=0.0)
    for _ in range(MANY_FAILURES):
        with pytest.raises(FetchError, match="cannot be reached"):
            get.get(A)
    with pytest.raises(Postponed):
        get.get(A)
    for _ in range(MANY_FAILURES + 2):
        with pytest.raises(BlockedError):
            get.get(B)
    assert told.asked.count(A) == MANY_FAILURES


def test_whoever_is_told_to_stop_does_not_wait() -> None:
    stop = threading.Event()
    turns = Turns(gap=20.0, stopped=stop.wait)
    get = PoliteFetcher(Told({A: 200}), turns)
    get.get(A)
    stop.set()
    with pytest.raises(Postponed, match="stopped"):
        get.get(A)


def test_a_host_is_its_name_and_port() -> None:
    assert host_of("HTTP://A.example/x") == host_of("http://a.example:80/y").replace(":80", ":http")
    assert host_of("http://a.example:81/") != host_of("http://a.example/")
    assert host_of("imaps://desk@mail.example/INBOX") == "mail.example:imaps"
    assert host_of("no address") == "no address"
