"""Names of different scripts and spellings brought to one Latin key, and how alike two names are.

The key is coarse on purpose: what languages write differently for one sound is one letter in it (``Zelenskyy``,
``Selenskyj``, ``Зеленский``). It serves to propose that two names are one; the kind of the names and the text around
them decide. Cyrillic and Greek go by tables of their own, other scripts by ``anyascii``.
"""

from __future__ import annotations

import functools
import re
import unicodedata

from anyascii import anyascii
from rapidfuzz import fuzz
from rapidfuzz.distance import JaroWinkler

from domain.entity import EntityKind
from domain.text import fold, words

# Letters of Cyrillic (Russian, Ukrainian, Belarusian, Bulgarian, Serbian, Macedonian, Kazakh) and Greek, lower case.
_CYRILLIC = {
    "а": "a", "б": "b", "в": "v", "г": "g", "д": "d", "е": "e", "ё": "e", "ж": "zh", "з": "z", "и": "i", "й": "i",
    "к": "k", "л": "l", "м": "m", "н": "n", "о": "o", "п": "p", "р": "r", "с": "s", "т": "t", "у": "u", "ф": "f",
    "х": "kh", "ц": "ts", "ч": "ch", "ш": "sh", "щ": "shch", "ъ": "", "ы": "y", "ь": "", "э": "e", "ю": "yu",
    "я": "ya", "є": "ye", "і": "i", "ї": "yi", "ґ": "g", "ў": "u", "ј": "j", "љ": "lj", "њ": "nj", "ћ": "c",
    "ђ": "dj", "џ": "dzh", "ѓ": "gj", "ќ": "kj", "ѕ": "dz", "ә": "a", "ғ": "g", "қ": "k", "ң": "ng", "ө": "o",
    "ұ": "u", "ү": "u", "һ": "h", "'": "", "ʼ": "",
}  # fmt: skip
_GREEK = {
    "α": "a", "β": "v", "γ": "g", "δ": "d", "ε": "e", "ζ": "z", "η": "i", "θ": "th", "ι": "i", "κ": "k", "λ": "l",
    "μ": "m", "ν": "n", "ξ": "x", "ο": "o", "π": "p", "ρ": "r", "σ": "s", "ς": "s", "τ": "t", "υ": "y", "φ": "f",
    "χ": "ch", "ψ": "ps", "ω": "o",
}  # fmt: skip
_TABLE = str.maketrans({**_CYRILLIC, **_GREEK})
_CERTAIN = re.compile(r"[\u0370-\u03ff\u0400-\u04ff\u1f00-\u1fff]")
_GREEK_PAIRS = (("ου", "u"), ("αυ", "av"), ("ευ", "ev"), ("μπ", "b"), ("ντ", "d"), ("γκ", "g"), ("τζ", "tz"),
                ("ει", "i"), ("οι", "i"), ("αι", "e"))  # fmt: skip

# One sound, several spellings: applied in this order to a word of plain small letters.
_SOUNDS = tuple(
    (re.compile(pattern), to)
    for pattern, to in (
        (r"shch|schtsch|szcz|chtch", "sh"),
        (r"tsch|tch|cz|tsj", "ch"),
        (r"dsch|dzh|dj|dż", "j"),
        (r"tsz(?!s)", "j"),
        (r"sch|sz|sj(?=[aeou])", "sh"),
        (r"ch(?=[lmnrt])", "h"),
        (r"zh|rz(?!$)|(?<=[aeiou])j(?=[aeiou])", "z"),
        (r"kh", "h"),
        (r"ph", "f"),
        (r"tz|zz", "ts"),
        (r"^x", "s"),
        (r"x", "ks"),
        (r"ck|qu|q|c(?![ehiy])", "k"),
        (r"c(?=[eiy])", "s"),
        (r"w", "v"),
        (r"ou|oo|uu", "u"),
        (r"ij|yj|iy|yi|yy|ii|ey$|ei$|y|j(?![aeiou])", "i"),
        (r"ng(?![aeiou])", "n"),
        (r"(?<=[bdfghklmnprstvz])[ij](?=e)|^[ij](?=e)", ""),
        (r"ia(?=i)", "a"),  # "Ляйен", "Leyen"
        (r"j(?!i)", "i"),
        (r"z", "s"),
        (r"th", "t"),
        (r"(.)\1+", r"\1"),
        (r"i+$", "i"),
    )
)

# Small words of family names, as keys: written, left out and spelled at will.
_PARTICLES = frozenset(
    "von fon van vander de der den del della di da dos das du al el ul bin ben ibn le la ter".split()  # noqa: SIM905
)


def latin(name: str) -> str:
    """The name in plain Latin letters, without accents, capitals gone."""
    text = fold(name)
    for pair, to in _GREEK_PAIRS:
        if pair in text:
            text = text.replace(pair, to)
    text = text.translate(_TABLE)
    return text if text.isascii() else " ".join(anyascii(text).casefold().split())


def certain(name: str) -> bool:
    """Whether the letters of a name say how it sounds: Latin, Cyrillic and Greek do, signs and consonants alone not."""
    return all(
        c.isascii() or _CERTAIN.match(c) or unicodedata.name(c, "").startswith("LATIN") for c in name if c.isalpha()
    )


@functools.lru_cache(maxsize=65536)
def key(name: str) -> str:
    """The common transliteration key of a name: small Latin letters, words parted by one space; "" where none is left.

    >>> key("Зеленский"), key("Zelenskyy"), key("Selenskyj")
    ('selenski', 'selenski', 'selenski')
    """
    return " ".join(sound for word in words(latin(name).replace("-", " ").replace(".", " ")) if (sound := _sound(word)))


def _sound(word: str) -> str:
    bare = "".join(c for c in word if c.isalnum())
    sound = bare
    for pattern, to in _SOUNDS:
        sound = pattern.sub(to, sound)
    # "Yi" is a name, a letter alone an initial.
    return sound if len(sound) > 1 or len(bare) < 2 else bare


def likeness(a: str, b: str, kind: EntityKind) -> float:
    """How alike two names of one kind are, 0 to 1, by their keys; 1 for the same key.

    Of persons the words may come in another order, initials stand for names, and what only one of the two has
    (a patronymic, a second given name) costs little; a family name that differs costs all. Of places and bodies the
    whole key counts. A measure for proposals: 0.9 and above is mostly one name for persons of three words or of rare
    ones, and never proof.
    """
    one, two = key(a), key(b)
    if not one or not two:
        return 0.0
    if one == two or one.replace(" ", "") == two.replace(" ", ""):
        return 1.0
    if kind is EntityKind.PERSON:
        return _person_likeness(_without_particles(one.split()), _without_particles(two.split()))
    if kind in (EntityKind.ORGANISATION, EntityKind.BODY, EntityKind.OFFICE):
        return fuzz.token_sort_ratio(one, two) / 100
    return fuzz.ratio(one, two) / 100


def _without_particles(parts: list[str]) -> list[str]:
    return [part for part in parts if part not in _PARTICLES] or parts


def _person_likeness(one: list[str], two: list[str]) -> float:
    """The mean likeness of the words of the shorter name with their partners in the longer."""
    short, long = (one, two) if len(one) <= len(two) else (two, one)
    free = list(range(len(long)))
    scores: list[float] = []
    whole = False
    # Whole words choose their partners before initials do.
    for word in sorted(short, key=len, reverse=True):
        best, at = 0.0, -1
        for i in free:
            value = _word_likeness(word, long[i])
            if value > best:
                best, at = value, i
        if at >= 0:
            free.remove(at)
            whole = whole or (min(len(word), len(long[at])) > 2 and best >= 0.85)
        scores.append(best)
    if not whole:
        return 0.0
    lacking = len(long) - len(short)
    # One word against two or more says who is meant only in context.
    cost = 0.25 if len(short) == 1 else 0.04 * lacking
    return max(0.0, min(scores) * 0.5 + sum(scores) / len(scores) * 0.5 - cost)


def _word_likeness(a: str, b: str) -> float:
    if len(a) == 1 or len(b) == 1:
        return 0.9 if a[0] == b[0] else 0.0
    if min(len(a), len(b)) < 4:
        return 1.0 if a == b else fuzz.ratio(a, b) / 100 * 0.6
    return JaroWinkler.similarity(a, b) if a[0] == b[0] else fuzz.ratio(a, b) / 100 * 0.9
