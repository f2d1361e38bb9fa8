"""Which sentences stand alone, and which look ahead."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from briefing.outlook import dates_in, outlook
from briefing.phrases import LANGUAGES, phrases
from briefing.sentences import alike, candidates, repeats, stands_alone
from domain.text import count_words
from tests.briefing.making import LEAD, OTHER, paper

UNTIL = datetime(2014, 5, 10, tzinfo=UTC)
PUBLISHED = datetime(2014, 5, 6, 8, tzinfo=UTC)


@pytest.mark.parametrize(
    ("lang", "text"),
    [
        ("en", LEAD),
        ("vi", "Ông Phạm Bình Minh đã điện đàm với ông Dương Khiết Trì về giàn khoan Hải Dương 981."),
        ("vi", "Hồ Chí Minh là thành phố có nhiều nhà máy bị ảnh hưởng trong tuần qua."),
        ("zh", "中国海事部门三日发布航行警告称，钻井平台在西沙群岛以南海域作业。"),
        ("ru", "Ханой заявил протест Пекину из-за буровой платформы у Парасельских островов."),
        ("de", "Vietnam hat am Sonntag scharf gegen die chinesische Bohrinsel protestiert."),
        ("fr", "Le ministère vietnamien des Affaires étrangères a protesté lundi contre la plateforme."),
        ("es", "El Gobierno de Vietnam protestó el lunes contra la plataforma petrolera china."),
        ("en", "“The rig must leave our waters at once,” the spokesman said in Hanoi on Monday."),
    ],
)
def test_good_sentences_stand(lang: str, text: str) -> None:
    assert stands_alone(text, lang=lang)


@pytest.mark.parametrize(
    ("lang", "text"),
    [
        ("en", "He told reporters in Hanoi on Monday that the rig must leave at once."),
        ("en", "It's the third time this year that the two navies have met at sea."),
        ("en", "But the ministry of foreign affairs in Hanoi did not say what it would do next."),
        ("en", "Will the foreign ministry of Vietnam take the case to an international court?"),
        ("en", "Vietnam must pull its ships back before tension can ease, he said in Beijing."),
        ("ru", "Вьетнам должен отвести свои корабли, заявил он журналистам в Пекине в четверг."),
        ("zh", "越南必须立即撤走所有船只，他说，双方沟通渠道仍然畅通。"),
        ("en", "Vietnam protested again today."),
        ("en", "and the foreign ministry of Vietnam protested on Monday against the rig near the islands."),
        ("en", "The spokesman of the ministry said that “the rig must leave at once and for good."),
        ("en", "Foreign ministry of Vietnam, statement on the rig near the Paracel Islands, Monday"),
        ("vi", "Ông cho biết lực lượng thực thi pháp luật của Việt Nam vẫn kiềm chế."),
        ("vi", "Hai bên nhất trí duy trì đường dây liên lạc giữa hai bộ quốc phòng."),
        ("zh", "他要求越南严惩打砸企业的肇事者，确保在越中国公民的人身安全。"),
        ("zh", "此外，中国与东盟十国防长次日举行了非正式会晤，讨论海上互信。"),
        ("ru", "Он добавил, что переговоры с китайской стороной будут продолжены на следующей неделе."),
        ("fr", "C'est la troisième fois cette année que les deux marines se rencontrent en mer."),
        ("de", "Damit sind die Spannungen im Südchinesischen Meer weiter gestiegen als je zuvor."),
        ("en", " ".join(["word"] * 46).capitalize() + "."),
        ("en", ""),
    ],
)
def test_sentences_that_lean_on_others_do_not(lang: str, text: str) -> None:
    assert not stands_alone(text, lang=lang)


@given(st.text(max_size=200), st.sampled_from(["en", "vi", "zh", "ar", "und", "th"]))
def test_any_text_is_judged(text: str, lang: str) -> None:
    if stands_alone(text, lang=lang):
        assert 8 <= count_words(text) <= 45


def test_candidates_know_their_place() -> None:
    (first, second) = candidates(paper(1, f"{LEAD} He left. {OTHER}"))
    assert (first.n, first.text, second.n, second.text) == (0, LEAD, 2, OTHER)


def test_likeness() -> None:
    a, b = candidates(paper(1, LEAD))[0], candidates(paper(2, LEAD.replace("Monday", "Tuesday")))[0]
    c = candidates(paper(3, OTHER))[0]
    assert alike(a, a) == 1.0
    assert repeats(a, [c, b])
    assert not repeats(a, [c])


@pytest.mark.parametrize(
    ("lang", "text", "day"),
    [
        ("en", "Drilling is to end on 15 August.", date(2014, 8, 15)),
        ("en", "Drilling is to end on August 15, 2014.", date(2014, 8, 15)),
        ("vi", "Giàn khoan hoạt động đến 15/8.", date(2014, 8, 15)),
        ("vi", "Giàn khoan hoạt động đến ngày 15 tháng 8 năm 2014.", date(2014, 8, 15)),
        ("zh", "作业至八月十五日。", date(2014, 8, 15)),
        ("zh", "作业至2014年8月15日。", date(2014, 8, 15)),
        ("zh", "会议于十二月二十三日举行。", date(2014, 12, 23)),
        ("ru", "Бурение продлится до 15 августа.", date(2014, 8, 15)),
        ("de", "Die Bohrung dauert bis 15. August.", date(2014, 8, 15)),
        ("es", "La perforación durará hasta el 15 de agosto de 2014.", date(2014, 8, 15)),
        ("fr", "Le forage durera jusqu'au 1er juin.", date(2014, 6, 1)),
        ("xx", "x 2014-08-15 x", date(2014, 8, 15)),
        ("en", "Talks resume on 3 January.", date(2015, 1, 3)),
        ("en", "The rig arrived on 2 May.", date(2014, 5, 2)),
    ],
)
def test_dates(lang: str, text: str, day: date) -> None:
    assert dates_in(text, lang=lang, near=PUBLISHED.date()) == (day,)


@pytest.mark.parametrize("text", ["on 31 February", "on 99 May", "2014-13-40", "0000-01-01", "30/2"])
def test_dates_that_do_not_exist_are_none(text: str) -> None:
    assert dates_in(text, lang="en", near=PUBLISHED.date()) == ()
    assert dates_in(text, lang="vi", near=PUBLISHED.date()) == ()


@pytest.mark.parametrize(
    ("lang", "text"),
    [
        ("en", "The deadline for an answer from the tribunal is next month."),
        ("vi", "Quốc hội dự kiến thảo luận vấn đề Biển Đông."),
        ("fr", "Le ministre se rendra à Hanoï pour des entretiens."),
        ("de", "Der Minister wird nach Hanoi reisen."),
        ("es", "El ministro viajará a Hanói para hablar de la plataforma."),
        ("ru", "Министр намерен посетить Ханой."),
        ("zh", "外交部长即将访问河内。"),
        ("xx", "x 2014-08-15 x"),
    ],
)
def test_looking_ahead(lang: str, text: str) -> None:
    assert outlook(text, lang=lang, published=PUBLISHED, until=UNTIL).strength >= 1.0


@pytest.mark.parametrize(
    ("lang", "text"),
    [
        ("en", "The rig arrived on 2 May near the Paracel Islands."),
        ("vi", "Bộ trưởng Bộ Kế hoạch và Đầu tư cho biết 400 doanh nghiệp bị ảnh hưởng."),
        ("fr", "La plateforme est arrivée le 2 mai près des îles."),
        ("de", "Die Bohrinsel kam am 2. Mai an."),
        ("zh", "中国将军访问了美国。"),
        ("xx", "anything at all"),
    ],
)
def test_not_looking_ahead(lang: str, text: str) -> None:
    found = outlook(text, lang=lang, published=PUBLISHED, until=UNTIL)
    assert (found.strength, found.on) == (0.0, None)


def test_a_date_still_to_come_is_named() -> None:
    found = outlook("The rig will stay until 15 August.", lang="en", published=PUBLISHED, until=UNTIL)
    assert (found.strength, found.on) == (3.0, date(2014, 8, 15))


def test_every_language_has_every_phrase_with_the_same_fields() -> None:
    import re
    from dataclasses import fields

    english = phrases("en")
    for lang in LANGUAGES:
        for field in fields(english):
            mine, theirs = getattr(english, field.name), getattr(phrases(lang), field.name)
            if isinstance(mine, str) and field.name not in ("lang", "date"):
                assert set(re.findall(r"\{\w+\}", mine)) == set(re.findall(r"\{\w+\}", theirs)), (lang, field.name)
                assert theirs
            else:
                assert len(mine) == len(theirs) or field.name == "date"
