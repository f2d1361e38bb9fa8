"""Bytes to text: what the file says of itself first, then UTF-8, then a guess that is reported as one."""

from __future__ import annotations

import codecs
import re
from functools import cache

from charset_normalizer import from_bytes

from domain.errors import ParseError
from models.langid import LanguageDetector
from models.langid_fonts import FONTS, unfonted, western

_BOMS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_MARKED = {
    codecs.BOM_UTF8: "utf-8", codecs.BOM_UTF32_LE: "utf-32-le", codecs.BOM_UTF32_BE: "utf-32-be",
    codecs.BOM_UTF16_LE: "utf-16-le", codecs.BOM_UTF16_BE: "utf-16-be",
}  # fmt: skip
_WIDE_XML = {
    b"\x00\x00\x00<": "utf-32-be", b"<\x00\x00\x00": "utf-32-le", b"\x00<\x00?": "utf-16-be",
    b"<\x00?\x00": "utf-16-le", b"Lo\xa7\x94": "cp037",
}  # fmt: skip
"""The first characters of XML (``<?xm``) in encodings that ASCII patterns do not fit."""
_DECLARED = re.compile(r"""<(?:\?xml\s[^<>]*?encoding|meta\s[^<>]*?charset)\s*=\s*["']?\s*([\w.:-]+)""", re.IGNORECASE)
_SEVEN_BITS = re.compile(r"(?:cs)?iso-?2022|hz\b|hz-gb|utf-?7", re.IGNORECASE)
_SUPERSETS = {
    "gb2312": "gb18030", "gbk": "gb18030", "gb-2312": "gb18030", "x-gbk": "gb18030", "cp936": "gb18030",
    "iso-8859-1": "windows-1252", "latin1": "windows-1252", "latin-1": "windows-1252", "us-ascii": "windows-1252",
    "ascii": "windows-1252", "iso-8859-9": "windows-1254", "iso-8859-11": "cp874", "tis-620": "cp874",
    "shift_jis": "cp932", "shift-jis": "cp932", "sjis": "cp932", "x-sjis": "cp932", "windows-31j": "cp932",
    "euc-kr": "cp949", "ks_c_5601-1987": "cp949", "windows-874": "cp874", "big5": "big5hkscs", "x-x-big5": "big5hkscs",
}  # fmt: skip
"""What is written under a name is mostly this superset of it, as browsers take it too."""
_BY_LANGUAGE = {
    "ru": ["cp1251", "koi8_r", "cp866", "iso8859_5"], "uk": ["cp1251", "koi8_u"], "bg": ["cp1251"], "sr": ["cp1251"],
    "be": ["cp1251"], "zh": ["gb18030", "big5"], "ja": ["cp932", "euc_jp"], "ko": ["cp949"], "vi": ["cp1258"],
    "th": ["cp874"], "ar": ["cp1256"], "fa": ["cp1256"], "he": ["cp1255"], "el": ["cp1253"], "tr": ["cp1254"],
    "pl": ["cp1250", "iso8859_2"], "cs": ["cp1250", "iso8859_2"], "sk": ["cp1250", "iso8859_2"],
    "hu": ["cp1250", "iso8859_2"], "ro": ["cp1250", "iso8859_2"], "hr": ["cp1250", "iso8859_2"],
}  # fmt: skip
_WESTERN = frozenset(
    ("de", "fr", "es", "it", "pt", "nl", "en", "da", "sv", "no", "fi", "is", "id", "ms", "ca", "gl", "ga", "sw", "af")
)
_ANY_LANGUAGE = sorted(
    {name for names in _BY_LANGUAGE.values() for name in names} - {"cp1250", "iso8859_2", "cp1254"} | {"cp1252"}
)
"""Latin alphabets look too much alike to be told without a word from the feed: the commonest is taken."""
_WEST = ("cp1252", "mac_roman", "cp850")
_CENTRAL = ("cp1250", "iso8859_2", "cp852")
_LETTERS: dict[str, tuple[str, tuple[str, ...]]] = {
    "": ("àáâãäåæçèéêëìíîïðñòóôõöøœùúûüýþÿß", _WEST), "en": ("éèêçñïüöáàâó", _WEST), "de": ("äöüß", _WEST),
    "fr": ("àâæçéèêëîïôœùûüÿ", _WEST), "es": ("áéíñóúü", _WEST), "pt": ("áâãàçéêíóôõúü", _WEST),
    "it": ("àèéìíîòóùú", _WEST), "nl": ("éèêëïíóöüá", _WEST), "sv": ("åäöé", _WEST), "da": ("æøåé", _WEST),
    "pl": ("ąćęłńóśźż", _CENTRAL), "cs": ("áčďéěíňóřšťúůýž", _CENTRAL), "sk": ("áäčďéíĺľňóôŕšťúýž", _CENTRAL),
    "hu": ("áéíóöőúüű", _CENTRAL), "ro": ("ăâîșțşţ", _CENTRAL), "hr": ("čćđšž", _CENTRAL), "sl": ("čšž", _CENTRAL),
    "bs": ("čćđšž", _CENTRAL), "tr": ("âçğıi\u0307îöşüû", ("cp1254", "cp857")),
    "lt": ("ąčęėįšųūž", ("cp1257",)), "lv": ("āčēģīķļņšūž", ("cp1257",)), "et": ("äõöüšž", ("cp1257",)),
}  # fmt: skip
"""Of languages in Latin letters (those of the West together): the letters that ASCII lacks, and where they stand."""
_MARKS = frozenset("«»‹›“”„‘’‚–—…€£§°ºª¿¡·•\xa0")
_FEW, _FITS = 0.3, 0.5
_KANA_HAN = re.compile("[\u3041-\u30ff\u4e00-\u9fff]")
_LANGUAGE = re.compile(rb"""(?:language>\s*|lang\s*=\s*["'])([A-Za-z]{2})\b""")
_TAGS = re.compile(rb"<[^<>]*>|&[A-Za-z#0-9]{1,9};")
_WORDS = re.compile(rb"[^\x00-\x7f](?:[^\n]{0,400}[^\x00-\x7f])?")
_C1 = re.compile(rb"[\x80-\x9f]")
_ONE_BY_ONE = "vedette-windows-1252"
_SAMPLE = 64 * 1024
_BINARY = re.compile(r"[\x00-\x08\x0e-\x1a\x1c-\x1f\ufffd]")


def decode(data: bytes, *, item: str, declared: str | None = None) -> tuple[str, str | None]:
    """The text of the bytes, and a note on its encoding when it had to be guessed or repaired.

    Raises:
        ParseError: the bytes are not text in any encoding that can be told.
    """
    text, note = _decode(data, declared)
    if text is None or not text.strip():
        raise ParseError("is not text, or its encoding cannot be told", item=item, stage="parse")
    sample = text[:_SAMPLE]
    if len(_BINARY.findall(sample)) > max(2, 0.02 * len(sample)):
        raise ParseError("is not text: it holds binary data", item=item, stage="parse")
    return text, note


def _decode(data: bytes, declared: str | None) -> tuple[str | None, str | None]:
    for mark, name in _BOMS:
        if data.startswith(mark):
            marked = data.removeprefix(mark if name == "utf-8" else b"").decode(name, "replace")
            return marked, f"{name}, with unreadable characters" if "\ufffd" in marked else None
    if wide := _wide(data):  # zeros are valid UTF-8, so this comes first
        return data.decode(wide, "replace"), f"{wide} (guessed)"
    try:
        return data.decode("utf-8"), None
    except UnicodeDecodeError as error:
        if _cut(error):
            return data[: error.start].decode("utf-8"), "utf-8, cut off in its last character"
    if declared and (told := _try(data, declared)) is not None:
        return told, None
    if _mostly_utf8(data):
        return data.decode("utf-8", "replace"), "utf-8, with unreadable characters"
    if (fonted := unfonted(western(data))) is not None:
        return fonted[0], f"{fonted[1]} (guessed)"
    best = _latin(data[:_SAMPLE])
    if best is None:
        found = from_bytes(data[:_SAMPLE]).best()
        best = _japanese(data) if found is None else found.encoding
    return (None, None) if best is None else (data.decode(best, "replace"), f"{best} (guessed)")


def _latin(data: bytes) -> str | None:
    """The encoding of a text in Latin letters by its language, which the letters of ASCII tell; None for any other.

    A guess by bytes alone takes Spanish, Portuguese and Italian for encodings of Central Europe: they look alike.
    """
    high = sum(byte > 0x7F for byte in data)
    if not high or high > _FEW * sum(chr(byte).isalpha() for byte in data if byte < 0x80):
        return None
    lang = _detector().identify(data.decode("cp1252", "replace")).code
    letters, names = _LETTERS.get(lang) or _LETTERS.get("" if lang in _WESTERN else lang, ("", ()))

    def fit(name: str) -> float:
        text = data.decode(name, "replace")
        found = [(before, c) for before, c in zip(" " + text, text, strict=False) if c > "\x7f"]
        return sum(worth(before, c) for before, c in found) / len(found)

    def worth(before: str, c: str) -> float:
        if c in letters:
            return 1.0
        if c.lower() in letters:  # a capital within a word says that it is none
            return 0.3 if before.islower() else 1.0
        # What opens a sentence in Spanish stands in no word: there it is another letter in another encoding.
        return 1.0 if c in _MARKS and not (c in "¡¿" and before.isalpha()) else -1.0

    best = max(names, key=fit, default=None)  # of equals the first
    return best if best is not None and fit(best) > _FITS else None


def _japanese(data: bytes) -> str | None:
    """The encoding in which a text is Japanese, half of it kana and Han; None where it is in none."""
    for name in _BY_LANGUAGE["ja"]:
        told = _try(data, name)
        if (
            told is not None
            and 2 * len(_KANA_HAN.findall(told)) > len(told)
            and _detector().identify(told).code == "ja"
        ):
            return name
    return None


@cache
def _detector() -> LanguageDetector:
    return LanguageDetector()


def _try(data: bytes, name: str) -> str | None:
    try:
        return data.decode(codecs.lookup(name.strip()).name)
    except (LookupError, UnicodeError, ValueError):
        return None


def _wide(data: bytes) -> str | None:
    """UTF-16 without a mark: every other byte of Western text is zero."""
    head = data[:_SAMPLE]
    if len(head) < 4 or head.count(0) < len(head) * 0.2:
        return None
    even, odd = head[::2].count(0), head[1::2].count(0)
    if odd > 10 * max(even, 1):
        return "utf-16-le"
    return "utf-16-be" if even > 10 * max(odd, 1) else None


def _cut(error: UnicodeDecodeError) -> bool:
    """Whether what is no UTF-8 is its last character cut off, and no letter of another encoding at the end."""
    whole = error.object[: error.start]
    return error.reason == "unexpected end of data" and not whole.isascii()


def _mostly_utf8(data: bytes) -> bool:
    """Whether damaged characters are rare among whole ones of more than one byte."""
    text = data[:_SAMPLE].decode("utf-8", "replace")
    broken = text.count("\ufffd")
    whole = sum(1 for c in text if c > "\x7f") - broken
    return whole > 3 * broken


def sniff(head: bytes) -> str:
    """The text of a file's first bytes, as far as it can be told without a guess: for looking at, not for keeping."""
    for mark, name in _BOMS:
        if head.startswith(mark):
            width = 4 if name == "utf-32" else 2
            return head[: len(head) // width * width].decode(name, "replace").lstrip("\ufeff")
    if wide := _WIDE_XML.get(head[:4]) or _wide(head):
        width = 4 if "32" in wide else 1 if wide == "cp037" else 2
        return head[: len(head) // width * width].decode(wide, "replace")
    return head.decode("utf-8", "replace")


def decode_markup(data: bytes, *, charset: str | None = None) -> tuple[str, str | None]:
    """The text of XML or HTML from strangers, and a note where its encoding had to be guessed or mended.

    What the bytes show (a mark, zeros, EBCDIC) goes before what is said of them, and UTF-8 that is whole goes before
    both, since no other encoding looks like it by chance. ``charset`` is what the server says. Always gives a text:
    bytes that no encoding explains become U+FFFD.
    """
    for mark, name in _BOMS:
        if data.startswith(mark):
            text = data.removeprefix(mark).decode(_MARKED.get(mark, name), "replace")
            return text, f"{name}, with unreadable characters" if "\ufffd" in text else None
    wide = _WIDE_XML.get(data[:4]) or _wide(data)
    if wide == "cp037":
        declared = _declared(data[:1024].decode("cp037"))
        text = _try(data, declared or "") or data.decode("cp037", "replace")
        return (text if text.lstrip().startswith("<") else data.decode("cp037", "replace")), "ebcdic"
    if wide:
        return data.decode(wide, "replace"), None
    declared = _declared(data[:1024].decode("ascii", "replace"))
    if declared and _SEVEN_BITS.match(declared) and (told := _try(data, declared)) is not None:
        return told, None
    if b"\x1b$" in data and (told := _try(data, "iso2022_jp_2")) is not None:
        return told, "iso-2022-jp (guessed)"
    try:
        return data.decode("utf-8"), None
    except UnicodeDecodeError as error:
        if _cut(error):
            return data[: error.start].decode("utf-8"), "utf-8, cut off in its last character"
    for claim in (charset, declared):
        if claim and (told := _try(data, _SUPERSETS.get(claim.strip().lower(), claim))) is not None:
            return told, None
    if _mostly_utf8(data):
        return data.decode("utf-8", _ONE_BY_ONE), "utf-8, with single characters in windows-1252"
    return _guessed(data)


def _declared(head: str) -> str | None:
    """The encoding that an XML declaration or, in HTML, a meta element names."""
    found = _DECLARED.search(head)
    return found[1] if found else None


def _guessed(data: bytes) -> tuple[str, str]:
    """The text in the encoding that fits it best; the language the markup names narrows the choice."""
    if (fonted := unfonted(western(_TAGS.sub(b" ", data[: 4 * _SAMPLE])))) is not None:
        name = fonted[1]
        return FONTS[name](western(data)), f"{name} (guessed)"
    words = b" ".join(_WORDS.findall(_TAGS.sub(b" ", data[: 4 * _SAMPLE])))[:_SAMPLE]
    found = _LANGUAGE.search(data[:_SAMPLE])
    lang = found[1].decode("ascii").lower() if found else ""
    likely = ["cp1252"] if lang in _WESTERN else _BY_LANGUAGE.get(lang, [])
    for narrow in filter(None, (likely, _ANY_LANGUAGE)):
        best = from_bytes(words, cp_isolation=narrow).best()
        if best is not None and best.encoding not in ("ascii", "utf_8"):
            name = _SUPERSETS.get(best.encoding.replace("_", "-"), best.encoding)
            if name == "cp1250" and not _C1.search(data):  # the two differ in few letters, and in these bytes
                name = "iso8859_2"
            return data.decode(name, "replace"), f"{name} (guessed)"
    return data.decode("windows-1252", "replace"), "windows-1252 (guessed)"


def _cp1252(error: UnicodeError) -> tuple[str, int]:
    """One byte that is no UTF-8, read as its writer most likely meant it."""
    if not isinstance(error, UnicodeDecodeError):
        raise error
    return error.object[error.start : error.start + 1].decode("cp1252", "replace"), error.start + 1


codecs.register_error(_ONE_BY_ONE, _cp1252)
