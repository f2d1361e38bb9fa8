"""Scanned pages read by Tesseract, when it is installed.

Pages go to it as grey pictures through a pipe and the words come back through one: nothing of a paper that may be
secret is written to disk, not even for a moment. Each page has a time limit of its own, and the document one.

In which language: what the operator or the pages with a text say; else a first reading in English and Vietnamese, whose
alphabets hold most letters of the other Latin ones, is good enough to tell the language, and where that reading is poor
the script is detected. Later pages go on in the language found until one reads poorly.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace

from domain.errors import ParseError
from ingest.clean import one_line
from models.langid import LanguageDetector, primary

DPI = 300

MISSING = (
    "needs Tesseract, which is not installed; on Debian or Ubuntu: "
    "apt install tesseract-ocr tesseract-ocr-vie (and -fra, -rus, -chi-sim ...), then ingest again with --retry"
)

LANGUAGES = {
    "vi": "vie", "en": "eng", "fr": "fra", "de": "deu", "es": "spa", "ru": "rus", "zh": "chi_sim", "pt": "por",
    "pl": "pol", "it": "ita", "nl": "nld", "id": "ind", "ms": "msa", "uk": "ukr", "be": "bel", "bg": "bul", "sr": "srp",
    "cs": "ces", "ro": "ron", "hu": "hun", "sv": "swe", "da": "dan", "no": "nor", "fi": "fin", "tr": "tur", "el": "ell",
    "ar": "ara", "fa": "fas", "he": "heb", "hi": "hin", "th": "tha", "lo": "lao", "km": "khm", "my": "mya",
    "ja": "jpn", "ko": "kor",
}  # fmt: skip
"""Tesseract's name for the data of each language (ISO 639-1)."""

_SCRIPTS = {
    "Latin": ("eng", "vie"), "Cyrillic": ("rus",), "Han": ("chi_sim",), "HanS": ("chi_sim",), "HanT": ("chi_tra",),
    "Japanese": ("jpn",), "Hangul": ("kor",), "Korean": ("kor",), "Arabic": ("ara",), "Thai": ("tha",),
    "Khmer": ("khm",), "Lao": ("lao",), "Devanagari": ("hin",), "Greek": ("ell",), "Hebrew": ("heb",),
    "Myanmar": ("mya",),
}  # fmt: skip
_FIRST = ("eng", "vie")
_POOR = 70.0
"""Below this mean confidence another language is tried."""

NO_TEXT = "no text that can be read"
"""How the reason begins where a picture holds nothing to be read."""

UNREADABLE = 40.0
"""Below this mean confidence there is no text worth keeping: it is a photograph, or its script is not installed."""

_TELLING = 80
"""Characters of a text whose language can be told."""

_detector = LanguageDetector()


@dataclass(frozen=True, slots=True)
class Limits:
    """How much of scanning one document may ask for: pages, seconds for one of them, seconds for all."""

    pages: int = 500
    page_seconds: float = 120.0
    seconds: float = 1800.0


@dataclass(frozen=True, slots=True)
class Read:
    """What was read on a page: its text, the mean confidence (0 to 100, words weighed by length) and the language data.

    ``script`` is the one that was detected where the first reading was poor.
    """

    text: str
    confidence: float
    lang: str
    script: str = ""

    @property
    def readable(self) -> bool:
        """Whether there is a text worth keeping."""
        return bool(self.text) and self.confidence >= UNREADABLE

    @property
    def why_not(self) -> str:
        """The reason where it is not readable."""
        if self.script and self.script not in _SCRIPTS:
            return f"{NO_TEXT}: the script looks like {self.script}"
        if (wanted := _SCRIPTS.get(self.script)) and self.script != "Latin" and wanted[0] not in self.lang:
            return f"{NO_TEXT}: the script looks like {self.script}, for which Tesseract has no data ({wanted[0]})"
        return f"{NO_TEXT} (confidence {self.confidence:.0f} of 100): a photograph, handwriting, or a poor scan"


@dataclass(slots=True)
class Ocr:
    """Reads the pages of one document, and remembers the language from one to the next.

    ``lang`` is a BCP 47 hint. ``limits.seconds`` count from the first page on.
    """

    lang: str | None = None
    limits: Limits = field(default_factory=Limits)
    _data: str = ""
    _until: float = 0.0

    @property
    def late(self) -> bool:
        """Whether the document's time is used up."""
        return bool(self._until) and time.monotonic() >= self._until

    def read(self, picture: bytes) -> Read:
        """The text of a page (a grey picture, PGM).

        Raises:
            ParseError: Tesseract is missing, has no language data that serve, or took too long.
        """
        have = installed()
        if not have:
            raise ParseError(MISSING, stage="parse")
        self._until = self._until or time.monotonic() + self.limits.seconds
        if not self._data and (hinted := LANGUAGES.get(primary(self.lang) or "", "")) in have:
            self._data = hinted
        first = self._data or _joined(_FIRST, have) or sorted(have)[0]
        found = self._try(picture, first)
        if first == self._data and found.confidence >= _POOR and _agrees(found):
            return found
        return self._settle(picture, found, have)

    def _settle(self, picture: bytes, found: Read, have: frozenset[str]) -> Read:
        """The best of several readings, when the language is not known or the one that was known reads poorly."""
        tried = {found.lang: found}
        script = self._script(picture) if found.confidence < _POOR else ""
        for data in (_joined(_SCRIPTS.get(script, ()), have), _joined(_FIRST, have)):
            if data and data not in tried:
                tried[data] = self._try(picture, data)
        best = max(tried.values(), key=lambda read: read.confidence)
        told = _detector.identify(best.text)
        data = LANGUAGES.get(told.code, "")
        if data in have and data not in tried and best.confidence >= UNREADABLE:
            tried[data] = self._try(picture, data)
            # The language's own reading has its accents; a general one may still be surer of itself by a hair.
            if tried[data].confidence >= best.confidence - 3:
                best = tried[data]
        if best.confidence >= _POOR:
            self._data = best.lang
        return replace(best, script=script)

    def _try(self, picture: bytes, data: str) -> Read:
        out = self._run(picture, "-l", data, "--psm", "1", "tsv")
        text, confidence = read_tsv(out)
        return Read(text, confidence, data)

    def _script(self, picture: bytes) -> str:
        try:
            out = self._run(picture, "-l", "osd", "--psm", "0")
        except ParseError:  # too few letters to tell
            return ""
        return next((line.partition(":")[2].strip() for line in out.split("\n") if line.startswith("Script:")), "")

    def _run(self, picture: bytes, *arguments: str) -> str:
        left = self._until - time.monotonic()
        if left <= 0:
            raise ParseError(f"took longer than {self.limits.seconds:g} s", stage="parse")
        program = shutil.which("tesseract")
        if program is None:
            raise ParseError(MISSING, stage="parse")
        seconds = min(left, self.limits.page_seconds)
        try:
            done = subprocess.run(  # noqa: S603 - the program is Tesseract, the arguments are ours
                [program, "stdin", "stdout", "--dpi", str(DPI), *arguments],
                input=picture, capture_output=True, timeout=seconds, check=False,
                env={**os.environ, "OMP_THREAD_LIMIT": "1"},
            )  # fmt: skip
        except subprocess.TimeoutExpired:
            raise ParseError(f"took longer than {seconds:.3g} s", stage="parse") from None
        if done.returncode:
            said = one_line(done.stderr.decode("utf-8", "replace"), limit=200)
            raise ParseError(f"Tesseract failed: {said or done.returncode}", stage="parse")
        return done.stdout.decode("utf-8", "replace")


def _agrees(read: Read) -> bool:
    """Whether a text reads as the language it was read in: Vietnamese read as English is poor, but sure of itself."""
    return len(read.text) < _TELLING or LANGUAGES.get(_detector.identify(read.text).code) == read.lang


def installed() -> frozenset[str]:
    """The language data Tesseract has (its own names, without ``osd``); empty when it is not installed."""
    program = shutil.which("tesseract")
    if program is None:
        return frozenset()
    try:
        done = subprocess.run(  # noqa: S603
            [program, "--list-langs"], capture_output=True, timeout=30, check=False, text=True
        )
    except (OSError, subprocess.TimeoutExpired):
        return frozenset()
    return frozenset(line.strip() for line in done.stdout.split("\n")[1:] if line.strip()) - {"osd", "equ", "snum"}


def read_tsv(table: str) -> tuple[str, float]:
    """Text and mean confidence from Tesseract's table of words: a line a line, an empty one between paragraphs."""
    lines: list[str] = []
    place, words = ("", "", ""), list[str]()
    weight = total = 0.0
    for cells in _words(table):
        here = (cells[2], cells[3], cells[4])
        if here != place and words:
            lines.append(_line(words))
            words = []
            if here[:2] != place[:2]:
                lines.append("")
        place = here
        words.append(cells[11])
        weight += len(cells[11])
        total += len(cells[11]) * float(cells[10])
    lines.append(_line(words))
    return "\n".join(lines).strip(), round(total / weight, 1) if weight else 0.0


def _words(table: str) -> Iterator[list[str]]:
    for row in table.split("\n")[1:]:
        cells = row.split("\t")
        if len(cells) == 12 and cells[0] == "5" and cells[11].strip():
            yield cells


def _line(words: Iterable[str]) -> str:
    """Words with a space between them, save between two characters of a script without spaces."""
    line = ""
    for word in words:
        joined = line and _unspaced(line[-1]) and _unspaced(word[0])
        line += word if joined or not line else f" {word}"
    return line


def _unspaced(letter: str) -> bool:
    return "\u2e80" <= letter <= "\u9fff" or "\uf900" <= letter <= "\ufaff" or "\uff00" <= letter <= "\uffef"


def _joined(names: Iterable[str], have: frozenset[str]) -> str:
    return "+".join(name for name in names if name in have)
