"""Names by their shapes: what is one, what it names, and what is none."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.entity import EntityKind as K
from nlp import names
from nlp.shapes import Shapes, languages


def found(text: str, lang: str) -> list[tuple[str, K]]:
    return [(m.surface, m.kind) for m in Shapes().find(text, lang=lang)]


@pytest.mark.parametrize(
    ("lang", "text", "expected"),
    [
        ("pl", "Wczoraj minister Radosław Kowalczyk przyjechał do Lututowa.",
         [("Radosław Kowalczyk", K.PERSON), ("Lututowa", K.PLACE)]),
        ("pl", "Ministerstwo Rozwoju Regionalnego ogłosiło konkurs.",
         [("Ministerstwo Rozwoju Regionalnego", K.ORGANISATION)]),
        ("ru", "Вчера академик Пётр Леонидович Капица выступил в Дубне.",
         [("Пётр Леонидович Капица", K.PERSON), ("Дубне", K.PLACE)]),
        ("ru", "Сотрудники компании «Кировэнерго» бастуют.", [("Кировэнерго", K.ORGANISATION)]),
        ("es", "El alcalde Julián Ferreira vive en Pozuelo.", [("Julián Ferreira", K.PERSON), ("Pozuelo", K.PLACE)]),
        ("es", "La Universidad de Salamanca publicó el informe.", [("Universidad de Salamanca", K.ORGANISATION)]),
        ("pt", "A ministra Luísa Tavares visitou a Universidade de Coimbra.",
         [("Luísa Tavares", K.PERSON), ("Universidade de Coimbra", K.ORGANISATION)]),
        ("it", "Il sindaco Giuseppe Rinaldi abita a Fiesole.", [("Giuseppe Rinaldi", K.PERSON), ("Fiesole", K.PLACE)]),
        ("nl", "De burgemeester Willem van Dijk woont in Zutphen.",
         [("Willem van Dijk", K.PERSON), ("Zutphen", K.PLACE)]),
        ("de", "Gestern besuchte Klaus Lindner die Deutsche Bank in Eschborn.",
         [("Klaus Lindner", K.PERSON), ("Deutsche Bank", K.ORGANISATION), ("Eschborn", K.PLACE)]),
    ],
)  # fmt: skip
def test_names_and_what_they_name(lang: str, text: str, expected: list[tuple[str, K]]) -> None:
    assert found(text, lang) == expected


@pytest.mark.parametrize(
    ("lang", "text"),
    [
        ("de", "Die Regierung legte gestern einen Entwurf für das Gesetz über den Schutz der Umwelt vor."),
        ("pl", "Wczoraj nikt nie przyszedł. Dlatego spotkanie odwołano."),
        ("ru", "Вчера никто не пришёл. Поэтому встречу отменили."),
        ("es", "Ayer no vino nadie. Por eso se anuló la reunión."),
        ("pt", "Ontem ninguém veio. Por isso a reunião foi cancelada."),
        ("it", "Ieri non è venuto nessuno. Per questo la riunione è saltata."),
        ("nl", "Gisteren kwam niemand. Daarom ging de vergadering niet door."),
    ],
)
def test_sentences_without_names(lang: str, text: str) -> None:
    assert found(text, lang) == []


def test_a_word_alone_is_who_was_named_in_full() -> None:
    text = "Prezydent Andrzej Zawadzki przemówił. Potem Zawadzki odpowiadał na pytania."
    assert [(s, k) for s, k in found(text, "pl") if "Zawadzki" in s] == [
        ("Andrzej Zawadzki", K.PERSON),
        ("Zawadzki", K.PERSON),
    ]


def test_initials_belong_to_the_name() -> None:
    assert ("В. В. Путин", K.PERSON) in found("Вчера В. В. Путин прибыл.", "ru")


def test_what_others_read_is_left_to_them() -> None:
    shapes = Shapes(unless=lambda lang: lang == "de")
    assert not shapes.reads("de")
    assert shapes.reads("pl")
    assert not shapes.reads("vi")
    assert shapes.find("Angela Merkel kam.", lang="de") == ()
    assert languages() == {"de", "es", "it", "nl", "pl", "pt", "ru"}


def test_words_by_their_looks() -> None:
    assert names.is_given("Angela")
    assert names.is_ordinary("regierung") or names.is_ordinary("Regierung")
    assert names.looks("Kowalewski").person > 0
    assert names.looks("Wolfenbüttel").place > 0


@given(st.text(max_size=200), st.sampled_from(sorted(languages())))
def test_any_text(text: str, lang: str) -> None:
    last = 0
    for mention in Shapes().find(text, lang=lang):
        assert last <= mention.start < mention.end <= len(text)
        assert text[mention.start : mention.end] == mention.surface
        last = mention.end
