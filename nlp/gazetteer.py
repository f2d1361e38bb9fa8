"""Countries, places, bodies and offices named in a text: an Aho-Corasick automaton over a multilingual gazetteer.

All names of all rows are looked for at once (A. Aho and M. Corasick, CACM 18(6), 1975). A hit counts when its case
and its word boundaries fit, when the name may be used in the text's language, and when the words around do not
make it a person, a pronoun or an ordinary word. The longest name wins.
"""

from __future__ import annotations

import copy
import functools
import gc
import json
import logging
import lzma
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from itertools import zip_longest
from pathlib import Path
from typing import Any

import ahocorasick

from domain.entity import Entity, EntityKind, Mention
from nlp import gazetteer_context as context
from nlp import gazetteer_rules as rules
from nlp import gazetteer_tongues as tongues
from nlp.folding import Folded, fold, fold_key, left_edge, right_edge, takes_suffixes
from nlp.gazetteer_forms import INFLECTED, OTHERS, PLAIN, Form, Hit, Seen, case_fits, language_fits, takes_ending
from nlp.linking import without_overlaps
from nlp.ministries import ministries, office_id
from nlp.persons import Persons

METHOD = "gazetteer"
OPERATOR = "operator"
"""The method of what a gazetteer before this one found."""
DATA = Path(__file__).parent / "data" / "gazetteer"
_log = logging.getLogger(__name__)

# For one stretch of text: what hides a name first, then the more telling reading.
_RANK = {
    "block": 0,
    "body": 1,
    "office": 1,
    "person": 1,
    "organisation": 1,
    "country": 2,
    "compound": 3,
    "place": 4,
}
_KINDS = {kind.value: kind for kind in EntityKind}
# Names that are written with a space as well: "Guinea-Bissau".
_HYPHENED = re.compile(r"(?!Sa(?:int|nkt|n|nta)-|Sint-)[A-ZÀ-Ž][a-zà-ž]{2,}-[A-ZÀ-Ž][a-zà-ž]{2,}")
# Whose places a text in the language means first: "Tây Ninh" is Xining as well.
_HOME = {"vi": frozenset({"VN"}), "pl": frozenset({"PL"})}
# Gates of names that stand for a country whatever is around them.
_FIRM = frozenset({"", "l", "d"})
_ALONE = frozenset({"Sino-", "Russo-", "Soviet-"})
_WORDS_IN_CAPITALS = frozenset({"US", "WHO", "IS", "AS", "IT", "ARE", "MAY", "SEA", "AU", "RI"})
_OWN_WORD_BEFORE = frozenset(
    {"LET", "TELL", "GIVE", "GAVE", "TOLD", "ASK", "ASKED", "HELP", "JOIN", "INFORM", "BETWEEN"}
)


def _rows(folder: Path) -> Iterator[dict[str, Any]]:
    """Rows of every file in the folder; a line that cannot be read is logged and left out."""
    for path in sorted((*folder.glob("*.jsonl"), *folder.glob("*.jsonl.xz"))):
        raw = path.read_bytes()
        data = lzma.decompress(raw) if path.suffix == ".xz" else raw
        for number, line in enumerate(data.splitlines(), 1):
            if not line.strip():
                continue
            try:
                row = json.loads(line)
                _ = row["id"], row["kind"], row["names"]
            except (ValueError, KeyError, TypeError) as error:
                _log.warning("%s line %d left out: %s", path.name, number, error)
                continue
            yield row


def _entity(row: Mapping[str, Any]) -> Entity:
    return Entity(
        id=row["id"],
        kind=EntityKind(row["kind"]),
        name=row["name"],
        country=row.get("country"),
        lat=row.get("lat"),
        lon=row.get("lon"),
        names={lang: tuple(values) for lang, values in row["names"].items()},
    )


def _with_names(row: Mapping[str, Any], more: Mapping[str, Any]) -> Mapping[str, Any]:
    """The row with the names and nationalities of another added."""
    made = dict(row)
    for part in ("names", "demonyms"):
        held = row.get(part) or {}
        added = more.get(part) or {}
        if added:
            made[part] = {lang: [*held.get(lang, ()), *added.get(lang, ())] for lang in {**held, **added}}
    return made


class Gazetteer:
    """Finds the entities of a folder of gazetteer rows in texts of any language."""

    def __init__(self, rows: Iterable[Mapping[str, Any]]) -> None:
        self._own: Gazetteer | None = None
        self._rows: list[Mapping[str, Any]] = []
        self._at: dict[str, int] = {}
        forms: dict[str, list[Form]] = {}
        # Rows of more names come after the rows they are for, whatever the order of the files.
        own: list[Mapping[str, Any]] = []
        more: list[Mapping[str, Any]] = []
        for row in rows:
            (more if row["kind"] == "names" else own).append(row)
        for row in (*own, *more):
            for key, form in self._forms_of(row):
                if key in forms:
                    forms[key].append(form)
                else:
                    forms[key] = [form]
        automaton: Any = ahocorasick.Automaton()
        # One key that no text holds: an automaton without keys cannot be asked.
        automaton.add_word("\x00\x00", (2, []))
        for key, value in forms.items():
            automaton.add_word(key, (len(key), value))
        automaton.make_automaton()
        self._automaton = automaton

    @classmethod
    def load(cls, folder: Path = DATA) -> Gazetteer:
        """The gazetteer of a folder: every ``*.jsonl`` and ``*.jsonl.xz`` in it.

        Raises:
            OSError: a file cannot be read.
        """
        # Hundreds of thousands of tuples are made and none is garbage: the collector would only walk them again.
        collecting = gc.isenabled()
        gc.disable()
        try:
            return cls(_rows(folder))
        finally:
            if collecting:
                gc.enable()

    def fronted(self, own: Gazetteer) -> Gazetteer:
        """This gazetteer with another before it, whose names win where both have one for the same stretch."""
        made = copy.copy(self)
        made._own = own
        made.__dict__.pop("persons", None)
        return made

    def __len__(self) -> int:
        more = () if self._own is None else (one for one in self._own._at if one not in self._at)
        return len(self._at) + sum(1 for _ in more)

    def entity(self, entity_id: str) -> Entity | None:
        """The entity of that id, with the names of both where another gazetteer stands before this one; or None."""
        at = self._at.get(entity_id)
        held = None if at is None else _entity(self._rows[at])
        own = None if self._own is None else self._own.entity(entity_id)
        if held is None or own is None:
            return held or own
        names = {lang: tuple(dict.fromkeys((*held.names.get(lang, ()), *own.names.get(lang, ()))))
                 for lang in (*held.names, *own.names)}  # fmt: skip
        return replace(held, names=names)

    def is_demonym(self, mention: Mention) -> bool:
        """Whether a mention names a country by a nationality or an adjective ("French", "русский") and not by name."""
        at = self._at.get(mention.entity_id)
        if at is None or mention.kind is not EntityKind.COUNTRY:
            return False
        surface = fold_key(mention.surface)
        row = self._rows[at]
        told = ({fold_key(value) for values in (row.get(part) or {}).values() for value in values}
                for part in ("demonyms", "names"))  # fmt: skip
        demonyms, names = told
        return surface in demonyms and surface not in names

    def offices(self, entity_id: str) -> tuple[Mapping[str, Any], ...]:
        """The offices a person has held: ``office``, ``since`` and ``until`` as far as they are known."""
        at = self._at.get(entity_id)
        return () if at is None else tuple(self._rows[at].get("offices") or ())

    def entities(self) -> Iterator[Entity]:
        """Every entity, in the order of the files; those that only a gazetteer before this one has come last."""
        ids = dict.fromkeys((*self._at, *(() if self._own is None else self._own._at)))
        return (found for one in ids if (found := self.entity(one)) is not None)

    def _forms_of(self, row: Mapping[str, Any]) -> Iterator[tuple[str, Form]]:
        at = len(self._rows)
        kind: str = row["kind"]
        if kind == "compound":
            yield from self._compounds_of(row)
            return
        if kind == "names":
            known = self._at.get(row["id"])
            if known is None:
                _log.warning("names of %s left out: no such entity", row["id"])
                return
            at, held = known, self._rows[known]
            self._rows[at] = _with_names(held, row)
            kind = held["kind"]
            row = {
                **row,
                "country": held.get("country"),
                "population": held.get("population"),
                "capital": held.get("capital"),
            }
        else:
            self._rows.append(row)
            if kind != "block":
                self._at[row["id"]] = at
        country = row.get("country")
        codes = (country,) if country else ()
        gates: Mapping[str, str] = row.get("gates") or {}
        weight = float(row.get("population") or 0) + (5e6 if row.get("capital") else 0.0)
        langs: dict[str, set[str]] = {}
        for lang, values in row["names"].items():
            for value in values:
                langs.setdefault(value, set()).add(lang)
        plain_acronyms = kind in ("body", "office", "person", "organisation")
        for value, its in langs.items():
            gate = gates.get(value, "")
            if plain_acronyms and not gate and (len(value) < 3 or value[0].islower()) and value.isascii():
                gate = "l"
            if gate == "l" or kind == "block":
                only: frozenset[str] | None = frozenset(its)
            elif kind in ("country", "place") and its & INFLECTED and not its & PLAIN and not value.isupper():
                # A case form of one language is often a name in another ("Ruska" in Czech, a family name in Polish).
                only = frozenset((*its, OTHERS))
            elif kind == "country" and not gate and value in rules.NAMED_OTHERWISE:
                # "Jordan" in a language that calls the country otherwise is a person.
                only = frozenset((*its, OTHERS))
            else:
                only = None
            yield fold_key(value), Form(value, at, gate, only, kind, codes, weight)
            if kind == "country" and _HYPHENED.fullmatch(value) and value.replace("-", " ") not in langs:
                plain = value.replace("-", " ")
                yield fold_key(plain), Form(plain, at, gate, only, kind, codes, weight)
        for lang, values in (row.get("demonyms") or {}).items():
            only = frozenset((lang,))
            for value in values:
                group = "prefix" if value[-1] == "-" else kind
                yield fold_key(value), Form(value, at, "d", only, group, codes, weight)

    def _compounds_of(self, row: Mapping[str, Any]) -> Iterator[tuple[str, Form]]:
        for lang, values in (row.get("compounds") or {}).items():
            only = frozenset((lang, "yue") if lang == "zh" else (lang,))
            for value, codes in values.items():
                yield fold_key(value), Form(value, -1, "", only, "compound", tuple(codes), 0.0)
        for value, code in (row.get("prefixes") or {}).items():
            yield fold_key(value), Form(value, -1, "", None, "prefix", (code,), 0.0)

    # --- finding -------------------------------------------------------------------------------------------------

    def find(self, text: str, *, lang: str | None = None) -> list[Mention]:
        """Mentions in ``text``, in order, without overlaps.

        Args:
            text: as stored; offsets are into it, whatever its Unicode normal form.
            lang: ISO 639-1 code of its language, None where it is not known.
        """
        if not text:
            return []
        if self._own is not None:
            own = [replace(one, method=OPERATOR) for one in self._own.find(text, lang=lang)]
            known = self._found(text, lang)
            return without_overlaps([*own, *known]) if own else known
        return self._found(text, lang)

    def _found(self, text: str, lang: str | None) -> list[Mention]:
        folded = fold(text)
        lang = lang.split("-")[0].split("_")[0].lower() if lang else None
        if lang is None and rules.is_vietnamese(folded.plain):
            lang = "vi"
        hits, prefixes = self._hits(folded, lang)
        named = frozenset(
            code
            for hit in hits
            if hit.form.group in ("country", "compound") and hit.form.gate in _FIRM
            for code in hit.form.codes
        )
        states = any(hit.form.text not in rules.GEORGIA and self._is_region(hit, "US") for hit in hits)
        starts = frozenset(hit.start for hit in hits if hit.form.group != "block") if lang == "vi" else frozenset()
        seen = Seen(folded.plain, lang, named, states, starts)
        kept = self._longest(hit for hit in hits if self._fits(hit, seen))
        kept = self._merged(self._at_home(kept, folded.plain), prefixes)
        best = self._told_apart(self._disambiguated(kept, named, lang), folded.plain)
        found = [self._mention(hit, folded, text) for hit in best if hit.form.group != "block"]
        return self._with_ministries(text, found)

    def _with_ministries(self, text: str, found: list[Mention]) -> list[Mention]:
        """The mentions, with ministries known by their words and the country beside them in its place."""
        made = []
        for one in ministries(text, found, capitals=self._capitals):
            at = self._at.get(office_id(one.kind, one.country))
            if at is None:
                continue
            row = self._rows[at]
            made.append(
                Mention(
                    start=one.start,
                    end=one.end,
                    surface=text[one.start : one.end],
                    entity_id=row["id"],
                    kind=EntityKind.OFFICE,
                    name=row["name"],
                    method=METHOD,
                    countries=(one.country,),
                    lat=row.get("lat"),
                    lon=row.get("lon"),
                )
            )
        return without_overlaps([*made, *found]) if made else found

    @functools.cached_property
    def _capitals(self) -> Mapping[str, str]:
        """Country by the id of its capital: the largest of the cities that are so called."""
        largest: dict[str, tuple[int, str]] = {}
        for row in self._rows:
            if row["kind"] == "place" and row.get("capital") and row.get("country"):
                code = row["country"]
                largest[code] = max(largest.get(code, (0, "")), (row.get("population") or 0, row["id"]))
        return {entity_id: code for code, (_, entity_id) in largest.items()}

    @functools.cached_property
    def persons(self) -> Persons:
        """The persons of this gazetteer by other spellings of their names."""
        return Persons(self.entities())

    def _hits(self, folded: Folded, lang: str | None) -> tuple[list[Hit], list[Hit]]:
        """Hits whose boundaries, case and language fit, and apart from them the first parts of compounds."""
        plain, lower = folded.plain, folded.lower
        hits: list[Hit] = []
        prefixes: list[Hit] = []
        lang_suffixed = takes_suffixes(lang) or lang == "de"
        size = len(lower)
        for last, (length, forms) in self._automaton.iter(lower):
            start, end = last - length + 1, last + 1
            # Most hits lie inside a longer word of a plain alphabet: say so without a call.
            if (start and "a" <= lower[start] <= "z" and "a" <= lower[start - 1] <= "z") or (
                not lang_suffixed and end < size and "a" <= lower[last] <= "z" and "a" <= lower[end] <= "z"
            ):
                continue
            if not left_edge(lower, start):
                continue
            stop = end if lower[end - 1] == "-" else right_edge(lower, start, end, lang)
            suffix = 0
            if stop < 0 and lang == "de" and (suffix := tongues.german_ending(plain, start, end)):
                stop = end + suffix
            if stop < 0:
                continue
            surface = plain[start:end]
            for form in forms:
                if (
                    (surface == form.text or case_fits(surface, form.text, plain, start, end))
                    and language_fits(form, lang)
                    and (not suffix or takes_ending(form, suffix))
                ):
                    (prefixes if form.group == "prefix" else hits).append(Hit(start, stop, form))
        if lang in ("zh", None):
            for start, end, codes in tongues.rows_of_signs(plain):
                hits.append(Hit(start, end, Form(plain[start:end], -1, "", None, "compound", codes, 0.0)))
        return hits, prefixes

    def _fits(self, hit: Hit, seen: Seen) -> bool:
        form, start, end = hit.form, hit.start, hit.end
        plain, lang, named = seen.plain, seen.lang, seen.named
        name = form.text
        if form.group == "block":
            return True
        if form.group == "compound":
            return rules.compound_fits(name, plain, start) and not tongues.is_chinese_name(plain, start, end)
        if lang == "vi" and form.group == "country":
            before, after = rules.token_before(plain, start), rules.token_after(plain, end)
            short = name in rules.VI_SHORT
            if tongues.is_vietnamese_name(before, after, short=short, known_after=end + 1 in seen.starts):
                return False
        if lang == "vi" and name in rules.VI_SHORT:
            return rules.vietnamese_short(name, plain, start, end, named=named)
        if name in rules.GEORGIA and form.group == "country":
            return not rules.is_us_georgia(plain, lang, states=seen.states) and not rules.is_person(
                name, plain, start, end
            )
        if name in _WORDS_IN_CAPITALS and rules.all_capitals(plain, start, end):
            return name == "US" and rules.token_before(plain, start) not in _OWN_WORD_BEFORE
        if form.group in ("place", "country", "person") and rules.is_street(plain, start, end):
            return False
        if form.gate == "d" and rules.is_language(plain, start, end):
            return False
        if form.group in ("place", "country"):
            if form.gate != "d" and context.is_ship(plain, start, end, lang):
                return False
            if form.group == "place" and context.is_treaty(plain, start, end):
                return False
            if context.is_called_person(plain, start, end, lang, demonym=form.gate == "d"):
                return False
            if lang == "de" and form.group == "place" and tongues.is_german_noun(name, plain, start):
                return False
            if lang == "de" and form.gate == "d" and tongues.is_german_language(plain, start, end):
                return False
            if name[-1] > "\u2e80" and tongues.is_chinese_language(plain, end):
                return False
            if form.group == "country" and context.is_town_by_name(name, lang):
                return False
            if name == "Granada" and (form.group == "country") != context.is_grenada(plain, lang):
                return False
        if (
            "·" in plain[max(0, start - 1) : start] + plain[end : end + 1]
            and "·" not in name
            and form.group != "person"
        ):
            # Chinese writes foreign persons' names with a point between.
            return False
        if form.gate in ("", "l", "d"):
            return not (name in rules.SUSPECT and rules.is_person(name, plain, start, end, lang))
        if (
            form.gate == "c"
            and form.group == "country"
            and context.in_list(plain, start, end, seen.named - set(form.codes))
        ):
            return True
        country = form.codes[0] if form.codes else None
        if form.gate == "g":
            return rules.is_us_georgia(plain, lang, states=seen.states)
        return rules.accepted(form.gate, name, plain, start, end, country=country, named=named)

    @staticmethod
    def _longest(hits: Iterable[Hit]) -> list[list[Hit]]:
        """Non-overlapping stretches, longest first; all readings of each."""
        spans: dict[tuple[int, int], list[Hit]] = {}
        for hit in hits:
            spans.setdefault((hit.start, hit.end), []).append(hit)
        order = sorted(spans, key=lambda s: (s[0] - s[1], min(_RANK.get(h.form.group, 9) for h in spans[s]), s[0]))
        taken: set[int] = set()
        kept: list[list[Hit]] = []
        for start, end in order:
            if not taken.isdisjoint(range(start, end)):
                continue
            taken.update(range(start, end))
            kept.append(spans[start, end])
        return sorted(kept, key=lambda group: group[0].start)

    def _at_home(self, kept: list[list[Hit]], plain: str) -> list[list[Hit]]:
        """Without towns of a name known from elsewhere: "Paris, Texas", "Lebanon, Pennsylvania"."""
        result = []
        for group, then in zip_longest(kept, kept[1:]):
            region = next((hit for hit in then or () if self._is_region(hit)), None)
            state = group[0].form.group == "country"
            if (
                region is None
                or group[0].form.group not in ("place", "country")
                or (state and region.form.codes[0] != "US")
                or not context.of_region(plain, group[0].end, region.start, region.end, state=state)
            ):
                result.append(group)
            elif rest := [hit for hit in group if hit.form.codes == region.form.codes]:
                result.append(rest)
        return result

    def _is_region(self, hit: Hit, country: str | None = None) -> bool:
        """Whether a hit is a part of a country, as a state or a province."""
        codes = hit.form.codes
        if hit.form.group != "place" or not codes or (country is not None and codes[0] != country):
            return False
        row = self._rows[hit.form.entity]
        return not row.get("population") and not row.get("capital")

    def _told_apart(self, best: list[Hit], plain: str) -> list[Hit]:
        """The hits, each name that two countries share as the one that the text is about."""
        result = []
        for hit in best:
            form = hit.form
            if form.group == "country" and len(form.codes) == 1:
                code = context.namesake(form.codes[0], form.text, plain, demonym=form.gate == "d")
                other = self._at.get(f"iso:{code}")
                if code != form.codes[0] and other is not None:
                    hit = hit._replace(form=form._replace(codes=(code,), entity=other))
            result.append(hit)
        return result

    @staticmethod
    def _merged(kept: list[list[Hit]], prefixes: list[Hit]) -> list[list[Hit]]:
        """Joins "Sino-" with the "Vietnamese" that follows it into one stretch with both countries."""
        if not prefixes:
            return kept
        by_start = {group[0].start: group for group in kept}
        for prefix in sorted(prefixes, key=lambda hit: -hit.start):
            codes = prefix.form.codes
            inside = [g for s, g in by_start.items() if s < prefix.end and g[0].end > prefix.start]
            if any(g[0].end > prefix.end or g[0].start < prefix.start for g in inside):
                continue
            follower = next((h for h in by_start.get(prefix.end, ()) if h.form.codes), None)
            if follower is not None and follower.form.group in ("country", "compound"):
                codes = tuple(dict.fromkeys(codes + follower.form.codes))
                del by_start[prefix.end]
                end = follower.end
            elif prefix.form.text in _ALONE:
                end = prefix.end
            else:
                continue
            for group in inside:
                by_start.pop(group[0].start, None)
            form = Form(prefix.form.text, -1, "", None, "compound", codes, 0.0)
            by_start[prefix.start] = [Hit(prefix.start, end, form)]
        return [by_start[start] for start in sorted(by_start)]

    @staticmethod
    def _disambiguated(kept: list[list[Hit]], named: frozenset[str], lang: str | None) -> list[Hit]:
        """One reading for each stretch: a city whose country the text names, or is written in, before a bigger one."""
        near = named | _HOME.get(lang or "", frozenset())

        def worth(hit: Hit, over_place: bool) -> tuple[int, bool, float]:
            form = hit.form
            if form.group == "block" and over_place:
                # What is a place's own name protects from the shorter name within it by itself.
                return (-9, False, 0.0)
            at_home = form.group == "place" and bool(form.codes) and form.codes[0] in near
            return (-_RANK.get(form.group, 9), at_home, form.weight)

        best = []
        for group in kept:
            over_place = len(group) > 1 and any(hit.form.group == "place" for hit in group)
            best.append(group[0] if len(group) == 1 else max(group, key=lambda hit: worth(hit, over_place)))
        return best

    def _mention(self, hit: Hit, folded: Folded, text: str) -> Mention:
        start, end = folded.span(hit.start, hit.end)
        form = hit.form
        at = form.entity if form.entity >= 0 else self._at.get(f"iso:{form.codes[0]}", -1)
        row: Mapping[str, Any] = (
            self._rows[at] if at >= 0 else {"id": f"iso:{form.codes[0]}", "kind": "country", "name": form.codes[0]}
        )
        return Mention(
            start=start,
            end=end,
            surface=text[start:end],
            entity_id=row["id"],
            kind=_KINDS[row["kind"]],
            name=row["name"],
            method=METHOD,
            countries=form.codes,
            lat=row.get("lat"),
            lon=row.get("lon"),
        )


@functools.cache
def default_gazetteer() -> Gazetteer:
    """The packaged gazetteer, built at its first use and then shared."""
    return Gazetteer.load()
