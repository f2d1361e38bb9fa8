"""What is kept of a recogniser's findings, and how long texts go to it."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import pytest

from domain.document import Span
from domain.entity import EntityKind, Mention
from nlp.entities import LONG, PIECE, cleaned, moved, pieces, recognise
from nlp.segment import sentences


def mention(text: str, surface: str, kind: EntityKind = EntityKind.PERSON) -> Mention:
    start = text.index(surface)
    return Mention(
        start=start, end=start + len(surface), surface=surface, entity_id="", kind=kind, name=surface, method="test"
    )


@pytest.mark.parametrize(
    ("text", "surface", "expected"),
    [
        ("He met John Kerry's aide.", "John Kerry's", "John Kerry"),
        ('"John Kerry," he said', '"John Kerry,"', "John Kerry"),
        ("in the United Nations hall", "the United Nations", "United Nations"),
        ("Xi\nJinping came", "Xi\nJinping", "Xi\nJinping"),
        ("NATO met", "NATO", "NATO"),
        ("习近平在北京", "习近平", "习近平"),
        ("l'Élysée a dit", "l'Élysée", "Élysée"),
    ],
)
def test_edges_are_cleaned(text: str, surface: str, expected: str) -> None:
    found = cleaned(mention(text, surface), text)
    assert found is not None
    assert found.surface == expected
    assert text[found.start : found.end] == expected
    assert found.name == " ".join(expected.split())


@pytest.mark.parametrize(
    ("text", "surface"),
    [
        ("the ship sailed", "ship"), ("on Monday he", "Monday"), ("see | here", "e | h"), ("12345 B", "12345 B"),
        ("X", "X"), ("Dear Sir, we", "Sir"), ("--- *** ---", "***"), ("Tel: 123", "Tel"),
        ("SUBJECT: PLANS OF GENERAL GIAP FOR SPRING", "PLANS OF GENERAL GIAP"), ("a\n\nB c", "a\n\nB"),
        ("Embassy reported", "Embassy"), ("word " * 40, "word " * 30),
    ],
)  # fmt: skip
def test_noise_is_no_name(text: str, surface: str) -> None:
    assert cleaned(mention(text, surface), text) is None


def test_other_kinds_are_left_to_the_gazetteer() -> None:
    assert cleaned(mention("In China now", "China", EntityKind.COUNTRY), "In China now") is None


def test_capitals_in_an_ordinary_line_are_a_name() -> None:
    text = "The ship of PETROVIETNAM left the port on the same day."
    assert cleaned(mention(text, "PETROVIETNAM", EntityKind.ORGANISATION), text) is not None


def test_long_texts_go_by_pieces_on_sentence_bounds() -> None:
    text = "The ship left the port of Da Nang. " * 4000
    spans = sentences(text, lang="en")
    found = pieces(text, spans)
    assert len(found) > 1
    assert found[0].start == 0
    assert found[-1].end == len(text)
    assert all(a.end == b.start for a, b in pairwise(found))
    assert all(span.end - span.start <= PIECE for span in found)
    assert all(text[span.start :].startswith("The ship") for span in found)


def test_one_endless_sentence_is_cut_anyway() -> None:
    text = "x" * (3 * PIECE + 7)
    assert [s.end - s.start for s in pieces(text, (Span(0, len(text)),))] == [PIECE, PIECE, PIECE, 7]
    assert pieces(text[:LONG], ()) == (Span(0, LONG),)
    assert pieces("", ()) == ()
    assert pieces("short", ()) == (Span(0, 5),)


def test_moving() -> None:
    found = mention("In Hanoi", "Hanoi", EntityKind.PLACE)
    assert moved(found, 0) is found
    assert (moved(found, 10).start, moved(found, 10).end) == (13, 18)


class OneByOne:
    """A recogniser with nothing but the protocol's method."""

    def find(self, text: str, *, lang: str) -> Sequence[Mention]:
        return (mention(text, "Hanoi", EntityKind.PLACE),) if "Hanoi" in text and lang == "en" else ()


def test_a_recogniser_without_batches_is_asked_text_by_text() -> None:
    found = list(recognise(OneByOne(), ["In Hanoi", "nothing", "Hanoi's"], lang="en"))
    assert [[m.surface for m in own] for own in found] == [["Hanoi"], [], ["Hanoi"]]
