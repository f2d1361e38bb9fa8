"""Bytes to text, whatever is said or not said of their encoding."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.encoding import decode, decode_markup, sniff

RUSSIAN = "Министр иностранных дел встретился с послом Вьетнама в Москве"
CHINESE = "外交部发言人主持例行记者会，回答记者提问，表示中方一贯反对"
TRADITIONAL = "外交部發言人主持例行記者會，回答記者提問，表示一貫反對"
JAPANESE = "外務省は本日、ベトナムの外相との会談について発表した。両国は協力する"
KOREAN = "외교부는 오늘 베트남 외교장관과 회담을 가졌다고 밝혔다"
POLISH = "Minister spraw zagranicznych spotkał się z ambasadorem w środę, żeby omówić współpracę"
GREEK = "Ο υπουργός Εξωτερικών συναντήθηκε με τον πρέσβη στην Αθήνα"
ARABIC = "اجتمع وزير الخارجية مع السفير في العاصمة لبحث التعاون"
THAI = "กระทรวงการต่างประเทศแถลงข่าววันนี้เกี่ยวกับการประชุม"
FRENCH = "La ministre a reçu l’ambassadeur à Hanoï : « une coopération étroite »"
VIETNAMESE = "Bộ trưởng Bộ Ngoại giao tiếp Đại sứ tại Hà Nội"

CASES = [
    ("ru", RUSSIAN, "cp1251"),
    ("ru", RUSSIAN, "koi8-r"),
    ("ru", RUSSIAN, "iso8859-5"),
    ("zh", CHINESE, "gb18030"),
    ("zh-TW", TRADITIONAL, "big5"),
    ("ja", JAPANESE, "cp932"),
    ("ja", JAPANESE, "euc_jp"),
    ("ja", JAPANESE, "iso2022_jp"),
    ("ko", KOREAN, "cp949"),
    ("pl", POLISH, "cp1250"),
    ("pl", POLISH, "iso8859-2"),
    ("el", GREEK, "cp1253"),
    ("ar", ARABIC, "cp1256"),
    ("th", THAI, "cp874"),
    ("fr", FRENCH, "cp1252"),
]
WIDE = ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "utf-32-le", "utf-32-be"]


def feed(words: str, *, lang: str = "", declared: str | None = None) -> str:
    head = f'<?xml version="1.0" encoding="{declared}"?>' if declared else ""
    told = f"<language>{lang}</language>" if lang else ""
    return (
        f"{head}<rss version='2.0'><channel><title>x</title>{told}<item><title>{words}</title></item></channel></rss>"
    )


@pytest.mark.parametrize(("lang", "words", "encoding"), CASES)
@pytest.mark.parametrize("declared", ["truly", "utf-8", "x-none", None])
def test_old_encodings_with_what_is_declared_of_them(
    lang: str, words: str, encoding: str, declared: str | None
) -> None:
    text = feed(words, lang=lang, declared=encoding if declared == "truly" else declared)
    assert decode_markup(text.encode(encoding))[0] == text


@pytest.mark.parametrize(("lang", "words", "encoding"), [case for case in CASES if case[0] not in ("pl", "fr")])
def test_old_encodings_when_nothing_is_said(lang: str, words: str, encoding: str) -> None:
    text = feed(f"{words}. {words}")
    told, note = decode_markup(text.encode(encoding))
    assert told == text
    assert note


@pytest.mark.parametrize("words", [VIETNAMESE, CHINESE, RUSSIAN, "plain"])
@pytest.mark.parametrize("encoding", WIDE)
@pytest.mark.parametrize("declared", [None, "utf-8", "utf-16", "windows-1252"])
def test_what_the_bytes_show_goes_before_what_is_said(words: str, encoding: str, declared: str | None) -> None:
    text = feed(words, declared=declared)
    if declared is None:
        text = '<?xml version="1.0"?>' + text
    data = text.encode(encoding)
    assert decode_markup(data)[0].lstrip("\ufeff") == text
    assert sniff(data[:64]).startswith("<?xml")


def test_what_the_server_says() -> None:
    text = feed(RUSSIAN)
    assert decode_markup(text.encode("koi8-r"), charset="KOI8-R") == (text, None)
    assert decode_markup(text.encode(), charset="koi8-r") == (text, None)
    assert decode_markup(text.encode("cp1251"), charset="no such thing")[0] == text


def test_ebcdic() -> None:
    text = feed("Ferry", declared="ebcdic-cp-us")
    assert decode_markup(text.encode("cp037")) == (text, "ebcdic")
    assert sniff(text.encode("cp037")[:64]).startswith("<?xml")


def test_single_bytes_of_another_encoding_in_utf_8() -> None:
    data = feed("Việt Nam – “Biển Đông” và hội nghị").encode().replace("–".encode(), b"\x96")
    text, note = decode_markup(data)
    assert "Việt Nam – “Biển Đông”" in text
    assert note == "utf-8, with single characters in windows-1252"


def test_cut_in_a_character() -> None:
    data = feed(VIETNAMESE).partition("Nội")[0].encode() + "ộ".encode()[:2]
    assert decode_markup(data)[1] == "utf-8, cut off in its last character"


def test_a_declared_superset_is_meant() -> None:
    text = feed("“quoted” – 5 €", declared="iso-8859-1")
    assert decode_markup(text.encode("cp1252"))[0] == text
    text = feed("镕基", declared="gb2312")
    assert decode_markup(text.encode("gb18030"))[0] == text


@given(st.binary(max_size=400), st.sampled_from([None, "utf-7", "utf-16", "hz", "idna", "hex", "undefined", "base64"]))
def test_anything_gives_some_text(data: bytes, charset: str | None) -> None:
    text, _ = decode_markup(data, charset=charset)
    assert isinstance(text, str)
    assert isinstance(sniff(data), str)


@given(st.binary(max_size=200), st.sampled_from(["utf-16", "idna", "punycode", "hex", "undefined", "rot13", "zip"]))
def test_a_declaration_of_anything(data: bytes, name: str) -> None:
    assert isinstance(decode_markup(f'<?xml version="1.0" encoding="{name}"?>'.encode() + data)[0], str)


WESTERN = [
    "El señor embajador se reunió con la delegación española en París; mañana habrá una reunión técnica.",
    "A reunião não terá lugar em Brasília, disse o ministro das Relações Exteriores à comissão.",
    "Il ministro è arrivato a Roma perché la riunione si terrà lunedì: «più città, più unità», così l’ambasciatore.",
    "È la prima volta che il ministro parla della crisi.",
    FRENCH, "Le ministère des Affaires étrangères a déclaré que la réunion était annulée.",
    "Der Außenminister von Österreich äußerte sich über die Lage.",
    "Utenriksministeren møtte ambassadøren på Gardermoen, før han reiste hjem.",
]  # fmt: skip


@pytest.mark.parametrize("text", WESTERN)
def test_languages_of_the_west_are_not_taken_for_those_of_central_europe(text: str) -> None:
    assert decode(text.encode("cp1252"), item="x") == (text, "cp1252 (guessed)")


@pytest.mark.parametrize(
    ("text", "encoding"),
    [(POLISH, "cp1250"), (POLISH, "iso8859_2"), ("Rozmowy skończą się już w grudniu, choć to nie łąż.", "cp1250"),
     (WESTERN[5], "mac_roman"), (WESTERN[0], "cp850"), (JAPANESE, "cp932"), (CHINESE, "gb18030")],
)  # fmt: skip
def test_other_encodings_are_told_by_the_language(text: str, encoding: str) -> None:
    assert decode(text.encode(encoding), item="x")[0] == text


def test_japanese_that_is_no_usual_text_is_not_refused() -> None:
    text = "ＡＦＰ通信によると、２０１８年９月２８日（金）、インドネシアのスラウェシ島をＭ７・５の地震が襲った。" * 3
    assert decode(text.encode("cp932"), item="x")[0] == text


@pytest.mark.parametrize("text", [POLISH + ", a rozmowy już są", "Le ministre a été reçu où il a dîné"])
def test_a_letter_of_another_encoding_at_the_end_is_not_cut_off(text: str) -> None:
    encoding = "cp1250" if "ż" in text else "cp1252"
    for end in ("", ".", "!\n"):
        assert decode((text + end).encode(encoding), item="x")[0] == text + end
    assert decode("Tàu cá Việt".encode()[:-1], item="x")[0].startswith("Tàu cá Vi")
