from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.errors import InputError
from service.pipeline import ingest
from service.search import show
from service.versions import compare, difference, look_up
from service.wiring import Home

Jsonl = Callable[..., str]
OLD = ["The rig was moved on Friday.", "Vietnam protested in Hanoi.", "Talks go on.", "Nothing else is known."]
NEW = ["The rig was moved on Saturday, again.", "Vietnam protested in Hanoi.", "Four ships came.", "Talks go on."]


def marked(text: str, marks: object) -> list[str]:
    return [text[m.start : m.end] for m in marks]  # type: ignore[attr-defined]


def test_changed_sentences_have_their_changed_words_marked() -> None:
    found = compare(OLD, NEW)
    assert [one.kind for one in found] == ["changed", "same", "added", "same", "removed"]
    assert marked(found[0].old, found[0].old_marks) == ["Friday"]
    assert marked(found[0].new, found[0].new_marks) == ["Saturday, again"]
    assert (found[2].new, found[4].old) == ("Four ships came.", "Nothing else is known.")


def test_characters_are_compared_in_scripts_without_spaces() -> None:
    (one,) = compare(["越南外交部提出抗议。"], ["越南外交部再次提出抗议。"])
    assert one.kind == "changed"
    assert marked(one.new, one.new_marks) == ["再次"]


@given(st.lists(st.text(max_size=30), max_size=8), st.lists(st.text(max_size=30), max_size=8))
def test_both_texts_can_be_read_off_a_difference(old: list[str], new: list[str]) -> None:
    found = compare(old, new)
    assert [one.old for one in found if one.kind != "added"] == old
    assert [one.new for one in found if one.kind != "removed"] == new
    for one in found:
        for text, marks in ((one.old, one.old_marks), (one.new, one.new_marks)):
            assert all(0 <= m.start < m.end <= len(text) for m in marks)


def test_versions_are_named_by_number_and_those_there_are_not_are_refused(home: Home, jsonl: Jsonl) -> None:
    rows = [{"id": "a", "title": f"Title {i}", "text": " ".join(OLD[: i + 1]), "published": f"2014-05-0{i + 1}"}
            for i in range(3)]  # fmt: skip
    ingest(home, [jsonl(*rows, {"id": "once", "text": "Read once."})])
    shown = show(home, "a")
    last, first = difference(shown), difference(shown, 1, 3)
    assert (last.old, last.new) == (2, 3)
    assert [one.kind for one in first.changes] == ["same", "added", "added"]
    assert first.title is not None
    assert marked(first.title.new, first.title.new_marks) == ["2"]
    with pytest.raises(InputError, match="no version 7"):
        difference(shown, 7)
    with pytest.raises(InputError, match="one version only"):
        difference(show(home, "once"))


def test_a_copy_is_shown_by_the_document_that_carries_it(home: Home, jsonl: Jsonl) -> None:
    same = {"title": "T", "text": "The rig was moved on Friday.", "published": "2014-05-03"}
    ingest(home, [jsonl({**same, "id": "a", "source": "X"}, {**same, "id": "b", "source": "Y"})])
    found = look_up(home, "b")
    assert found.external_id == "a"
    assert [(x.source, x.how) for x in found.copies] == [("Y", "exact")]
