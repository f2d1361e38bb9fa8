"""Foreign and defence ministries by what they are and whose they are, in languages whose names no list has in full.

"Hanoi's foreign ministry", "wietnamskie MSZ", "Ministero degli Esteri vietnamita": the words for the ministry beside a
country or its capital. A ministry named alone ("MOFA", "Bộ Ngoại giao") is the one named before, or that of the only
country of the text, and else nobody's.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from domain.entity import EntityKind, Mention

_WORDS = {
    "mfa": (
        r"foreign ministry|ministry of foreign affairs|foreign affairs ministry|ministry of external affairs|MOFA|"
        r"bộ ngoại giao|"
        r"ministère (?:de l['’]Europe et )?des affaires étrangères|"
        r"außenministeriums?|ministeriums? für auswärtige angelegenheiten|"
        r"ministerio de (?:relaciones|asuntos) exteriores|"
        r"ministério das relações exteriores|ministério dos negócios estrangeiros|"
        r"ministero degli (?:affari )?esteri|"
        r"ministerie van buitenlandse zaken|"
        r"ministerstw(?:o|a|u|em|ie) spraw zagranicznych|MSZ(?:-etu|-u|-em|-ecie)?|"
        r"министерств(?:о|а|у|ом|е) иностранных дел|МИД(?:а|у|ом|е)?|"
        r"міністерств(?:о|а|у|ом|і) закордонних справ|МЗС|"
        r"外交部|外務省|외교부|외무성"
    ),
    "mod": (
        r"defen[cs]e ministry|ministry of (?:national )?defen[cs]e|"
        r"bộ quốc phòng|"
        r"ministère (?:de la défense|des armées)|"
        r"verteidigungsministeriums?|"
        r"ministerio de (?:la )?defensa|ministério da defesa|ministero della difesa|ministerie van defensie|"
        r"ministerstw(?:o|a|u|em|ie) obrony(?: narodowej)?|"
        r"министерств(?:о|а|у|ом|е) обороны|минобороны|міністерств(?:о|а|у|ом|і) оборони|міноборони|"
        r"国防部|國防部|防衛省|국방부"
    ),
}
_MINISTRY = re.compile("|".join(f"(?P<{kind}>{words})" for kind, words in _WORDS.items()), re.IGNORECASE)
# What every text with a ministry in it holds, small or as written.
_QUICK = ("minist", "MOFA", "MSZ", "МИД", "МЗС", "минист", "мініст", "минобороны", "міноборони", "bộ ", "外交部",
          "外務省", "国防部", "國防部", "防衛省", "외교부", "외무성", "국방부")  # fmt: skip
_UNSPACED = re.compile("[\u3000-\u9fff\uac00-\ud7a3]")
_CAPITALS_ONLY = frozenset({"mofa", "msz", "мид", "мида", "миду", "мидом", "миде", "мзс"})
_BEFORE = re.compile(r"(?:(?:['’]s?)? )?", re.IGNORECASE)
_AFTER = re.compile(
    r" (?:of (?:the )?|de (?:la |los )?|del |du |des |d['’]|da |do |dos |das |di |della |dell['’]|van |der |"
    r"của |nước |ở )?",
    re.IGNORECASE,
)
# Offices that go by another id than those of their country's others.
_OTHER = {("US", "mfa"): "office:us-state", ("JP", "mfa"): "office:jp-mofa", ("US", "mod"): "office:us-dod",
          ("TW", "mod"): "office:tw-mnd"}  # fmt: skip


class Ministry(NamedTuple):
    """A stretch of a text that names the ministry of a kind of a country."""

    start: int
    end: int
    kind: str
    country: str


def office_id(kind: str, country: str) -> str:
    """The id that a country's ministry goes by."""
    return _OTHER.get((country, kind), f"office:{country.lower()}-{kind}")


def ministries(text: str, known: Sequence[Mention], *, capitals: Mapping[str, str]) -> Iterator[Ministry]:
    """The ministries that stand in a text and are none of the known mentions.

    Args:
        capitals: country by the entity id of its capital.
    """
    small = text.lower()
    if not any(part in small or part in text for part in _QUICK):
        return
    taken = [m for m in known if m.kind in (EntityKind.OFFICE, EntityKind.BODY)]
    own = [m for m in known if _country(m, capitals)]
    about = {code for m in known if m.kind is EntityKind.COUNTRY for code in m.countries}
    last: dict[str, str] = {}
    for match in _MINISTRY.finditer(text):
        start, end, kind = match.start(), match.end(), str(match.lastgroup)
        word = match.group()
        if (word.lower() in _CAPITALS_ONLY and not word[0].isupper()) or not _apart(text, start, end):
            continue
        if (held := next((m for m in taken if m.start < end and start < m.end), None)) is not None:
            if held.countries:
                last[kind] = held.countries[0]
            continue
        before = next((m for m in own if m.end <= start and _BEFORE.fullmatch(text, m.end, start)), None)
        after = next((m for m in own if m.start >= end and _AFTER.fullmatch(text, end, m.start)), None)
        unspaced = bool(_UNSPACED.match(word))
        if word.lower().startswith("bộ ") or (after is not None and not unspaced and text[end : after.start] != " "):
            beside = after
        else:
            beside = before or (None if unspaced else after)
        if beside is not None:
            last[kind] = _country(beside, capitals)
            yield Ministry(min(start, beside.start), max(end, beside.end), kind, last[kind])
        elif kind in last:
            yield Ministry(start, end, kind, last[kind])
        elif len(about) == 1:
            yield Ministry(start, end, kind, next(iter(about)))


def _apart(text: str, start: int, end: int) -> bool:
    """Whether the words are no part of longer ones."""
    if _UNSPACED.match(text, start):
        return True
    return not (text[start - 1 : start].isalnum() and start) and not text[end : end + 1].isalnum()


def _country(mention: Mention, capitals: Mapping[str, str]) -> str:
    if mention.kind is EntityKind.COUNTRY and len(mention.countries) == 1:
        return mention.countries[0]
    return capitals.get(mention.entity_id, "")
