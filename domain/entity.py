"""Entities and their mentions in text."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum


class EntityKind(StrEnum):
    """What an entity is."""

    COUNTRY = "country"
    PLACE = "place"
    BODY = "body"
    OFFICE = "office"
    PERSON = "person"
    ORGANISATION = "organisation"


@dataclass(frozen=True, slots=True, kw_only=True)
class Entity:
    """A canonical entity.

    Attributes:
        id: ``iso:VN``, ``geo:1581130`` (GeoNames), ``body:asean``, ``office:cn-mfa``, ``person:xi-jinping``;
            ``name:person:...`` for one that only a recogniser saw and nothing links.
        country: ISO 3166-1 alpha-2 code of the country it is, lies in or acts for.
        lat, lon: degrees, WGS 84.
    """

    id: str
    kind: EntityKind
    name: str
    country: str | None = None
    lat: float | None = None
    lon: float | None = None
    names: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Mention:
    """A stretch ``[start, end)`` of a text that names an entity; ``method`` says who found it.

    ``surface`` is the text there, as written. ``countries`` has more than one code for a mention such as
    "Sino-Vietnamese"; the entity is then the first of them. ``was`` is the entity it was read as, where an operator's
    decision made it another.
    """

    start: int
    end: int
    surface: str
    entity_id: str
    kind: EntityKind
    name: str
    method: str
    countries: tuple[str, ...] = ()
    lat: float | None = None
    lon: float | None = None
    was: str | None = None
