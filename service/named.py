"""What a query names, and the other names of it: from the gazetteer, and from what operators have added."""

from __future__ import annotations

from sqlalchemy import Connection

from domain.entity import Mention
from domain.label import Label
from domain.text import fold
from index.expansion import Alternatives
from index.store import identities
from nlp.gazetteer import Gazetteer
from service.wiring import Home

_OWN = ("fr", "es", "pt", "it", "vi")
"""Languages whose names begin with small letters: those are taken for names only where the language is known."""


def alternatives(
    home: Home, c: Connection, query: str, *, clearance: Label, read: str | None = None
) -> list[Alternatives]:
    """For each thing that a query names: as it stands there, and its names in all languages.

    Names that operators gave count as far as a reader of this clearance may see them. A query typed in small letters
    alone is read as one with capitals too. ``read``: the query with the marks that its writer left out, as long as it.
    """
    # Only letters can be a name; loading the gazetteer for a number would be felt.
    if not any(ch.isalpha() for ch in query):
        return []
    gazetteer = home.known.at(c, clearance)
    mentions = _mentions(gazetteer, query, read)
    if not mentions:
        return []
    given = identities.names_of(c, {m.entity_id for m in mentions if m.entity_id}, clearance=clearance)
    out: list[Alternatives] = []
    for mention in mentions:
        entity = gazetteer.entity(mention.entity_id)
        names = [] if entity is None else [(lang, name) for lang, its in entity.names.items() for name in its]
        names += given.get(mention.entity_id, [])
        surface = query[mention.start : mention.end]
        out.append(Alternatives(surface, tuple(one for one in names if fold(one[1]) != fold(surface))))
    return out


def _mentions(gazetteer: Gazetteer, query: str, read: str | None) -> list[Mention]:
    """What a query names, whatever its language; of two names of which one holds the other, the longer."""
    forms = [query]
    if query == query.lower() and len(capital := query.title()) == len(query):
        forms.append(capital)
    if read is not None and read != query:
        forms += [read, read.title()] if query == query.lower() and len(read.title()) == len(query) else [read]
    found: dict[tuple[int, int], Mention] = {}
    for form in forms:
        for lang in (None, *_OWN):
            for mention in gazetteer.find(form, lang=lang):
                # Short names of one language are words of another.
                if mention.entity_id and (lang is None or " " in mention.surface):
                    found.setdefault((mention.start, mention.end), mention)
    spans = sorted(found, key=lambda span: (span[0] - span[1], span))
    kept: list[tuple[int, int]] = []
    for start, end in spans:
        if all(end <= first or start >= last for first, last in kept):
            kept.append((start, end))
    return [found[span] for span in sorted(kept)]
