"""Which news agency a text credits: its dateline or its last line says so, in the forms that papers use."""

from __future__ import annotations

import re

# The agency as we call it, and how it is written. Case counts: "ap" and "efe" are words of some languages.
_NAMES: dict[str, tuple[str, ...]] = {
    "AFP": ("AFP", "Agence France-Presse", "Agence France Presse"),
    "AP": ("AP", "Associated Press", "The Associated Press"),
    "Reuters": ("Reuters", "REUTERS", "Thomson Reuters", "Рейтер", "路透社", "路透", "ロイター", "로이터"),
    "VNA": ("TTXVN", "VNA", "Vietnam News Agency", "Thông tấn xã Việt Nam", "VNP", "Vietnam+"),
    "Xinhua": ("Xinhua", "XINHUA", "新华社", "新華社", "新华网", "Tân Hoa xã", "Tân Hoa Xã", "THX", "Синьхуа",
               "Chine nouvelle"),
    "CNS": ("中新社", "中新网", "China News Service"),
    "TASS": ("TASS", "ITAR-TASS", "ТАСС", "ИТАР-ТАСС"),
    "Interfax": ("Interfax", "Интерфакс"),
    "RIA Novosti": ("RIA Novosti", "РИА Новости"),
    "Ukrinform": ("Ukrinform", "Укринформ", "Укрінформ"),
    "dpa": ("dpa", "DPA"),
    "EFE": ("EFE",),
    "Europa Press": ("Europa Press", "EUROPA PRESS"),
    "ANSA": ("ANSA",),
    "Lusa": ("Lusa", "LUSA"),
    "PAP": ("PAP",),
    "CTK": ("ČTK", "CTK"),
    "APA": ("APA",),
    "Belga": ("Belga", "BELGA"),
    "Kyodo": ("Kyodo", "KYODO", "Kyodo News", "共同", "共同通信"),
    "Jiji": ("Jiji", "Jiji Press", "時事", "時事通信"),
    "Yonhap": ("Yonhap", "연합뉴스", "韩联社", "韓聯社", "聯合"),
    "KCNA": ("KCNA", "조선중앙통신", "朝中社"),
    "Bernama": ("Bernama", "BERNAMA"),
    "Antara": ("ANTARA", "Antara"),
    "PTI": ("PTI",),
    "ANI": ("ANI",),
    "AAP": ("AAP",),
    "UPI": ("UPI",),
    "Anadolu": ("Anadolu", "Anadolu Agency", "Anadolu Ajansı"),
    "IRNA": ("IRNA",),
    "SPA": ("SPA",),
    "WAM": ("WAM",),
    "Bloomberg": ("Bloomberg",),
}  # fmt: skip
_AGENCY = {name: agency for agency, names in _NAMES.items() for name in names}
_ANY = "|".join(re.escape(name) for name in sorted(_AGENCY, key=len, reverse=True))
_EDGE = 240

# "HANOI, May 3 (Reuters) -", "(TTXVN/Vietnam+)", "/ТАСС/", "【北京共同】", "(서울=연합뉴스)": between brackets.
_BRACKETED = re.compile(
    rf"[(（/\[【](?:[^()（）/\[\]【】\n]{{0,24}}[=\s])?({_ANY})(?:[/,;=\s][^()（）\[\]【】\n]{{0,40}})?[)）/\]】]"
)
_JAPANESE = re.compile(r"【[^【】\n]{1,12}?(共同|時事)】")
# "新华社北京5月3日电", "TTXVN - ", "AFP - ", "ANSA, Rome -": the first thing said, or after a place and a date.
_DATELINE = re.compile(rf"^[^\n]{{0,48}}?(?<!\w)({_ANY})(?:[^\n]{{0,16}}?[电電讯訊]|\s*[-–—:]\s)")
# "Theo TTXVN", "© AFP", "Source: Xinhua", "Copyright 2014 The Associated Press": named as whose text it is.
_CREDIT = re.compile(
    rf"(?:©|\(c\)|[Cc]opyright|[Ss]ource|[Qq]uelle|[Ff]uente|[Ff]onte|[Źź]ródło|[Ии]сточник|[Nn]guồn|[Tt]heo|来源|來源|出典|출처)"
    rf"[\s:：-]{{0,3}}(?:\d{{4}}\s{{1,2}})?({_ANY})(?!\w)"
)
_SIGNED = re.compile(rf"[-–—]\s{{0,2}}({_ANY})[\s.]*$")
_EDITED = re.compile(r"\(Reporting by [^()\n]{3,160}[Ee]diting by [^()\n]{3,80}\)")


def agency_of(text: str, *, author: str = "") -> str | None:
    """The agency that the text credits at its beginning or end, or that ``author`` names; None where there is none.

    >>> agency_of("HANOI, May 3 (Reuters) - A rig was moved."), agency_of("AP and others were there.")
    ('Reuters', None)
    """
    head, tail = text[:_EDGE], text[-_EDGE:].rstrip()
    for found in (
        _BRACKETED.search(head), _JAPANESE.search(head), _DATELINE.search(head), _CREDIT.search(tail),
        _BRACKETED.search(tail), _SIGNED.search(tail),
    ):  # fmt: skip
        if found is not None:
            return _AGENCY[found.group(1)]
    if _EDITED.search(text[-400:]):
        return "Reuters"
    named = re.fullmatch(rf"\s*(?:[^/|,]{{0,60}}[/|,]\s*)?({_ANY})\s*", author[:120])
    return None if named is None else _AGENCY[named.group(1)]
