"""When a name of the gazetteer is not the place: persons, pronouns, sentence starts, capitals.

Pure functions of the text around a name. Each answers for one kind of confusion; the gazetteer asks only those that
the name's gate or its shape calls for.
"""

from __future__ import annotations

import re
from collections.abc import Set as AbstractSet

from nlp.names import is_given, is_ordinary, looks


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


_TOKEN_BEFORE = re.compile(r"([^\W_][\w'.-]*)[ ]$")
_TOKEN_AFTER = re.compile(r"[ ]([^\W_][\w'-]*)")
_OPENERS = frozenset('.!?:;"“”«»„—–-•*|([¿¡…。！？：\n\r\t')

# Words that put what follows in a place.
LOCATIVE = _words(
    """
    in at near from to of around outside inside toward towards via between into across and à a en de au
    aux du vers depuis près sur dans entre et d' im nach aus bei von vor um über zwischen und desde hacia
    cerca hasta por y e em do da no na para até perto w we z ze do pod koło na i od в во из на под у к от
    до через между и для с у в з із до біля tại ở đến từ về tới thành gần và qua di da dal a ad nel nella
    per fra tra te uit naar bij van city town province state district airport port university ciudad ville
    stadt miasto город міста thành phố tỉnh
    """
)

_INITIAL = re.compile(r"[A-Z]\.$")
_JOINING = frozenset(["and", "y", "e", "et", "und", "i", "и", "і", "và", "of"])
_BEFORE_SIGNS = frozenset("在于於从從到自往赴抵至离離")
_AFTER_SIGNS = frozenset("市省州城港镇鎮县縣區区で")

# Names that are also given names: a capitalised word that follows is then a surname.
GIVEN_LIKE = _words(
    """
    Jordan Chad Georgia Kenya Sydney Sofia Victoria Florence Charlotte Austin Savannah Santiago Diego
    Paris Adelaide Vienna Odessa Valencia Israel India Jamaica Dominica
    Brooklyn Virginia Carolina Milan Siena Verona Petra Phoenix
    """
)
# Names that are also surnames: a given name that precedes makes a person.
SURNAME_LIKE = _words(
    """
    Jordan England Ireland Holland Israel France Chad London Berlin Washington Lima Paris Santiago Houston
    Cuba Wales Georgia Rome Lincoln Jackson Austin Dallas Denver Hamilton Wellington Kingston Cordoba
    Medina Valencia Salvador Santos Sofia Warsaw Phoenix Madrid Roma Toledo Milan Britain Scotland Francia
    Frankfurt Hannover
    """
)
_GIVEN = _words(
    """
    Adam Alan Albert Alex Alexander Alice Amanda Amy Andre Andrew Andy Angela Ann Anna Anne Anthony
    Antonio Barbara Ben Benjamin Bernard Bill Bob Brandon Brian Bruce Carl Carlos Carol Charles Charlie
    Chris Christian Christopher Claire Colin Daniel Dave David Dean Denis Denise Dennis Denzel Diana
    Donald Doug Douglas Ed Eddie Edward Elizabeth Emily Emma Eric Ernest Eva Frank Fred Gary Gavin George
    Gerald Glenn Gordon Grace Graham Greg Hamilton Harold Harry Heather Helen Henry Herman Howard Hugh Ian
    Irving Isaac Jack Jackie James Jane Janet Jason Jay Jean Jeff Jeffrey Jennifer Jeremy Jerry Jessica
    Jim Jimmy Joan Joe Joel John Johnny Jon Jonathan Jordan José Jose Joseph Josh Joshua Juan Judy Julia
    Julian Julie Justin Karen Karl Kate Kathleen Keith Kelly Ken Kenneth Kevin Kim Larry Laura Lauren Lee
    Leo Leon Leonard Linda Lisa Louis Lucy Luis Luke Marc Marcus Margaret Maria María Marie Mario Mark
    Mary Martin Matt Matthew Max Melissa Michael Michel Michelle Mike Nancy Natalie Nathan Neil Nicholas
    Nick Nicole Oliver Oscar Pamela Patricia Patrick Paul Paula Pedro Peter Phil Philip Rachel Ralph Ray
    Raymond Rebecca Richard Rick Robert Roger Ron Ronald Rose Roy Russell Ruth Ryan Sam Samuel Sandra Sara
    Sarah Scott Sean Sharon Simon Stanley Stephen Steve Steven Stuart Sue Susan Terry Theresa Thomas Tim
    Timothy Todd Tom Tommy Tony Tyler Victor Vincent Walter Wayne Whitney William Mitt Vernon Michał
    Anatole Hillary Kemba Cameron Booker
    """
)
# Capitalised words that follow a country's name and leave it one.
_INSTITUTION = _words(
    """
    River Valley Air Airlines Airways Army Navy National Central Bank Government Ministry Parliament
    Foreign Defense Defence Prime President Minister King Queen Times Post Embassy Police Supreme Interior
    Football Cup Olympic Republic Kingdom Fund Agreement Accord Treaty Border Peace Women Human Muslim
    Islamic Brotherhood Today Daily Television TV Radio University Institute Aerospace Space Security
    Intelligence Antiquities Electric Railways Open Grand Masters City Stock Exchange Conference Summit
    Talks Declaration Protocol Convention Club And Or The Is Has Will To In On For Says Said Votes Calls
    Warns Seeks Plans Signs Joins Wins Beats
    """
)
GEORGIA = frozenset({"Georgia", "Géorgie", "Geórgia"})
# Languages that call the country otherwise: there "Georgia" is the state.
_GEORGIA_IS_STATE = frozenset({"de", "pl", "nl", "cs", "sv", "da", "no", "fi", "hu", "ro"})
_US_GEORGIA = re.compile(
    r"\b(?:Atlanta|Savannah|Augusta, Ga|U\.S\. state|state of Georgia|Georgia Tech|University of Georgia|Governor|"
    r"Gov\.|Republican|Democrat|Alabama|Florida|Tennessee|Carolina|Brian Kemp|Stacey Abrams|Macon|bang Georgia|"
    r"American state|US state|Bundesstaat|Senator|senator|Bulldogs|tiểu bang|[Gg]obernador|[Gg]overnador|"
    r"[Gg]ouverneur|sénateur|republican|républicain|estado de Georgia|estado da Geórgia|État de Géorgie|"
    r"thống đốc|Thống đốc|gubernator)"
)
_CAUCASUS = re.compile(
    r"\b(?:Tbilis|Tiflis|Abkhaz|Osseti|Oseti|Saakashvili|Caucas|Cáucas|Kaukas|Batumi|Armenia|Arménie|Armênia|"
    r"Azerbai|Aserbai|Russia|Russie|Rusia|Rússia|Nga|Georgian|géorgien|georgian|Moscow|Moscou|Moscú|NATO|OTAN|Kutaisi|"
    r"Dream|Kobakhidze|Zourabichvili|Ivanishvili|Shevardnadze|Soviet|Union européenne|Unión Europea|União Europeia)"
)
# Names of persons in other scripts that are places too.
# Lists of given names have these, and texts mean a country or a title by them.
_NOT_GIVEN = _words(
    "New North South East West Great Royal Nova Saint San Santa King Prince Israel India China Chad Jordan May April"
)
_SURNAME_ABROAD = frozenset(
    {"Вашингтон", "Вашингтона", "Вашингтону", "Вашингтоном", "Джордан", "Париж", "Лондон", "Линкольн"}
)
# Given names that are names of countries or cities, where a verb or a second person follows.
_GIVEN_ALONE = _words("Kuba Kuby Kubie Dominika Salvador Chad Jordan Maurice Mauricio Maurício")
# The state is a woman's word as well: only a man's verb tells Kuba from Cuba, while Dominika is oftener a woman.
_POLISH_HE = re.compile(r" (?:się )?[a-ząćęłńóśźż]+ł\b")
_POLISH_SHE = re.compile(r" (?:się )?[a-ząćęłńóśźż]+ła\b")
_AND_GIVEN = re.compile(r" (?:i|y|e|et|und|and|и|và) ([^\W\d_]+)")
_SPANISH_HE = re.compile(r" [a-záéíóúñ]+ó\b")
# Names of countries that are persons or a town in a language with another name for them.
NAMED_OTHERWISE = frozenset({"Jordan", "Chad", "Salvador"})
SUSPECT = GIVEN_LIKE | SURNAME_LIKE | _SURNAME_ABROAD | _GIVEN_ALONE
_STREETS = _words("""
    rue avenue boulevard bd quai passage calle avenida plaza paseo rua praça travessa via viale piazza
    ulica ulicy ulicą ulicę ulice ulicach ulicami ul. plac placu placem aleja alei aleją aleję aleje alejach skwer
    skweru rondo ronda rondem szosa szosie улица улице улицы улицу улицей улицах проспект проспекте проспекта площадь
    площади площадью шоссе переулок переулке набережная набережной straat phố đường
    """)
_STREET_JOINS = _words("de du des da do di la el van d' l' les los las")
_STREET_AFTER = re.compile(r" (?:Street|Avenue|Road|Boulevard|Lane|Square|Straße|utca|Strasse)\b")
# Speaking, learning and translating a language; what follows is then no subject.
_SPEAKING = re.compile(
    r"(?:\b(?:speaks?|spoke|spoken|learn\w*|stud(?:y|ies|ied)|taught|teach\w*|fluent in|translat\w* (?:in)?to|"
    r"apprend\w*|appris|parl\w+|étudi\w+|enseign\w+|tradui\w+ en|lern\w*|gelernt|spr(?:icht|echen|ach)|gesprochen|"
    r"habl\w+|aprend\w+|estudi\w+|traduci\w+ al|fal(?:a|ou|am|ar|ava)\w*|estud\w+|traduz\w+ para o|"
    r"uczy\w*|nauczy\w*|zna(?:ł|ła|li|jąc|ć)?|mówi\w*|tłumacz\w+ na|"
    r"уч(?:ил|ит|ить|ила|или)\w*|выуч\w+|изуча\w+|говор\w+ на|знал?а?|знает|"
    r"владе\w+|преподаёт|преподавал\w*|переводит с)"
    r"(?: \w+)?"
    # Who teaches it, and where.
    r"|\b(?:teachers?|lessons?|courses?|classes|dictionary) (?:of|in)"
    r"|\b(?:professeure?s?|prof|cours|leçons?|dictionnaire|enseignante?s?) d(?:e|u)"
    r"|\b(?:profesora?s?|profesores|clases?|cursos?|diccionario|maestr[oa]s?|lecciones) de"
    r"|\b(?:professora?s?|professores|aulas?|cursos?|dicionário|lições) de"
    r"|\b(?:Lehrer(?:in)?|Unterricht|Kurse?|Prüfung|Nachhilfe) (?:für|in)"
    r"|\b(?:nauczyciel\w*|lekcj\w+|lektor\w*|kurs\w*|słownik\w*|egzamin\w* z|zajęci\w+ z)"
    r"|\b(?:учител\w+|преподавател\w+|урок\w*|курс\w*|словар\w+|экзамен\w* по)"
    r") "
    r"(?:(?:le |la |el |al |il |lo |o |a )?[^\W\d_'’]+(?:,| and| et| und| y| e| i| и) (?:(?:\w+ ){0,3}d(?:e |['’]))?|"
    r"l['’][^\W\d_]+ et )?"
    r"(?:le |la |el |al |il |lo |o |a |l['’])?$",
    re.IGNORECASE,
)
_AFTER_LANGUAGE = re.compile(
    r"(?: (?:and|or|et|ou|und|oder|y|e|o|i|lub|и|или|as|at|in|but|fluently|well|by|ale|aber|pero|mais|mas|но|"
    r"because|"
    r"when|for|from|with|язык\w*|con|com|en|no|na|à|au|avec|dans|chez|mit|auf|bei|w|we|od|z|в|во|на|с|у|"
    r"от) ?|[ ]?[.,;:!?…)]|$"
    # What the teacher or the pupil did next.
    r"| se\b"
    r"| (?:się )?[a-ząćęłńóśźż]+(?:ł|ła|li|ły)\b| [а-яё]+(?:л|ла|ли)(?:ся|сь)?\b)"
)
_LANGUAGE_AHEAD = re.compile(
    r"(?: (?:и|или|i|and|und|et|y|e) [^\W\d_]+)? "
    r"(?:язык|język|languages?\b|langues?\b|idiomas?\b|línguas?\b|Sprachen?\b)"
)

# One-syllable Vietnamese names of countries, each also a given name or a word.
VI_SHORT = frozenset(
    {"Ấn", "Mỹ", "Nga", "Anh", "Pháp", "Đức", "Ý", "Áo", "Úc", "Nhật", "Hàn", "Bỉ", "Thái", "Lào", "Séc"}
)
# Of these, the words that open sentences as something else.
_VI_WORDS_AT_START = frozenset({"Ấn", "Anh", "Ý", "Áo", "Đức", "Pháp", "Thái"})
# Given names, and what persons are called before them.
_VI_GIVEN = frozenset({"Mỹ", "Nga", "Anh", "Đức", "Thái", "Ý", "Pháp", "Úc", "Nhật"})
_VI_CALLED = _words("ông bà chị cô em chú bác cháu bé thầy dì cụ ngài mợ cậu")
_VI_LINKS = _words(
    """
    và với cùng hay hoặc đã sẽ đang vừa muốn cáo tuyên áp kêu ủng phản cảnh công trừng triển đồng bác lên
    rút cử điều tăng cấm cho từ đề tìm cân dừng ngừng bắt chuẩn có bày tiếp tiến ra
    """
)
_TAILED = frozenset("其集心途期空文年月今昨近周生节節每半非合违司宪立执從从当家手高初水眼依守犯后前阳")
_VI_LETTERS = re.compile(r"[ăâđêôơưàáảãạằắẳẵặầấẩẫậèéẻẽẹềếểễệìíỉĩịòóỏõọồốổỗộờớởỡợùúủũụừứửữựỳýỷỹỵ]", re.IGNORECASE)
# Capitalised words before such a name that leave it a country.
_VI_BEFORE = _words(
    """
    Tại Ở Nước Phía Với Và Theo Khi Nếu Từ Đến Về Cả Do Vì Bởi Giữa Cùng Đối Sau Trước Hiện Trong Quân
    Người Hàng Lính Tàu Bộ Báo Quốc Thủ Tổng Ngoại Chính Gần Dù Còn Riêng Vua Bang Hãng Đội Vùng Kinh Dân
    Phe Giới Tới Chống Nhưng Việc Hai Các Một Sang Cựu Được Bị Là Của Liên Lực Vụ Mua Bán Qua Bên Thế
    Trung Xứ Ngay Bởi
    """
)
_VI_NAME_AFTER = re.compile(
    r"^(?:Linh|Tho|Tâm|Dung|Duyên|Hạnh|Hằng|Hương|Lan|Ngọc|Phương|Phước|Trinh|Uyên|Xuân|Huyền|Hoa|Đức|Tú|Tuấn|Thư|Vũ|"
    r"Vân|Khoa|Quân|Huy|Hải|Thắng|Thịnh|Trí|Minh|Long|Cường|Dũng|Hùng|Kiên|Phúc|Sơn|Thành|Toàn|Trung|Việt|Anh|Xanh|Đỏ|Trắng|Vàng|Nguyễn|"
    r"Trần|Lê|Phạm|Hoàng|Huỳnh|Phan|Vũ|Võ|Đặng|Bùi|Đỗ|Hồ|Ngô|Dương|Lý|Chinh|Thọ|Hòa|Hoà|Nhi|Trang|Thu|Quỳnh|Khôi|Kiệt)$"
)


def token_before(text: str, start: int) -> str:
    """The word before ``start``, one space away; empty where there is none."""
    found = _TOKEN_BEFORE.search(text, max(0, start - 30), start)
    return found.group(1) if found else ""


def token_after(text: str, end: int) -> str:
    """The word after ``end``, one space away; empty where there is none."""
    found = _TOKEN_AFTER.match(text, end)
    return found.group(1) if found else ""


def sentence_start(text: str, start: int) -> bool:
    """Whether ``start`` opens the text, a line or a sentence."""
    at = start - 1
    while at >= 0 and text[at] == " ":
        at -= 1
    return at < 0 or text[at] in _OPENERS


def all_capitals(text: str, start: int, end: int) -> bool:
    """Whether the words around are in capitals too, as in telegrams and headlines."""
    return (text[max(0, start - 24) : start] + text[end : end + 24]).isupper()


def title_case(text: str, start: int, end: int) -> bool:
    """Whether the words on both sides are capitalised, as in English headlines."""
    before, after = token_before(text, start), token_after(text, end)
    return bool(before and after and before[0].isupper() and after[0].isupper())


def is_vietnamese(text: str) -> bool:
    """Whether Vietnamese letters are frequent enough in the first stretch; used where no language is given."""
    head = text[:400]
    return len(_VI_LETTERS.findall(head)) * 12 > len(head)


def is_person(name: str, text: str, start: int, end: int, lang: str | None = None) -> bool:
    """``Michael Jordan``, ``Chad Smith``: a person, not the country or city."""
    before, after = token_before(text, start), token_after(text, end)
    if _is_given_alone(name, text, start, end):
        return True
    if name in SURNAME_LIKE and _INITIAL.match(before):
        return True
    if name in SURNAME_LIKE and before[:1].isupper() and before not in _NOT_GIVEN and _given_here(before, lang):
        return before.lower() not in LOCATIVE
    if name in _SURNAME_ABROAD and before[:1].isupper() and (is_given(before) or looks(before).person > 2.0):
        return True
    if (before in _GIVEN and name in SURNAME_LIKE) or before in {
        "Mr",
        "Mrs",
        "Ms",
        "Mr.",
        "Mrs.",
        "Ms.",
        "Dr.",
        "Miss",
    }:
        return True
    in_place = before.lower() in LOCATIVE and before.lower() not in _JOINING
    if name in GIVEN_LIKE and after[:1].isupper() and after not in _INSTITUTION and not after.isupper():
        if not sentence_start(text, start):
            return not in_place
        # "Chad Smith drummed", but not the headline "Jordan Signs Water Deal".
        at = text.find(after, end) + len(after)
        if text[at : at + 1] in (",", ".", ";") and not is_ordinary(after):
            return True
        return token_after(text, at)[:1].islower()
    return False


def _given_here(word: str, lang: str | None) -> bool:
    """Whether a word is a given name, by the lists or, where headlines have no other capitals, by its look."""
    if is_given(word):
        return True
    seen = lang in ("fr", "es", "pt", "it", "pl") and not word.isupper() and not is_ordinary(word)
    return seen and looks(word).person > 2.0


def is_us_georgia(text: str, lang: str | None = None, *, states: bool = False) -> bool:
    """Whether a bare "Georgia" in this text is the state of the United States; ``states``: it names another of them."""
    here = states or bool(_US_GEORGIA.search(text))
    return lang in _GEORGIA_IS_STATE or (here and not _CAUCASUS.search(text))


def is_street(text: str, start: int, end: int) -> bool:
    """``rue de Rome``, ``Jersey Street``: a street, not the country its name stands for."""
    if text[end : end + 1] == " " and _STREET_AFTER.match(text, end):
        return True
    before = text[max(0, start - 24) : start].lower().replace("'", "' ").split()
    for _ in range(2):
        if before and before[-1] in _STREET_JOINS:
            before.pop()
    return bool(before) and before[-1] in _STREETS and text[start - 1] in " '’"


def is_language(text: str, start: int, end: int) -> bool:
    """Whether a nationality names the language: after learning or speaking, or before the word for language."""
    if _LANGUAGE_AHEAD.match(text, end):
        return True
    return bool(_AFTER_LANGUAGE.match(text, end) and _SPEAKING.search(text[max(0, start - 48) : start]))


def _is_given_alone(name: str, text: str, start: int, end: int) -> bool:
    """``Kuba poszedł``, ``Kuba i Ola``, ``Salvador pintó``: a person by the given name."""
    if name not in _GIVEN_ALONE:
        return False
    other = _AND_GIVEN.match(text, end)
    if other is not None and is_given(other.group(1)) and sentence_start(text, start):
        return True
    verb = {"Salvador": _SPANISH_HE, "Dominika": _POLISH_SHE}.get(name, _POLISH_HE)
    return name in ("Kuba", "Dominika", "Salvador") and sentence_start(text, start) and bool(verb.match(text, end))


def compound_fits(name: str, text: str, start: int) -> bool:
    """Whether a compound of signs ("中美") is not the tail of a word and the head of another ("其中美国")."""
    return not (start and name[0] in "中日法台" and text[start - 1] in _TAILED)


def vietnamese_short(name: str, text: str, start: int, end: int, *, named: AbstractSet[str]) -> bool:
    """Whether a one-syllable Vietnamese name ("Anh", "Mỹ", ...) is the country here."""
    before, after = token_before(text, start), token_after(text, end)
    if after and _VI_NAME_AFTER.match(after):
        return False
    if before.lower() in _VI_CALLED and name in _VI_GIVEN and before.lower() != "anh":
        return False
    if (
        before in ("anh", "Anh")
        and name in _VI_GIVEN
        and name != "Anh"
        and (sentence_start(text, start - 4) or before == "anh")
    ):
        return False
    capital = before[:1].isupper() and before not in _VI_BEFORE and not before.isupper()
    if capital and (_VI_LETTERS.search(before) or len(before) < 6):
        # A capitalised Vietnamese syllable before: a person's or a place's name, unless it opens the sentence.
        at = text.rfind(before, 0, start)
        return sentence_start(text, at) and name not in _VI_WORDS_AT_START
    if name in _VI_WORDS_AT_START and sentence_start(text, start):
        if name == "Anh":
            listed = text[end : end + 1] in (",", "-") and text[end + 1 : end + 6].strip()[:1].isupper()
            # "Anh sẽ ..." is the pronoun in most stories, the country in most dispatches: other countries decide.
            return listed or after in ("và", "với", "cùng") or (after in _VI_LINKS and bool(named - {"GB", "VN"}))
        return after in _VI_LINKS or after[:1].isupper() or text[end : end + 1] in (",", "-")
    if name in ("Anh", "Ý", "Áo") and before in ("ông", "bà", "em", "chị", "của") and name == "Anh":
        return before == "của"
    return True


def accepted(
    gate: str,
    name: str,
    text: str,
    start: int,
    end: int,
    *,
    country: str | None,
    named: AbstractSet[str],
) -> bool:
    """Whether a gated city or place counts: see the gates in the data folder's README."""
    if country in named and gate != "h":
        return not is_person(name, text, start, end)
    if gate == "p":
        return not is_person(name, text, start, end)
    if gate == "s":
        return not sentence_start(text, start) and not title_case(text, start, end)
    if gate == "n":
        return False
    if gate == "c" and "\u3041" <= name[0] <= "\u9fff":
        return (text[start - 1 : start] in _BEFORE_SIGNS and start > 0) or (
            text[end : end + 1] in _AFTER_SIGNS and end < len(text)
        )
    if gate == "c":
        before = token_before(text, start)
        after = token_after(text, end)
        return before.lower() in LOCATIVE and not after[:1].isupper()
    if gate == "h":
        return text[end : end + 1] in _AFTER_SIGNS
    return True
