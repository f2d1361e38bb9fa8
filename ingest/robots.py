"""robots.txt (RFC 9309) for the pages that feeds link to; a feed that the operator follows is asked for by its address.

Protego reads the files: it knows wildcards and crawl delays, and takes no time squared on hostile ones.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from urllib.parse import urlsplit

from protego import Protego

from domain.errors import FetchError
from domain.protocols import Fetcher, Response
from ingest.fetch import USER_AGENT, StatusError

KEPT = timedelta(days=1)
"""How long an answer holds."""

AGAIN = timedelta(hours=1)
"""When a host that could not say is asked again."""

STALE = timedelta(days=30)
"""How long rules once read go on to hold while the host cannot be asked."""

_LONGEST = 500 * 1024
_HOSTS = 2000
_SLOWEST = 3600.0


@dataclass(frozen=True, slots=True, kw_only=True)
class RobotsAnswer:
    """What a host said: its rules, or why there are none (``reason``), and until when that holds.

    Without rules everything is allowed where the host has none (``reason`` is empty), nothing where it could not say.
    """

    rules: Protego | None = None
    reason: str = ""
    at: datetime
    until: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """Whether a page may be fetched, why not, and how many seconds to leave between fetches from its host.

    ``until``: from then on it is worth asking again.
    """

    allowed: bool
    reason: str = ""
    delay: float | None = None
    until: datetime


class Robots:
    """Asks each host once a day through a fetcher; several threads may use one at once."""

    def __init__(self, fetcher: Fetcher, *, user_agent: str = USER_AGENT) -> None:
        self._fetcher = fetcher
        self._agent = user_agent.partition("/")[0].strip()
        self._answers: OrderedDict[str, RobotsAnswer] = OrderedDict()
        self._asking: dict[str, threading.Lock] = {}
        self._lock = threading.Lock()

    def ask(self, url: str, *, at: datetime) -> Verdict:
        """Whether the page may be fetched at this moment; never raises for what the host answers."""
        parts = urlsplit(url)
        host = f"{parts.scheme.lower()}://{parts.netloc.lower()}"
        with self._lock:
            mine = self._asking.setdefault(host, threading.Lock())
        with mine:
            known = self._answers.get(host)
            if known is None or not known.at <= at < known.until:
                known = keep(known, self._fetch(f"{host}/robots.txt", at), at=at)
        with self._lock:
            self._answers[host] = known
            self._answers.move_to_end(host)
            while len(self._answers) > _HOSTS:
                self._asking.pop(self._answers.popitem(last=False)[0], None)
        return verdict(known, url, agent=self._agent)

    def _fetch(self, address: str, at: datetime) -> RobotsAnswer:
        try:
            return read_answer(self._fetcher.get(address, headers={"accept": "text/plain, */*;q=0.5"}), at=at)
        except StatusError as error:
            return read_answer(error.response, at=at)
        except FetchError as error:
            return RobotsAnswer(reason=f"its robots.txt cannot be had: {error.reason}", at=at, until=at + AGAIN)


def read_answer(response: Response, *, at: datetime) -> RobotsAnswer:
    """What the answer to a request for robots.txt means.

    None there (4xx): everything is allowed. Too busy (429) or an error of the server (5xx): nothing, for now.
    """
    if 200 <= response.status < 300:
        text = response.body[:_LONGEST].decode("utf-8", "replace").removeprefix("\ufeff")
        return RobotsAnswer(rules=Protego.parse(text), at=at, until=at + KEPT)
    if 400 <= response.status < 500 and response.status != 429:
        return RobotsAnswer(at=at, until=at + KEPT)
    return RobotsAnswer(reason=f"its robots.txt is answered with {response.status}", at=at, until=at + AGAIN)


def keep(old: RobotsAnswer | None, new: RobotsAnswer, *, at: datetime) -> RobotsAnswer:
    """The new answer; but where the host could not say, rules read less than ``STALE`` ago go on to hold."""
    if new.reason and old is not None and old.rules is not None and old.at <= at < old.at + STALE:
        return replace(old, until=new.until)
    return new


def verdict(answer: RobotsAnswer, url: str, *, agent: str) -> Verdict:
    """What a host's answer says on one page of it to the reader called ``agent``."""
    if answer.reason:
        return Verdict(allowed=False, reason=answer.reason, until=answer.until)
    if answer.rules is None:
        return Verdict(allowed=True, until=answer.until)
    allowed = answer.rules.can_fetch(url, agent)
    reason = "" if allowed else "its robots.txt does not allow it"
    return Verdict(allowed=allowed, reason=reason, delay=_delay(answer.rules, agent), until=answer.until)


def _delay(rules: Protego, agent: str) -> float | None:
    rate = rules.request_rate(agent)
    wanted = [rules.crawl_delay(agent), rate.seconds / rate.requests if rate and rate.requests else None]
    seconds = max((one for one in wanted if one and one > 0), default=None)
    return None if seconds is None else min(seconds, _SLOWEST)
