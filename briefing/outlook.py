"""Sentences about what is still to come, found by words and dates."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from domain.text import strip_invisible

_FAR = timedelta(days=400)
_BACK = timedelta(days=45)

_I = re.IGNORECASE
# Firm: something is set. Open: something is meant or expected.
_FIRM = {
    "en": r"\b(?:deadline|ultimatum|scheduled (?:for|to)|(?:is|are) (?:due|set) to|by the end of"
          r"|next (?:week|month|year)|in the coming (?:days|weeks|months)|until further notice"
          r"|within \w+ (?:days|weeks|months))\b",
    "vi": r"\b(?:hạn chót|thời hạn|tối hậu thư|dự kiến|tuần tới|tháng tới|năm tới|sắp tới|sắp diễn ra"
          r"|trong những ngày tới)\b",
    "fr": r"\b(?:date limite|échéance|ultimatum|d'ici (?:à|au|la)|(?:est|sont) prévue?s?|la semaine prochaine"
          r"|le mois prochain|l'an prochain|dans les prochain\w+ (?:jours|semaines|mois)|jusqu'à nouvel ordre)\b",
    "de": r"\b(?:Frist|Ultimatum|bis (?:zum|Ende)|(?:nächste|kommende)[nr]? (?:Woche|Monat|Jahr|Tage)"
          r"|in den kommenden|bis auf Weiteres|(?:ist|sind) geplant|angesetzt)\b",
    "es": r"\b(?:plazo|ultimátum|fecha límite|(?:está|están) previst\w+|próxima semana|próximo (?:mes|año)"
          r"|en los próximos|hasta nuevo aviso|antes de que termine)\b",
    "ru": r"\b(?:крайний срок|до конца|ультиматум|запланирован\w*|намечен\w*|на следующей неделе"
          r"|в следующем месяце|в ближайш\w+ (?:дни|недели|месяцы)|в течение ближайш\w+)\b",
    "zh": r"(?:截止|期限|最后通牒|定于|将于|预定|下周|下个?月|明年|近期内|未来(?:几|数)[天周月]|即将)",
}  # fmt: skip
_OPEN = {
    "en": r"\b(?:will|plans? to|intends? to|expects? to|expected to|is considering|are considering|weighs|vows? to"
          r"|prepar(?:es|ing) to|could soon|shall|to be held)\b",
    "vi": r"\b(?:sẽ|(?:có|lên|theo) kế hoạch|có ý định|chuẩn bị|cân nhắc|sắp|xem xét khả năng)\b",
    "fr": r"\b(?:prévoi(?:t|ent)|compte(?:nt)? \w+er|envisage(?:nt)?|devrai(?:t|ent)|entend(?:ent)? \w+[ei]r"
          r"|s'apprête(?:nt)? à|[a-zà-ÿ]{3,}(?:er|ir|dr)(?:a|ont)|sera|seront|aura|auront|fera|feront)\b",
    "de": r"\b(?:soll|sollen|will|wollen|plant|planen|erwägt|erwägen|beabsichtigt|wird voraussichtlich)\b"
          r"|\b(?:wird|werden)\b[^.,]{0,120}\b(?!ge)[a-zäöü]+(?:en|ern|eln)[.,]",
    "es": r"\b(?:planea\w*|prevén?|tiene previsto|estudia\w*|se prepara\w* para|se espera"
          r"|\w{2,}(?:ar|er|ir|dr)(?:á|án))\b",
    "ru": r"\b(?:будет|будут|планиру\w+|намерен\w*|собира(?:ется|ются)|ожида(?:ется|ются)|состоится|состоятся"
          r"|рассматрива\w+)\b",
    "zh": r"(?:将(?!军|领|士|官|其|该|此)|计划|预计|拟|准备|考虑|打算|有望)",
}  # fmt: skip
_FIRM_RE = {lang: re.compile(pattern, _I) for lang, pattern in _FIRM.items()}
_OPEN_RE = {lang: re.compile(pattern, _I) for lang, pattern in _OPEN.items()}

_MONTHS = {
    "en": "january february march april may june july august september october november december",
    "fr": "janvier février mars avril mai juin juillet août septembre octobre novembre décembre",
    "de": "januar februar märz april mai juni juli august september oktober november dezember",
    "es": "enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre diciembre",
    "ru": "января февраля марта апреля мая июня июля августа сентября октября ноября декабря",
}
_BY_NAME = {lang: {name: i for i, name in enumerate(line.split(), 1)} for lang, line in _MONTHS.items()}
_ISO = re.compile(r"\b(?P<y>\d{4})-(?P<m>\d\d)-(?P<d>\d\d)\b")
_YEAR = r"(?:,? (?:de )?(?P<y>\d{4}))?\b"
_ZH = r"[\d一二三四五六七八九十廿]{1,3}"
_DATES = {
    lang: [re.compile(rf"\b(?P<d>\d\d?)(?:er|st|nd|rd|th|\.)? (?:de |of )?(?P<name>{'|'.join(table)}){_YEAR}", _I)]
    for lang, table in _BY_NAME.items()
}
_DATES["en"].append(
    re.compile(rf"\b(?P<name>{'|'.join(_BY_NAME['en'])}) (?P<d>\d\d?)(?:st|nd|rd|th)?(?!\d){_YEAR}", _I)
)
_DATES["vi"] = [
    re.compile(r"\b(?P<d>\d\d?)/(?P<m>\d\d?)(?:/(?P<y>\d{4}))?\b"),
    re.compile(r"\b(?P<d>\d\d?) tháng (?P<m>\d\d?)(?: năm (?P<y>\d{4}))?\b", _I),
]
_DATES["zh"] = [re.compile(rf"(?:(?P<y>\d{{4}})年)?(?P<m>{_ZH})月(?P<d>{_ZH})[日号]")]
_HAN = {c: i for i, c in enumerate("零一二三四五六七八九")}


@dataclass(frozen=True, slots=True)
class Outlook:
    """How far a sentence looks ahead: ``strength`` from 0, and the first date it names that is still to come."""

    strength: float
    on: date | None


def outlook(text: str, *, lang: str, published: datetime | None, until: datetime) -> Outlook:
    """What a sentence says of the time after ``until``.

    A date still to come counts 2, a word for something set (deadline, scheduled) 1.5, a word for something meant or
    expected (will, plans) 1; a date of the past alone takes 1 away. Strength 0 where the language has no list and the
    sentence no ISO date.
    """
    text = strip_invisible(text)
    strength = 0.0
    if lang in _FIRM_RE and _FIRM_RE[lang].search(text):
        strength += 1.5
    if lang in _OPEN_RE and _OPEN_RE[lang].search(text):
        strength += 1.0
    dates = dates_in(text, lang=lang, near=(published or until).date())
    ahead = sorted(d for d in dates if until.date() <= d <= until.date() + _FAR)
    if ahead:
        strength += 2.0
    elif dates:
        strength -= 1.0
    return Outlook(max(strength, 0.0), ahead[0] if ahead else None)


def dates_in(text: str, *, lang: str, near: date) -> tuple[date, ...]:
    """The calendar days a sentence names; a year not given is the one that puts the day soonest after ``near``.

    A day up to 45 days before ``near`` counts as that one rather than as next year's.
    """
    found = []
    for pattern in (_ISO, *_DATES.get(lang, ())):
        for match in pattern.finditer(text):
            parts = match.groupdict()
            month = _BY_NAME[lang][parts["name"].lower()] if parts.get("name") else _numeral(parts["m"])
            day = _date(parts.get("y"), month, _numeral(parts["d"]), near)
            if day is not None:
                found.append(day)
    return tuple(found)


def _numeral(text: str) -> int:
    """A number below 100 in digits or Chinese numerals; 0 for what is none."""
    if text.isdecimal():
        return int(text)
    text = text.replace("廿", "二十")
    if "十" in text:
        tens, _, ones = text.partition("十")
        return (_HAN.get(tens, 0) if tens else 1) * 10 + (_HAN.get(ones, 0) if ones else 0)
    return _HAN.get(text, 0)


def _date(year: str | None, month: int, day: int, near: date) -> date | None:
    try:
        if year is not None:
            return date(int(year), month, day)
        this = date(near.year, month, day)
        return this if this >= near - _BACK else date(near.year + 1, month, day)
    except ValueError:
        return None
