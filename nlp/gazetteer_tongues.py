"""Names of places in German, Vietnamese and Chinese that are something else there, and forms that only they have."""

from __future__ import annotations

import re

from nlp.names import is_ordinary


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


_BEFORE = re.compile(r"([^\W_][\w'’.-]{0,30})[ ]$")
_NEXT = re.compile(r"[ ]([^\W\d_][\w'’-]*)")

# --- German nouns and languages ------------------------------------------------------------------------------------

_GERMAN_ARTICLE = _words(
    "das dem des ein eine einem einen eines der die den kein keine keinen sein seine seinem ihr ihre ihrem unser "
    "unsere mein meine dein beim zum vom im am ins ans gutes guten warmes kaltes viel wenig jedes dieses jenes"
)
_GERMAN_LANGUAGE = re.compile(r"\b(?:[Aa]us dem|[Ii]m|[Ii]ns|[Vv]om|und dem|ins|[Dd]as) $")
_GERMAN_TONGUE = re.compile(r"[A-ZÄÖÜ][a-zäöü]+(?:isch|sch)(?:en?)?$")


def is_german_noun(name: str, text: str, start: int) -> bool:
    """Whether an article makes a town's name in German the noun that is spelt alike.

    >>> is_german_noun("Essen", "Das Essen war kalt.", 4), is_german_noun("Essen", "In Essen brannte es.", 3)
    (True, False)
    """
    found = _BEFORE.search(text, max(0, start - 30), start)
    if found is None or found.group(1).lower() not in _GERMAN_ARTICLE or not is_ordinary(name):
        return False
    after = _NEXT.match(text, start + len(name))
    return after is None or after.group(1)[0].islower()


def is_german_language(text: str, start: int, end: int) -> bool:
    """Whether a capitalised adjective is a language: "aus dem Polnischen", "im Englischen".

    >>> text = "aus dem Polnischen und"
    >>> is_german_language(text, 8, 18), is_german_language("im Polnischen Theater", 3, 13)
    (True, False)
    """
    if not _GERMAN_TONGUE.match(text[start:end]) or not _GERMAN_LANGUAGE.search(text[max(0, start - 10) : start]):
        return False
    after = _NEXT.match(text, end)
    return after is None or after.group(1)[0].islower()


_GERMAN_ENDING = re.compile(r"s(?![\w-])|er(?= [A-ZÄÖÜ][a-zäöüß])")


def german_ending(text: str, start: int, end: int) -> int:
    """Letters of the genitive or of the adjective that follow a name in German ("Berns Rat", "Londoner Börse"); 0.

    >>> german_ending("Berns Rat", 0, 4), german_ending("Londoner Börse", 0, 6), german_ending("Londonern", 0, 6)
    (1, 2, 0)
    """
    found = _GERMAN_ENDING.match(text, end)
    return len(found.group()) if found and end - start > 3 and text[start].isupper() else 0


# --- Vietnamese ----------------------------------------------------------------------------------------------------

_VI_FAMILY = _words(
    "Nguyễn Trần Lê Phạm Hoàng Huỳnh Phan Vũ Võ Đặng Bùi Đỗ Ngô Dương Lý Thị Đinh Trịnh Đoàn Lương Mai Tô Tạ Chu Cao"
)
_VI_SYLLABLE = re.compile(
    r"(?:b|c|ch|d|đ|g|gh|gi|h|k|kh|l|m|n|ng|ngh|nh|ph|qu|r|s|t|th|tr|v|x)?"
    r"[aăâeêioôơuưyàáảãạằắẳẵặầấẩẫậèéẻẽẹềếểễệìíỉĩịòóỏõọồốổỗộờớởỡợùúủũụừứửữựỳýỷỹỵ]{1,3}"
    r"(?:c|ch|m|n|ng|nh|p|t)?$"
)


def is_vietnamese_name(before: str, after: str, *, short: bool, known_after: bool) -> bool:
    """Whether a country's name is part of a Vietnamese name: after a family name, or (of one syllable) before another
    capitalised syllable that opens no name that is known.

    >>> is_vietnamese_name("Đỗ", "Anh", short=False, known_after=False)
    True
    >>> is_vietnamese_name("Hãng", "My", short=True, known_after=False)
    True
    >>> is_vietnamese_name("với", "Putin", short=True, known_after=False)
    False
    """
    if before in _VI_FAMILY:
        return True
    # "Anh Quốc", "Đức Quốc xã": the state itself.
    if not short or known_after or after == "Quốc" or len(after) < 2:
        return False
    return after[0].isupper() and after[1:].islower() and _VI_SYLLABLE.match(after.lower()) is not None


# --- signs ---------------------------------------------------------------------------------------------------------

_SIGNS: dict[str, str] = {
    "中": "CN", "美": "US", "俄": "RU", "日": "JP", "韩": "KR", "韓": "KR", "朝": "KP",
    "越": "VN", "菲": "PH", "印": "IN", "澳": "AU", "英": "GB", "法": "FR", "德": "DE",
    "意": "IT", "加": "CA", "乌": "UA", "烏": "UA", "以": "IL", "伊": "IR", "巴": "PK",
    "泰": "TH", "缅": "MM", "柬": "KH", "蒙": "MN", "土": "TR", "叙": "SY", "波": "PL",
    "哈": "KZ", "老": "LA", "新": "SG", "马": "MY", "埃": "EG", "沙": "SA", "西": "ES",
    "葡": "PT", "荷": "NL", "瑞": "SE",
}  # fmt: skip
_ROW_OF_SIGNS = re.compile(
    f"[{''.join(_SIGNS)}]{{3,5}}(?=(?:三|四|五)(?:国|國|方|边|邊|邦)|外长|外長|防长|防長|首脑|首腦|领导人|領導人|峰会|峰會|联合|"
    "聯合|联军|关系|關係|合作|三角|总理|总统|军演|海军|对话|合资)"
)


_ZH_FAMILY = frozenset("王李张刘陈杨赵黄吴徐孙胡朱郭罗梁宋郑谢唐冯董萧曹袁邓沈彭吕張劉陳楊趙黃吳孫羅鄭謝馮蕭鄧")
_ZH_EDGE = re.compile(r"[\s，。、；：“”《》（）]|^$|[和与與及同对]")


def is_chinese_name(text: str, start: int, end: int) -> bool:
    """Whether two signs for states are the given name after a Chinese family name.

    >>> is_chinese_name("王美英和李德华", 1, 3), is_chinese_name("对中美关系", 1, 3)
    (True, False)
    """
    if end - start != 2 or start == 0 or text[start - 1] not in _ZH_FAMILY:
        return False
    return bool(_ZH_EDGE.match(text[start - 2 : start - 1] if start > 1 else ""))


def is_chinese_language(text: str, end: int) -> bool:
    """Whether the sign for a language follows: "葡萄牙语"."""
    return text[end : end + 1] in ("语", "語")


def rows_of_signs(text: str) -> list[tuple[int, int, tuple[str, ...]]]:
    """Three to five signs for states before a word for what they do together: start, end, countries.

    >>> rows_of_signs("英法德三国外长会晤")
    [(0, 3, ('GB', 'FR', 'DE'))]
    """
    found = []
    for match in _ROW_OF_SIGNS.finditer(text):
        codes = tuple(_SIGNS[sign] for sign in match.group())
        if len(set(codes)) == len(codes):
            found.append((match.start(), match.end(), codes))
    return found
