from __future__ import annotations

from collections.abc import Callable

import pytest

from domain.label import Label
from index.store import identities
from service import entities
from service.suggesting import link_sure, suggest
from service.wiring import Home
from tests.service.test_entities import BY, Names, cleared, fill, row

RU = "Премьер Грегор Заблудов прибыл из Чили в Перу, где его ждали в Лиме."
LATIN = "Premier Gregor Sablúdow reiste aus Chile nach Peru, wo man ihn in Lima erwartete."
ID_LATIN = "name:person:gregor-sabludow"


@pytest.fixture
def named(home: Home) -> Home:
    home.__dict__["recognisers"] = (Names(a="Грегор Заблудов", b="Gregor Sablúdow", c="Anna Beispiel"),)
    return home


def pairs(home: Home) -> list[tuple[str, str]]:
    return [(x.pair.one, x.pair.other) for x in suggest(home)]


def one_of(home: Home, label: Label) -> bool:
    """Whether the two are one for a reader."""
    with home.read() as c:
        return len(identities.members(c, [ID_LATIN], clearance=label)[ID_LATIN]) == 2


def test_a_pair_is_proposed_with_its_evidence_linked_and_parted_for_good(
    named: Home, jsonl: Callable[..., str]
) -> None:
    fill(
        named,
        jsonl,
        row(1, RU, lang="ru"),
        row(2, LATIN, lang="de"),
        row(3, LATIN.replace("Chile", "Bolivien"), lang="de"),
    )
    [found] = suggest(named)
    assert found.pair.other == ID_LATIN
    assert found.pair.sure
    assert found.languages == (("ru",), ("de",))
    assert {x.surface for x in found.evidence} == {"Грегор Заблудов", "Gregor Sablúdow"}
    assert all(x.surface in x.text for x in found.evidence)
    assert [x.other for x in link_sure(named)] == [ID_LATIN]
    assert one_of(named, Label.OPEN)
    assert suggest(named) == []
    assert [x.other for x in link_sure(named)] == [ID_LATIN]  # made anew, the same
    entities.apart(named, found.pair.one, ID_LATIN, by=BY)
    assert not one_of(named, Label.OPEN)
    assert link_sure(named) == []
    assert suggest(named) == []


def test_what_secret_documents_tell_is_linked_for_their_readers_alone(named: Home, jsonl: Callable[..., str]) -> None:
    cleared(named, Label.SECRET)
    fill(named, jsonl, row(1, RU, lang="ru", label="secret"), row(2, LATIN, lang="de"))
    assert len(pairs(named)) == 1
    assert len(link_sure(named)) == 1
    assert one_of(named, Label.SECRET)
    assert not one_of(named, Label.OPEN)
    cleared(named, Label.OPEN)
    assert pairs(named) == []
    assert link_sure(named) == []
    cleared(named, Label.SECRET)
    assert one_of(named, Label.SECRET)
