"""The gazetteer with the names that operators gave, as far as a reader or a document's readers may know of them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from typing import Any

from sqlalchemy import Connection

from domain.label import Label
from index.store import decisions
from index.store.identities import stamp
from index.store.schema import AnyRow
from nlp.gazetteer import Gazetteer


class Known:
    """Gazetteers by label, made anew when a decision was made or taken back; ``base`` is the one without decisions."""

    def __init__(self, base: Gazetteer) -> None:
        self.base = base
        self._made: dict[Label, tuple[tuple[int, int, int], Gazetteer]] = {}

    def at(self, c: Connection, label: Label) -> Gazetteer:
        """What readers cleared for a label know: the names of the gazetteer, and those given at no stricter a label."""
        now = stamp(c)
        held = self._made.get(label)
        if held is None or held[0] != now:
            rows = list(_rows(self.base, decisions.given_names(c, clearance=label)))
            self._made[label] = held = (now, self.base.fronted(Gazetteer(rows)) if rows else self.base)
        return held[1]


def own(c: Connection, base: Gazetteer, label: Label, *, entity: str | None = None) -> Gazetteer:
    """The names that operators gave alone; of one entity where it is named."""
    given = decisions.given_names(c, clearance=label)
    return Gazetteer(_rows(base, [row for row in given if entity in (None, row.entity_id)]))


def _rows(base: Gazetteer, given: list[AnyRow]) -> Iterator[dict[str, Any]]:
    """Rows of a gazetteer from names that were given."""
    names: dict[str, dict[str, list[str]]] = defaultdict(lambda: defaultdict(list))
    about: dict[str, AnyRow] = {}
    for row in given:
        names[row.entity_id][row.lang].append(row.name)
        about[row.entity_id] = row
    for one, row in about.items():
        held = base.entity(one)
        yield {
            "id": one, "kind": row.kind, "name": row.known_as if held is None else held.name,
            "country": row.country if held is None else held.country, "lat": row.lat, "lon": row.lon,
            "names": {lang: tuple(values) for lang, values in names[one].items()},
        }  # fmt: skip
