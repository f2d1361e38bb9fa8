"""Languages of short titles, what a source's claim does, and the accuracy on real sentences."""

from __future__ import annotations

import lzma
from pathlib import Path

import pytest

from models.langid import LanguageDetector, primary

DETECTOR = LanguageDetector()

TITLES = {
    "vi": ["Việt Nam phản đối Trung Quốc đặt giàn khoan", "Hội nghị cấp cao ASEAN khai mạc", "Giá vàng tăng mạnh"],
    "en": ["Ministers meet in Geneva over sanctions", "Oil rig dispute deepens", "Fishing boats seized"],
    "fr": ["Hanoï proteste contre la plateforme chinoise", "Le ministre reçoit son homologue"],
    "de": ["Streit um Bohrinsel verschärft sich", "Der Bundestag berät über das Abkommen"],
    "es": ["El canciller viaja a La Habana", "Suben las tensiones en el mar"],
    "pt": ["Presidente viaja para a China", "Governo anuncia acordo com a União Europeia"],
    "it": ["Il ministro degli Esteri a Pechino", "Nuove sanzioni contro la Russia"],
    "nl": ["Minister van Buitenlandse Zaken in Peking", "Kabinet stuurt schip naar de regio"],
    "pl": ["Spór o platformę wiertniczą na morzu", "Minister spotkał się z ambasadorem"],
    "ru": ["Китай отвёл буровую платформу", "Переговоры в Женеве завершились"],
    "uk": ["Україна та Польща підписали угоду", "Міністр прибув до Києва"],
    "id": ["Presiden bertemu perdana menteri di Jakarta", "Kapal perang Indonesia dikirim ke Natuna"],
    "tr": ["Dışişleri Bakanı Pekin'e gitti", "Yeni anlaşma imzalandı"],
    "sv": ["Utrikesministern reser till Kina", "Nya förhandlingar inleds i dag"],
    "zh": ["越南抗议中国钻井平台", "外交部发言人答记者问", "API会议"],
    "ja": ["中国の掘削装置にベトナムが抗議", "外相が訪問へ"],
    "ko": ["중국 시추선 논란", "한중 정상회담"],
    "th": ["เวียดนามประท้วงจีน", "ประชุม ASEAN"],
    "lo": ["ກອງປະຊຸມສຸດຍອດ"],
    "km": ["កិច្ចប្រជុំកំពូលអាស៊ាន"],
    "my": ["အာဆီယံ ထိပ်သီး အစည်းအဝေး"],
    "ar": ["وزير الخارجية يصل إلى بكين", "قمة عربية طارئة"],
    "fa": ["وزیر خارجه ایران وارد پکن شد و گفت‌وگوها آغاز گردید"],
    "he": ["ראש הממשלה נפגש עם השר"],
    "el": ["Ο υπουργός Εξωτερικών στο Πεκίνο"],
    "hi": ["विदेश मंत्री बीजिंग पहुंचे"],
    "ka": ["საგარეო საქმეთა მინისტრი"],
    "hy": ["Արտաքին գործերի նախարար"],
    "no": ["Utenriksministeren reiser til Kina i dag og møter ikke pressen"],
}


@pytest.mark.parametrize(("code", "title"), [(code, title) for code, own in TITLES.items() for title in own])
def test_short_titles(code: str, title: str) -> None:
    assert DETECTOR.identify(title).code == code


def test_names_in_another_language_do_not_decide() -> None:
    assert DETECTOR.identify("Nguyễn Phú Trọng rencontre le président chinois à Pékin mardi").code == "fr"
    assert DETECTOR.identify("Besuch in 北京: Merkel trifft Xi und spricht über Handel").code == "de"


def test_a_claim_settles_what_the_text_leaves_open() -> None:
    assert DETECTOR.identify("日本", hint="ja").code == "ja"
    assert DETECTOR.identify("日本").code == "zh"
    assert DETECTOR.identify("Ministro viaja", hint="pt-BR").code == "pt"
    assert DETECTOR.identify("Ministro viaja", hint="es").code == "es"
    assert DETECTOR.identify("中国外交部今天表示越南的指控没有根据", hint="ja").code == "zh"


def test_links_and_invisible_characters_say_nothing() -> None:
    assert DETECTOR.identify("https://example.org/the-news-of-the-day @someone 123 Giá vàng tăng mạnh").code == "vi"
    assert DETECTOR.identify("\u202eOil\u200b rig\u200b dispute deepens between the neighbours").code == "en"


@pytest.mark.parametrize(
    ("tag", "code"),
    [("zh-CN", "zh"), ("nb-NO", "no"), ("nn", "no"), ("iw", "he"), ("EN_us", "en"), ("", None), ("und", None),
     ("english!", None), (None, None), ("eng", "en")],
)  # fmt: skip
def test_tags(tag: str | None, code: str | None) -> None:
    assert primary(tag) == code


@pytest.mark.data
@pytest.mark.slow
def test_accuracy_on_news_sentences_and_their_first_words(shared: Path) -> None:
    """Floors under the figures of the model card: sentences 0.993, first five words 0.968 (every fifth line)."""
    with lzma.open(shared / "data" / "parallel" / "ntrex_18langs.tsv.xz", "rt", encoding="utf-8") as lines:
        rows = [line.rstrip("\n").split("\t") for line in lines]
    codes = rows[0][1:]
    right = {"sentence": 0, "title": 0}
    total = 0
    for row in rows[1::20]:
        for code, sentence in zip(codes, row[1:], strict=True):
            unspaced = code in ("zh", "ja", "th", "lo", "km")
            title = sentence[:14] if unspaced else " ".join(sentence.split()[:5])
            total += 1
            right["sentence"] += DETECTOR.identify(sentence).code == code
            right["title"] += DETECTOR.identify(title).code == code
    assert right["sentence"] / total >= 0.985
    assert right["title"] / total >= 0.95
