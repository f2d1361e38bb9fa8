"""Measuring stories: BCubed over all and across languages, the file of known stories, the examples of errors."""

from __future__ import annotations

from pathlib import Path

import pytest

from domain.errors import InputError
from evaluation.stories import across, measure, read_gold

GOLD = {"a": "x", "b": "x", "c": "x", "d": "y", "e": "y"}
LANG = {"a": "en", "b": "vi", "c": "en", "d": "en", "e": "en"}


def test_across_counts_only_pairs_of_two_languages() -> None:
    assert across(GOLD, GOLD, LANG) is not None
    perfect = across(GOLD, GOLD, LANG)
    assert perfect is not None
    assert perfect.f1 == 1.0
    # b is alone: neither a nor c finds it, nor it them; that d and e are together does not count.
    parted = across({**GOLD, "b": "z"}, GOLD, LANG)
    assert parted is not None
    assert (parted.precision, parted.recall) == (0.0, 0.0)
    # b is with all: three of four beside it are not its own in two languages' pairs.
    lumped = across(dict.fromkeys(GOLD, "one"), GOLD, LANG)
    assert lumped is not None
    assert lumped.recall == 1.0
    assert lumped.precision == pytest.approx((1 + 1 + 0 + 0 + 2 / 4) / 5)
    assert across(GOLD, GOLD, dict.fromkeys(GOLD, "en")) is None


def test_a_measure_names_what_is_mixed_parted_and_missing() -> None:
    found = {"a": "1", "b": "1", "c": "2", "d": "1", "e": "1"}
    result = measure(found, {**GOLD, "gone": "w"}, LANG)
    assert (result.documents, result.known, result.found) == (5, 2, 2)
    assert result.errors.mixed == (("1", (("x", 2), ("y", 2))),)
    assert result.errors.parted == (("x", (("1", 2), ("2", 1))),)
    assert result.missing == ("gone",)
    assert result.whole.precision == pytest.approx((0.5 * 4 + 1) / 5)
    assert set(result.by_lang) == {"en", "vi"}
    with pytest.raises(InputError, match="none of the documents"):
        measure(found, {"gone": "w"}, LANG)


def test_bad_lines_of_known_stories_are_named(tmp_path: Path) -> None:
    path = tmp_path / "gold.jsonl"
    path.write_bytes(b'{"document": "a", "story": "x"}\nnot json\n{"document": true, "story": "x"}\n\n'
                     b'{"document": "a", "story": "y"}\n{"document": 7, "story": "x"}\n\xff\n{"document": "c"}\n'
                     b'{"document": "d", "story": "\xe2\x80\xa8z"}')  # fmt: skip
    gold = read_gold(path)
    assert gold.story == {"a": "x", "7": "x", "d": "\u2028z"}
    assert [one.item.rpartition(":")[2] for one in gold.bad] == ["2", "3", "5", "7", "8"]
    path.write_text("nothing\n", "utf-8")
    with pytest.raises(InputError, match=r"gold\.jsonl:1"):
        read_gold(path)
