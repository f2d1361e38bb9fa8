"""Speed of the early warning: a day's scan over many series, and the way from a document to its alert.

Run: ``python benchmarks/bench_alerts.py [--dyads N] [--json] [--without PART ..]``; about two minutes.

- scan: a home in which N pairs of countries told events in 120 days; then what a whole scan of one further day takes,
  and its parts: reading the columns, making panels, judging (alerts.warnings.judge_day).
- latency: the demo's corpus up to 3 May 2014; then, models being loaded, the documents of the next day stored one after
  another with a scan after each, as ``vedette watch`` does: from the storing of the one that tips the balance to the
  row in the outbox.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import product
from pathlib import Path
from string import ascii_uppercase
from typing import Any

import numpy as np
from sqlalchemy import func, insert, select

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from alerts.panel import panel  # noqa: E402
from alerts.ranking.ranker import load  # noqa: E402
from alerts.warnings import judge_day  # noqa: E402
from domain.label import Label  # noqa: E402
from domain.time import start_of  # noqa: E402
from index.store import event_series  # noqa: E402
from index.store import schema as s  # noqa: E402
from service import scan, watch  # noqa: E402
from service.counting import mark  # noqa: E402
from service.demo import corpus, replay  # noqa: E402
from service.pipeline import ingest_documents  # noqa: E402
from service.wiring import Home, open_home  # noqa: E402

START, DAYS = date(2014, 1, 1), 120
LAST = START + timedelta(days=DAYS)
CODES = (("040", 1.0), ("036", 4.0), ("010", 0.0), ("051", 3.4), ("112", -2.0), ("130", -4.4), ("190", -10.0))
SHARES = (0.3, 0.2, 0.15, 0.15, 0.1, 0.06, 0.04)
SCAN_AIM, LATENCY_AIM = 10.0, 2.0
PARTS = ("scan", "latency")


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """One line of the table; ``aim`` in seconds, where there is one."""

    what: str
    seconds: float
    aim: float | None = None
    note: str = ""


def names(n: int) -> list[str]:
    """So many made country codes."""
    return ["".join(letters) for letters in product(ascii_uppercase, repeat=3)][:n]


def fill(home: Home, dyads: int, *, days: int, active: float = 0.04, seed: int = 1) -> int:
    """Events of ``dyads`` pairs on days from ``START`` on, each told of on a share ``active``; gives how many."""
    rng = np.random.default_rng(seed)
    countries = names(int((2 * dyads) ** 0.5) + 2)
    pairs = np.array([(a, b) for a in range(len(countries)) for b in range(a)])[:dyads]
    count = 0
    with home.write() as c:
        for i in range(days):
            # Every pair is told of once in the first days, so that all of them are series.
            told = np.flatnonzero(rng.random(len(pairs)) < active)
            if i < 20:
                told = np.union1d(told, np.arange(i, len(pairs), 20))
            code = rng.choice(len(CODES), size=len(told), p=SHARES)
            day = START + timedelta(days=i)
            rows = [_row(day, countries[a], countries[b], *CODES[k], n=n)
                    for n, ((a, b), k) in enumerate(zip(pairs[told].tolist(), code.tolist(), strict=True))]  # fmt: skip
            c.execute(insert(s.events), rows)
            count += len(rows)
    return count


def _row(day: date, one: str, other: str, cameo: str, goldstein: float, *, n: int) -> dict[str, Any]:
    return {"id": f"{day}-{n}", "day": day, "known": start_of(day), "source_actor": one, "target_actor": other,
            "source_country": one, "target_country": other, "cameo": cameo, "goldstein": goldstein, "origin": "bench",
            "mentions": 1, "label": int(Label.OPEN), "place": "", "facts": {}, "modality": "done"}  # fmt: skip


def timed(action: Callable[[], Any]) -> tuple[float, Any]:
    """Seconds that an action takes, and what it gives."""
    started = time.perf_counter()
    found = action()
    return time.perf_counter() - started, found


def a_day(folder: Path, dyads: int) -> Iterator[Figure]:
    """One further day in a home of so many pairs, scanned up to the day before."""
    home = open_home(folder / "many")
    count = fill(home, dyads, days=DAYS + 1)
    with home.write() as c:
        mark(c, LAST - timedelta(days=1), clearance=Label.TOP_SECRET)
    load()
    whole, raised = timed(lambda: scan.scan(home, as_of=LAST))
    with home.read() as c:
        reading, events = timed(lambda: event_series.load(c, as_of=LAST, since=START, replayed=True))
    last = LAST.toordinal()
    making, made = timed(lambda: (panel(events.until(last), last=last),
                                  panel(events.until(last), kind="country", last=last)))  # fmt: skip
    judging, day = timed(lambda: judge_day(made[0], made[1], LAST, ranker=load()))
    series = len(made[0]) + len(made[1])
    note = f"{series:,} series, {count:,} events; {len(day.warned):,} in question, {len(raised)} raised"
    # The day scanned last is scanned again with the new one: two days are judged.
    yield Figure(what="scan of one further day", seconds=whole, aim=SCAN_AIM, note=note)
    yield Figure(what="  reading the columns", seconds=reading)
    yield Figure(what="  panels of a day", seconds=making)
    yield Figure(what="  judging a day", seconds=judging)
    home.close()


def latency(folder: Path) -> Iterator[Figure]:
    """From a document's commit to its alert in the outbox, in a home that holds the weeks before."""
    home = open_home(folder / "demo")
    watch.add(home, replay.RIG)
    tipping = date(2014, 5, 4)
    for day in corpus.days():
        if day.day < date(2014, 5, 3):
            ingest_documents(home, day.documents)
    coming = [one for day in corpus.days() if date(2014, 5, 3) <= day.day <= tipping for one in day.documents]
    scan.scan(home, as_of=date(2014, 5, 2), send=False)
    slow, told, before = 0.0, 0.0, _outbox(home)
    for one in coming:
        storing, _ = timed(lambda one=one: ingest_documents(home, [one]))  # type: ignore[misc]
        scanning, _ = timed(lambda one=one: scan.scan(home, as_of=one.known.date(), send=False))  # type: ignore[misc]
        slow = max(slow, scanning)
        held = _outbox(home)
        if held > before:
            told = max(told, scanning)
            before = held
            yield Figure(what=f"{one.known.date()}: stored to outbox", seconds=scanning, aim=LATENCY_AIM,
                         note=f"before that {storing:.2f} s to read and store it")  # fmt: skip
    yield Figure(what="slowest scan after one document", seconds=slow, aim=LATENCY_AIM, note=f"of {len(coming)}")
    home.close()


def _outbox(home: Home) -> int:
    with home.read() as c:
        return c.scalar(select(func.count()).select_from(s.outgoing)) or 0


def main() -> int:
    """Print the figures; status 1 where an aim is missed."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--dyads", type=int, default=100_000)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--without", nargs="*", choices=PARTS, default=())
    options = parser.parse_args()
    found: list[Figure] = []
    with tempfile.TemporaryDirectory() as name:
        if "scan" not in options.without:
            found += a_day(Path(name), options.dyads)
        if "latency" not in options.without:
            found += latency(Path(name))
    if options.json:
        rows = [{"what": f.what.strip(), "seconds": round(f.seconds, 3), "aim": f.aim, "note": f.note} for f in found]
        print(json.dumps(rows, indent=1))
    else:
        print(f"{'':34} {'seconds':>8} {'aim':>6}")
        for f in found:
            print(f"{f.what:34} {f.seconds:8.2f} {'' if f.aim is None else f'< {f.aim:.0f}':>6}  {f.note}")
    return int(any(f.aim is not None and f.seconds >= f.aim for f in found))


if __name__ == "__main__":
    sys.exit(main())
