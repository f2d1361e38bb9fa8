"""The stream of stories: growing together, drifting apart, made again, odd input."""

from __future__ import annotations

import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from index.stories.accounts import Sentence, centred, contrasts, figures, novel
from index.stories.halves import halves
from index.stories.stream import Stream
from index.stories.telling import NUMBERS, Floats, Telling, document_vector, names
from index.stories.terms import Terms

START = datetime(2014, 5, 3, 6, tzinfo=UTC)
D = 16


def telling(i: int, *, hours: float = 0, said: str = "ab", **changes: object) -> Telling:
    plain = Telling(id=f"d{i}", title="", source=f"o{i}", lang="en", at=START + timedelta(hours=hours),
                    entities=frozenset(f"e:{one}" for one in said))  # fmt: skip
    return replace(plain, **changes)  # type: ignore[arg-type]


def axis(*which: int) -> Floats:
    vector = np.zeros(D, np.float32)
    vector[list(which)] = 1.0
    return np.asarray(vector / np.linalg.norm(vector), np.float32)


def test_two_stories_that_grow_together_are_one() -> None:
    stream = Stream(D, terms=Terms(merge=0.0, merge_after=2))
    for i in range(30):  # what is usual
        stream.take(telling(100 + i, hours=-100 - i, said=f"{i}"), axis(8 + i % 8))
    stream.take(telling(0, said="abcd"), axis(0))
    stream.take(telling(1, hours=1, said="wxyz"), axis(1))
    assert stream.story_of["d0"] != stream.story_of["d1"]
    placed = [stream.take(telling(2 + i, hours=2 + i, said="abcdwxyz"), axis(0, 1)) for i in range(6)]
    merges = [one for each in placed for one in each.merges]
    assert len(merges) == 1
    assert stream.story_of["d0"] == stream.story_of["d1"] == merges[0].into
    assert merges[0].other not in stream.stories
    assert merges[0].score >= 0


def test_what_an_operator_parted_is_not_put_together() -> None:
    stream = Stream(D, terms=Terms(merge=0.0, merge_after=2))
    for i in range(30):
        stream.take(telling(100 + i, hours=-100 - i, said=f"{i}"), axis(8 + i % 8))
    stream.take(telling(0, said="abcd"), axis(0))
    stream.take(telling(1, hours=1, said="wxyz"), axis(1))
    stream.apart = {frozenset((stream.story_of["d0"], stream.story_of["d1"]))}
    placed = [stream.take(telling(2 + i, hours=2 + i, said="abcdwxyz"), axis(0, 1)) for i in range(6)]
    assert not [one for each in placed for one in each.merges]


def test_a_story_that_holds_two_is_parted() -> None:
    stream = Stream(D, terms=Terms(split=0.1))
    for i in range(40):
        stream.take(telling(100 + i, hours=-200 - i, said=f"{i}"), axis(8 + i % 8))
    # All at once into one, as a bridge had held them together.
    told = [(200 + i, telling(i, hours=i / 9, said="abc" if i % 2 else "xyz"), axis(i % 2), False) for i in range(7)]
    stream.restore("s1", START, START + timedelta(hours=1), documents=told)
    placed = stream.take(telling(7, hours=1, said="abc"), axis(1))
    assert placed.story == "s1"
    assert placed.split is not None
    held = {frozenset(one.id for one in story.originals) for story in stream.stories.values()}
    assert frozenset(f"d{i}" for i in range(1, 8, 2)) in held
    assert frozenset(f"d{i}" for i in range(0, 8, 2)) in held
    assert placed.split.score < 0


def test_halves_are_the_two_groups_of_a_matrix() -> None:
    score = np.full((5, 5), -1.0, np.float32)
    for group in ([0, 2, 4], [1, 3]):
        score[np.ix_(group, group)] = 1.0
    assert sorted(map(sorted, halves(score))) == [[0, 2, 4], [1, 3]]


def test_documents_without_vectors_join_by_their_names_alone() -> None:
    stream = Stream(D)
    none = document_vector(np.zeros((0, D), np.float32))
    for i in range(20):
        stream.take(telling(100 + i, hours=-100 - i, said=f"{i}"), axis(8 + i % 8))
    first = stream.take(telling(0, said="abcdef"), none)
    assert stream.take(telling(1, hours=1, said="abcdef"), none).story == first.story
    assert stream.take(telling(2, hours=1, said="uvwxyz"), none).opened
    assert np.isfinite(stream._centred.rows).all()


def test_exact_copies_by_the_hundred_are_one_story_and_weigh_nothing() -> None:
    stream = Stream(D)
    stream.take(telling(0), axis(0))
    begun = time.process_time()
    for i in range(1, 400):
        placed = stream.take(telling(i, hours=i / 60), axis(0), copies=[f"d{j}" for j in range(max(0, i - 8), i)])
        assert placed.copy
    assert len(stream.stories) == 1
    (story,) = stream.stories.values()
    assert (len(story.originals), len(story.copies)) == (1, 399)
    assert time.process_time() - begun < 10


def test_all_at_one_instant_and_a_clock_that_goes_backwards() -> None:
    for step in (0.0, -1.0):
        stream = Stream(D)
        told = [telling(i, hours=step * i, said="abc" if i % 2 else "xyz") for i in range(120)]
        for one in told:
            stream.take(one, axis(int(one.id[1:]) % 2))
        spans = [story.last - story.first for story in stream.stories.values()]
        assert max(spans) <= stream.terms.longest
        assert sum(len(story.originals) for story in stream.stories.values()) == 120
        for story in stream.stories.values():
            assert len({int(one.id[1:]) % 2 for one in story.originals}) == 1


def test_a_text_of_a_hundred_thousand_words_is_read_at_its_beginning() -> None:
    text = " ".join(str(i) for i in range(100, 100_100))
    begun = time.process_time()
    said = names(telling(0, text=text))
    assert len([one for one in said if one.startswith("#")]) == NUMBERS
    assert "#100" in said
    assert time.process_time() - begun < 1


def test_memory_is_that_of_the_window() -> None:
    stream = Stream(D)
    most = 0
    for i in range(3000):
        one = telling(i, hours=i / 2, said=f"{i % 50}{i % 7}")
        stream.take(one, axis(i % D, (i * 7) % D))
        stream.drop(one.at - stream.terms.window, one.at + stream.terms.window)
        most = max(most, sum(len(story.originals) for story in stream.stories.values()))
    assert most <= 2 * 24 * 13.5
    assert len(stream._raw.rows) <= 1024
    assert len(stream.story_of) <= most + 1


SIDES = (
    ("d0", "CN", "The rig works in waters of its own and nobody was hurt on that day.", (0, 1)),
    ("d0", "CN", "Ships of the other side rammed its own vessels 171 times, it said there.", (0, 2)),
    ("d1", "VN", "The rig works in waters of its own and nobody was hurt on that day.", (0, 1)),
    ("d1", "VN", "Six of its officers were wounded by broken glass and 8 ships damaged.", (0, 3)),
    ("d2", "VN", "Officers were wounded by glass when their ships were damaged at sea.", (0, 3)),
)


def said() -> tuple[list[Sentence], Floats]:
    rows = [
        Sentence(document=d, passage=i, start=0, end=len(text), text=text, lang="en", side=side, figures=figures(text),
                 day=(START + timedelta(days=int(d[1:]))).date(), first=i in (0, 2, 4))
        for i, (d, side, text, _) in enumerate(SIDES)
    ]  # fmt: skip
    return rows, np.stack([axis(*which) for *_, which in SIDES])


def test_contrasts_are_what_only_one_side_says() -> None:
    rows, vectors = said()
    found = contrasts(rows, vectors)
    assert rows[found["CN"][0].index].text.startswith("Ships of the other side")
    assert found["CN"][0].figures == ("171",)
    assert rows[found["VN"][0].index].document in ("d1", "d2")
    assert "broken glass" in rows[found["VN"][0].index].text
    assert contrasts([row for row in rows if row.side == "VN"], vectors[2:]) == {}


def test_the_new_sentence_of_a_day_was_not_said_before() -> None:
    rows, vectors = said()
    found = novel(rows, vectors)
    assert rows[found[(START + timedelta(days=1)).date()]].text.startswith("Six of its officers")
    assert len(found) == 3
    assert novel([], np.zeros((0, D), np.float32)) == {}


def test_a_languages_mean_is_taken_off() -> None:
    both = np.stack([axis(0, 5), axis(1, 6)])
    found = centred(both, ["en", "vi"], {"en": 0.7 * axis(5), "vi": 0.7 * axis(6)})
    assert np.allclose(found, [axis(0), axis(1)], atol=0.02)
    assert np.allclose(np.linalg.norm(centred(both, ["xx", "yy"], {}), axis=1), 1, atol=1e-5)


@pytest.mark.parametrize(
    "written",
    ["1,234,567", "1.234.567", "1\u202f234\u202f567", "١٬٢٣٤٬٥٦٧", "१,२३४,५६७", "１２３４５６７"],
)
def test_a_number_is_the_same_in_all_digits(written: str) -> None:
    text = f"３ {written} x"
    assert figures(text) == {"3", "1234567"}
    assert names(telling(1, said="", text=text)) == {"#1234567"}
