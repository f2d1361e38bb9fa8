"""A ministry is the same office in every language, by the country beside it or the only one there is."""

from __future__ import annotations

import pytest

from nlp.gazetteer import default_gazetteer


def offices(text: str, lang: str) -> list[tuple[str, str]]:
    return [(m.surface, m.entity_id) for m in default_gazetteer().find(text, lang=lang) if m.kind.value == "office"]


@pytest.mark.parametrize(
    ("lang", "text"),
    [
        ("en", "Vietnam's Foreign Ministry"), ("en", "Hanoi's foreign ministry"), ("en", "Vietnamese foreign ministry"),
        ("vi", "Bộ Ngoại giao Việt Nam"), ("ru", "Министерство иностранных дел Вьетнама"), ("ru", "вьетнамский МИД"),
        ("zh", "越南外交部"), ("fr", "ministère des Affaires étrangères vietnamien"),
        ("fr", "ministère vietnamien des Affaires étrangères"), ("de", "vietnamesische Außenministerium"),
        ("es", "Ministerio de Relaciones Exteriores vietnamita"), ("pl", "wietnamskie MSZ"), ("pl", "MSZ Wietnamu"),
        ("pl", "Ministerstwo Spraw Zagranicznych Wietnamu"), ("pt", "Ministério das Relações Exteriores do Vietnã"),
        ("pt", "Ministério dos Negócios Estrangeiros do Vietname"), ("it", "Ministero degli Esteri vietnamita"),
        ("nl", "Vietnamese ministerie van Buitenlandse Zaken"), ("uk", "МЗС В'єтнаму"), ("ja", "ベトナム外務省"),
        ("ko", "베트남 외교부"),
    ],
)  # fmt: skip
def test_one_office_in_all_languages(lang: str, text: str) -> None:
    assert offices(text, lang) == [(text, "office:vn-mfa")]


def test_alone_it_is_who_was_named_before_or_the_only_country() -> None:
    assert offices("Vietnam protested on Monday. MOFA called in the envoy.", "en") == [("MOFA", "office:vn-mfa")]
    text = "Wietnamskie MSZ zaprotestowało przeciw działaniom Chin. MSZ wezwało ambasadora."
    assert offices(text, "pl") == [("Wietnamskie MSZ", "office:vn-mfa"), ("MSZ", "office:vn-mfa")]


@pytest.mark.parametrize(
    ("lang", "text"),
    [
        ("en", "MOFA called in the envoy."), ("en", "China and Japan spoke. The foreign ministry denied it."),
        ("pl", "Ministerstwo Spraw Zagranicznych mówiło o Chinach i Japonii."), ("pl", "Na mszy był msz."),
        ("en", "Mofarrah spoke to China."), ("ru", "Мидии из Вьетнама"),
    ],
)  # fmt: skip
def test_nobodys(lang: str, text: str) -> None:
    assert offices(text, lang) == []


def test_offices_under_other_ids_and_of_defence() -> None:
    assert offices("il ministero della Difesa russo", "it") == [("ministero della Difesa russo", "office:ru-mod")]
    assert offices("het Amerikaanse ministerie van Defensie", "nl")[0][1] == "office:us-dod"
