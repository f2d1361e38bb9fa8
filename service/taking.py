"""What is asked of one followed source in one check, and what it brought: a bounded portion, held in memory.

Nothing is stored here. What is to be remembered of the source (validators, files read, how far a mailbox was read) is
handed on, and kept only once the portion is in the store: a kill in between costs a second reading, never an item.
"""

from __future__ import annotations

import hashlib
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from domain.document import Document
from domain.errors import FetchError, ParseError, VedetteError
from domain.label import Label
from domain.protocols import Fetcher, Reading, ReadOptions, Response
from domain.source import CheckOutcome, Failure, Stage
from domain.time import now
from index.store.schema import AnyRow
from ingest import politeness, readers
from ingest.feeds import feed_facts
from ingest.fetch import HttpFetcher, StatusError
from ingest.politeness import Asked
from ingest.robots import Robots
from service import folders
from service.articles import Linked, Pages, article_mode, with_articles
from service.hosts import PoliteFetcher, Postponed, Turns
from service.logging import get_logger
from service.reading import Incoming, Options
from service.wiring import Home

log = get_logger(__name__)
KINDS = ("feed", "sitemap", "folder", "imap", "gdelt")


@dataclass(slots=True)
class Taken:
    """What one check of a source brought.

    Attributes:
        outcome: None when it was put off without being asked; ``wait`` then says for how many seconds.
        asked, headers: what the source wants of its readers, for deciding when to ask again.
        changes: columns of the source's row to be set once all items are stored.
        files: of a folder, those that these items are all of, as they were; ``gone`` those that are there no more.
        more: there is more to be had at once.
    """

    row: AnyRow
    at: datetime
    outcome: CheckOutcome | None = "read"
    items: list[Incoming] = field(default_factory=list)
    status: int | None = None
    reason: str | None = None
    layout: str | None = None
    newest: datetime | None = None
    seconds: float = 0.0
    wait: float = 0.0
    asked: Asked = field(default_factory=Asked)
    headers: Mapping[str, str] = field(default_factory=dict)
    moved_to: str | None = None
    changes: dict[str, Any] = field(default_factory=dict)
    files: list[folders.Seen] = field(default_factory=list)
    gone: list[str] = field(default_factory=list)
    more: bool = False

    def failed(self, error: VedetteError) -> None:
        """Make this a check that failed as a whole: what it had brought is left, and nothing is remembered."""
        stage = Stage.PARSE if isinstance(error, ParseError) else Stage.FETCH
        if isinstance(error, StatusError):
            self.status, self.headers = error.response.status, error.response.headers
        self.outcome, self.reason, self.changes = "failed", error.reason, {}
        self.files, self.gone, self.more = [], [], False
        failure = Failure(item=self.row.url, stage=stage, error=error.reason, source=self.row.name, at=self.at)
        self.items = [Incoming(self.row.url, Reading(failure), options_of(self.row))]


class Taker:
    """Asks sources, each politely; for several threads."""

    def __init__(self, home: Home, stop: threading.Event, *, full: bool = False) -> None:
        """``full``: what was remembered of earlier answers is left out, so that everything is read again."""
        self._home, self._stop, self._full = home, stop, full
        settings = home.settings
        self.turns = Turns(gap=settings.watch.gap_seconds, own=settings.ingest.allow_hosts, stopped=stop.wait)
        self._fetchers: dict[tuple[str, ...], tuple[Fetcher, Robots]] = {}
        self._lock = threading.Lock()

    def take(self, row: AnyRow) -> Taken:
        """One check of a source; whatever goes wrong is told in what it gives."""
        started, taken = time.monotonic(), Taken(row, now())
        try:
            take = {"folder": self._folder, "imap": self._mailbox, "gdelt": self._lists}.get(row.kind, self._address)
            take(taken)
        except Postponed as error:
            taken.outcome, taken.reason, taken.wait = None, error.reason, error.seconds
        except VedetteError as error:
            taken.failed(error)
        except Exception as error:
            # A mistake of ours, or of a library, in one source: named, and the others go on.
            log.exception("source %s", row.name)
            taken.failed(FetchError(f"could not be read: {type(error).__name__}: {error}", item=row.url))
        taken.seconds = time.monotonic() - started
        dates = [i.reading.item.published for i in taken.items if isinstance(i.reading.item, Document)]
        taken.newest = max((d for d in dates if d is not None), default=taken.newest)
        return taken

    def fetcher(self, row: AnyRow) -> tuple[Fetcher, Robots]:
        """What a source is fetched with: one for all that may reach the same hosts."""
        settings = self._home.settings.ingest
        allowed = (*settings.allow_hosts, *options_of(row).allow_hosts)
        with self._lock:
            if allowed not in self._fetchers:
                polite = PoliteFetcher(HttpFetcher(allow_hosts=allowed, user_agent=settings.user_agent), self.turns)
                self._fetchers[allowed] = (polite, Robots(polite, user_agent=settings.user_agent))
            return self._fetchers[allowed]

    def _address(self, taken: Taken) -> None:
        row = taken.row
        fetcher, robots = self.fetcher(row)
        conditions = {} if self._full else validators(row)
        response = fetcher.get(row.url, headers=conditions)
        taken.status, taken.headers, taken.moved_to = response.status, response.headers, response.moved_to
        hints = dict(row.hints)
        taken.asked = asked_of(hints)
        if response.status == 304:
            taken.outcome = "unchanged"
            return
        mark = hashlib.blake2b(response.body, digest_size=12).hexdigest()
        if not self._full and mark == hints.get("body"):
            taken.outcome, taken.changes = "unchanged", kept(response)
            return
        options = options_of(row)
        kind = options.kind or readers.detect_kind(row.url, response.body[:4096], response.headers.get("content-type"))
        if kind not in ("feed", "sitemap") and options.kind is None:
            raise ParseError(f"is no longer a {row.kind}, but of the kind {kind!r}", item=row.url, stage=Stage.PARSE)
        told: dict[str, Any] = {"body": mark}
        if kind == "feed":
            facts = feed_facts(response.body, response.headers, item=row.url)
            taken.layout, taken.newest = facts.layout or None, facts.newest
            told |= hints_of(facts)
        read = ReadOptions(read_at=now(), archive=options.known == "published", source=row.name, label=options.label,
                           mapping=options.mapping)  # fmt: skip
        readings = readers.read(response.body, kind=kind, item=row.url, options=read,
                                content_type=response.headers.get("content-type"))  # fmt: skip
        pages = Pages()
        linked = Linked(self._home, fetcher, self.turns, robots, self._stop.is_set)
        mode = options.articles or article_mode(self._home.settings.ingest.articles)
        most = self._home.settings.watch.pages
        for reading in with_articles(readings, mode=mode, linked=linked, most=most, pages=pages):
            taken.items.append(Incoming(row.url, reading, options))
        taken.asked = asked_of(told)
        self._judge(taken)
        if taken.outcome == "failed":
            return  # nothing of it was read: it is to be sent again
        if pages.left:
            taken.more, taken.reason = True, f"{pages.left} entries are left for the next check"
            return
        # The layouts seen are kept by whoever notes the check.
        taken.changes = {**kept(response), "hints": {**{k: v for k, v in hints.items() if k == "layouts"}, **told}}

    @staticmethod
    def _judge(taken: Taken) -> None:
        """A feed with a broken item is read; one of which nothing can be read fails, and an empty one is neither."""
        wrong = [i.reading.item for i in taken.items if isinstance(i.reading.item, Failure)]
        if not taken.items:
            taken.outcome = "empty"
        elif len(wrong) == len(taken.items):
            taken.outcome, taken.reason = "failed", wrong[0].error

    def _folder(self, taken: Taken) -> None:
        folders.take(self._home, taken, options_of(taken.row), stop=self._stop, full=self._full)

    def _mailbox(self, taken: Taken) -> None:
        from service.mailboxes import take

        take(self._home, taken, options_of(taken.row), full=self._full)

    def _lists(self, taken: Taken) -> None:
        from service.lists import take

        take(taken, options_of(taken.row), fetcher=self.fetcher(taken.row)[0])


def options_of(row: AnyRow) -> Options:
    """How what a source holds is taken in: as its settings say, under its name and label."""
    settings = row.settings or {}
    return Options(
        kind=settings.get("kind"), source=row.name, label=Label(row.label) if row.label else None,
        allow_hosts=tuple(settings.get("allow_hosts") or ()), known=settings.get("known") or "auto",
        mapping=settings.get("mapping"),
        articles=article_mode(settings["articles"]) if settings.get("articles") else None,
    )  # fmt: skip


def validators(row: AnyRow) -> dict[str, str]:
    """The conditions of a conditional request (RFC 9110, 13.1): those of the last answer that was stored whole."""
    found = {"if-none-match": row.etag, "if-modified-since": row.last_modified}
    return {name: value for name, value in found.items() if value}


def kept(response: Response) -> dict[str, Any]:
    """The validators of an answer, as they are kept with the source."""
    etag, modified = politeness.validators(response.headers, now=now())
    return {"etag": etag, "last_modified": modified}


def hints_of(facts: Any) -> dict[str, Any]:
    """What a feed asks of its readers, as it is kept for the checks that bring no body."""
    return {
        "ttl": facts.ttl.total_seconds() if facts.ttl else None,
        "period": facts.period.total_seconds() if facts.period else None,
        "skip_hours": sorted(facts.skip_hours), "skip_days": sorted(facts.skip_days),
    }  # fmt: skip


def asked_of(hints: Mapping[str, Any]) -> Asked:
    """What ``hints_of`` wrote."""

    def span(name: str) -> timedelta | None:
        return timedelta(seconds=hints[name]) if hints.get(name) else None

    return Asked(ttl=span("ttl"), period=span("period"), skip_hours=frozenset(hints.get("skip_hours") or ()),
                 skip_days=frozenset(hints.get("skip_days") or ()))  # fmt: skip


__all__ = ["KINDS", "Taken", "Taker", "asked_of", "hints_of", "kept", "options_of", "validators"]
