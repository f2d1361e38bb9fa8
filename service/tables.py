"""Tables of coded events taken in: from files, with a mapping where one is needed, and by GDELT's lists."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from domain.errors import InputError, ItemError
from domain.label import Label
from domain.protocols import Reading, ReadOptions
from domain.source import Failure, Stage
from domain.time import now
from ingest import readers
from ingest.fetch import HttpFetcher
from ingest.files import load
from ingest.gdelt_lists import CONTENTS, chosen, fetch_listed, read_list
from ingest.mapping import BUNDLED, bundled_table, parse_mapping
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
    return run(home, (one for file in files for one in _from_file(file, options)), progress=progress)


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

    return run(home, stream(), progress=progress)


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
