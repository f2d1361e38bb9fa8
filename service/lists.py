"""GDELT's 15-minute lists as a followed source: every quarter of an hour in turn, the ones that were missed too.

``lastupdate.txt`` names the newest tables only, and the list of all is too large to be asked for again and again. The
names of the tables carry their time, so the ones in between are asked for by name.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from domain.errors import ItemError, ParseError
from domain.protocols import Fetcher, Reading, ReadOptions
from domain.source import Failure, Stage
from domain.time import now, parse_instant
from ingest import readers
from ingest.gdelt_lists import Listed, chosen, fetch_listed, read_list
from service.hosts import Postponed
from service.reading import Incoming, Options

if TYPE_CHECKING:
    from service.taking import Taken

STEP = timedelta(minutes=15)
PORTION = 8
"""Quarters of an hour taken in one check; more follow at once."""
LONGEST = timedelta(days=14)
"""Of a longer pause only the end is made up for."""
CONTENTS = ("events", "mentions")
"""What is read where the source's settings (``contents``) do not say; ``gkg`` has to be asked for."""

_STAMP = re.compile(r"\d{14}(?=\D)")


def take(taken: Taken, options: Options, *, fetcher: Fetcher) -> None:
    """Read the tables that came since the last check, oldest first, up to a portion.

    Raises:
        FetchError: the list cannot be had. ParseError: it is none.
    """
    row = taken.row
    response = fetcher.get(row.url)
    taken.status, taken.headers = response.status, response.headers
    read = ReadOptions(read_at=now(), archive=False, source=row.name, label=options.label)
    listed, wrong = read_list(response.body, item=row.url, options=read)
    files = chosen(listed, contents=row.settings.get("contents") or CONTENTS)
    if not files:
        raise ParseError("names no table of the kinds wanted", item=row.url, stage=Stage.PARSE)
    done = parse_instant(row.state["at"]) if (row.state or {}).get("at") else None
    quarters = wanted(sorted({one.at for one in files}), done=done)
    taken.items += [Incoming(row.url, reading, options) for reading in wrong]
    for quarter in quarters[:PORTION]:
        found: list[Incoming] = []
        try:
            for one in (f for f in files if f.at == quarter):
                rows = fetch_listed(fetcher, [one], options=read, through=(Postponed,))
                found += [Incoming(one.url, reading, options) for reading in rows]
            if all(f.at != quarter for f in files):
                for url in between(files, quarter):
                    found += [Incoming(url, reading, options) for reading in _by_name(fetcher, url, read)]
        except Postponed as error:
            # What was read of the quarters before is whole.
            taken.reason, taken.wait = error.reason, error.seconds
            break
        taken.items += found
        taken.changes = {"state": {"at": quarter.isoformat()}}
        taken.newest = quarter
    taken.more = len(quarters) > PORTION and not taken.wait
    taken.outcome = "read" if taken.items else "unchanged"


def wanted(listed: Sequence[datetime], *, done: datetime | None) -> list[datetime]:
    """The quarters of an hour to be read, oldest first: after the one done last, those that no list names too."""
    if done is None:
        return list(listed)
    newest = listed[-1]
    after = max(done, newest - LONGEST)
    missed = [newest - STEP * n for n in range(int((newest - after) / STEP)) if newest - STEP * n > after]
    return sorted({*missed, *(at for at in listed if at > done)})


def between(files: Sequence[Listed], at: datetime) -> list[str]:
    """The addresses of the tables of a quarter of an hour that no list names, by the names of those of another."""
    newest = max(one.at for one in files)
    stamp = at.strftime("%Y%m%d%H%M%S")
    return [_STAMP.sub(stamp, one.url, count=1) for one in files if one.at == newest]


def _by_name(fetcher: Fetcher, url: str, options: ReadOptions) -> Iterator[Reading]:
    try:
        body = fetcher.get(url).body
    except Postponed:
        raise
    except ItemError as error:
        yield Reading(Failure(item=url, stage=Stage.FETCH, error=error.reason, source=options.source or ""))
        return
    yield from readers.read(body, kind="events", item=url, options=options)
