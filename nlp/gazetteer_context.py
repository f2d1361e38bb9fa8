"""What the words around a name say it is: a ship, a treaty, a person, a town of the same name elsewhere.

Pure functions beside ``nlp.gazetteer_rules``. Each speaks of a kind of name, never of one sentence.
"""

from __future__ import annotations

import re
from collections.abc import Set as AbstractSet

from nlp.gazetteer_rules import SURNAME_LIKE
from nlp.names import is_given, is_ordinary, looks

_QUOTES = "\"'“”„«»‘‚"


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


# --- ships ---------------------------------------------------------------------------------------------------------

_SHIPS = {
    "en": "ship ships vessel trawler frigate destroyer cruiser carrier submarine tanker freighter ferry yacht liner "
    "corvette schooner tug icebreaker steamer warship patrol-boat boat barge",
    "fr": "navire bateau paquebot frégate destroyer croiseur porte-avions sous-marin pétrolier cargo ferry yacht "
    "voilier chalutier corvette goélette remorqueur brise-glace vapeur vraquier porte-conteneurs cuirassé",
    "de": "schiff frachter fregatte zerstörer kreuzer flugzeugträger u-boot tanker fähre jacht yacht segeljacht "
    "segelyacht segelschiff kutter korvette schoner schlepper eisbrecher dampfer containerschiff öltanker "
    "kreuzfahrtschiff forschungsschiff schulschiff linienschiff passagierschiff",
    "es": "buque barco fragata destructor crucero portaaviones submarino petrolero carguero ferri ferry yate corbeta "
    "goleta remolcador rompehielos vapor pesquero trasatlántico transatlántico mercante velero acorazado",
    "pt": "navio barco fragata contratorpedeiro cruzador porta-aviões submarino petroleiro cargueiro ferry iate "
    "corveta escuna rebocador quebra-gelo vapor traineira transatlântico veleiro",
    "it": "nave fregata cacciatorpediniere incrociatore portaerei sottomarino petroliera cargo traghetto yacht "
    "corvetta goletta rimorchiatore piroscafo peschereccio transatlantico",
    "pl": "statek okręt fregata niszczyciel krążownik lotniskowiec tankowiec frachtowiec prom jacht korweta szkuner "
    "holownik lodołamacz parowiec kuter kontenerowiec",
    "ru": "судно корабль фрегат эсминец крейсер авианосец подлодка танкер сухогруз паром яхта корвет шхуна буксир "
    "ледокол пароход траулер теплоход контейнеровоз лайнер",
    "vi": "tàu thuyền du thuyền khu trục hạm hàng không mẫu hạm",
}
_SHIP_WORDS = {lang: _words(text) for lang, text in _SHIPS.items()}
_SHIP_PREFIX = re.compile(r"\b(?:USS|HMS|RMS|HMAS|HMCS|USNS|USCGC|MV|M/V|MS|MT|INS|ROKS|BRP|KRI|HNLMS|SS) [\"'“„«]?$")
# Languages in which the name of a state may follow the word for a ship without a preposition, as whose ship it is.
_STATES_FOLLOW = frozenset({"vi", "pl", "ru", "en"})


def is_ship(text: str, start: int, end: int, lang: str | None) -> bool:
    """Whether a ship bears the name.

    >>> is_ship("Le paquebot France a coulé.", 12, 18, "fr")
    True
    >>> is_ship("Танкер Ирана задержан.", 7, 12, "ru"), is_ship("The tanker Iran seized is empty.", 11, 15, "en")
    (False, False)
    >>> is_ship("The trawler Jamaica Star sank.", 12, 19, "en")
    True
    """
    head = text[max(0, start - 30) : start]
    if _SHIP_PREFIX.search(head):
        return True
    quoted = head[-1:] != "" and head[-1] in _QUOTES
    token = head.rstrip(_QUOTES).rstrip(" ").rsplit(" ", 1)[-1].lower()
    if not token or head[-1:] not in (" ", *_QUOTES):
        return False
    known = _SHIP_WORDS.get(lang or "", frozenset()) if lang else frozenset().union(*_SHIP_WORDS.values())
    if token not in known:
        return False
    if quoted:
        return True
    if lang == "en":
        return text[end : end + 1] == " " and text[end + 1 : end + 2].isupper() and text[end + 2 : end + 3].islower()
    if lang == "de":
        return text[end - 1] != "s"
    return lang is not None and lang not in _STATES_FOLLOW


# --- treaties ------------------------------------------------------------------------------------------------------

_TREATY_AFTER = re.compile(
    r"(?: (?:Climate |Peace |Nuclear )?(?:Agreements?|Accords?|Conventions?|Protocols?|Treaty|Treaties|Pact|Memorandum|"
    r"Charter|Statute)\b"
    r"|[ -](?:Klima|Friedens)?(?:Abkommens?|Konvention(?:en)?|Vertr(?:ag|ages|äge)|Pakts?|Protokolls?|Übereinkommens?|"
    r"Statuts?|abkommens?|Memorandums?)\b"
    r"|(?:气候|和平|停火)?(?:协定|协议|公约|条约|议定书|和约|備忘錄|備忘录|协约|協定|公約|條約|議定書))"
)
_TREATY_BEFORE = re.compile(
    r"(?:\b(?:Treaty|Treaties|Accords|Convention|Protocol|Statute|Peace|Congress) of "
    r"|\b(?:[Tt]raités?|[Cc]onventions?|[Pp]actes?|[Pp]rotocoles?|[Ss]tatut|[Aa]ccords|[Tt]raités? de paix) d(?:e |')"
    r"|\b(?:[Tt]ratados?|[Cc]onvención|[Cc]onvenciones|[Cc]onvenios?|[Pp]actos?|[Pp]rotocolos?|[Ee]statuto|Acuerdos?|"
    r"[Cc]onvenç(?:ão|ões)|[Cc]onvénios?|Acordos?) d[eoa] "
    r"|\b(?:[Tt]rattat[oi]|[Cc]onvenzion[ei]|[Pp]rotocoll[oi]|[Aa]ccordi) di "
    r"|\b(?:Vertrag|Vertrags|Vertrages|Verträge|Verträgen|Abkommen|Frieden|Konvention|Protokoll|Statut) von "
    r"|\b(?:[Tt]raktat\w*|[Kk]onwencj\w+|[Pp]rotok[óo]ł\w*|[Pp]ok[óo]j\w*) (?:z|ze|w) "
    r"|\b(?:[Hh]iệp định|[Hh]iệp ước|[Cc]ông ước|[Nn]ghị định thư|[Hh]òa ước|[Hh]oà ước) )$"
)


def is_treaty(text: str, start: int, end: int) -> bool:
    """Whether a town is named for what was signed there ("Treaty of Rome", "Pariser Abkommen").

    >>> is_treaty("the Treaty of Rome", 14, 18), is_treaty("Das Minsker Abkommen gilt.", 4, 11)
    (True, True)
    >>> is_treaty("talks in Rome", 9, 13)
    False
    """
    return bool(_TREATY_AFTER.match(text, end) or _TREATY_BEFORE.search(text[max(0, start - 28) : start]))


# --- persons -------------------------------------------------------------------------------------------------------

_CALLED = _words(
    """
    Mr Mrs Ms Mr. Mrs. Ms. Miss Dr Dr. Herr Herrn Frau Familie Fräulein M. Mme Mlle Monsieur Madame Mademoiselle
    Sr. Sra. Sr Sra señor señora Señor Señora don doña Don Doña senhor senhora Senhor Senhora dona Dona signor
    signora Signor Signora pan pani Pan Pani pana panu panem panią Pana Panu Panem Panią
    menino menina tio tia primo prima niño niña tío tía oncle tante cousin cousine Onkel Tante wujek ciocia kolega
    koleżanka дядя тётя uncle aunt Uncle Aunt doutor doutora Doutor Doutora doctor doctora Doctora docteur Docteur
    doktor Doktor Professor profesor profesora Profesor professor professora Professora господин госпожа Господин
    Госпожа господина госпожи г-н г-жа тов. товарищ
    """
)
_OFFICE = _words(
    "Ambassador Senator Secretary Judge Justice General Colonel Captain Major Admiral Sergeant Professor Sir Lord Lady "
    "Representative Congressman Congresswoman Governor Mayor Detective Officer Inspector Coach Reverend Rev. Sen. Rep. "
    "Gov. Gen. Col. Capt. Lt. Sgt. Prof. Councillor Commissioner Chairman Counselor Consul Doctor"
)
_NOBLE = re.compile(
    r"\b(?:(?:Dukes?|Duchess|Earls?|Marquess|Marquis|Viscount|Count|Countess|Baron|Bishop|Archbishop) of"
    r"|(?:[Dd]uc|[Dd]uchesse|[Cc]omte|[Cc]omtesse|[Mm]arquis|[Vv]icomte) d[eu']|(?:Herzog|Herzogin|Graf|Gräfin) von"
    r"|(?:[Dd]uque|[Dd]uquesa|[Cc]onde|[Cc]ondesa|[Mm]arqués|[Mm]arquesa|[Mm]arquês) de) $"
)
# Titles of office that a list of given names may hold, and peoples of a faith.
_NOT_GIVEN = _words(
    "Christian Christians Prince King Queen Royal Saint San Santa New North South East West Great Jordan Israel India "
    "China Chad Kenya Will May Mark Grace Summer April June Art Sunny Norman Roman Pan Frank Earnest Ernest Young"
)
_SURNAMES = {
    "es": _words("Portugal España Francia Holanda Alemania Gales Escocia Polonia Bolivia Belice Panamá Cuba Perú"),
    "pt": _words("Portugal França Holanda Espanha Brasil Cuba Gales Alemanha Peru Angola"),
    "fr": _words("Hollande Lorraine"),
    "it": _words("Francia Spagna Portogallo Olanda Grecia Roma Milano Genova Napoli Palermo"),
}
# Given names that are names of states or their capitals, by the language in which they are given.
_GIVEN_NAMES = {
    "es": _words("Francia Argentina Israel Washington Irlanda Kenia América Asia África Italia India Jordania Siria"),
    "pt": _words("França Argentina Israel Washington Irlanda Quênia América Itália Índia Jordânia Vitória Brasília"),
    "pl": _words("Kuba Dominika"),
    "fr": _words("France Israël Kenya"),
    "en": _words("Kenya India Israel Jordan Chad Georgia Sydney Florence Victoria Austin Dominica Jamaica Ireland "
                 "Cuba Brazil Cairo London Paris Vienna Sofia Holland America Asia Africa"),
    "it": _words("Italia Africa Israele America"),
    "de": _words("Israel Paris Georgia Kenia"),
}  # fmt: skip
_NEXT = re.compile(r"[ ]([^\W\d_][\w'’-]*)")
_BEFORE = re.compile(r"([^\W_][\w'’.-]{0,30})[ ]$")
_BRAND = _words(
    "Airlines Airways Air Bank Open Cup Télévisions Inter Info Bleu Culture Musique Football Insoumise Travail Post "
    "Times Street University Institute News Today Radio TV Telecom Mobile Oil Gas Steel Motors Group"
)


def is_called_person(text: str, start: int, end: int, lang: str | None, *, demonym: bool) -> bool:
    """Whether a form of address, a given name or a family name beside it makes a name a person's.

    Args:
        demonym: the name is a nationality or an adjective.

    >>> is_called_person("Frau Jordan kam.", 5, 11, "de", demonym=False)
    True
    >>> is_called_person("Anna Ruska wygrała.", 5, 10, "pl", demonym=True)
    True
    >>> is_called_person("Francia Márquez firmó.", 0, 7, "es", demonym=False)
    True
    >>> is_called_person("Francia y España firmaron.", 0, 7, "es", demonym=False)
    False
    """
    name = text[start:end]
    if not name[:1].isupper():
        return False
    found = _BEFORE.search(text, max(0, start - 30), start)
    before = found.group(1) if found else ""
    if before in _CALLED and not (lang == "pl" and before[0].islower() and demonym and text[start:end].endswith("ie")):
        return True
    if lang in (None, "en") and before in _OFFICE and name in SURNAME_LIKE:
        return True
    if not demonym and _NOBLE.search(text[max(0, start - 20) : start]):
        return True
    if before[:1].isupper() and not before.isupper() and _is_plain_given(before, lang):
        single = " " not in name and "-" not in name
        if demonym and single and not (lang == "en" and name.endswith("s")) and lang not in ("vi", "zh", "ja", "ko"):
            return True
        if name in _SURNAMES.get(lang or "", frozenset()):
            return True
    if not demonym and lang in ("es", "pt", "it") and " " not in name and _with_likely_name(text, end, before):
        return True
    given = _GIVEN_NAMES.get(lang or "", frozenset())
    if name in given:
        return _with_family_name(text, end, before, lang)
    # The family name after such a given name is no town either.
    return before in given and not demonym and _given_stands(text, start, lang)


def _is_plain_given(word: str, lang: str | None) -> bool:
    if word in _NOT_GIVEN or not is_given(word):
        return False
    # "Will American troops": in English any word may stand in capitals first.
    return word not in _PLACE_NAMES and not (lang in (None, "en") and is_ordinary(word))


_PLACE_NAMES = _words(
    "Victoria Virginia Carolina Alexandria Florence Sofia Sydney Paris Vienna Georgia Santiago Salvador Valencia "
    "Adelaide Odessa Savannah Charlotte Austin Dallas Jackson Lincoln Madison Orlando Wellington Hamilton Kingston "
    "Lima Roma Milan Montana Dakota Alabama Brooklyn Asia Africa America"
)


def _with_family_name(text: str, end: int, before: str, lang: str | None) -> bool:
    found = _NEXT.match(text, end)
    if found is None or before.lower() in _IN:
        return False
    after = found.group(1)
    if not after[0].isupper() or after.isupper() or after in _BRAND:
        return False
    likely = looks(after)
    if lang in _PLAIN_HEADLINES:
        # "Washington Wizards" is a team.
        return likely.person > 0 or not is_ordinary(after)
    return not is_ordinary(after) and likely.person > 0.5 and likely.person > likely.place


def _with_likely_name(text: str, end: int, before: str) -> bool:
    """Whether what follows looks so much like a family name that any state's name before it is a given one."""
    found = _NEXT.match(text, end)
    if found is None or before.lower() in _IN or found.group(1).isupper() or not found.group(1)[0].isupper():
        return False
    likely = looks(found.group(1))
    return likely.person > 3.5 and likely.person > likely.place + 2 and not is_ordinary(found.group(1))


def _given_stands(text: str, start: int, lang: str | None) -> bool:
    """Whether the word before ``start`` is a given name there and no place."""
    found = _BEFORE.search(text, max(0, start - 30), start)
    if found is None:
        return False
    ahead = _BEFORE.search(text, max(0, found.start() - 30), found.start())
    return _with_family_name(text, found.end(1), ahead.group(1) if ahead else "", lang)


# Here a capital after a name goes on with the name: headlines have no others.
_PLAIN_HEADLINES = frozenset({"es", "pt", "it", "pl"})
_IN = _words(
    "in at near from to of around inside toward towards via between into across à en de au aux du vers depuis sur "
    "dans entre des d' im nach aus bei von vor um über zwischen desde hacia hasta por em do da no na para até w we z "
    "ze do pod koło od dla o per con with against for by avec contre pour con contra mit gegen für com la le el o a "
    "the président présidente presidente prezydent prezydenta president ministre ministro minister premier king"
)


# --- towns of the same name elsewhere ------------------------------------------------------------------------------

_ENDS_REGION = re.compile(r"[,.;:)!?]|$| (?:and|said|has|had|was|were|on|in|for|to|after|when|where|y|et|und|e|i|и)\b")


def of_region(text: str, end: int, region: int, after: int, *, state: bool) -> bool:
    """Whether what ends at ``end`` is said to lie in the region that stands from ``region`` to ``after``.

    ``state``: the first name is a country's, and the region must end the phrase.

    >>> text = "Police in Paris, Texas, warned."
    >>> of_region(text, 15, 17, 22, state=False)
    True
    >>> of_region("in Paris and Texas", 8, 13, 18, state=False)
    False
    """
    if text[end:region] != ", ":
        return False
    return bool(re.match(r"[,.;:)!?]|$", text[after:]) if state else _ENDS_REGION.match(text, after))


_LISTED_BEFORE = re.compile(r"(?:, | (?:et|and|y|e|und|i|и|và) )$")
_LISTED_AFTER = re.compile(r",| (?:et|and|y|e|und|i|и|và) ")


def in_list(text: str, start: int, end: int, others: AbstractSet[str]) -> bool:
    """Whether a name stands between others in a list, in a text that names at least two other countries.

    >>> in_list("Les Maldives, Maurice et les Seychelles", 14, 21, {"MV", "SC"})
    True
    >>> in_list("Maurice et Anne", 0, 7, {"FR", "SC"})
    False
    """
    before, after = _LISTED_BEFORE.search(text[:start]), _LISTED_AFTER.match(text, end)
    return len(others) > 1 and before is not None and after is not None


# --- two states or a town of one name ------------------------------------------------------------------------------

_CONGO = _words("Congo Kongo Kongos Конго 刚果 剛果 コンゴ 콩고 Konga Kongiem Kongu")
_OTHER_CONGO = re.compile(
    r"Brazz?a(?:ville|wil)|Браззавил|布拉柴维尔|布拉柴維爾|ブラザビル|브라자빌|Sassou|Сассу|Pointe-Noire"
)
_THIS_CONGO = re.compile(
    r"Kinshasa|Kinszas|Quinxassa|Киншас|金沙萨|金夏沙|キンシャサ|킨샤사|Goma|Kivu|Киву|Tshisekedi|Чисекеди|M23"
)
_OTHER_GUINEA = re.compile(r"Bissau|Bisáu|Бисау|比绍|比紹")
_THIS_GUINEA = re.compile(r"[CK]onak|Конакри|科纳克里|Doumbouya|Думбуя|Condé|Конде")


def namesake(code: str, name: str, text: str, *, demonym: bool) -> str:
    """The country that a name shared by two means in this text: the Congos, and the people of two Guineas.

    >>> namesake("CD", "Congo", "Le Congo et Brazzaville", demonym=False)
    'CG'
    >>> namesake("GN", "guineenses", "os guineenses de Bissau", demonym=True)
    'GW'
    """
    if code == "CD" and (demonym or name in _CONGO) and _OTHER_CONGO.search(text) and not _THIS_CONGO.search(text):
        return "CG"
    if code == "GW" and demonym and _THIS_GUINEA.search(text) and not _OTHER_GUINEA.search(text):
        return "GN"
    if code == "GN" and demonym and _OTHER_GUINEA.search(text) and not _THIS_GUINEA.search(text):
        return "GW"
    return code


_CARIBBEAN = re.compile(
    r"Carib|isla\b|islas\b|ilha\b|ilhas\b|isleñ|Antill|Saint George|St\. George|Barbados|Trinidad|Dominica\b|"
    r"Santa Luc[ií]a|San Vicente|Commonwealth|Reagan|CARICOM|Caricom|primer ministro|primeiro-ministro|Maurice Bishop|"
    r"Granadinas|huracán|furacão"
)


def is_town_by_name(name: str, lang: str | None) -> bool:
    """Whether a name that a state shares with a greater town means the town: "Salvador" in Portuguese."""
    return name == "Salvador" and lang == "pt"


def is_grenada(text: str, lang: str | None) -> bool:
    """Whether "Granada" is the island state: so in Spanish and Portuguese beside what is Caribbean."""
    return lang not in (None, "en", "fr", "de") and bool(_CARIBBEAN.search(text))
