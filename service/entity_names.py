"""What a name or an id of an entity may be, when a person gives one: checked, and doubted where it misleads the eye."""

from __future__ import annotations

import re
import unicodedata

from domain.entity import EntityKind
from domain.errors import InputError
from domain.text import strip_invisible, words
from nlp.transliteration import latin

LONGEST = 200
_ID = re.compile(r"[a-z]{2,20}:[\w.\-]{1,100}")
_TAKEN = ("iso:", "geo:", "name:")
"""Ids whose beginning says where they are from: nobody may make one."""
_LANG = re.compile(r"[a-z]{2,3}(-[A-Za-z0-9]{2,8})*")
_GROUPS = (
    frozenset([EntityKind.PERSON]), frozenset([EntityKind.COUNTRY, EntityKind.PLACE]),
    frozenset([EntityKind.ORGANISATION, EntityKind.BODY, EntityKind.OFFICE]),
)  # fmt: skip
_LOOKALIKE = ("LATIN", "CYRILLIC", "GREEK", "ARMENIAN", "CHEROKEE")
"""Scripts with letters that look like those of another."""


def checked_name(text: str, *, what: str = "name") -> str:
    """A name as it is kept: NFC, single spaces, nothing invisible.

    Raises:
        InputError: it is empty, too long, or has no two letters (or one sign of a script of signs).
    """
    item = text[:60]
    if any(unicodedata.category(c) == "Cc" and c not in "\t\n\r" for c in text):
        raise InputError(f"the {what} has control characters", item=repr(item), stage="entities")
    name = " ".join(unicodedata.normalize("NFC", strip_invisible(text)).split())
    if not name:
        raise InputError(f"the {what} is empty", item=item, stage="entities")
    if len(name) > LONGEST:
        raise InputError(f"the {what} has {len(name)} characters; {LONGEST} are the most", item=item, stage="entities")
    if sum(c.isalpha() for c in name) < 2:
        raise InputError(f"the {what} needs two letters at least", item=item, stage="entities")
    return name


def checked_lang(lang: str | None) -> str:
    """A language's code; ``und`` where none is given.

    Raises:
        InputError: it is none.
    """
    if not lang:
        return "und"
    if not _LANG.fullmatch(lang):
        raise InputError("is no code of a language (vi, en, zh ...)", item=lang[:60], stage="entities")
    return lang


def checked_kind(kind: str) -> EntityKind:
    """What an entity is.

    Raises:
        InputError: there is no such kind.
    """
    try:
        return EntityKind(kind)
    except ValueError:
        known = ", ".join(one.value for one in EntityKind)
        raise InputError(f"is no kind of entity; known: {known}", item=kind[:60], stage="entities") from None


def checked_id(text: str) -> str:
    """An id that an operator gives to a new entity.

    Raises:
        InputError: it is not made as ids are, or claims to come from elsewhere.
    """
    if text.startswith(_TAKEN):
        reason = f"ids that begin with {', '.join(_TAKEN)} are given by Vedette"
        raise InputError(reason, item=text[:60], stage="entities")
    if not _ID.fullmatch(text):
        raise InputError("an id is a word in small letters, a colon and letters, digits, dots or hyphens",
                         item=text[:60], stage="entities")  # fmt: skip
    return text


def made_id(kind: EntityKind, name: str) -> str:
    """The id of a new entity, of its kind and name: ``own:person:nguyen-van-an``."""
    slug = "-".join(words(latin(name)))[:60].strip("-") or "x"
    return f"own:{kind.value}:{slug}"


def same_group(one: EntityKind, other: EntityKind) -> bool:
    """Whether two kinds are of things that may be one: persons, places, or bodies of any sort."""
    return any(one in group and other in group for group in _GROUPS)


def doubts(name: str) -> list[str]:
    """What a person should look at twice in a name: letters of scripts that look alike, mixed in one word.

    >>> doubts("Vіetnam")
    ['"Vіetnam" mixes Cyrillic і with Latin letters: it only looks like a word of one script']
    """
    found = []
    for word in name.split():
        scripts: dict[str, str] = {}
        for c in word:
            if c.isalpha():
                script = unicodedata.name(c, "").partition(" ")[0]
                if script in _LOOKALIKE:
                    scripts.setdefault(script, c)
        if len(scripts) > 1:
            main = max(scripts, key=lambda x: sum(unicodedata.name(c, "").startswith(x) for c in word))
            odd = [f"{x.capitalize()} {c}" for x, c in scripts.items() if x != main]
            found.append(f'"{word}" mixes {", ".join(odd)} with {main.capitalize()} letters: '
                         "it only looks like a word of one script")  # fmt: skip
    return found
