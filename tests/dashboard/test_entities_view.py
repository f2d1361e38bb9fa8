from __future__ import annotations

import pytest
from streamlit.testing.v1 import AppTest

from domain.document import Document
from domain.label import Label
from domain.time import now
from index.store import decisions
from service import entities
from service.pipeline import ingest_documents
from service.wiring import Home
from tests.dashboard.conftest import Open, markup, parameter, shown

HOSTILE = "Ngọc <script>alert(1)</script> Thần"


def told(n: int, text: str, *, label: Label = Label.OPEN) -> Document:
    return Document(source="Wire", title=f"Report {n}", text=text, item=f"{n}", external_id=f"x{n}", known=now(),
                    label=label)  # fmt: skip


@pytest.fixture
def home(own_home: Home) -> Home:
    made = entities.add(own_home, "person", "Zubrow Quillfeather", by="A. Clerk", lang="en")
    assert made.entity_id == "own:person:zubrow-quillfeather"
    entities.add(own_home, "person", "Квиллфезер Зубров", by="A. Clerk", lang="ru")
    ingest_documents(own_home, [
        told(1, "The minister met Zubrow Quillfeather in Hanoi on Monday, the ministry said in a statement."),
        told(2, "Министр встретился с человеком по имени Квиллфезер Зубров в Ханое, сообщило министерство."),
    ])  # fmt: skip
    return own_home


ONE, OTHER = "own:person:zubrow-quillfeather", "own:person:kvillfezer-zubrov"


def field(at: AppTest, label: str, value: str, *, key: str = "") -> None:
    next(x for x in at.text_input if x.label == label and key in (x.key or "")).set_value(value)


def press(at: AppTest, label: str) -> None:
    next(b for b in at.button if b.label == label).click().run()
    assert not at.exception


def test_entities_are_found_by_part_of_a_name_and_in_another_script(home: Home, opened: Open) -> None:
    at = opened(home, "entities")
    assert "Vietnam" in shown(at)
    at.text_input(key="entity_like").set_value("quillfe").run()
    assert "Zubrow Quillfeather" in shown(at)
    assert "Vietnam" not in shown(at).replace("Vietnam (", "")
    at.text_input(key="entity_like").set_value("no such name").run()
    assert "No document names such an entity" in shown(at)


def test_an_entity_shows_names_documents_and_days_and_is_merged_and_parted_again(home: Home, opened: Open) -> None:
    at = opened(home, "entities", id=ONE)
    seen = shown(at)
    assert "Zubrow Quillfeather" in seen
    assert "1 document" in seen
    assert "Report 1" in seen
    assert "was added" in seen
    assert at.get("vega_lite_chart")
    field(at, "Is the same as", OTHER)
    at.run()
    press(at, "They are one")
    assert "Say who decides" in shown(at)
    field(at, "Decided by", "B. Officer", key="by_merge")
    press(at, "They are one")
    assert parameter(at, "id") == OTHER
    seen = shown(at)
    assert "2 documents" in seen
    assert "an operator decided so" in seen
    assert "B. Officer" in seen
    with home.read() as c:
        [made] = decisions.decided(c, clearance=Label.OPEN, what="merge")
    assert (made.by, made.entity_id, made.body["into"]) == ("B. Officer", ONE, OTHER)
    at.button(key=f"undo_{made.id}").click().run()
    assert "undone by B. Officer" in shown(at)
    assert "1 document" in shown(at)


def test_an_entity_is_added_with_its_names_and_found_in_what_is_stored(home: Home, opened: Open) -> None:
    at = opened(home, "entities")
    at.text_input(key="add_name").set_value("Ministry of Odd Walks")
    at.selectbox(key="add_kind").set_value("organisation")
    at.text_area(key="add_names").set_value("ru: Министр встретился")
    field(at, "Decided by", "B. Officer", key="by_add")
    press(at, "Add")
    assert parameter(at, "id") == "own:organisation:ministry-of-odd-walks"
    assert "Report 2" in shown(at)


def test_what_is_refused_is_said(home: Home, opened: Open) -> None:
    at = opened(home, "entities", id=ONE)
    field(at, "Is the same as", "iso:VN")
    at.run()
    field(at, "Decided by", "B. Officer", key="by_merge")
    press(at, "They are one")
    assert "is no country" in shown(at)
    assert "There is no such entity" in shown(opened(home, "entities", id="name:person:nobody"))


def test_stored_names_are_text_and_secret_ones_are_not_shown(home: Home, opened: Open) -> None:
    made = entities.add(home, "organisation", HOSTILE, by="A. Clerk")
    page = markup(opened(home, "entities", id=made.entity_id))
    assert "<script>" not in page
    assert "&lt;script&gt;" in page
