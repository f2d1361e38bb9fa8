"""Names as their least strict documents spell them, in homes that were filled before that was kept to."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest
from click.testing import CliRunner
from sqlalchemy import update

from domain.entity import EntityKind
from domain.label import Label
from index.store import schema as s
from interfaces.cli import main
from nlp.linking import name_id
from service import entity_views, spellings
from service.doctor import examine
from service.spellings import names_in
from service.wiring import Home
from tests.service.test_entities import cleared, fill, row

ONE = name_id(EntityKind.PERSON, "Tran Hung")
SECRET = "Bộ trưởng Nguyễn Văn Thưởng đã gặp ông Trần Hùng ở Huế."
OPEN = "Minister Nguyen Van Thuong met Tran Hung in Minsk."


def call(home: Home, name: str) -> None:
    """As a home was left by a version that kept the first spelling."""
    with home.write() as c:
        c.execute(update(s.entities).where(s.entities.c.id == ONE).values(name=name))


def told(home: Home) -> list[str]:
    return [one.detail for one in examine(home) if one.what == "names"]


def test_a_spelling_of_secret_documents_is_put_right_and_told_to_none_below(
    home: Home, jsonl: Callable[..., str]
) -> None:
    fill(home, jsonl, row(1, SECRET, lang="vi", label="secret"), row(2, OPEN))
    call(home, "Trần Hùng")
    cleared(home, Label.OPEN)
    assert told(home) == []
    assert spellings.wrong(home) == []
    cleared(home, Label.SECRET)
    assert [(x.id, x.name, x.wanted, x.label) for x in spellings.wrong(home)] == [
        (ONE, "Trần Hùng", "Tran Hung", Label.SECRET)
    ]
    assert told(home) == ["1 shown in a spelling that only stricter documents have: `vedette doctor --repair`"]
    cleared(home, Label.OPEN)
    assert entity_views.view(home, ONE).name == "Trần Hùng"
    done = CliRunner().invoke(main, ["doctor", "--repair", "--json", "--home", str(home.path)])
    assert "names put right" in done.stderr
    assert all(json.loads(line)["what"] != "names" for line in done.stdout.splitlines())
    assert entity_views.view(home, ONE).name == "Tran Hung"
    cleared(home, Label.SECRET)
    assert spellings.wrong(home) == []
    assert spellings.repair(home) == 0


def test_what_is_right_stays(home: Home, jsonl: Callable[..., str]) -> None:
    fill(home, jsonl, row(1, SECRET, lang="vi", label="secret"))
    assert spellings.repair(home) == 0
    assert entity_views.view(home, ONE).name == "Trần Hùng"
    # Of one label all spellings may be seen, whichever came first.
    fill(home, jsonl, row(2, OPEN, label="secret"))
    assert spellings.repair(home) == 0
    assert entity_views.view(home, ONE).name == "Trần Hùng"


@pytest.mark.parametrize(("surface", "found"), [
    ("President Pyotr Sidorov", ["Pyotr Sidorov"]), ("Пётр Сидоров", []), ("Sidorov", []),
    ("pyotr SIDOROV of Minsk", ["pyotr SIDOROV"]),
])  # fmt: skip
def test_the_name_in_a_text(surface: str, found: list[str]) -> None:
    assert names_in(surface, "name:person:pyotr-sidorov", EntityKind.PERSON) == found
