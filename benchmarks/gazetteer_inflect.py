"""Word forms of place names and nationalities, by rule: used only when the gazetteer's data are generated.

The rules follow ordinary school grammars and make the forms that news and cables use. They rather make a form
too many than one too few: a form that no text holds costs a few bytes and is never found.
"""

from __future__ import annotations

from collections.abc import Callable

Forms = set[str]
_RU_HUSH = "гкхжчшщ"


def german_adjective(word: str) -> Forms:
    """``chinesisch`` -> chinesisch(e, er, es, en, em)."""
    return {word + end for end in ("", "e", "er", "es", "en", "em")}


def german_noun(word: str) -> Forms:
    """``Chinese`` -> Chinesen, Chinesin, Chinesinnen; ``Inder`` -> Inders, Indern, Inderin, Inderinnen."""
    if word.endswith("e"):
        stem = word[:-1]
        return {word, word + "n", stem + "in", stem + "innen"}
    tails = ("", "s", "n", "in", "innen") if word.endswith("er") else ("", "s", "en", "in", "innen")
    return {word + tail for tail in tails}


def german(word: str) -> Forms:
    return german_noun(word) if word[0].isupper() and not word.startswith("US-am") else german_adjective(word)


def french(word: str) -> Forms:
    if word.endswith("e"):
        return {word, word + "s"}
    if word.endswith(("ien", "éen")):
        return {word, word + "ne", word + "s", word + "nes"}
    if word.endswith("on"):
        return {word, word + "ne", word + "s", word + "nes"}
    if word.endswith("s"):
        return {word, word + "e", word + "es"}
    return {word, word + "e", word + "s", word + "es"}


def spanish(word: str) -> Forms:
    for masculine, plain in (("és", "es"), ("án", "an"), ("ón", "on"), ("ín", "in")):
        if word.endswith(masculine):
            stem = word[: -len(masculine)] + plain
            return {word, stem + "a", stem + "es", stem + "as"}
    if word.endswith("o"):
        return {word[:-1] + end for end in ("o", "a", "os", "as")}
    if word.endswith("ol"):
        return {word, word + "a", word + "es", word + "as"}
    if word.endswith("í"):
        return {word, word + "es", word + "s"}
    return {word, word + ("s" if word[-1] in "aeé" else "es")}


def portuguese(word: str) -> Forms:
    if word.endswith("ês"):
        stem = word[:-2] + "es"
        return {word, stem + "a", stem + "es", stem + "as"}
    if word.endswith("o"):
        return {word[:-1] + end for end in ("o", "a", "os", "as")}
    if word.endswith("eu"):
        return {word, word[:-2] + "eia", word + "s", word[:-2] + "eias"}
    return {word, word + ("s" if word[-1] in "aei" else "es")}


def italian(word: str) -> Forms:
    if word.endswith("o"):
        stem = word[:-1]
        hard = {stem + "hi", stem + "he"} if stem.endswith(("c", "g")) else set()
        return {stem + end for end in "oaie"} | hard
    if word.endswith("e"):
        return {word, word[:-1] + "i"}
    if word.endswith("a"):
        return {word[:-1] + end for end in "aie"}
    return {word}


def dutch(word: str) -> Forms:
    return {word, word + "e"}


def czech(stem: str) -> Forms:
    if stem[0].isupper():
        return {stem + end for end in ("", "a", "u", "em", "e", "é", "i", "ů", "ům", "y", "ech")}
    soft = stem[:-2] + "št" if stem.endswith("sk") else stem[:-2] + "čt" if stem.endswith("ck") else stem
    ends = ("ý", "á", "é", "ého", "ému", "ém", "ým", "ou", "ých", "ými")
    return {stem + end for end in ends} | {soft + "í", stem + "y"}


def arabic(word: str) -> Forms:
    if " " in word:
        return {word}
    bare = {word + end for end in ("", "ة", "ين", "ون", "ا")}
    return bare | {"ال" + form for form in bare}


def russian_demonym(word: str) -> Forms:
    """An adjective's stem (``китайск``), or a plural noun (``китайцы``, ``россияне``, ``турки``)."""
    if word.endswith(("ск", "цк")):
        ends = ("ий", "ая", "ое", "ие", "ого", "ому", "им", "ом", "ой", "ую", "их", "ими")
        return {word + end for end in ends} | {word + "о-"}
    if word.endswith("ец"):
        return {
            word + "к" + e for e in ("ий", "ая", "ое", "ие", "ого", "ому", "им", "ом", "ой", "ую", "их", "ими", "о-")
        }
    if word.endswith("цы"):
        stem = word[:-1]
        one = stem[:-1].removesuffix("й") + "ец"
        return {stem + end for end in ("ы", "ев", "ам", "ами", "ах", "а", "у", "ем", "е")} | {one}
    if word.endswith(("яне", "ане")):
        stem = word[:-1]
        return {stem + end for end in ("е", "", "ам", "ами", "ах", "ин", "ина", "ину", "ином", "ине")}
    if word.endswith("не"):
        stem = word[:-1]
        return {stem + end for end in ("е", "", "ам", "ами", "ах")}
    if word.endswith("ие"):
        return {word}
    stem = word[:-1]
    return {stem + end for end in ("", word[-1], "ов", "ам", "ами", "ах", "а", "у", "ом", "е")}


def ukrainian_demonym(word: str) -> Forms:
    if word.endswith("ьк"):
        ends = ("ий", "ого", "ому", "им", "а", "ої", "ій", "у", "ою", "е", "і", "их", "ими", "о-")
        return {word + end for end in ends}
    if word.endswith("ці"):
        stem = word[:-1]
        return {stem + end for end in ("і", "ів", "ям", "ями", "ях", "я", "ю", "ем")} | {stem[:-1] + "ець"}
    if word.endswith("яни"):
        stem = word[:-1]
        return {stem + end for end in ("и", "", "ам", "ами", "ах", "ин", "ина")}
    stem = word[:-1]
    return {stem + end for end in ("", word[-1], "ів", "ам", "ами", "ах", "а", "у", "ом")}


def polish_demonym(word: str) -> Forms:
    """An adjective's stem (``chińsk``), or ``singular/plural`` of a noun (``Chińczyk/Chińczycy``)."""
    if "/" not in word:
        soft = word.endswith(("k", "g"))
        ends = ("i", "iego", "iemu", "im", "a", "iej", "ą", "ie", "ich", "imi", "o-", "u") if soft else ("i",)
        # "chińscy", "niemieccy", "szwedzcy": of men.
        return {word + end for end in ends} | ({word[:-1] + "cy"} if word.endswith("k") else set())
    one, many = word.split("/")
    forms = {one, many}
    if one.endswith("anin"):
        stem = one[:-2]
        forms |= {one + end for end in ("a", "owi", "em", "ie")}
        return forms | {stem + end for end in ("", "om", "ami", "ach", "ka", "ki", "kę")}
    stem = one[:-2] + "c" if one.endswith("iec") else one[:-2] + "k" if one.endswith("ek") else one
    if one.endswith("niec"):
        stem = one[:-4] + ("ńc" if one != "Niemiec" else "nc")
    if one == "Niemiec":
        stem = "Niemc"
    forms |= {stem + end for end in ("a", "owi", "em", "iem", "u", "ów", "om", "ami", "ach", "y")}
    return forms


def _multi(name: str, noun: Callable[[str], Forms], adjective: Callable[[str], Forms]) -> Forms:
    """Every case of every word against every case of the others would explode; pair them freely for two words."""
    words = name.split(" ")
    if len(words) == 1:
        return noun(name)
    if len(words) == 2 and (heads := adjective(words[0])) and len(heads) > 1:
        tails = adjective(words[1]) if len(adjective(words[1])) > 1 else noun(words[1])
        return {f"{head} {tail}" for head in heads for tail in tails}
    return {name}


def _russian_adjective(word: str) -> Forms:
    if word.endswith("ая"):
        return {word, word[:-2] + "ой", word[:-2] + "ую"}
    if word.endswith(("ое", "ый", "ий", "ой")) and len(word) > 4:
        stem = word[:-2]
        soft = word.endswith("ий") or stem[-1] in _RU_HUSH
        return {word} | {stem + end for end in (("ого", "ому", "им", "ом") if soft else ("ого", "ому", "ым", "ом"))}
    if word.endswith(("ые", "ие")) and len(word) > 4:
        stem = word[:-1]
        return {word, stem + "х", stem + "м", stem + "ми"}
    return {word}


def _russian_noun(word: str) -> Forms:
    last, stem = word[-1], word[:-1]
    out = {word}
    if word.isupper() or len(word) < 4:
        return out
    if word.endswith(("ия", "ья")):
        tail = ("и", "ю", "ей")
    elif last == "а":
        soft = stem[-1] in _RU_HUSH
        tail = (
            ("и" if soft else "ы", "е", "у", "ой", "ей")
            if stem[-1] in "жчшщц"
            else ("и" if soft else "ы", "е", "у", "ой")
        )
    elif last == "я":
        tail = ("и", "е", "ю", "ей")
    elif word.endswith("ий"):
        tail = ("я", "ю", "ем", "и")
    elif last == "й":
        tail = ("я", "ю", "ем", "е")
    elif last == "ь":
        tail = ("я", "ю", "ем", "е", "и")
        out.add(word + "ю")
    elif last in "ыи":
        tail = ("", "ов", "ам", "ами", "ах", "ям", "ями", "ях", "ей")
    elif word.endswith(("ово", "ево", "ино", "ено")):
        tail = ("а", "у", "ом", "е")
    elif last in "оеуэюё":
        return out
    else:
        tails = {word + end for end in ("а", "у", "ом", "е")} | ({word + "ем"} if last in "жчшщц" else set())
        if word.endswith("ец"):
            tails |= {word[:-2] + "ц" + end for end in ("а", "у", "ем", "е")}
        return out | tails
    return out | {stem + end for end in tail}


def russian_name(name: str) -> Forms:
    """Cases of a place name in Russian: ``Китай`` -> Китая, Китаю, Китаем, Китае."""
    adjectival = _russian_adjective(name) if name.endswith(("ый", "ая", "ое")) and " " not in name else set()
    if "-" in name and " " not in name:
        head, tail = name.rsplit("-", 1)
        return {name} | {f"{head}-{form}" for form in _russian_noun(tail)}
    return _multi(name, _russian_noun, _russian_adjective) | adjectival


def _ukrainian_adjective(word: str) -> Forms:
    if word.endswith("а") and len(word) > 4:
        stem = word[:-1]
        return {word, stem + "ої", stem + "ій", stem + "у", stem + "ою"}
    if word.endswith("ий"):
        stem = word[:-2]
        return {word, stem + "ого", stem + "ому", stem + "им"}
    return {word}


def _ukrainian_noun(word: str) -> Forms:
    last, stem = word[-1], word[:-1]
    if word.isupper() or len(word) < 4:
        return {word}
    if last == "а":
        soft = stem[:-1] + {"г": "з", "к": "ц", "х": "с"}.get(stem[-1], stem[-1])
        return {word, soft + "і", stem + "и", stem + "у", stem + "ою", stem + "ею", stem + "і"}
    if word.endswith("ія"):
        return {word} | {stem + end for end in ("ї", "ю", "єю")}
    if last == "я":
        return {word} | {stem + end for end in ("і", "ї", "ю", "ею")}
    if last == "й":
        return {word} | {stem + end for end in ("ю", "я", "єм", "ї", "єві")}
    if last == "ь":
        return {word} | {stem + end for end in ("я", "ю", "ем", "і")}
    if last in "иі":
        return {word} | {stem + end for end in ("", "ам", "ами", "ах", "ів")}
    if last in "оеуюї":
        return {word}
    return {word} | {word + end for end in ("а", "у", "ом", "і", "ові", "ем")}


def ukrainian_name(name: str) -> Forms:
    if "-" in name and " " not in name:
        head, tail = name.rsplit("-", 1)
        return {name} | {f"{head}-{form}" for form in _ukrainian_noun(tail)}
    return _multi(name, _ukrainian_noun, _ukrainian_adjective)


_PL_SOFT = {
    "t": "cie",
    "d": "dzie",
    "ł": "le",
    "n": "nie",
    "s": "sie",
    "z": "zie",
    "w": "wie",
    "m": "mie",
    "p": "pie",
    "b": "bie",
    "f": "fie",
    "k": "ce",
    "g": "dze",
    "r": "rze",
    "l": "li",
    "c": "cy",
}


def _polish_adjective(word: str) -> Forms:
    if len(word) < 4:
        return {word}
    stem, last = word[:-1], word[-1]
    soft = "i" if stem[-1] in "kg" else ""
    if last == "a":
        return {word, stem + soft + "ej", stem + "ą"}
    if last in "iy":
        return {
            word,
            stem + ("i" if last == "i" else "") + "ego",
            stem + ("i" if last == "i" else "") + "emu",
            word + "m",
        }
    if last == "e":
        stem = stem.removesuffix("i")
        vowel = "i" if stem[-1] in "kg" else "y"
        return {word} | {stem + vowel + end for end in ("ch", "m", "mi")}
    return {word}


def _polish_noun(word: str) -> Forms:
    last, stem = word[-1], word[:-1]
    if word.isupper() or len(word) < 4:
        return {word}
    if last == "a":
        if word.endswith("ia"):
            ends = ("i", "ę", "ą", "o")
            return {word} | {stem + end for end in ends} | {stem[:-1] + "i"}
        if word.endswith("ja"):
            return {word} | {stem + end for end in ("i", "ę", "ą")}
        loc = stem[:-1] + _PL_SOFT.get(stem[-1], stem[-1] + "ie")
        return {word, loc, stem + "y", stem + "i", stem + "ę", stem + "ą"}
    if last in "yi":
        return {word} | {stem + end for end in ("", "om", "ami", "ach", "ów")}
    if word.endswith("ice"):
        return {word} | {stem + end for end in ("", "om", "ami", "ach")}
    if last in "eoéuó":
        return {word}
    if word.endswith("ów"):
        return {word} | {word[:-2] + "ow" + end for end in ("a", "owi", "em", "ie")}
    plain = stem + {"ń": "ni", "ź": "zi", "ś": "si", "ć": "ci"}.get(last, last)
    loc = stem + _PL_SOFT.get(last, last + "u")
    instr = plain + ("iem" if last in "kg" else "em")
    return {word, loc, instr} | {plain + end for end in ("u", "a", "owi")}


def polish_name(name: str) -> Forms:
    """Cases of a place name in Polish: ``Wietnam`` -> Wietnamu, Wietnamem, Wietnamie; ``Chiny`` -> Chin, Chinach."""
    if "-" in name and " " not in name:
        return {name}
    words = name.split(" ")
    if len(words) == 2:
        # Polish puts the adjective last as often as first.
        last = _polish_adjective(words[1])
        both = {f"{a} {b}" for a in _polish_noun(words[0]) for b in last} if len(last) > 1 else set()
        return both | _multi(name, _polish_noun, _polish_adjective)
    return _polish_noun(name)


def slavic_name(name: str) -> Forms:
    """Czech, Slovak, Slovene, Croatian and Serbian, roughly: the commonest endings of one-word names."""
    if " " in name or "-" in name or len(name) < 4 or name.isupper():
        return {name}
    last, stem = name[-1], name[:-1]
    if last in "aа":
        ends = ("y", "e", "i", "u", "ou", "om", "o", "ě") if last == "a" else ("е", "и", "у", "ом")
        return {name} | {stem + end for end in ends}
    if last in "eoi":
        return {name} | {stem + end for end in ("a", "u", "em", "om", "i", "í", "ím")}
    if last.isascii() or last in "čďňřšťžćđ":
        return {name} | {name + end for end in ("u", "a", "em", "om", "e", "ě")}
    return {name} | ({name + end for end in ("а", "у", "ом", "е")} if "а" <= last <= "ш" else set())


def hungarian_name(name: str) -> Forms:
    """The vowel before a suffix: ``Kína`` -> Kíná(ban); the suffix itself is allowed by the matcher."""
    return {name, name[:-1] + {"a": "á", "e": "é"}[name[-1]]} if name[-1] in "ae" else {name}


def greek_name(name: str) -> Forms:
    if name[-1] in "αη":
        return {name, name + "ς"}
    return {name, name[:-2] + "ο", name[:-2] + "ου"} if name.endswith("ος") else {name}


def romanian_name(name: str) -> Forms:
    return {name, name[:-1] + "ei"} if name.endswith("a") and len(name) > 4 else {name}


def genitive_s(name: str) -> Forms:
    """German, Swedish, Danish and Norwegian: Chinas, Vietnams."""
    return {name} if name[-1] in "sxzß" or len(name) < 4 or name.isupper() else {name, name + "s"}


DEMONYM_RULES: dict[str, Callable[[str], Forms]] = {
    "de": german,
    "fr": french,
    "es": spanish,
    "pt": portuguese,
    "it": italian,
    "nl": dutch,
    "cs": czech,
    "ar": arabic,
    "ru": russian_demonym,
    "uk": ukrainian_demonym,
    "pl": polish_demonym,
    "en": lambda w: {w.replace("-", " ") if w in _SPACED else w},
}
_SPACED = {"South-Korean", "North-Korean", "Sri-Lankan", "Costa-Rican", "South-African", "New-Zealander"}
NAME_RULES: dict[str, Callable[[str], Forms]] = {
    "ru": russian_name,
    "uk": ukrainian_name,
    "pl": polish_name,
    "de": genitive_s,
    "sv": genitive_s,
    "da": genitive_s,
    "no": genitive_s,
    "nb": genitive_s,
    "cs": slavic_name,
    "sk": slavic_name,
    "hu": hungarian_name,
    "el": greek_name,
    "ro": romanian_name,
    "sl": slavic_name,
    "hr": slavic_name,
    "bs": slavic_name,
    "sr": slavic_name,
    "be": slavic_name,
}
