"""Running heads, page numbers and words cut at a line's end."""

from __future__ import annotations

from pathlib import Path

import pypdf
import pytest

from ingest.pages import drop_running, flow, join_cut_words


def book(count: int, *, body: str = "Body of page {n}, which says something of its own.") -> list[str]:
    words = ["alpha", "beta", "gamma", "delta", "epsilon", "zeta", "eta", "theta", "iota", "kappa", "lambda", "mu"]
    return [
        f"Report of the Committee {2000 + n}\n{body.format(n=words[n % 12])}\nThe {words[(n * 5) % 12]} matter went on."
        f"\n{n + 3}"
        for n in range(count)
    ]


def test_heads_and_numbers_that_repeat_are_dropped_and_told() -> None:
    kept, running = drop_running(book(6))
    assert running == ("Report of the Committee 2000",)
    assert all("Committee" not in page for page in kept)
    assert kept[1].split("\n") == ["Body of page beta, which says something of its own.", "The zeta matter went on."]


def test_two_pages_prove_nothing() -> None:
    pages = book(2)
    assert drop_running(pages) == (pages, ())


def test_left_and_right_heads_alternate() -> None:
    pages = [f"{n} Annals" if n % 2 else f"Vietnam, 1969 {n}" for n in range(12)]
    kept, running = drop_running([f"{head}\nWords {'abcdefghijkl'[n] * 5} here." for n, head in enumerate(pages)])
    assert len(running) == 2
    assert kept == [f"Words {'abcdefghijkl'[n] * 5} here." for n in range(12)]


def test_a_tables_numbers_are_no_page_numbers() -> None:
    pages = [f"Row {'xyzuvw'[n]}\n{value}" for n, value in enumerate([400, 12, 950, 7, 81, 33])]
    assert drop_running(pages)[0] == pages


def test_roman_numbers_count_too() -> None:
    pages = [
        f"Preface about {word}.\n{roman}" for word, roman in (("a", "iii"), ("bb", "iv"), ("ccc", "v"), ("dd", "vi"))
    ]
    assert [page.count("\n") for page in drop_running(pages)[0]] == [0, 0, 0, 0]


def test_a_head_between_text_and_footnote_leaves_a_gap() -> None:
    pages = book(8)
    pages[4] = (
        "Body line one.\nBody line two.\nBody three.\nBody four.\nReport of the Committee 2004\nnote one.\nnote two."
    )
    pages[4] += "\nnote three.\nnote four."
    kept, _ = drop_running(pages)
    assert "Body four.\n\nnote one." in kept[4]


@pytest.mark.parametrize(
    ("cut", "whole"),
    [
        ("pacifi-\ncation goes on", "pacification\ngoes on"),
        ("the cease-\nfire; a cease-fire", "the cease-fire;\na cease-fire"),
        ("non-\nCommunist", "non-Communist\n"),
        ("1968-\n1969", "1968-1969\n"),
        ("sev\u00ad\neral", "several\n"),
        ("- item\n- item", "- item\n- item"),
        ("ngoại giao -\nđối ngoại", "ngoại giao -\nđối ngoại"),
    ],
)
def test_words_cut_at_a_lines_end(cut: str, whole: str) -> None:
    assert join_cut_words(cut) == whole


@pytest.mark.data
def test_the_real_volume(shared: Path) -> None:
    reader = pypdf.PdfReader(shared / "data/cables/pdf/frus1969-76v06_p37-96.pdf")
    pages = [page.extract_text() for page in reader.pages]
    heads = ("Foreign Relations, 1969–1976, Volume VI", "Vietnam, January 1969–July 1970", "304-689/B428-S", "1213_A")
    before = sum("\n".join(pages).count(head) for head in heads)
    found = flow(pages)
    after = sum(found.text.count(head) for head in heads)
    assert before > 170
    assert after <= 4
    assert len(found.running) == 4
    assert "over the next several months, further progress" in found.text.lower()
    # Nothing but the heads is lost: 150 pages of letters differ by what was taken out.
    letters = [sum(map(str.isalpha, text)) for text in ("\n".join(pages), found.text)]
    assert letters[0] - letters[1] < 45 * before
