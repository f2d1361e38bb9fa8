"""Documents in several languages: which part of a text is in which, where that changes what is found in it.

Most documents are in one language, and to ask that of every sentence takes longer than all else that is read off a
text. So lines are looked at first: their script, whether they are Vietnamese; and the first and the last are asked what
language they are in.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from functools import lru_cache

from domain.protocols import LanguageIdentifier
from models.langid_stretches import Stretch, stretches
from models.langid_vi import vietnamese

_LINE = re.compile(r"[^\n]+")
# Letters of a line that is looked at, and asked; of a language that counts, and the share of the text's that it has.
_LEAST_LINE, _LEAST_ASKED, _LEAST, _SHARE = 40, 80, 120, 0.05
_LINES = 400
_SURE = 0.9


def languages_of(identifier: LanguageIdentifier, text: str, lang: str) -> tuple[Stretch, ...]:
    """The stretches of a text by language, together all of it; one, in the document's language, where it has no other.

    A language of a few words (a quotation, a name) is not parted from what stands around it, nor is what cannot be
    told.
    """
    whole = (Stretch(0, len(text), lang),)
    if not _seems_mixed(identifier, text, lang):
        return whole
    found = stretches(identifier, text)
    weights = Counter[str]()
    for one in found:
        weights[one.lang] += _weight(text[one.start : one.end])
    least = max(_LEAST, _SHARE * weights.total())
    kept = {code for code, weight in weights.items() if weight >= least and code != "und"}
    if len(kept | {lang}) < 2:
        return whole
    out: list[Stretch] = []
    for one in found:
        code = one.lang if one.lang in kept else out[-1].lang if out else lang
        if out and out[-1].lang == code:
            out[-1] = Stretch(out[-1].start, one.end, code)
        else:
            out.append(Stretch(one.start, one.end, code))
    return tuple(out) or whole


def _seems_mixed(identifier: LanguageIdentifier, text: str, lang: str) -> bool:
    lines = [one.group() for one in _LINE.finditer(text) if _weight(one.group()[:2000]) >= _LEAST_LINE]
    if len(lines) < 2:
        lines = re.split(r"(?<=[.!?。！？])\s*", text[:20_000])
        lines = [one for one in lines if _weight(one) >= _LEAST_LINE]
    if len(lines) < 2:
        return False
    lines = lines[:: len(lines) // _LINES + 1]
    if len({_kind(line) for line in lines}) > 1:
        return True
    # A line of a few words may be in any language.
    long = [line for line in lines if _weight(line) >= _LEAST_ASKED] or lines
    told = [identifier.identify(line) for line in {long[0], long[-1]}]
    return any(one.code not in (lang, "und") and one.confidence >= _SURE for one in told)


def _kind(line: str) -> str:
    """The script of most of a line's letters; of a Latin one also whether it is Vietnamese."""
    scripts = Counter(_script(c) for c in line[:400] if c.isalpha())
    most = scripts.most_common(1)[0][0]
    if most == "LATIN":
        return "vi" if vietnamese(line[:400]) > 0.8 else "LATIN"
    return "CJK" if most in ("HIRAGANA", "KATAKANA") else most


@lru_cache(maxsize=1 << 14)
def _script(letter: str) -> str:
    return unicodedata.name(letter, "").partition(" ")[0]


def _weight(part: str) -> int:
    """Letters; one of a script without spaces says as much as four."""
    return sum(4 if c > "\u2e80" else 1 for c in part if c.isalpha())
