"""Names in a text by whatever recognisers read its language, cleaned of what is none."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import pairwise
from typing import Protocol, runtime_checkable

from domain.document import Span
from domain.entity import EntityKind, Mention
from domain.protocols import Recogniser
from domain.text import fold

# A text longer than this goes to the recognisers by pieces of so many characters: their memory grows with each.
LONG = 50_000
PIECE = 20_000

KINDS = frozenset([EntityKind.PERSON, EntityKind.ORGANISATION, EntityKind.PLACE])

_EDGE = " \t\r\n\u00a0.,;:!?…·•\"'“”„«»‘’`()[]{}<>-–—/\\|*_=+~^"
_ODD = re.compile(r"[|<>{}\[\]=@#*_\\~^•]|\n\s*\n|\t|--|\.\.\.|https?:")
_POSSESSIVE = re.compile(r"['’]s?$")
_ARTICLE = re.compile(r"(?:the|le|la|les|der|die|das|el|los|las)\s+|[ld]['’]", re.IGNORECASE)
_UPPER_LINE = re.compile(r"[^\n]*")
# Words that recognisers take for names and that name nobody, folded.
_NOBODY = frozenset(
    [
        "ambassador", "attache", "charge", "chargé", "chairman", "charge d'affaires", "confidential", "consul",
        "consul general", "counselor", "cable", "department", "deptel", "dear", "dear sir", "embassy", "embtel",
        "enclosure", "excellency", "foreign minister", "foreign office", "general", "government", "his excellency",
        "honorable", "king", "legation", "memorandum", "minister", "mission", "mr", "mr.", "mrs", "no", "note",
        "president", "priority", "prime minister", "prince", "queen", "reftel", "sa", "secret", "secretary",
        "secretary of state", "sir", "state", "subject", "tel", "telegram", "unclassified", "vice president",
        "your excellency", "excellence", "monsieur", "madame", "le president", "ministre", "ambassadeur",
        "gouvernement", "m", "mme", "bo truong", "chu tich", "thu tuong", "tong thong", "dai su", "ong", "ba",
        "chinh phu", "bo", "nha nuoc", "quoc hoi", "internet", "monday", "tuesday", "wednesday", "thursday",
        "friday", "saturday", "sunday", "january", "february", "march", "april", "may", "june", "july", "august",
        "september", "october", "november", "december", "lundi", "mardi", "mercredi", "jeudi", "vendredi", "samedi",
        "dimanche", "thu hai", "thu ba", "thu tu", "thu nam", "thu sau", "thu bay", "chu nhat", "covid", "covid-19",
    ]
)  # fmt: skip


@runtime_checkable
class BatchRecogniser(Protocol):
    """A recogniser that is faster over many texts of one language."""

    def find_many(self, texts: Sequence[str], *, lang: str) -> Iterator[tuple[Mention, ...]]:
        """The mentions of each text, in order."""
        ...


def recognise(recogniser: Recogniser, texts: Sequence[str], *, lang: str) -> Iterator[tuple[Mention, ...]]:
    """The clean mentions of each text, in order; in a batch where the recogniser can."""
    if isinstance(recogniser, BatchRecogniser):
        found = recogniser.find_many(texts, lang=lang)
    else:
        found = (tuple(recogniser.find(text, lang=lang)) for text in texts)
    for text, mentions in zip(texts, found, strict=True):
        yield tuple(clean for mention in mentions if (clean := cleaned(mention, text)) is not None)


def pieces(text: str, sentences: Sequence[Span], *, long: int = LONG, most: int = PIECE) -> tuple[Span, ...]:
    """A text above ``long`` characters in stretches of at most ``most``, cut between sentences where they allow it."""
    if len(text) <= long:
        return (Span(0, len(text)),) if text else ()
    bounds = [0]
    last = 0
    for at in [*(span.start for span in sentences), len(text)]:
        if at - bounds[-1] > most and last > bounds[-1]:
            bounds.append(last)
        while at - bounds[-1] > most:
            bounds.append(bounds[-1] + most)
        last = at
    bounds.append(len(text))
    return tuple(Span(a, b) for a, b in pairwise(bounds) if b > a)


def moved(mention: Mention, by: int) -> Mention:
    """The mention in a text in which its own begins at ``by``."""
    return mention if by == 0 else replace(mention, start=mention.start + by, end=mention.end + by)


def cleaned(mention: Mention, text: str) -> Mention | None:
    """The mention without quotes, articles and possessives at its edges; None when what is left is no name."""
    if mention.kind not in KINDS:
        return None
    start, end = mention.start, mention.end
    article = _ARTICLE.match(text, start, end)
    if article is not None and text[start].islower():
        start = article.end()
    while start < end and text[start] in _EDGE:
        start += 1
    while end > start and text[end - 1] in _EDGE:
        end -= 1
    possessive = _POSSESSIVE.search(text[start:end])
    if possessive is not None:
        end = start + possessive.start()
    surface = text[start:end]
    if mention.kind is EntityKind.ORGANISATION and surface[:1].islower():
        return None
    if not _is_name(surface) or _in_capitals(surface, text, start, end):
        return None
    return replace(mention, start=start, end=end, surface=surface, name=" ".join(surface.split()))


def _is_name(surface: str) -> bool:
    letters = [c for c in surface if c.isalpha()]
    words = surface.split()
    if len(letters) < 2 or len(surface) > 90 or len(words) > 9 or _ODD.search(surface):
        return False
    if sum(c.isdigit() for c in surface) * 3 > len(surface):
        return False
    cased = [c for c in letters if c.islower() or c.isupper()]
    if cased and not any(c.isupper() for c in cased):
        return False
    if len(cased) == len(letters) and len(words) == 1 and not surface[0].isupper() and not surface[0].isdigit():
        return False
    return fold(" ".join(words)).rstrip(".") not in _NOBODY


def _in_capitals(surface: str, text: str, start: int, end: int) -> bool:
    """Whether it stands in a line of capitals (a cable's heading), where every word looks like a name."""
    if not surface.isupper():
        return False
    first = text.rfind("\n", 0, start) + 1
    match = _UPPER_LINE.match(text, end)
    line = text[first : match.end() if match else end]
    rest = [c for c in line[: start - first] + line[end - first :] if c.isalpha()]
    if not rest:
        return len(surface.split()) > 2
    return sum(c.isupper() for c in rest) > 0.7 * len(rest) and len(rest) > 3
