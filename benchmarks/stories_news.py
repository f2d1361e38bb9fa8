"""How well stories are found in real news: BCubed against the headings that editors gave to daily summaries (English).

    python benchmarks/stories_news.py [--set dev|test] [--examples N] [--grid] [--json]

Each summary is a document, taken in on its day. A heading that summaries carry within ten days and no longer is a known
story; a summary that stands before any heading is one of its own. Summaries under headings that go on for longer (a
war, a campaign), and those of which the list does not tell whether the heading above is still theirs, are in the
stream, as they would be, but are not counted. Names are those of the gazetteer. Dev is January to April 2016, test the
same months of 2018: nothing was tuned on test.
"""

from __future__ import annotations

import argparse
import json
import lzma
import os
import re
import sys
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import numpy as np

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from evaluation.stories import Measured, measure  # noqa: E402
from index.stories import Telling, Terms, group  # noqa: E402
from models.registry import load_encoder  # noqa: E402
from nlp.gazetteer import default_gazetteer  # noqa: E402

SHARED = Path(os.environ.get("VEDETTE_SHARED") or ROOT.parent / "shared")
FILE = SHARED / "data/news/current_events_2002-2019.jsonl.xz"
SETS = {"dev": (date(2016, 1, 1), date(2016, 5, 1)), "test": (date(2018, 1, 1), date(2018, 5, 1))}
LONGEST = timedelta(days=10)
_OUTLET = re.compile(r"\s*\(([^()]{2,60})\)\s*$")


@dataclass(frozen=True, slots=True)
class Summary:
    """A summary with its day and the heading it stands under, if any; ``sure`` where that is plain from the list."""

    day: date
    heading: str | None
    sure: bool
    text: str
    outlet: str


def summaries(first: date, last: date) -> Iterator[Summary]:
    """The summaries of the days from ``first`` up to ``last``."""
    with lzma.open(FILE, "rt", encoding="utf-8") as lines:
        for row in map(json.loads, lines):
            day = date.fromisoformat(row["date"])
            if not first <= day < last:
                continue
            for items in row["items"].values():
                heading: str | None = None
                fresh = True
                for item in items:
                    found = _OUTLET.search(item)
                    if found is None:
                        heading, fresh = item.strip(), True
                        continue
                    text = item
                    while (tail := _OUTLET.search(text)) is not None:
                        text = text[: tail.start()]
                    yield Summary(day, heading, fresh, text.strip(), found.group(1))
                    fresh = heading is None


def known(told: list[Summary]) -> dict[int, str]:
    """The known story of each summary that is counted."""
    days: dict[str, list[date]] = defaultdict(list)
    for one in told:
        if one.heading:
            days[one.heading].append(one.day)
    short = {name for name, held in days.items() if max(held) - min(held) <= LONGEST}
    return {i: one.heading or f"alone {i}" for i, one in enumerate(told)
            if one.sure and (not one.heading or one.heading in short)}  # fmt: skip


def prepared(which: str) -> tuple[list[Telling], np.ndarray, dict[str, str]]:
    """The summaries as grouping sees them, their vectors, and the known stories."""
    told = list(summaries(*SETS[which]))
    gold = known(told)
    gazetteer = default_gazetteer()
    vectors = load_encoder().encode([one.text for one in told])
    tellings = []
    for i, one in enumerate(told):
        named = gazetteer.find(one.text, lang="en")
        tellings.append(Telling(
            id=f"d{i:06}", title=one.heading or "", source=one.outlet, lang="en", text=one.text,
            at=datetime(one.day.year, one.day.month, one.day.day, 12, tzinfo=UTC),
            entities=frozenset(m.entity_id for m in named),
            countries=frozenset(code for m in named for code in m.countries),
        ))  # fmt: skip
    # The heading is the answer: it is no part of what is grouped.
    return [replace(one, title="") for one in tellings], vectors, {f"d{i:06}": name for i, name in gold.items()}


def score(tellings: list[Telling], vectors: np.ndarray, gold: dict[str, str], terms: Terms, examples: int) -> Measured:
    """The stories made under some terms, against the known ones."""
    found = {one: story.id for story in group(tellings, vectors, terms=terms) for one in story.document_ids}
    return measure({one: found[one] for one in gold}, gold, dict.fromkeys(gold, "en"), examples=examples)


def main() -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--set", choices=sorted(SETS), default="dev")
    parser.add_argument("--examples", type=int, default=5)
    parser.add_argument("--grid", action="store_true", help="thresholds around those in use")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    tellings, vectors, gold = prepared(options.set)
    base = Terms()
    grid = (
        [replace(base, threshold=base.threshold + d) for d in (-0.1, -0.05, 0, 0.05, 0.1)] if options.grid else [base]
    )
    for terms in grid:
        found = score(tellings, vectors, gold, terms, options.examples)
        if options.json:
            print(json.dumps({"threshold": terms.threshold, **found.plain()}, ensure_ascii=False))
            continue
        whole, several = found.whole, found.several
        print(f"threshold {terms.threshold:.2f}: {found.documents} summaries of {found.known} known stories in "
              f"{found.found}; BCubed P {whole.precision:.3f} R {whole.recall:.3f} F1 {whole.f1:.3f}")  # fmt: skip
        if several is not None:
            print(f"  told again: P {several.precision:.3f} R {several.recall:.3f} F1 {several.f1:.3f}")
        if not options.grid:
            for name, parts in found.errors.mixed:
                print("  mixed:", name, dict(parts))
            for name, parts in found.errors.parted:
                print("  parted:", name, [n for _, n in parts])
    return 0


if __name__ == "__main__":
    sys.exit(main())
