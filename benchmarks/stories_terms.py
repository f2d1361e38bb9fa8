"""The terms by which documents are one story, varied one at a time on the demo's known happenings.

    python benchmarks/stories_terms.py HOME [--shuffled N]

HOME holds the replay (``vedette demo --home HOME --no-dashboard``). Vietnamese is taken as badly known by the encoder,
and as known: run it again when the encoder changes. ``--shuffled`` deals the documents of each day in another order,
so many times, and tells how far the figures move.
"""

from __future__ import annotations

import argparse
import random
import sys
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from domain.document import Filters  # noqa: E402
from evaluation.stories import measure  # noqa: E402
from index.store.copies import groups  # noqa: E402
from index.store.papers import held  # noqa: E402
from index.stories import Telling, Terms, document_vector, group  # noqa: E402
from index.stories.telling import Floats  # noqa: E402
from service.demo import corpus  # noqa: E402
from service.wiring import open_home  # noqa: E402

VARIED: Mapping[str, Sequence[float]] = {
    "threshold": (0.25, 0.3, 0.35, 0.4), "weak_threshold": (0.05, 0.15, 0.25), "names": (1.0, 1.2, 1.4),
    "few": (0.0, 0.5, 1.0), "per_day": (0.2, 0.3, 0.4), "merge": (0.0, 0.1, 9.0), "split": (0.1, 0.2, 9.0),
}  # fmt: skip


def told(folder: Path) -> tuple[list[Telling], Floats]:
    """The documents of a home as grouping sees them, and their vectors."""
    home = open_home(folder)
    encoder = home.encoder
    with home.read() as c:
        found = held(c, Filters(), encoder=encoder.id, dimension=encoder.dimension)
        reports = groups(c, [one.row.id for one in found])
    home.close()
    tellings = [
        Telling(id=h.row.document_id, title=h.row.title, source=h.row.source, lang=h.row.lang, at=h.row.at,
                text=h.row.text, entities=h.entities, countries=h.countries, report=reports.get(h.row.id))
        for h in found
    ]  # fmt: skip
    return tellings, np.stack([document_vector(h.vectors) for h in found])


def shown(what: str, tellings: list[Telling], vectors: Floats, terms: Terms) -> None:
    """Print the figures under some terms."""
    made = group(tellings, vectors, terms=terms, as_given=True)
    found = {one: story.id for story in made for one in story.document_ids}
    result = measure(found, corpus.happenings(), {one.id: one.lang for one in tellings})
    crossing = result.across
    print(f"{what:24} P {result.whole.precision:.3f} R {result.whole.recall:.3f} F1 {result.whole.f1:.3f}"
          + (f"  two languages F1 {crossing.f1:.3f}" if crossing else "") + f"  {result.found} stories",
          flush=True)  # fmt: skip


def dealt(tellings: list[Telling], vectors: Floats, seed: int) -> tuple[list[Telling], Floats]:
    """The documents, those of each day in another order."""
    draw = random.Random(seed)
    order = sorted(range(len(tellings)), key=lambda i: (tellings[i].at.date(), draw.random()))
    return [tellings[i] for i in order], vectors[order]


def main() -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("home", type=Path)
    parser.add_argument("--shuffled", type=int, default=0, metavar="N")
    options = parser.parse_args()
    tellings, vectors = told(options.home)
    for weak in (frozenset({"vi"}), frozenset[str]()):
        base = Terms(weak=weak)
        shown(f"as it is, weak {','.join(sorted(weak)) or 'none'}", tellings, vectors, base)
        for seed in range(options.shuffled):
            shown(f"  days dealt anew, {seed}", *dealt(tellings, vectors, seed), base)
        if not options.shuffled:
            for name, values in VARIED.items():
                for value in values:
                    shown(f"  {name} {value}", tellings, vectors, replace(base, **{name: value}))  # type: ignore[arg-type]
    return 0


if __name__ == "__main__":
    sys.exit(main())
