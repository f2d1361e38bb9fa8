"""The day on which a sentence says that something happened: a date, a day of the week, "yesterday"."""

from __future__ import annotations

import re
from datetime import date, timedelta

_MONTHS = {
    "en": "january february march april may june july august september october november december",
    "fr": "janvier février mars avril mai juin juillet août septembre octobre novembre décembre",
    "de": "januar februar märz april mai juni juli august september oktober november dezember",
    "es": "enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre diciembre",
    "ru": "января февраля марта апреля мая июня июля августа сентября октября ноября декабря",
}
_WEEK = {
    "en": "monday tuesday wednesday thursday friday saturday sunday",
    "fr": "lundi mardi mercredi jeudi vendredi samedi dimanche",
    "de": "montag dienstag mittwoch donnerstag freitag samstag sonntag",
    "es": "lunes martes miércoles jueves viernes sábado domingo",
}
_RU_WEEK = ("понедельник", "вторник", "сред[уы]", "четверг", "пятниц[уы]", "суббот[уы]", "воскресень[ея]")
_VI_WEEK = ("thứ hai", "thứ ba", "thứ tư", "thứ năm", "thứ sáu", "thứ bảy", "chủ nhật")
_YESTERDAY = {
    "en": "yesterday", "fr": "hier", "de": "gestern", "es": "ayer", "ru": "вчера", "vi": "hôm qua", "zh": "昨天|昨日",
}  # fmt: skip
_SIGNS = {c: i for i, c in enumerate("零一二三四五六七八九")}
_YEAR = re.compile(r"(?<![\d.,/-])(1[89]\d\d|20\d\d)(?![\d/-]|[.,]\d)")
_FAR = 45
"""A date further back than this many days is of another happening."""


def told_day(text: str, *, lang: str, written: date, clause: str | None = None) -> date | None:
    """The day of what the sentence tells, at the latest the day it was written.

    None where it, or the ``clause`` that is in question, tells of long ago: it is then no news. A date that lies ahead,
    and none at all, give ``written``.

    >>> told_day("Ships collided on Saturday.", lang="en", written=date(2014, 5, 5))
    datetime.date(2014, 5, 3)
    >>> told_day("In 1979 the army crossed the border.", lang="en", written=date(2014, 5, 5)) is None
    True
    """
    lower = text.lower()
    found = _dated(lower, lang, written)
    if found is not None:
        if found > written:
            return written
        return found if (written - found).days <= _FAR else None
    years = [
        int(y)
        for y in re.findall(r"(?<![\d.,/-])(1[89]\d\d|20\d\d)(?![\d/-]|[.,]\d)", text if clause is None else clause)
    ]
    if years and all(year < written.year for year in years) and not _excused(lower):
        return None
    pattern = _YESTERDAY.get(lang)
    if pattern and re.search(rf"\b(?:{pattern})\b" if lang != "zh" else pattern, lower):
        return written - timedelta(days=1)
    weekday = _weekday(lower, lang)
    if weekday is not None:
        return written - timedelta(days=(written.weekday() - weekday) % 7)
    return written


def _excused(lower: str) -> bool:
    """Whether a past year is that of a law or a beginning, not of what is told."""
    return (
        re.search(r"\b(?:since|depuis|seit|desde|từ năm|convention|công ước|abkommen von|unclos)\b|с \d{4}|公约", lower)
        is not None
    )


def _weekday(lower: str, lang: str) -> int | None:
    if lang == "ru":
        names: tuple[str, ...] = _RU_WEEK
    elif lang == "vi":
        names = _VI_WEEK
    elif lang in _WEEK:
        names = tuple(_WEEK[lang].split())
    elif lang == "zh":
        match = re.search(r"(?:星期|周)([一二三四五六日天])", lower)
        return None if match is None else ("一二三四五六日".find(match.group(1)) if match.group(1) != "天" else 6)
    else:
        return None
    for i, name in enumerate(names):
        if re.search(rf"\b{name}\b", lower):
            return i
    return None


def _dated(lower: str, lang: str, written: date) -> date | None:
    if lang in _MONTHS:
        months = _MONTHS[lang].split()
        names = "|".join(months)
        patterns = [rf"\b(\d{{1,2}})(?:er|º|\.|st|nd|rd|th)?\s+(?:de\s+)?({names})\b(?:\s+(?:de\s+)?(\d{{4}}))?"]
        if lang == "en":
            patterns.append(rf"\b({names})\s+(\d{{1,2}})(?:st|nd|rd|th)?\b(?:,?\s+(\d{{4}}))?")
        for i, pattern in enumerate(patterns):
            if (match := re.search(pattern, lower)) is not None:
                day, month = (match.group(1), match.group(2)) if i == 0 else (match.group(2), match.group(1))
                return _made(match.group(3), months.index(month) + 1, int(day), written)
        return None
    if lang == "vi":
        match = re.search(r"(?<!\d)(\d{1,2})[/.-](\d{1,2})(?:[/.-](\d{4}))?(?!\d)", lower) or re.search(
            r"ngày (\d{1,2}) tháng (\d{1,2})(?: năm (\d{4}))?", lower
        )
        return None if match is None else _made(match.group(3), int(match.group(2)), int(match.group(1)), written)
    if lang == "zh":
        match = re.search(r"(?:(\d{4})年)?(\d{1,2})月(\d{1,2})[日号]", lower)
        if match is not None:
            return _made(match.group(1), int(match.group(2)), int(match.group(3)), written)
        match = re.search(r"(?:([一二三四五六七八九十]{1,2})月)?([一二三四五六七八九十]{1,3})[日号](?![本])", lower)
        if match is not None:
            month = _number(match.group(1)) if match.group(1) else written.month
            made = _made(None, month, _number(match.group(2)), written)
            if made is not None and made > written and not match.group(1):
                return written
            return made
    return None


def _number(signs: str) -> int:
    if "十" not in signs:
        return _SIGNS.get(signs[0], 0)
    tens, _, ones = signs.partition("十")
    return 10 * (_SIGNS.get(tens, 1) if tens else 1) + (_SIGNS.get(ones, 0) if ones else 0)


def _made(year: str | None, month: int, day: int, written: date) -> date | None:
    try:
        made = date(int(year) if year else written.year, month, day)
        # "28 December" told in January is of the year before.
        if year is None and (made - written).days > 180:
            made = made.replace(year=made.year - 1)
    except ValueError:
        return None
    return made
