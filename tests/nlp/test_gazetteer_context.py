"""Countries told from ships, treaties, persons, languages, towns elsewhere; states of the past; parts of countries."""

from __future__ import annotations

import pytest

from nlp.gazetteer import default_gazetteer


def codes(text: str, lang: str | None) -> set[str]:
    return {code for mention in default_gazetteer().find(text, lang=lang) for code in mention.countries}


@pytest.mark.parametrize(
    ("text", "lang", "expected"),
    [
        ("Le sous-marin Québec a plongé au large de l'Islande.", "fr", {"IS"}),
        ("Der Dampfer „Italia“ lief in Lissabon ein.", "de", {"PT"}),
        ("Паром «Эстония» затонул по пути в Стокгольм.", "ru", {"SE"}),
        ("The USS Vermont called at Perth.", "en", {"AU"}),
        # Whose ship it is, not what it is called.
        ("The tanker Iran seized last week is empty.", "en", {"IR"}),
        ("Tàu Trung Quốc áp sát bãi cạn.", "vi", {"CN"}),
        ("Okręt Włoch wpłynął do portu.", "pl", {"IT"}),
    ],
)
def test_ships(text: str, lang: str, expected: set[str]) -> None:
    assert codes(text, lang) == expected


@pytest.mark.parametrize(
    ("text", "lang", "expected"),
    [
        ("The Maastricht Treaty and the Dayton Accords were quoted by Norway.", "en", {"NO"}),
        ("Das Münchner und das Minsker Abkommen gelten nicht mehr.", "de", set()),
        ("Le traité de Lisbonne lie l'Irlande.", "fr", {"IE"}),
        ("Hiệp định Geneva được ký năm 1954.", "vi", set()),
        ("《罗马条约》签署多年。", "zh", set()),
        ("Talks in Lisbon ended.", "en", {"PT"}),
    ],
)
def test_treaties(text: str, lang: str, expected: set[str]) -> None:
    assert codes(text, lang) == expected


@pytest.mark.parametrize(
    ("text", "lang", "expected"),
    [
        ("Herr Holland und Frau Engländer kamen zu spät.", "de", set()),
        ("Pani Szwed i pan Litwin wynajęli lokal.", "pl", set()),
        ("Petra Böhm und Stefan Schwede siegten.", "de", set()),
        ("Washington Rodríguez marcó dos goles.", "es", set()),
        ("Kuba Nowak zadzwonił wczoraj.", "pl", set()),
        ("Bà Lê Hà Lan là giáo viên.", "vi", set()),
        # What a state does, and whose it is.
        ("Prezydent Kuby przyjął delegację.", "pl", {"CU"}),
        ("Christian Lebanese and Druze leaders met.", "en", {"LB"}),
        ("El presidente de Argentina Javier Milei viajó.", "es", {"AR"}),
        ("Đức Quốc xã đầu hàng.", "vi", {"DE"}),
    ],
)
def test_persons(text: str, lang: str, expected: set[str]) -> None:
    assert codes(text, lang) == expected


@pytest.mark.parametrize(
    ("text", "lang", "expected"),
    [
        ("A fire broke out in Moscow, Idaho, on Friday.", "en", {"US"}),
        ("The mayor of Cuba, Missouri, resigned.", "en", {"US"}),
        ("Offices in London, Ontario, were closed.", "en", {"CA"}),
        ("Talks in Paris, London and Berlin continue.", "en", {"FR", "GB", "DE"}),
        ("El gobernador de Carolina del Norte y el de Georgia protestaron.", "es", {"US"}),
        ("Beben in Neusüdwales und Neuschottland", "de", {"AU", "CA"}),
        ("Выборы в Пенсильвании и Нью-Мексико", "ru", {"US"}),
        ("Granada y Málaga piden trenes.", "es", {"ES"}),
        ("El huracán pasó por Granada y Barbados.", "es", {"GD", "BB"}),
    ],
)
def test_parts_and_towns_of_one_name(text: str, lang: str, expected: set[str]) -> None:
    assert codes(text, lang) == expected


@pytest.mark.parametrize(
    ("text", "lang", "expected"),
    [
        ("NRD i RFN podpisały układ.", "pl", {"DE"}),
        ("Югославские войска ушли, пишет чехословацкая газета.", "ru", {"RS", "CZ"}),
        ("La RDA reconoció a Rodesia.", "es", {"DE", "ZW"}),
        ("ЦАР, ЮАР и ОАЭ голосовали.", "ru", {"CF", "ZA", "AE"}),
        ("Le Congo et son président Denis Sassou-Nguesso attendent.", "fr", {"CG"}),
        ("Le Congo accuse le Rwanda.", "fr", {"CD", "RW"}),
        ("中美俄三国举行会谈。", "zh", {"CN", "US", "RU"}),
        ("Angolczycy i Mozambijczycy", "pl", {"AO", "MZ"}),
        ("сенегальцы и камерунцы", "ru", {"SN", "CM"}),
        ("Die Samoaner und die Jamaikaner", "de", {"WS", "JM"}),
    ],
)
def test_states_of_the_past_abbreviations_inhabitants(text: str, lang: str, expected: set[str]) -> None:
    assert codes(text, lang) == expected


@pytest.mark.parametrize(
    ("text", "lang", "expected"),
    [
        ("Prags Absage und Floridas Küste", "de", {"CZ", "US"}),
        ("Die Londoner Börse und das Kiewer Parlament", "de", {"GB", "UA"}),
        ("Die Brandenburger Polizei", "de", {"DE"}),
        # A small town with an ending is another name.
        ("Ray Davies und die Tories", "de", set()),
    ],
)
def test_german_endings(text: str, lang: str, expected: set[str]) -> None:
    assert codes(text, lang) == expected


@pytest.mark.parametrize(
    ("text", "lang"),
    [
        ("Un café liégeois et une crème anglaise", "fr"),
        ("pierogi ruskie i sos holenderski", "pl"),
        ("Ein Perserteppich und Schweizer Käse", "de"),
        ("una montaña rusa y una llave inglesa", "es"),
        ("俄罗斯套娃和瑞士军刀", "zh"),
        ("греческий салат и русская рулетка", "ru"),
        ("mì Ý và đậu Hà Lan", "vi"),
        ("uma montanha-russa e um queijo suíço", "pt"),
        ("Persian rugs and Jerusalem artichokes", "en"),
    ],
)
def test_common_names_of_things(text: str, lang: str) -> None:
    assert codes(text, lang) == set()


@pytest.mark.parametrize(
    ("text", "lang", "expected"),
    [
        ("Das Essen und der Hof gefielen allen.", "de", set()),
        ("Sie las das Buch im Russischen und übersetzte aus dem Dänischen.", "de", set()),
        ("Elle donne des cours de chinois et d'italien.", "fr", set()),
        ("Преподаватель немецкого опоздал.", "ru", set()),
        ("他会西班牙语和意大利语。", "zh", set()),
        ("张美英与刘德法结婚。", "zh", set()),
        ("The Earl of Lincoln met Senator Jordan and Uncle Chad.", "en", set()),
        ("La duquesa de Granada visitó Oslo.", "es", {"NO"}),
        # A country all the same.
        ("中美关系和对中俄贸易", "zh", {"CN", "US", "RU"}),
        ("The king of Jordan spoke.", "en", {"JO"}),
        ("Les îles Salomon et la république tchèque", "fr", {"SB", "CZ"}),
        ("Guinea Bissau y Timor Oriental", "es", {"GW", "TL"}),
        ("Las dos Coreas y los dos Congos", "es", {"KP", "KR", "CD", "CG"}),
        ("Norwescy i szwedzcy rybacy", "pl", {"NO", "SE"}),
        ("Jordan est en retard.", "fr", set()),
        ("Nghị viện Wales và Jordan", "vi", {"GB", "JO"}),
        ("Die Show auf der Pariser Modewoche", "de", {"FR"}),
        ("Erdogans Reise", "de", {"TR"}),
    ],
)
def test_languages_nouns_titles_pairs(text: str, lang: str, expected: set[str]) -> None:
    assert codes(text, lang) == expected


@pytest.mark.parametrize(
    ("text", "lang", "expected"),
    [
        # What the language's own country has comes first; a street is no person and no country.
        ("Công nhân ở Tây Ninh đình công.", "vi", {"VN"}),
        ("Xe tải lật trên đường Trường Chinh.", "vi", set()),
        # Between others in a list it is one of them; alone it is a given name.
        ("Les Comores, Maurice et Madagascar votent.", "fr", {"KM", "MU", "MG"}),
        ("Maurice et Jean votent.", "fr", set()),
        ("Faz calor em Salvador.", "pt", {"BR"}),
        ("Os guineenses votam em Bissau.", "pt", {"GW"}),
        ("Kuba kupiła zboże.", "pl", {"CU"}),
    ],
)
def test_own_places_lists_and_shared_names(text: str, lang: str, expected: set[str]) -> None:
    assert codes(text, lang) == expected
