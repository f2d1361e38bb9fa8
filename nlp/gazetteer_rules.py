"""When a name of the gazetteer is not the place: persons, pronouns, sentence starts, capitals.

Pure functions of the text around a name. Each answers for one kind of confusion; the gazetteer asks only those that
the name's gate or its shape calls for.
"""

from __future__ import annotations

import re
from collections.abc import Set as AbstractSet


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

_JOINING = frozenset(["and", "y", "e", "et", "und", "i", "и", "і", "và", "of"])
_BEFORE_SIGNS = frozenset("在于於从從到自往赴抵至离離")
_AFTER_SIGNS = frozenset("市省州城港镇鎮县縣區区で")

# Names that are also given names: a capitalised word that follows is then a surname.
GIVEN_LIKE = _words(
    """
    Jordan Chad Georgia Kenya Sydney Sofia Victoria Florence Charlotte Austin Savannah Santiago Diego
    Paris Adelaide Vienna Odessa Valencia Israel India
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
_US_GEORGIA = re.compile(
    r"\b(?:Atlanta|Savannah|Augusta, Ga|U\.S\. state|state of Georgia|Georgia Tech|University of Georgia|Governor|"
    r"Gov\.|Republican|Democrat|Alabama|Florida|Tennessee|Carolina|Brian Kemp|Stacey Abrams|Macon|bang Georgia|"
    r"American state|US state|Bundesstaat|Senator|senator|Bulldogs|tiểu bang)"
)
_CAUCASUS = re.compile(
    r"\b(?:Tbilisi|Abkhaz|Osseti|Saakashvili|Caucas|Batumi|Armenia|Azerbaijan|Russia|Georgian|Moscow|NATO|Kutaisi|"
    r"Dream|Kobakhidze|Zourabichvili|Ivanishvili|Shevardnadze|Soviet)"
)

# One-syllable Vietnamese names of countries, each also a given name or a word.
VI_SHORT = frozenset({"Mỹ", "Nga", "Anh", "Pháp", "Đức", "Ý", "Áo", "Úc", "Nhật", "Hàn", "Bỉ", "Thái", "Lào", "Séc"})
# Of these, the words that open sentences as something else.
_VI_WORDS_AT_START = frozenset({"Anh", "Ý", "Áo", "Đức", "Pháp", "Thái"})
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


def is_person(name: str, text: str, start: int, end: int) -> bool:
    """``Michael Jordan``, ``Chad Smith``: a person, not the country or city."""
    before, after = token_before(text, start), token_after(text, end)
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
        then = token_after(text, text.find(after, end) + len(after))
        return then[:1].islower()
    return False


def is_us_georgia(text: str) -> bool:
    """Whether a bare "Georgia" in this text is the state of the United States."""
    return bool(_US_GEORGIA.search(text)) and not _CAUCASUS.search(text)


def compound_fits(name: str, text: str, start: int) -> bool:
    """Whether a compound of signs ("中美") is not the tail of a word and the head of another ("其中美国")."""
    return not (start and name[0] in "中日法台" and text[start - 1] in _TAILED)


def vietnamese_short(name: str, text: str, start: int, end: int, *, named: AbstractSet[str]) -> bool:
    """Whether a one-syllable Vietnamese name ("Anh", "Mỹ", ...) is the country here."""
    before, after = token_before(text, start), token_after(text, end)
    if after and _VI_NAME_AFTER.match(after):
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
    gate: str, name: str, text: str, start: int, end: int, *, country: str | None, named: AbstractSet[str]
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
