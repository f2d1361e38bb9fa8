"""How well events are coded from text: precision, recall and F1 by type, by actors and type, and by language.

Three kinds of gold: sentences written by hand in seven languages (JSONL, ``read_cases``), the annotated sentences of
the PLOVER gold standard (``read_gsr``), and the validation records of PETRARCH (``read_petr``), whose codes are of
another scheme, so that only their actors are compared.
"""

from __future__ import annotations

import json
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from domain.document import Span
from domain.entity import EntityKind, Mention
from domain.errors import InputError
from domain.event import MODALITIES, Modality
from domain.plover import MUTUAL, TYPES, Plover, code_of
from evaluation.metrics import Score
from evaluation.rows import BadLine, read_rows, text_of, word_of
from ingest.countries import country_code
from nlp.events import Act, Coder, Told
from nlp.gazetteer import Gazetteer

_WRITTEN = date(2014, 5, 7)
_TOGETHER = MUTUAL | {"SUPPORT"}
"""Types whose gold does not say who was first: signing is SUPPORT."""


@dataclass(frozen=True, slots=True)
class Gold:
    """An event that a sentence tells. Several countries: any of them will do; none: it is not asked for."""

    sources: frozenset[str]
    targets: frozenset[str]
    plover: Plover | None
    modality: Modality | None


@dataclass(frozen=True, slots=True)
class Case:
    """A sentence and all events it tells. ``names`` are actors no gazetteer knows, with the codes they go by."""

    id: str
    lang: str
    part: str
    text: str
    events: tuple[Gold, ...]
    names: tuple[tuple[str, str], ...] = ()
    written: date = _WRITTEN


@dataclass(frozen=True, slots=True)
class Tally:
    """Of the events found and of those that are told, how many agree."""

    right: int
    found: int
    told: int

    @property
    def score(self) -> Score:
        """Precision and recall; of nothing found, or nothing told, 0."""
        return Score(self.right / self.found if self.found else 0.0, self.right / self.told if self.told else 0.0)

    def plain(self) -> dict[str, float]:
        """For JSON."""
        score = self.score
        return {"precision": round(score.precision, 4), "recall": round(score.recall, 4), "f1": round(score.f1, 4),
                "found": self.found, "told": self.told}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Result:
    """What was measured.

    Attributes:
        whole: type, source, target and modality all right. typed: source, target and type. paired: source and target.
        types: by type alone, whoever did it. by_lang, by_type: ``typed`` of each.
        confusion: (CAMEO root told, root found) of events between the right actors; "-" where nothing was found.
        cases: sentences measured; silent: of those that tell nothing, the share left without an event.
    """

    cases: int
    whole: Tally
    typed: Tally
    paired: Tally
    types: Tally
    by_lang: dict[str, Tally]
    by_type: dict[str, Tally]
    confusion: dict[tuple[str, str], int]
    silent: float | None

    def plain(self) -> dict[str, Any]:
        """For JSON."""
        return {
            "cases": self.cases, "whole": self.whole.plain(), "typed": self.typed.plain(),
            "paired": self.paired.plain(), "types": self.types.plain(), "silent": self.silent,
            "by_lang": {k: v.plain() for k, v in self.by_lang.items()},
            "by_type": {k: v.plain() for k, v in self.by_type.items()},
            "confusion": [{"told": a, "found": b, "n": n} for (a, b), n in sorted(self.confusion.items())],
        }  # fmt: skip


# --- reading


def read_cases(path: Path, *, part: str | None = None) -> tuple[list[Case], list[BadLine]]:
    """Sentences from JSONL, of one part (``dev`` for tuning, ``test`` for measuring) or all; and the lines left out.

    A line is ``{"id":.., "lang":.., "part":.., "text":.., "events":[{"source":.., "target":.., "type":..,
    "modality":..}]}`` with alpha-2 codes; source or target may be null.

    Raises:
        InputError: the file cannot be read or holds none.
    """

    def make(row: dict[str, Any], n: int) -> Case:
        given = row["events"]
        if not isinstance(given, list) or not all(isinstance(one, dict) for one in given):
            raise ValueError("'events' is no list of objects")
        events = tuple(
            Gold(_set(e["source"]), _set(e["target"]), _type(e["type"]), _modality(e.get("modality", "done")))
            for e in given
        )
        return Case(word_of(row, "id") or str(n), text_of(row, "lang"), word_of(row, "part"), text_of(row, "text"),
                    events)  # fmt: skip

    cases, failures = read_rows(path, make, what="cases")
    found = [case for case in cases if part is None or case.part == part]
    if not found:
        raise InputError(f"holds no cases of the part {part!r}", item=str(path), stage="eval")
    return found, failures


_OLD_TYPES = {"DEMAND": "REQUEST", "DISAPPROVE": "ACCUSE", "INVESTIGATE": "ACCUSE", "FIGHT": "ASSAULT"}
# Codes of the records that are no ISO codes.
_ODD = {"JAP": "JP", "ITL": "IT", "VTN": "VN", "IGO": "", "IMG": "", "NGO": "", "MNC": ""}


def read_gsr(path: Path) -> list[Case]:
    """The PLOVER gold standard's sentences (JSON), each with the one event that was annotated in it.

    Types of before 2021 are those they became: DEMAND is REQUEST, DISAPPROVE and INVESTIGATE are ACCUSE, FIGHT is
    ASSAULT. What is only announced there is AGREE or THREATEN, so its modality is not compared.

    Raises:
        InputError: the file cannot be read or is none of these.
    """
    try:
        rows = json.loads(_text(path))
        cases = []
        for row in rows:
            sources, targets = (_codes(row.get(side)) for side in ("source", "target"))
            if not targets and len(sources) > 1:
                targets = sources
            kind = _OLD_TYPES.get(row["event"], row["event"])
            text = row["text"].strip("{} ")
            gold = Gold(sources, targets, _type(kind), None)
            # Their dates were not kept: each is of the last year it names.
            year = max((int(y) for y in re.findall(r"\b(?:19|20)\d\d\b", text)), default=_WRITTEN.year)
            cases.append(Case(row["id"], row.get("language", "en"), "", text, (gold,), written=date(year, 12, 31)))
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise InputError(f"no gold standard records: {error}", item=str(path), stage="eval") from error
    return cases


# The records are about lands that are on no map.
_LANDS = {
    "Gondor": "GON", "Arnor": "ARN", "Osgiliath": "OSG", "Bree": "BRE", "Eriador": "ERI", "Eriadori": "ERI",
    "Calenardhon": "CAL", "Ithilen": "ITH", "Mordor": "MOR", "Cirith Ungol": "MOR", "Dagolath": "DAG", "Fornost": "FOR",
    "Minas Tirith": "GON", "Dol Amroth": "DOL", "Rohan": "ROH", "Libya": "LBY", "Ethiopia": "ETH", "Philippines": "PHL",
}  # fmt: skip


def read_petr(path: Path) -> list[Case]:
    """PETRARCH's validation records (XML) between two known lands, each sentence once; without types.

    Raises:
        InputError: the file cannot be read or holds none.
    """
    out: dict[str, Case] = {}
    for match in re.finditer(r"<Sentence (.*?)>(.*?)</Sentence>", _text(path), re.DOTALL):
        said = re.search(r"<Text>(.*?)</Text>", match.group(2), re.DOTALL)
        name = re.search(r'id="(.*?)"', match.group(1))
        text = " ".join(said.group(1).split()) if said else ""
        events = []
        for coded in re.findall(r"<EventCoding (.*?)>", match.group(2)):
            fields = dict(re.findall(r'(\w+)\s*=\s*"([^"]*)"', coded))
            a, b = fields.get("sourcecode", "")[:3], fields.get("targetcode", "")[:3]
            if {a, b} <= set(_LANDS.values()) and a != b:
                events.append(Gold(frozenset({a}), frozenset({b}), None, None))
        names = tuple((land, code) for land, code in _LANDS.items() if land in text)
        if events and len(names) > 1 and text not in out:
            out[text] = Case(name.group(1) if name else "", "en", "", text, tuple(events), names)
    if not out:
        raise InputError("holds no records", item=str(path), stage="eval")
    return list(out.values())


def _text(path: Path) -> str:
    try:
        return path.read_text("utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"cannot be read: {error}", item=str(path), stage="eval") from error


def _set(code: Any) -> frozenset[str]:
    if code is not None and not isinstance(code, str):
        raise ValueError(f"{code!r} is no country's code")
    return frozenset() if code is None else frozenset({code})


def _type(name: Any) -> Plover:
    if not isinstance(name, str) or name not in TYPES:
        raise ValueError(f"{name!r} is no type of PLOVER")
    return name


def _modality(name: Any) -> Modality:
    if not isinstance(name, str) or name not in MODALITIES:
        raise ValueError(f"{name!r} is no modality")
    return name


def _codes(side: Any) -> frozenset[str]:
    codes = [one.get("code", "")[:3] for one in side] if isinstance(side, list) else []
    return frozenset(code for one in codes if (code := _ODD.get(one, country_code(one) or "")))


# --- measuring


def measure(coder: Coder, gazetteer: Gazetteer, cases: Sequence[Case]) -> Result:
    """Code the sentences as a document's are coded, and compare.

    An event found and one told agree once; the order of two is not compared where they do the thing together.
    """
    texts = [_told(case, gazetteer) for case in cases]
    levels: dict[str, Counter[str]] = defaultdict(Counter)
    by_lang: dict[str, Counter[str]] = defaultdict(Counter)
    by_type: dict[str, Counter[str]] = defaultdict(Counter)
    confusion: Counter[tuple[str, str]] = Counter()
    quiet = [0, 0]
    for case, acts in zip(cases, coder.code_many(texts), strict=True):
        if not case.events:
            quiet[0] += not acts
            quiet[1] += 1
        asked = [act for act in acts if _asked(act, case)]
        for name, test in (("whole", _whole), ("typed", _typed), ("paired", _pair), ("types", _same_type)):
            right = _matched(asked, case.events, test)
            levels[name].update(right=len(right), found=len(asked), told=len(case.events))
            if name == "typed":
                by_lang[case.lang].update(right=len(right), found=len(asked), told=len(case.events))
                for gold in case.events:
                    by_type[str(gold.plover)]["told"] += 1
                agreed = {id(act): gold for act, gold in right}
                for act in asked:
                    kind = str(agreed[id(act)].plover) if id(act) in agreed else act.plover
                    by_type[kind].update(found=1, right=int(id(act) in agreed))
        for gold in case.events:
            if gold.plover is not None:
                near = [act for act in asked if _pair(act, gold)]
                best = next((act for act in near if _typed(act, gold)), near[0] if near else None)
                confusion[code_of(gold.plover)[:2], "-" if best is None else code_of(best.plover)[:2]] += 1
    made = {name: _tally(count) for name, count in levels.items()}
    return Result(
        cases=len(cases), whole=made["whole"], typed=made["typed"], paired=made["paired"], types=made["types"],
        by_lang={k: _tally(v) for k, v in sorted(by_lang.items())},
        by_type={k: _tally(by_type[k]) for k in TYPES if k in by_type}, confusion=dict(confusion),
        silent=quiet[0] / quiet[1] if quiet[1] else None,
    )  # fmt: skip


def _tally(count: Counter[str]) -> Tally:
    return Tally(count["right"], count["found"], count["told"])


def _told(case: Case, gazetteer: Gazetteer) -> Told:
    if case.names:
        mentions = [
            Mention(start=m.start(), end=m.end(), surface=m.group(), entity_id=f"iso:{code}", kind=EntityKind.COUNTRY,
                    name=name, method="eval", countries=(code,))
            for name, code in case.names for m in re.finditer(rf"\b{name}\b", case.text)
        ]  # fmt: skip
    else:
        mentions = gazetteer.find(case.text, lang=case.lang)
    return Told(title="", text=case.text, lang=case.lang, written=case.written, sentences=(Span(0, len(case.text)),),
                mentions=tuple(mentions))  # fmt: skip


def _asked(act: Act, case: Case) -> bool:
    """Records without modality count all that is told; of actors without a country nothing is asked."""
    return bool(act.source[0] or act.target[0]) or any(not g.sources or not g.targets for g in case.events)


def _matched(acts: Iterable[Act], events: Sequence[Gold], test: Any) -> list[tuple[Act, Gold]]:
    left = list(events)
    out = []
    for act in acts:
        gold = next((g for g in left if test(act, g)), None)
        if gold is not None:
            left.remove(gold)
            out.append((act, gold))
    return out


def _whole(act: Act, gold: Gold) -> bool:
    return _typed(act, gold) and (gold.modality is None or act.modality == gold.modality)


def _typed(act: Act, gold: Gold) -> bool:
    return _pair(act, gold) and _same_type(act, gold)


def _same_type(act: Act, gold: Gold) -> bool:
    return gold.plover is None or _as_told(act, gold) == gold.plover


def _as_told(act: Act, gold: Gold) -> Plover:
    """Where modality is not compared, what is only announced is agreed to or threatened, as CAMEO has it."""
    if gold.modality is None and act.modality in ("future", "hypothetical") and gold.plover in ("AGREE", "THREATEN"):
        friendly = act.plover in ("AGREE", "CONSULT", "SUPPORT", "CONCEDE", "COOPERATE", "AID", "RETREAT")
        return "AGREE" if friendly else "THREATEN"
    return act.plover


def _pair(act: Act, gold: Gold) -> bool:
    def stands(a: str | None, b: str | None) -> bool:
        return (not gold.sources or a in gold.sources) and (not gold.targets or b in gold.targets)

    a, b = act.source[0], act.target[0]
    if stands(a, b):
        return True
    return act.plover in _TOGETHER and gold.plover in _TOGETHER and stands(b, a)
