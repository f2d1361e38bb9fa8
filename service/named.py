"""What a query names, and the other names of it: from the gazetteer, and from what operators have added."""

from __future__ import annotations

from sqlalchemy import Connection

from domain.text import fold
from index.expansion import Alternatives
from index.store import identities
from service.wiring import Home


def alternatives(home: Home, c: Connection, query: str) -> list[Alternatives]:
    """For each thing that a query names: as it stands there, and its names in all languages.

    Names that operators gave count as far as this reader may see them. A query typed in small letters alone is read as
    one with capitals too.
    """
    # Only letters can be a name; loading the gazetteer for a number would be felt.
    if not any(ch.isalpha() for ch in query):
        return []
    clearance = home.settings.reader.clearance
    gazetteer = home.known.at(c, clearance)
    mentions = gazetteer.find(query)
    if query == query.lower() and len(capital := query.title()) == len(query):
        known = {(m.start, m.end) for m in mentions}
        mentions += [m for m in gazetteer.find(capital) if (m.start, m.end) not in known]
    if not mentions:
        return []
    given = identities.names_of(c, {m.entity_id for m in mentions if m.entity_id}, clearance=clearance)
    out: list[Alternatives] = []
    for mention in mentions:
        if not mention.entity_id:
            continue
        entity = gazetteer.entity(mention.entity_id)
        names = [] if entity is None else [(lang, name) for lang, its in entity.names.items() for name in its]
        names += given.get(mention.entity_id, [])
        surface = query[mention.start : mention.end]
        out.append(Alternatives(surface, tuple(one for one in names if fold(one[1]) != fold(surface))))
    return out
