"""How well stories are found: BCubed against known ones, over all documents and across languages alone.

The file of known stories is JSON Lines, one document a line: ``{"document": ID, "story": NAME}``, where the ID is the
document's external id (or its id here) and the NAME is alike for documents on the same happening.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Hashable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from domain.errors import InputError
from evaluation.metrics import Score, bcubed
from evaluation.rows import BadLine, read_rows, word_of


@dataclass(frozen=True, slots=True)
class Gold:
    """Known stories by document, and the lines of the file that were left out."""

    story: Mapping[str, str]
    bad: tuple[BadLine, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Errors:
    """Where found stories and known ones differ most.

    Attributes:
        mixed: found stories that hold several known ones, with how many documents of each, the largest first.
        parted: known stories that lie in several found ones, with how many documents of each.
    """

    mixed: tuple[tuple[str, tuple[tuple[str, int], ...]], ...]
    parted: tuple[tuple[str, tuple[tuple[str, int], ...]], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """What was found.

    ``across`` counts, for each document, only documents in other languages; None where there are none. ``several``:
    only documents whose known story has another document. ``missing``: documents that are not held.
    """

    documents: int
    known: int
    found: int
    whole: Score
    several: Score | None
    across: Score | None
    by_lang: Mapping[str, Score]
    errors: Errors
    missing: tuple[str, ...] = ()

    def plain(self) -> dict[str, Any]:
        """As it is printed."""

        def told(score: Score | None) -> dict[str, float] | None:
            return None if score is None else {"precision": round(score.precision, 4), "recall": round(score.recall, 4),
                                               "f1": round(score.f1, 4)}  # fmt: skip

        return {
            "documents": self.documents, "known_stories": self.known, "found_stories": self.found,
            "whole": told(self.whole), "told_several_times": told(self.several), "across_languages": told(self.across),
            "by_lang": {lang: told(score) for lang, score in self.by_lang.items()},
            "mixed": [{"story": one, "known": dict(parts)} for one, parts in self.errors.mixed],
            "parted": [{"known": one, "stories": dict(parts)} for one, parts in self.errors.parted],
            "missing": list(self.missing),
        }  # fmt: skip


def read_gold(path: Path) -> Gold:
    """The known stories of a file; lines that are none are told with their number.

    Raises:
        InputError: it cannot be read, or no line of it is a document with a story.
    """
    story: dict[str, str] = {}

    def make(row: dict[str, Any], _: int) -> None:
        document, name = (word_of(row, key) for key in ("document", "story"))
        if not document or not name:
            raise KeyError("story" if document else "document")
        if story.setdefault(document, name) != name:
            raise ValueError(f"{document!r} has another story on an earlier line")

    _, bad = read_rows(path, make, what="documents with their stories")
    return Gold(story, tuple(bad))


def across(found: Mapping[str, Hashable], gold: Mapping[str, Hashable], lang: Mapping[str, str]) -> Score | None:
    """BCubed over pairs of two languages: for each document only those in other languages are counted with it.

    Precision is the mean over documents whose found story has another language, recall over those whose known one has.
    """
    groups: dict[Hashable, list[str]] = defaultdict(list)
    classes: dict[Hashable, list[str]] = defaultdict(list)
    for one in sorted(gold):
        groups[found[one]].append(one)
        classes[gold[one]].append(one)
    right: list[float] = []
    got: list[float] = []
    for one in sorted(gold):
        beside = [other for other in groups[found[one]] if lang[other] != lang[one]]
        wanted = [other for other in classes[gold[one]] if lang[other] != lang[one]]
        if beside:
            right.append(sum(gold[other] == gold[one] for other in beside) / len(beside))
        if wanted:
            got.append(sum(found[other] == found[one] for other in wanted) / len(wanted))
    if not got:
        return None
    return Score(sum(right) / len(right) if right else 0.0, sum(got) / len(got))


def measure(
    found: Mapping[str, Hashable], gold: Mapping[str, str], lang: Mapping[str, str], *, examples: int = 10
) -> Measured:
    """Found stories against known ones, over the documents that both name.

    Raises:
        InputError: no known document is among the found ones.
    """
    held = {one: story for one, story in gold.items() if one in found}
    if not held:
        raise InputError("none of the documents is held", stage="evaluate")
    mine = {one: found[one] for one in held}
    sizes = Counter(held.values())
    several = [one for one in held if sizes[held[one]] > 1]
    spoken = {one: lang.get(one, "und") for one in held}
    return Measured(
        documents=len(held), known=len(sizes), found=len(set(mine.values())), whole=bcubed(mine, held),
        several=bcubed(mine, held, items=several) if several else None, across=across(mine, held, spoken),
        by_lang={one: bcubed(mine, held, items=[d for d in held if spoken[d] == one])
                 for one in sorted(set(spoken.values()))},
        errors=Errors(mixed=_parts(mine, held, examples), parted=_parts(held, mine, examples)),
        missing=tuple(sorted(set(gold) - set(held))),
    )  # fmt: skip


def _parts(
    groups: Mapping[str, Hashable], classes: Mapping[str, Hashable], most: int
) -> tuple[tuple[str, tuple[tuple[str, int], ...]], ...]:
    inside: dict[str, Counter[str]] = defaultdict(Counter)
    for one, group in groups.items():
        inside[str(group)][str(classes[one])] += 1
    broken = [(name, tuple(parts.most_common())) for name, parts in inside.items() if len(parts) > 1]
    return tuple(sorted(broken, key=lambda one: (-sum(n for _, n in one[1][1:]), one[0]))[:most])
