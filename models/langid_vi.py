"""Whether a text is Vietnamese, with its diacritics or typed without them, in microseconds.

Vietnamese is written syllable by syllable, and the syllables are a closed set: an opening, a nucleus and an ending out
of short lists. Few words of other languages fit that pattern, and those that do ("to", "an", "can", "tin") are weighed
by how often they are written in Vietnamese and elsewhere. Each word adds its log odds (naive Bayes with bounded
weights); letters that only Vietnamese has add more. The weights are learned by benchmarks/train_langid_vi.py from
parallel text and lists of common words, and lie in langid_vi.json.
"""

from __future__ import annotations

import json
import math
import re
import unicodedata
from functools import cache, lru_cache
from itertools import pairwise, product
from pathlib import Path


def _set(text: str) -> frozenset[str]:
    return frozenset(text.split())


_TABLE = Path(__file__).with_name("langid_vi.json")
# So many characters tell; more would only take time.
_SAMPLE = 1500
_WORD = re.compile(r"[^\W\d_]+")

# Openings by the nucleus that may follow, and what follows, without diacritics and with đ as d.
_OPEN = ("", "b", "ch", "d", "h", "kh", "l", "m", "n", "nh", "ph", "r", "s", "t", "th", "tr", "v", "x")
_BACK = ("c", "g", "ng", "gi")
_FRONT = ("k", "gh", "ngh", "g")
_RIMES = _set(
    """
    a ac ach ai am an ang anh ao ap at au ay e ec em en eng eo ep et ech enh eu i ia ich iec iem ien ieng iep iet ieu
    im in inh ip it iu o oa oac oach oai oam oan oang oanh oao oap oat oay oc oe oen oeo oet oi om on ong oong ooc op
    ot u ua uan uang uat uay uc ue uech uenh ui um un ung uo uoc uoi uom uon uong uop uot uou up ut uu uy uya uych
    uyen uyet uynh uyt uyu uyn y
    """
)
_ALONE = _set(
    """
    y yem yen yeng yet yeu gi gin gic gim git gip ginh gieng giet gien giec giem qua quac quach quai quan quang quanh
    quao quat quau quay que quen queo quet quech quenh qui quia quinh quit quo quoc quoi quon quot quy quynh quyen
    quyet quyt quych quyn uy ky kya
    """
)

# Marks that no other language puts on its letters together; hooks; the rest are shared with a few languages.
_OWN = re.compile("[ấầẩẫậắằẳẵặếềểễệốồổỗộớờởỡợứừửữựảẻỉỏủỷđơư]|ă(?=[a-z])")
_NEARLY = re.compile("[ạẹịọụỵẽỹĩũ]")
_OWN_WEIGHT, _NEARLY_WEIGHT = 3.0, 1.0
_FOLD = str.maketrans({"đ": "d"})

# What a word adds that is no syllable: written small, with a capital among small ones, an abbreviation.
_FOREIGN, _NAME, _SIGN = -3.55, -0.7, 0.0
# What each word adds where none is foreign: by chance a word or two of another language fit, not all of them.
_ALL = 0.7
# A syllable that was never met in Vietnamese; one with marks that it was never met with.
_RARE, _ODD = -0.5, -1.5
_PRIOR = -1.5
# What two syllables add that often stand together in Vietnamese though neither says much ("kinh te"); and the sum
# above which they are not looked for.
_PAIR, _CLEAR = 2.5, 6.0


def fold(word: str) -> str:
    """A word in lower case without marks, đ as d."""
    split = unicodedata.normalize("NFD", word.lower().translate(_FOLD))
    return "".join(c for c in split if not unicodedata.combining(c))


@cache
def syllables() -> frozenset[str]:
    """All syllables that Vietnamese spelling allows, folded; some of them no word uses."""
    found = {a + b for a, b in product(_OPEN, _RIMES) if b != "y" or a}
    found |= {a + b for a, b in product(_BACK, _RIMES) if b[0] in "aou"}
    found |= {a + b for a, b in product(_FRONT, _RIMES) if b[0] in "ie"}
    return _ALONE | found


@cache
def _weights() -> dict[str, float]:
    table = json.loads(_TABLE.read_text("utf-8"))
    return {word: int(tenths) / 10 for tenths, words in table["weights"].items() for word in words.split()}


@cache
def _pairs() -> frozenset[str]:
    table = json.loads(_TABLE.read_text("utf-8"))
    return frozenset(f"{first} {second}" for first, rest in table["pairs"].items() for second in rest.split())


@lru_cache(maxsize=1 << 15)
def _weigh(word: str) -> float:
    lower = word.lower()
    known = _weights()
    if lower in known:
        return known[lower]
    folded = lower if lower.isascii() else fold(lower)
    if folded not in syllables():
        if word.isupper():
            return _SIGN if len(word) < 6 else _FOREIGN
        return _NAME if word[0].isupper() else _FOREIGN
    if lower == folded:
        return _RARE
    base = max(known.get(folded, _RARE), 0.0)
    if _OWN.search(lower):
        return base + _OWN_WEIGHT
    return base + _NEARLY_WEIGHT if _NEARLY.search(lower) else _ODD


def vietnamese(text: str) -> float:
    """How sure it is, 0 to 1, that a text is Vietnamese, written with or without diacritics; 0 where it has no words.

    Above 0.5 it more likely is. Telex and VIQR spelling is none of it: see ``models.langid_typed``.
    """
    words = _WORD.findall(text[:_SAMPLE])
    if not text.isascii() and not unicodedata.is_normalized("NFC", text[:_SAMPLE]):
        words = _WORD.findall(unicodedata.normalize("NFC", text[:_SAMPLE]))
    if not words:
        return 0.0
    if len(words) > 1 and not any(map(str.islower, words)):
        # A headline in capitals: that a word has one says nothing.
        words = [word.lower() for word in words]
    weights = list(map(_weigh, words))
    total = sum(weights) + _PRIOR
    if _FOREIGN not in weights:
        total += _ALL * (len(words) - 1)
    if -_CLEAR * 2 < total < _CLEAR:
        known = _pairs()
        total += _PAIR * sum(f"{a} {b}".lower() in known for a, b in pairwise(words))
    return 1 / (1 + math.exp(-max(min(total, 50.0), -50.0)))


_TONES = frozenset("\u0300\u0301\u0303\u0309\u0323")
_SHAPES = {"\u0302": "aeo", "\u0306": "a", "\u031b": "ou"}
_STOPPED = ("c", "ch", "p", "t")


@lru_cache(maxsize=1 << 15)
def well_formed(word: str) -> bool:
    """Whether a word is a syllable of Vietnamese spelling, its marks included: at most one tone, in its right place."""
    split = unicodedata.normalize("NFD", word.lower())
    plain: list[str] = []
    tones: list[str] = []
    for c in split:
        if not unicodedata.combining(c):
            plain.append("d" if c == "đ" else c)
        elif c in _TONES:
            tones.append(c)
        elif not plain or plain[-1] not in _SHAPES.get(c, ""):
            return False
    folded = "".join(plain)
    if folded not in syllables() or len(tones) > 1:
        return False
    if tones and folded.endswith(_STOPPED) and tones[0] not in "\u0301\u0323":
        return False
    return "\u0306" not in split or folded[-1] not in "aiouy"
