"""Which language a text is in, short titles too.

Three steps. A script that one language alone is written in names it; Han without kana is Chinese; words full of
Vietnamese tone letters are Vietnamese. For the rest lingua's trigrams (75 languages) propose candidates, and for
texts under 120 characters its models of one to five letters judge between the first few; only the models of
languages that were proposed are ever loaded. How common a language is in news and papers, the letters its alphabet
lacks, and what the source claims weigh in: they settle short and doubtful texts and leave clear ones alone.

A text of some length without any of the commonest words of the language proposed is ``und``, or what its source claims
where that is a language not known here. Vietnamese is told by its syllables (``models.langid_vi``), without its marks
too, and as it is typed in VIQR or Telex.

Codes are ISO 639-1. ``nb`` and ``nn`` are given as ``no`` (readers filter for Norwegian, not for its norms);
``id`` and ``ms`` are kept apart, and so are ``hr``, ``bs`` and ``sr``. Serbian in Latin letters comes out as ``hr``
or ``bs``.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Mapping
from functools import cache, lru_cache
from typing import Any

from domain.document import Language
from domain.text import strip_invisible
from models.langid_tables import (
    APART,
    COMMON_WORDS,
    FINE,
    LACKS,
    LARGE,
    LEAST_APART,
    LEAST_ELSE,
    NEEDS,
    RARE,
    SCRIPTS,
    SMALL,
    SMALL_WORDS,
    WORDS,
)
from models.langid_typed import written_out
from models.langid_vi import vietnamese, well_formed

UNKNOWN = Language("und", 0.0)

_VIETNAMESE = re.compile("[ạảấầẩẫậắằẳẵặẹẻẽếềểễệỉĩịọỏốồổỗộơớờởỡợụủũưứừửữựỳỵỷỹđ]")
_NOISE = re.compile(r"https?://\S+|www\.\S+|\S+@\S+|[@#]\w+|\d+")
# Vowel signs of Indic and South-East Asian scripts are no word characters to ``re``, but belong to the word.
_SIGNS = "\u0300-\u036f\u0900-\u0963\u0970-\u0dff\u0e00-\u0fff\u1000-\u109f\u1780-\u17ff"
_LETTERS = re.compile(rf"[^\W\d_](?:[^\W\d_]|[{_SIGNS}]|['’ʼ-](?=[^\W\d_]))*")

# Above this share the trigrams are believed.
_SURE = 0.98
# Lingua itself uses trigrams alone from this length on.
_SHORT = 120
_CANDIDATES = 6
_HINT = 8.0
_SAMPLE = 900
# How sure it has to be that a text without marks is Vietnamese; one of a word or two.
_PLAIN, _PLAIN_SHORT, _NOT = 0.8, 0.95, 0.05
# From so many words on a text has one of its language's commonest; a language this likely is looked at for that.
# Letters of a word in Latin script: what is longer is no word.
_LONGEST = 60
_ENOUGH, _LIKELY = 9, 0.2


class LanguageDetector:
    """Identifies languages; its models are loaded on first use (trigrams 0.5 s; a language's fine models 0.2 s)."""

    def identify(self, text: str, *, hint: str | None = None) -> Language:
        """The language of a text and how sure it is, 0 to 1; ``und`` for numbers, symbols and nothing.

        ``hint`` is a BCP 47 tag; it counts for most in short and doubtful texts.
        """
        sample = _sample(text)
        words = [word for word in _LETTERS.findall(sample) if len(word) <= _LONGEST or not word.isascii()]
        letters = "".join(words)
        claimed = primary(hint)
        if not letters:
            return UNKNOWN
        named = _by_script(letters, claimed)
        if named is not None:
            return named
        toned = [n for n, word in enumerate(words) if _VIETNAMESE.search(word.lower())]
        sure = vietnamese(sample)
        if toned and sure > 0.5 and sum(well_formed(words[n]) for n in toned) >= 0.4 * len(words):
            return Language("vi", 0.99 if len(words) > 2 else 0.9)
        # Without marks a word or two are as well another language's, if their source says so.
        if sure > (_PLAIN if len(words) > 2 else _PLAIN_SHORT) and (len(words) > 4 or claimed in (None, "vi", "en")):
            return Language("vi", round(min(sure, 0.97), 4))
        if written_out(strip_invisible(text[: 2 * _SAMPLE])) is not None:
            return Language("vi", 0.9)
        if toned and all(words[n][0].isupper() for n in toned):
            # Vietnamese names in another language's text, with the syllables beside them that carry no such letter.
            beside = {n + step for n in toned for step in (-1, 0, 1)}
            kept = [word for n, word in enumerate(words) if n not in beside or not word[0].isupper()]
            words = kept if len(kept) > 1 else words
        return self._judge(" ".join(words), words, claimed)

    def _judge(self, text: str, words: list[str], claimed: str | None) -> Language:
        lowered = text.lower()
        values = _confidences(text, low=True)
        if len(values) > 1 and vietnamese(text) < _NOT:
            values.pop("vi", None)  # its letters' pairs say less than its syllables
        rough = scores = _weigh(values, lowered, words, claimed)
        if scores and len(text) < _SHORT and max(scores.values()) < _SURE * sum(scores.values()):
            first = [code for code in sorted(scores, key=lambda code: -scores[code]) if code in FINE][:_CANDIDATES]
            fine = _confidences(text, low=False, among=frozenset(first))
            scores = _weigh(fine, lowered, words, claimed) or scores
        if not scores:
            return Language(claimed, 0.3) if claimed else UNKNOWN
        code = _with_common_words(scores, rough, words)
        if code is None:
            known = claimed is None or claimed in values or claimed == "no"
            return UNKNOWN if known else Language(str(claimed), 0.5)
        scores = scores if code in scores else rough
        return Language("no" if code in ("nb", "nn") else code, round(scores[code] / sum(scores.values()), 4))


def _with_common_words(scores: Mapping[str, float], rough: Mapping[str, float], words: list[str]) -> str | None:
    """The best of the languages whose commonest words a text of some length has; None where it has none's."""
    best = max(scores, key=lambda code: scores[code])
    small = [word.lower() for word in words if word[0].islower()]
    if len(small) < _ENOUGH or len(small) < 0.5 * len(words):
        return best
    for found in (scores, rough):
        total = sum(found.values())
        for code in sorted(found, key=lambda code: -found[code]):
            if found[code] < _LIKELY * total:
                break
            own = COMMON_WORDS.get(code)
            if own is None:
                return code
            share = sum(word in own for word in small) / len(small)
            if share >= (LEAST_APART if code in APART else LEAST_ELSE):
                return code
    return None


def primary(tag: str | None) -> str | None:
    """The language of a BCP 47 tag as it is written here: ``zh-CN`` gives zh, ``nb`` gives no; None for no language."""
    if not tag:
        return None
    code = re.split(r"[-_]", tag.strip().lower())[0]
    code = {"nb": "no", "nn": "no", "in": "id", "iw": "he", "cmn": "zh", "eng": "en", "vie": "vi"}.get(code, code)
    return code if re.fullmatch(r"[a-z]{2,3}", code) and code not in ("und", "mul", "zxx") else None


def _sample(text: str) -> str:
    """The beginning and the middle: a language shows within some hundred letters, whatever the length."""
    if len(text) > 2 * _SAMPLE:
        middle = len(text) // 2
        text = f"{text[:_SAMPLE]} {text[middle : middle + _SAMPLE]}"
    return unicodedata.normalize("NFC", _NOISE.sub(" ", strip_invisible(text)))


@cache
def _script(character: str) -> str:
    return unicodedata.name(character, "").partition(" ")[0]


def _by_script(letters: str, claimed: str | None) -> Language | None:
    counts = Counter(map(_script, letters))
    total = counts.total()
    kana = counts["HIRAGANA"] + counts["KATAKANA"] + counts["KATAKANA-HIRAGANA"]
    han = counts["CJK"]
    # A character of these scripts says as much as a word of letters: titles mix in Latin abbreviations.
    if (kana + han) * 3 > total and kana + han > counts["HANGUL"]:
        if kana * 12 >= han:
            return Language("ja", 0.99)
        return Language("ja", 0.6) if claimed == "ja" and han < 8 else Language("zh", 0.98)
    if counts["HANGUL"] * 3 > total:
        return Language("ko", 0.99)
    script, count = max(counts.items(), key=lambda item: item[1] * (0.5 if item[0] == "LATIN" else 1.0))
    if count * 3 < total:
        return None
    if script in SCRIPTS:
        code = SCRIPTS[script]
        near = {"he": "yi", "bn": "as", "am": "ti"}
        return Language(claimed, 0.8) if claimed is not None and near.get(code) == claimed else Language(code, 0.99)
    if script == "CYRILLIC":
        found = set(letters.lower())
        if not found & set("әғқңөұүһјљњђћџѓќѕ") and found & set("іїєґ") and not found & set("ыэъё"):
            return Language("be", 0.9) if "ў" in found else Language("uk", 0.97)
    if script == "DEVANAGARI" and claimed == "ne":
        return Language("ne", 0.8)
    if script == "ARABIC":
        if re.search("[ټډړښځڅڼ]", letters) and not re.search("[ٹڑڈ]", letters):
            return Language("ps", 0.9)
        if re.search("[ڕڵێ]", letters):
            return Language("ku", 0.9)
    return None


def _weigh(values: Mapping[str, float], text: str, words: list[str], claimed: str | None) -> dict[str, float]:
    """Confidence times what speaks for and against each language."""
    letters = set(text)
    lowered = {word.lower() for word in words}
    hits = {code: min(len(lowered & own), 4) for code, own in SMALL_WORDS.items()}
    most = max(hits.values())
    scores: dict[str, float] = {}
    for code, value in values.items():
        if value <= 0:
            continue
        weight = 1.0 if code in LARGE else 0.02 if code in RARE else 0.1 if code in SMALL else 0.35
        found = letters & set(LACKS.get(code, ""))
        weight *= 0.1 ** min(len(found), 3)
        if code in NEEDS and not letters & set(NEEDS[code]):
            weight *= 0.6 ** min(len(words), 20)
        if code in WORDS:
            other = "ms" if code == "id" else "id"
            weight *= 8.0 ** (len(lowered & WORDS[code]) - len(lowered & WORDS[other]))
            if code == "ms" and not lowered & WORDS["ms"]:
                weight *= 0.01
        weight *= 3.0 ** (hits[code] if code in SMALL_WORDS else max(most - 1, 0))
        if claimed in (code, "no" if code in ("nb", "nn") else code):
            weight *= _HINT
        scores[code] = value * weight
    return scores


@cache
def _languages() -> dict[str, Any]:
    from lingua import Language as LinguaLanguage

    return {language.iso_code_639_1.name.lower(): language for language in LinguaLanguage.all()}


@lru_cache(maxsize=256)
def _detector(low: bool, among: frozenset[str]) -> Any:
    from lingua import LanguageDetectorBuilder

    chosen = [language for code, language in _languages().items() if not among or code in among]
    builder = LanguageDetectorBuilder.from_languages(*chosen)
    return (builder.with_low_accuracy_mode() if low else builder).build()


def _confidences(text: str, *, low: bool, among: frozenset[str] = frozenset()) -> dict[str, float]:
    if among:
        among = frozenset(among & _languages().keys())
        if len(among) < 2:
            return dict.fromkeys(among, 1.0)
    values = _detector(low, among).compute_language_confidence_values(text)
    return {value.language.iso_code_639_1.name.lower(): value.value for value in values}
