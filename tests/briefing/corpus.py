"""The demo corpus read by the real gazetteer and the real encoder, once a run."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path

import numpy as np
import sentencex

from briefing.select import Count, Extract, Material, Paper, Subject
from domain.alert import SeriesKey
from domain.document import Span
from index.stories import Telling, document_vector, group
from models.registry import load_encoder
from nlp.gazetteer import default_gazetteer

FOLDER = Path(__file__).parents[2] / "service" / "demo" / "corpus"


@dataclass(frozen=True, eq=False)
class Report:
    paper: Paper
    telling: Telling
    happening: str


def _rows() -> list[dict[str, str]]:
    files = sorted(FOLDER.glob("reports-*.jsonl"))
    rows = [json.loads(line) for file in files for line in file.read_text("utf-8").splitlines()]
    return sorted(rows, key=lambda r: r["id"])


def sentences(text: str, lang: str) -> tuple[Span, ...]:
    found = []
    at = 0
    for part in sentencex.segment(lang, text):
        body = part.strip()
        if body:
            start = text.index(body, at)
            at = start + len(body)
            found.append(Span(start, at))
    return tuple(found)


def reports(since: str, until: str) -> tuple[Report, ...]:
    """The reports published from one ISO date to before another."""
    return tuple(r for r in _reports() if since <= r.telling.at.isoformat() < until)


@cache
def _reports() -> tuple[Report, ...]:
    rows = _rows()
    encoder, gazetteer = load_encoder(), default_gazetteer()
    vectors = encoder.encode([r["text"] for r in rows])
    out = []
    for n, (row, vector) in enumerate(zip(rows, vectors, strict=True)):
        named = gazetteer.find(f"{row['title']}. {row['text']}", lang=row["lang"])
        countries = frozenset(c for m in named for c in m.countries)
        entities = frozenset(m.entity_id for m in named)
        at = datetime.fromisoformat(row["published"])
        passages = np.asarray(vector[None, :], dtype=np.float32)
        paper = Paper(
            id=row["id"], external_id=row["id"], title=row["title"], source=row["source"], lang=row["lang"],
            url=row["url"], published=at, text=row["text"], sentences=sentences(row["text"], row["lang"]),
            passages=(Extract(n + 1, 0, len(row["text"]), row["text"]),), vectors=passages,
            countries=countries, entities=entities,
        )  # fmt: skip
        telling = Telling(
            id=row["id"], external_id=row["id"], title=row["title"], source=row["source"], lang=row["lang"], at=at,
            text=row["text"], entities=entities, countries=countries,
        )  # fmt: skip
        assert np.allclose(document_vector(passages), vector, atol=1e-3)
        out.append(Report(paper, telling, row["happening"]))
    return tuple(out)


def material(since: datetime, until: datetime) -> Material:
    """What a briefing on China and Vietnam is made from, counts and health computed from the reports themselves."""
    first = since - timedelta(days=28)
    held = reports(first.date().isoformat(), until.date().isoformat())
    inside = [r for r in held if since <= r.telling.at < until]
    # As in a home: grouped as they came, the weeks before among them.
    known = {r.paper.id for r in inside}
    grouped = group([r.telling for r in held], np.array([r.paper.vectors[0] for r in held]))
    stories = tuple(one for one in grouped if known & set(one.document_ids))
    pair = frozenset({"CN", "VN"})

    def daily(rows: Sequence[Report], start: datetime, days: int) -> tuple[int, ...]:
        seen = Counter((r.telling.at - start).days for r in rows)
        return tuple(seen[i] for i in range(days))

    before = [r for r in held if r.telling.at < since]
    days = (until - since).days
    both = [r for r in inside if pair <= r.paper.countries]
    count = Count(
        key=SeriesKey("dyad", ("CN", "VN")),
        now=daily(both, since, days),
        before=daily([r for r in before if pair <= r.paper.countries], first, 28),
        read_now=daily(inside, since, days),
        read_before=daily(before, first, 28),
        document_ids=tuple(r.paper.id for r in both),
    )
    subject = "China and Vietnam: the oil rig in the South China Sea"
    encoder = load_encoder()
    return Material(
        since=since, until=until, made=until, as_of=until,
        subject=Subject(text=subject, vector=encoder.encode([subject], query=True)[0], countries=pair),
        papers=tuple(r.paper for r in inside), stories=stories, counts=(count,),
        languages=Counter(r.paper.lang for r in inside),
        read={(since + timedelta(days=i)).date(): n for i, n in enumerate(daily(inside, since, days))},
    )  # fmt: skip
