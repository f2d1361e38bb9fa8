"""Vietnamese as it was typed where there were no marks: VIQR, Telex, VNI's figures; told, and written out.

"Biển Đông" is ``Bie^?n DDo^ng`` in VIQR (RFC 1456), ``Bieern DDoong`` in Telex, ``Bie63n D9o6ng`` by figures. A text is
written out only where it is certain: its words become well-formed syllables with marks, hardly any are left over that
are none, and the whole reads as Vietnamese, more so than before.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable

from models.langid_tables import SMALL_WORDS
from models.langid_vi import vietnamese, well_formed

# Looked at first, and then.
_FIRST, _SAMPLE = 500, 5_000
_WORD = re.compile(r"[^\W\d_]+")
_TONE = {"'": "\u0301", "`": "\u0300", "?": "\u0309", "~": "\u0303", ".": "\u0323"}
_TELEX_TONE = {"s": "\u0301", "f": "\u0300", "r": "\u0309", "x": "\u0303", "j": "\u0323"}
_FIGURE_TONE = dict(zip("12345", "\u0301\u0300\u0309\u0303\u0323", strict=True))

_D = re.compile("[Dd][Dd]|[Dd]9")
# A point or question mark after a vowel is a tone within a word and before a word; a point after a plain vowel only
# before a small letter; at the end of a line neither.
_VIQR = re.compile(
    r"([AaEeIiOoUuYy])(?:([\^(+*])((?:['`~]|[?.](?=\s*\w))?)|((?:['`~]|\?(?=\s*\w)|\.(?=\w|\s+[^\W\dA-Z]))?))"
)
_VIQR_SIGN = re.compile(r"[AaEeOoUu][\^(+*]['`?~.]?|[AaEeIiOoUuYy][`~?][A-Za-z ]|[Dd][Dd]")
_TELEX_WORD = re.compile(r"[A-Za-z]+")
_DOUBLED = re.compile("dd|aa|ee|oo|[aou]w")
# Figures of one syllable; not what goes on with a figure that is no mark (Su30).
_FIGURES = re.compile(r"(?<!\w)[A-Za-z]+[1-9][A-Za-z1-9]*(?!\w)")
_SHAPE = {"^": "\u0302", "(": "\u0306", "+": "\u031b", "*": "\u031b"}

# A question is so many words at most; one of several sentences is a text.
_QUESTION = 16
_CHUNK = re.compile(r"\S+")
_AROUND = '.,;:!?"()'
_ENDED = re.compile(r"[aeou][\^(+*][?.]$", re.IGNORECASE)
# A shape and a tone on one vowel: nothing else is written so.
_BOTH = re.compile(r"[aeo][\^(][.'`?~]\w|[uo][+*][.'`?~]\w", re.IGNORECASE)
_TELEX_ONLY = re.compile("^dd|uw|aa|iee|uoo|[aeiouyw][a-z]*j$|(ee|oo|[ao]w)[a-z]*[fx]$|[aeiouw]{2}[sfrxj][a-z]")
# Aircraft and weapons that read as syllables with marks.
_DESIGNATION = re.compile(r"(su|an|mi|ka|la|il|tu|be|ba|bo|h|y|a|e|u|o)-?[1-9]{1,2}$", re.IGNORECASE)


def _viqr(text: str) -> str:
    def letter(found: re.Match[str]) -> str:
        base, shape, tone = found[1], found[2] or "", found[3] or found[4] or ""
        if (shape == "^" and base in "AaEeOo") or (shape == "(" and base in "Aa") or (shape in "+*" and base in "OoUu"):
            return base + _SHAPE.get(shape, "") + _TONE.get(tone, "")
        return base + shape + tone if shape else base + _TONE.get(tone, "")

    plain = re.sub("[Dd][Dd]", lambda found: "Đ" if found[0][0] == "D" else "đ", text)
    return unicodedata.normalize("NFC", _VIQR.sub(letter, plain).replace("\\", ""))


def _marked(letters: list[str], tone: str) -> str:
    """A syllable with its tone where Vietnamese writes it: on the shaped vowel, else by the vowels' number."""
    if not tone:
        return unicodedata.normalize("NFC", "".join(letters))
    vowels = [n for n, c in enumerate(letters) if c[0].lower() in "aeiouy"]
    head = "".join(letters).lower()
    if len(vowels) > 1 and (head.startswith("qu") or (head.startswith("gi") and len(vowels) > 1)):
        vowels = vowels[1:]
    if not vowels:
        return unicodedata.normalize("NFC", "".join(letters) + tone)
    shaped = [n for n in vowels if len(letters[n]) > 1]
    last = len(letters) - 1
    if shaped:
        at = shaped[-1]
    elif len(vowels) == 1:
        at = vowels[0]
    elif len(vowels) == 2:
        pair = "".join(letters[n].lower() for n in vowels)
        at = vowels[1] if vowels[-1] < last or pair in ("oa", "oe", "uy") else vowels[0]
    else:
        at = vowels[1]
    letters = [*letters]
    letters[at] += tone
    return unicodedata.normalize("NFC", "".join(letters))


def _telex_syllable(word: str) -> str:
    letters: list[str] = []
    tone = ""
    for c in word:
        small = c.lower()
        if small in _TELEX_TONE and any(one[0].lower() in "aeiouy" for one in letters):
            tone = _TELEX_TONE[small]
        elif small == "w":
            turned = False
            for n in reversed(range(len(letters))):
                if letters[n].lower() in ("a", "o", "u"):
                    letters[n] += "\u0306" if letters[n].lower() == "a" else "\u031b"
                    if letters[n][0].lower() == "o" and n and letters[n - 1].lower() == "u":
                        letters[n - 1] += "\u031b"
                    turned = True
                    break
            if not turned:
                letters.append("Ư" if c.isupper() else "ư")
        elif small in "aeo" and any(one.lower() == small for one in letters):
            n = max(n for n, one in enumerate(letters) if one.lower() == small)
            letters[n] += "\u0302"
        elif small == "d" and letters and letters[0].lower() == "d":
            letters[0] = "Đ" if letters[0] == "D" else "đ"
        else:
            letters.append(c)
    return _marked(letters, tone)


def _telex(text: str) -> str:
    def one(found: re.Match[str]) -> str:
        made = _telex_syllable(found[0])
        return made if well_formed(made) else found[0]

    return _TELEX_WORD.sub(one, text)


def _figure_syllable(word: str) -> str:
    letters: list[str] = []
    tone = ""
    shapes = {"6": ("aeo", "\u0302"), "7": ("uo", "\u031b"), "8": ("a", "\u0306")}
    for c in word:
        if c in _FIGURE_TONE:
            if tone:  # two of them on one syllable are none: Su35 is an aircraft
                return word
            tone = _FIGURE_TONE[c]
        elif c in shapes:
            which, sign = shapes[c]
            for n in reversed(range(len(letters))):
                if letters[n].lower() in which:
                    letters[n] += sign
                    if c == "7" and letters[n][0].lower() == "o" and n and letters[n - 1].lower() == "u":
                        letters[n - 1] += sign
                    break
        elif c == "9" and letters and letters[0].lower() == "d":
            letters[0] = "Đ" if letters[0] == "D" else "đ"
        else:
            letters.append(c)
    return _marked(letters, tone)


def _figures(text: str) -> str:
    def one(found: re.Match[str]) -> str:
        made = _figure_syllable(found[0])
        return made if well_formed(made) else found[0]

    return _FIGURES.sub(one, text)


WAYS: dict[str, tuple[re.Pattern[str], Callable[[str], str]]] = {
    "VIQR": (_VIQR_SIGN, _viqr),
    "VNI typing": (re.compile("[A-Za-z][1-9]"), _figures),
    "Telex": (re.compile("[Dd][Dd]|[AaEeOoUu][Ww]|([AaEeOo])\\1|[a-y][sfrxj](?![a-z])"), _telex),
}


def written_out(text: str) -> tuple[str, str] | None:
    """The text with its marks and the name of the way it was typed, where that is certain; else None."""
    for name, (sign, change) in WAYS.items():
        if all(_certain(text[:size], sign, change) for size in (_FIRST, _SAMPLE)):
            return change(text), name
    return None


def question_written_out(text: str) -> tuple[str, str] | None:
    """As ``written_out`` for a question: its few words are read as syllables each, names of other languages aside.

    A tone at its very end is one, where a vowel before it has its shape: a question seldom ends in a full stop.
    """
    words = _CHUNK.findall(text)
    if not text.isascii() or not 0 < len(words) <= _QUESTION:
        return written_out(text)
    for name, (sign, change) in WAYS.items():
        if sign.search(text) is None:
            continue
        ended = _ENDED.search(text) is not None
        made = change(f"{text} a")[:-2] if ended else change(text)
        if _few_certain(words, _CHUNK.findall(made), name):
            return made, name
    figures = [word for word in words if any(map(str.isdigit, word))]
    return None if figures and all(map(_DESIGNATION.match, figures)) else written_out(text)


def _few_certain(typed: list[str], made: list[str], name: str) -> bool:
    """Whether the words of a question were typed in this way: no doubt is left in any of them."""
    if len(typed) != len(made):
        return False
    told = foreign = 0
    for before, after in zip(typed, made, strict=True):
        bare = after.strip(_AROUND)
        if after == before:
            if bare.isdigit() or well_formed(bare):
                continue
            if name == "Telex" or not bare[:1].isupper() or not bare.isalpha():
                return False
            foreign += 1
        elif not well_formed(bare):
            return False
        elif not bare.isascii() and not well_formed(before.strip(_AROUND)) and not _DESIGNATION.match(before):
            told += 2 if name == "VIQR" and _BOTH.search(before) else 1
    doubled = sum(_DOUBLED.search(word.lower()) is not None for word in typed)
    english = sum(word.lower() in SMALL_WORDS["en"] for word in typed)
    if told < 2 or foreign >= told:
        return False
    # A few words of English may look like Telex ("now been"): one has to be as no English word is.
    if name == "Telex" and (
        english > 0.15 * len(typed)
        or not doubled
        or not any(_TELEX_ONLY.search(word.lower().strip(_AROUND)) for word in typed)
    ):
        return False
    return vietnamese(" ".join(word for word in made if well_formed(word.strip(_AROUND)))) > 0.95


def _certain(sample: str, sign: re.Pattern[str], change: Callable[[str], str]) -> bool:
    if len(sample) - len(sample.encode("ascii", "ignore")) > 0.02 * len(sample) or sign.search(sample) is None:
        return False
    made = change(sample)
    words = _WORD.findall(made)
    marked = [word for word in words if not word.isascii()]
    if len(marked) < max(2, 0.3 * len(words)) or not all(map(well_formed, marked)):
        return False
    if change is _telex and not _is_telex(sample):
        return False
    return sum(map(well_formed, words)) >= 0.85 * len(words) and vietnamese(made) > 0.95 and _clear(sample)


def _is_telex(sample: str) -> bool:
    """Whether letters stand doubled, or w beside a vowel, in two words at least, and the words are not English ones."""
    words = [word.lower() for word in _WORD.findall(sample)]
    english = sum(word in SMALL_WORDS["en"] for word in words)
    doubled = sum(_DOUBLED.search(word) is not None for word in words)
    return doubled >= 2 and any(map(_TELEX_ONLY.search, words)) and english <= 0.15 * len(words)


def _clear(typed: str) -> bool:
    """Whether the text is less well-formed as it was typed: signs in its words, or words that are no syllables."""
    words = re.findall(r"\S+", typed)
    return sum(not well_formed(word.strip('.,;:!?"()').lower()) for word in words) >= max(2, 0.3 * len(words))
