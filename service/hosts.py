"""One thing at a time from one host, with a pause between two, and none while it asks to be left alone."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from domain.errors import FetchError
from domain.protocols import Fetcher, Response
from domain.source import Stage
from domain.time import now
from ingest.fetch import StatusError
from ingest.politeness import retry_after

PATIENCE = 30.0
"""Seconds that one waits for one's turn; a host that is to be left alone for longer is asked at another time."""
LEAST_REST = 60.0
MOST_REST = 86400.0
"""Seconds that a host rests that says it is asked too much: the first where it does not say for how long, the second
at most."""
MANY_FAILURES = 3
"""A host that could not be reached so often in a row is not asked again for a while."""

_BUSY = frozenset({429, 503})


class Postponed(FetchError):
    """The host is to be left alone for now: nothing was asked. ``seconds`` says for how long."""

    def __init__(self, reason: str, *, item: str, seconds: float) -> None:
        super().__init__(reason, item=item, stage=Stage.FETCH)
        self.seconds = seconds


@dataclass(slots=True)
class _Host:
    lock: threading.Lock = field(default_factory=threading.Lock)
    free: float = 0.0
    """From when on it may be asked, on the clock that never jumps."""
    pause: float = 0.0
    unreachable: int = 0
    why: str = ""


def host_of(url: str) -> str:
    """The host and port that an address is asked at; the address itself where it names none."""
    try:
        parts = urlsplit(url)
        return f"{(parts.hostname or '').lower()}:{parts.port or parts.scheme.lower()}" if parts.hostname else url
    except ValueError:
        return url


def _name_of(url: str) -> str:
    try:
        return (urlsplit(url).hostname or "").lower()
    except ValueError:
        return ""


class Turns:
    """Whose turn it is at each host; for several threads."""

    def __init__(
        self, *, gap: float, own: Iterable[str] = (), stopped: Callable[[float], bool] | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:  # fmt: skip
        """``gap``: seconds between two requests, to hosts that are not the operator's ``own``.

        ``stopped``: waits so many seconds and says whether to give up.
        """
        self._gap, self._clock = gap, clock
        self._own = {host.strip().strip("[]").lower() for host in own}
        self._stopped = stopped or threading.Event().wait
        self._hosts: dict[str, _Host] = {}
        self._guard = threading.Lock()

    def _host(self, url: str) -> _Host:
        with self._guard:
            return self._hosts.setdefault(host_of(url), _Host())

    def ready_in(self, url: str) -> float:
        """Seconds until the host of an address may be asked, as far as is known now."""
        return max(self._host(url).free - self._clock(), 0.0)

    def _pause(self, url: str, host: _Host) -> float:
        return max(host.pause, 0.0 if _name_of(url) in self._own else self._gap)

    @contextmanager
    def turn(self, url: str, *, patience: float = PATIENCE) -> Iterator[None]:
        """Hold the host of an address, once it is free and its pause is over.

        Raises:
            Postponed: it will not be free soon, or the waiting was stopped.
        """
        host = self._host(url)
        until = self._clock() + patience
        while not host.lock.acquire(timeout=0.5):
            if self._clock() > until or self._stopped(0):
                raise Postponed("its host is busy", item=url, seconds=patience)
        try:
            wait = host.free - self._clock()
            if wait > patience:
                raise Postponed(f"its host is left alone: {host.why}", item=url, seconds=wait)
            if wait > 0 and self._stopped(wait):
                raise Postponed("stopped", item=url, seconds=0)
            try:
                yield
            finally:
                host.free = max(host.free, self._clock() + self._pause(url, host))
        finally:
            host.lock.release()

    def rest(self, url: str, seconds: float | None, *, why: str) -> None:
        """Leave the host of an address alone for so long, or for a while where that is not said."""
        host = self._host(url)
        host.free = max(host.free, self._clock() + min(LEAST_REST if seconds is None else seconds, MOST_REST))
        host.why = why

    def slow_down(self, url: str, seconds: float | None) -> None:
        """Heed what robots.txt says of the time between two requests, within reason."""
        self._host(url).pause = min(seconds or 0.0, PATIENCE)

    def reached(self, url: str, *, reached: bool) -> None:
        """Whether the host answered at all; one that does not, again and again, is left alone for a while."""
        host = self._host(url)
        host.unreachable = 0 if reached else host.unreachable + 1
        if host.unreachable >= MANY_FAILURES:
            host.unreachable = 0
            self.rest(url, 5 * LEAST_REST, why="it cannot be reached")


class PoliteFetcher:
    """A fetcher that waits for its turn at each host, and lets a host rest that says it is asked too much."""

    def __init__(self, fetcher: Fetcher, turns: Turns) -> None:
        self._fetcher, self._turns = fetcher, turns

    def get(self, url: str, *, headers: Mapping[str, str] | None = None) -> Response:
        """The document at a URL.

        Raises:
            Postponed: its host is to be left alone for now. Otherwise as the fetcher behind it raises.
        """
        with self._turns.turn(url):
            try:
                response = self._fetcher.get(url, headers=headers)
            except StatusError as error:
                self._turns.reached(url, reached=True)
                if error.response.status in _BUSY:
                    asked = retry_after(error.response.headers, now=now())
                    seconds = None if asked is None else asked.total_seconds()
                    self._turns.rest(url, seconds, why=f"it answered {error.response.status}")
                raise
            except FetchError as error:
                # What policy refuses says nothing of the host.
                self._turns.reached(url, reached=type(error) is not FetchError)
                raise
            self._turns.reached(url, reached=True)
            return response
