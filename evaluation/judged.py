"""Search measured on judged questions: each with the documents that answer it."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from domain.document import Filters
from domain.errors import InputError
from evaluation.retrieval import Quality, quality
from service.search import MODES, Mode, Query, search
from service.wiring import Home

DEPTH = 10


@dataclass(frozen=True, slots=True)
class Judged:
    """A question, the external ids (or document ids) of its answers, and the language it is asked in."""

    id: str
    query: str
    relevant: frozenset[str]
    lang: str


def read_judged(path: Path) -> list[Judged]:
    """Questions from JSONL: ``{"id":.., "query":.., "relevant":[..], "lang":..}`` a line; id and lang may be left out.

    Raises:
        InputError: the file cannot be read or holds none, or a line is no such object; the message names it.
    """
    try:
        lines = path.read_text("utf-8-sig").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"cannot be read: {error}", item=str(path), stage="eval") from error
    found = []
    for n, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            row = json.loads(line)
            relevant = frozenset(str(x) for x in row["relevant"])
            found.append(Judged(str(row.get("id", n)), str(row["query"]), relevant, str(row.get("lang", ""))))
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            reason = 'not an object with "query" and "relevant"'
            raise InputError(reason, item=f"{path}:{n}", stage="eval") from error
    if not found:
        raise InputError("holds no questions", item=str(path), stage="eval")
    return found


def measure(
    home: Home, judged: Sequence[Judged], *, filters: Filters | None = None, modes: Sequence[Mode] = MODES
) -> dict[Mode, dict[str, Quality]]:
    """By mode: the quality over all questions (``""``) and over those of each language."""
    out: dict[Mode, dict[str, Quality]] = {}
    queries = [Query(one.id, one.query) for one in judged]
    for mode in modes:
        answers = search(home, queries, k=DEPTH, mode=mode, filters=filters)
        ranks: dict[str, list[int]] = defaultdict(list)
        for one, answer in zip(judged, answers, strict=True):
            hits = [{h.external_id, h.document_id} for h in answer.hits]
            place = next((n for n, names in enumerate(hits, 1) if names & one.relevant), 0)
            ranks[""].append(place)
            if one.lang:
                ranks[one.lang].append(place)
        out[mode] = {lang: quality(places) for lang, places in sorted(ranks.items())}
    return out
