"""Signs, compounds and first parts that name one country or two."""

from __future__ import annotations

import collections

from gazetteer_tables_io import Row, table, words

_ZH_AFTER = words(
    """
    方 军 軍 媒 籍 商 企 舰 艦 机 總統 总统 首相 总理 外长 防长 国防部 国务卿 国会 政府 驻华 驻越 联储 财长 官员
    """
)
_JA_AFTER = words(
    """
    軍 国 紙 政府 大統領 首相 外相 国務 国防 議会 側 メディア 当局 高官 企業
    """
)


def short_signs() -> Row:
    """Signs and compounds that name one country ("美军") or several ("中美", "Việt - Trung", "Sino-")."""
    signs: dict[str, dict[str, str]] = {}
    for line in table("abbreviations.txt"):
        lang, rest = line.split(":", 1)
        signs[lang] = {pair.split()[0]: pair.split()[1] for pair in rest.split(",")}
    now = {"SU": "RU"}
    found: dict[str, dict[str, list[str]]] = collections.defaultdict(dict)
    for line in table("compounds.txt"):
        lang, rest = line.split(":", 1)
        for word in rest.split():
            found[lang][word] = [now.get(signs[lang][sign], signs[lang][sign]) for sign in word]
    found["zh"] |= {
        "巴以": ["PS", "IL"],
        "以巴": ["IL", "PS"],
        "两岸": ["CN", "TW"],
        "兩岸": ["CN", "TW"],
        "美日韩": ["US", "JP", "KR"],
        "中日韩": ["CN", "JP", "KR"],
        "中俄印": ["CN", "RU", "IN"],
        "美英澳": ["US", "GB", "AU"],
    }
    found["ja"] |= {"日米韓": ["JP", "US", "KR"], "日中韓": ["JP", "CN", "KR"], "日米豪": ["JP", "US", "AU"]}
    found["ko"] |= {
        "한미일": ["KR", "US", "JP"],
        "한중일": ["KR", "CN", "JP"],
        "북중러": ["KP", "CN", "RU"],
        "북미 정상회담": ["KP", "US"],
        "북미정상회담": ["KP", "US"],
        "북미 회담": ["KP", "US"],
    }
    for sign, code in signs["zh"].items():
        if sign not in "中加老哈古委波希土以伊巴蒙墨苏蘇黎朝台法德":
            for tail in sorted(_ZH_AFTER):
                found["zh"][sign + tail] = [code]
    found["zh"] |= {
        "中方": ["CN"],
        "以军": ["IL"],
        "以軍": ["IL"],
        "以方": ["IL"],
        "伊方": ["IR"],
        "台军": ["TW"],
        "台軍": ["TW"],
        "中企": ["CN"],
        "朝方": ["KP"],
        "苏军": ["RU"],
        "蘇軍": ["RU"],
        "土方": ["TR"],
        "法军": ["FR"],
        "德军": ["DE"],
        "法軍": ["FR"],
        "德軍": ["DE"],
        "法方": ["FR"],
        "德方": ["DE"],
    }
    for sign in ("法商", "德商", "德企", "日商", "英商", "日机", "德机", "法机", "印机", "日籍", "印商"):
        found["zh"].pop(sign, None)
    for sign, code in signs["ja"].items():
        if sign in "米露英仏独豪":
            for tail in sorted(_JA_AFTER):
                found["ja"][sign + tail] = [code]
    vietnamese = signs["vi"]
    plain = {"Mỹ", "Nga", "Anh", "Pháp", "Đức", "Lào", "Úc"}
    wide = {
        **vietnamese,
        "Trung Quốc": "CN",
        "Hàn Quốc": "KR",
        "Triều Tiên": "KP",
        "Ấn Độ": "IN",
        "Nhật Bản": "JP",
        "Việt Nam": "VN",
        "Ukraine": "UA",
        "Iran": "IR",
        "EU": "EU",
    }
    for first, one in wide.items():
        for second, two in wide.items():
            shorts = (first in vietnamese) + (second in vietnamese)
            if one == two or shorts == 0 or "EU" in (one, two) or (shorts == 1 and {first, second} & (plain - {"Anh"})):
                continue
            codes = [now.get(one, one), now.get(two, two)]
            for between in ("-", " - ") + (
                (" ",)
                if "Việt" in (first, second)
                and {first, second} & {"Trung", "Mỹ", "Nhật", "Nga", "Lào", "Hàn", "Ấn"}
                and shorts == 2
                else ()
            ):
                found["vi"][first + between + second] = codes
    found["vi"] |= {"Liên Xô - Trung Quốc": ["RU", "CN"], "Xô - Mỹ": ["RU", "US"], "liên Triều": ["KR", "KP"]}
    prefixes: dict[str, str] = {}
    for line in table("prefixes.txt"):
        code, rest = line.split(":", 1)
        prefixes |= {word: now.get(code, code) for word in rest.split()}
    return {
        "id": "compound:all",
        "kind": "compound",
        "name": "",
        "country": None,
        "names": {},
        "compounds": found,
        "prefixes": prefixes,
    }
