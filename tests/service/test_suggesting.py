from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import select

from domain.label import Label
from domain.source import Source
from domain.time import now
from index.store import identities, sources
from index.store import schema as s
from service import entities
from service.scheduler import once
from service.suggesting import link_new, link_sure, suggest
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


def test_what_has_come_is_linked_once_and_what_was_there_is_left(named: Home, jsonl: Callable[..., str]) -> None:
    fill(named, jsonl, row(1, RU, lang="ru"))
    assert link_new(named) == []
    fill(named, jsonl, row(2, LATIN, lang="de"))
    assert [ID_LATIN in (x.one, x.other) for x in link_new(named)] == [True]
    assert one_of(named, Label.OPEN)
    assert link_new(named) == []
    fill(named, jsonl, row(3, LATIN.replace("Chile", "Bolivien"), lang="de"))
    assert link_new(named) == []
    assert one_of(named, Label.OPEN)
    # Nobody links again what a person parted, and nothing old is looked at.
    with named.read() as c:
        [(one, other)] = c.execute(select(s.entity_links.c.entity_id, s.entity_links.c.into_id)).all()
    entities.apart(named, one, other, by=BY)
    fill(named, jsonl, row(4, "Anna Beispiel besuchte Chile und Peru.", lang="de"))
    assert link_new(named) == []
    assert not one_of(named, Label.OPEN)


def test_what_comes_in_secret_is_linked_in_secret(named: Home, jsonl: Callable[..., str]) -> None:
    cleared(named, Label.SECRET)
    fill(named, jsonl, row(1, LATIN, lang="de"))
    assert link_new(named) == []
    fill(named, jsonl, row(2, RU, lang="ru", label="secret"))
    assert len(link_new(named)) == 1
    assert one_of(named, Label.SECRET)
    assert not one_of(named, Label.OPEN)


def test_a_pass_of_the_watch_links_what_came(named: Home, tmp_path: Path) -> None:
    folder = tmp_path / "inbox"
    folder.mkdir()
    with named.write() as c:
        sources.follow(c, Source(name="Inbox", kind="folder", url=str(folder)), at=now())
    for name, text in (("a.txt", RU), ("b.txt", LATIN)):
        (folder / name).write_text(text, "utf-8")
    assert once(named, stop=threading.Event()).new == 2
    assert one_of(named, Label.OPEN)
