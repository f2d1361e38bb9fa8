"""Tables of coded events taken in: from files, with a mapping where one is needed, and by GDELT's lists."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

from domain.errors import InputError, ItemError
from domain.event import Event
from domain.label import Label
from domain.protocols import Reading, ReadOptions
from domain.source import Failure, Stage
from domain.time import now
from ingest import readers
from ingest.fetch import HttpFetcher
from ingest.files import load
from ingest.gdelt_lists import CONTENTS, chosen, fetch_listed, read_list
from ingest.mapping import BUNDLED, bundled_table, parse_mapping
from nlp.actors import Actors
from service.pipeline import Progress, Summary, run
from service.reading import Incoming, Options, is_url
from service.wiring import Home

_LIST_LIMIT = 256 * 2**20
_TABLE_LIMIT = 64 * 2**20
_SECONDS = 120.0


def load_mapping(name: str) -> dict[str, Any]:
    """The mapping of this name, or in the TOML file of this name, checked.

    Raises:
        InputError: there is none, or it says something that no mapping can say.
    """
    if name.lower() in BUNDLED:
        return bundled_table(name.lower())
    try:
        text = Path(name).read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        reason = f"no mapping of this name (bundled: {', '.join(BUNDLED)}) and no file that can be read: {error}"
        raise InputError(reason, item=name, stage="parse") from error
    return parse_mapping(text, item=name)


def import_tables(
    home: Home, files: Sequence[str], *, source: str | None = None, mapping: Mapping[str, Any] | None = None,
    label: Label | None = None, progress: Progress | None = None,
) -> Summary:  # fmt: skip
    """Take in tables of coded events; a broken row is a failure, and the rest is stored."""
    options = Options(kind="events", source=source, label=label, mapping=mapping)
    added = Placed(home)
    summary = run(home, added(one for file in files for one in _from_file(file, options)), progress=progress)
    summary.actors = added.plain()
    return summary


def follow_list(
    home: Home, place: str, *, since: datetime | None = None, until: datetime | None = None,
    contents: Sequence[str] = CONTENTS, source: str | None = None, allow_hosts: Sequence[str] = (),
    progress: Progress | None = None,
) -> Summary:  # fmt: skip
    """Take in the tables of GDELT 2.0 that a list names, a file or an address, of ``[since, until)``.

    Each is fetched and measured against the list before it is read. What is held already counts as duplicate, so that
    the same list may be followed again and again.

    Raises:
        InputError: the list cannot be had, or is none.
    """
    options = Options(kind="events", source=source, allow_hosts=tuple(allow_hosts))
    settings = home.settings.ingest
    hosts = (*settings.allow_hosts, *allow_hosts)
    reading = ReadOptions(read_at=now(), source=source)
    try:
        if is_url(place):
            lists = HttpFetcher(allow_hosts=hosts, user_agent=settings.user_agent, limit=_LIST_LIMIT, timeout=_SECONDS)
            data = lists.get(place).body
        else:
            data = load(Path(place))
        files, wrong = read_list(data, item=place, options=reading)
    except ItemError as error:
        raise InputError(error.reason, item=place, stage=error.stage) from error
    fetcher = HttpFetcher(allow_hosts=hosts, user_agent=settings.user_agent, limit=_TABLE_LIMIT, timeout=_SECONDS)

    def stream() -> Iterator[Incoming]:
        for one in wrong:
            yield Incoming(place, one, options)
        for file in chosen(files, since=since, until=until, contents=contents):
            for row in fetch_listed(fetcher, [file], options=reading):
                yield Incoming(file.url, row, options)

    added = Placed(home)
    summary = run(home, added(stream()), progress=progress)
    summary.actors = added.plain()
    return summary


class Placed:
    """Gives actors that a table leaves without a country the one that the gazetteer knows them by, and counts them.

    What the table says stays; what is added is marked in the event's facts.
    """

    def __init__(self, home: Home) -> None:
        self._home = home
        self._actors: Actors | None = None
        self.named = self.lacking = self.added = 0

    def __call__(self, stream: Iterable[Incoming]) -> Iterator[Incoming]:
        """The same stream, countries added."""
        for one in stream:
            item = one.reading.item
            if isinstance(item, Event):
                placed = self._placed(item)
                yield one if placed is item else replace(one, reading=Reading(placed))
            else:
                yield one

    def plain(self) -> dict[str, Any]:
        """How many actors were named, and the shares without a country before and after."""
        total = max(self.named, 1)
        return {"named": self.named, "without_country": round(self.lacking / total, 4),
                "still_without": round((self.lacking - self.added) / total, 4)}  # fmt: skip

    def _placed(self, event: Event) -> Event:
        lacking = [(side, name) for side, name, country in (
            ("source", event.source_actor, event.source_country), ("target", event.target_actor, event.target_country),
        ) if country is None and name]  # fmt: skip
        self.named += bool(event.source_actor) + bool(event.target_actor)
        self.lacking += len(lacking)
        if not lacking:
            return event
        if self._actors is None:
            self._actors = Actors(self._home.gazetteer)
        found = {side: code for side, name in lacking
                 if (code := self._actors.country_of_actor(name, day=event.day)) is not None}  # fmt: skip
        self.added += len(found)
        if not found:
            return event
        of = "both" if len(found) > 1 else next(iter(found))
        facts = {**event.facts, "country_by": "gazetteer", "country_of": of}
        return replace(event, facts=facts, source_country=found.get("source", event.source_country),
                       target_country=found.get("target", event.target_country))  # fmt: skip


def _from_file(file: str, options: Options) -> Iterator[Incoming]:
    path = Path(os.path.abspath(file))
    item = str(path)
    read = ReadOptions(read_at=now(), source=options.source, label=options.label, mapping=options.mapping)
    try:
        data = load(path)
    except ItemError as error:
        yield Incoming(item, Reading(Failure(item=item, stage=Stage.FETCH, error=error.reason)), options)
        return
    for one in readers.read(data, kind="events", item=item, options=read):
        yield Incoming(item, one, options)
