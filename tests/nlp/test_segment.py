"""Sentences and passages on what real papers do: abbreviations, telegrams, wraps, tables, scripts without spaces."""

from __future__ import annotations

import time

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from domain.document import Span
from domain.text import count_words, strip_invisible
from nlp.segment import MOST_WORDS, TAIL_WORDS, passages, sentences, weight

LANGS = ["en", "vi", "fr", "de", "ru", "zh", "ja", "th", "km", "lo", "my", "ar", "he", "hi", "und", "xx"]


def split(text: str, lang: str = "en") -> list[str]:
    return [text[span.start : span.end] for span in sentences(text, lang=lang)]


@pytest.mark.parametrize(
    ("lang", "text", "expected"),
    [
        ("en", "Mr. Smith met Gen. Lee on p. 12 in the U.S. on No. 5. He left.",
         ["Mr. Smith met Gen. Lee on p. 12 in the U.S. on No. 5.", "He left."]),
        ("en", "J. F. Kennedy met Adm. Yi. Plan B. Then what? Yes!",
         ["J. F. Kennedy met Adm. Yi.", "Plan B.", "Then what?", "Yes!"]),
        ("en", "He waited... and left. Next.", ["He waited... and left.", "Next."]),
        ("en", "It rose 3.5 percent. Then it fell.", ["It rose 3.5 percent.", "Then it fell."]),
        ("en", 'He said "Stop it." Then he left.', ['He said "Stop it."', "Then he left."]),
        ("vi", "Ông đến TP. Hồ Chí Minh. Xin chào các bạn! Được không?",
         ["Ông đến TP. Hồ Chí Minh.", "Xin chào các bạn!", "Được không?"]),
        ("vi", "PGS. TS. Nguyễn Văn A. nói. Giá tăng 2.500 đồng.",
         ["PGS. TS. Nguyễn Văn A. nói.", "Giá tăng 2.500 đồng."]),
        ("de", "Am 8. Juli kam er. Der 3. Mai war schön.", ["Am 8. Juli kam er.", "Der 3. Mai war schön."]),
        ("de", "Dann ging er z. B. nach Köln. Es war spät.", ["Dann ging er z. B. nach Köln.", "Es war spät."]),
        ("fr", "M. Hollande a dit oui. Mme Royal, non.", ["M. Hollande a dit oui.", "Mme Royal, non."]),
        ("es", "¿Qué pasa? El Sr. Pérez no sabe.", ["¿Qué pasa?", "El Sr. Pérez no sabe."]),
        ("ru", "А. С. Пушкин жил в г. Москве. Он писал.", ["А. С. Пушкин жил в г. Москве.", "Он писал."]),
        ("zh", "你好。我们走吧！什么？好", ["你好。", "我们走吧！", "什么？", "好"]),
        ("ja", "「行こう。」と彼は言った。そうだ。", ["「行こう。」と彼は言った。", "そうだ。"]),
        ("km", "សួស្តី។ បាទ។", ["សួស្តី។", "បាទ។"]),
        ("my", "မင်္ဂလာပါ။ ဟုတ်ကဲ့။", ["မင်္ဂလာပါ။", "ဟုတ်ကဲ့။"]),
        ("hi", "यह है। वह है।", ["यह है।", "वह है।"]),
        ("ar", "كيف حالك؟ أنا بخير. شكرا", ["كيف حالك؟", "أنا بخير.", "شكرا"]),
        ("en", "😀😀 Hello there. 𝔘nicode is fun! Bye.", ["😀😀 Hello there.", "𝔘nicode is fun!", "Bye."]),
    ],
)  # fmt: skip
def test_sentences(lang: str, text: str, expected: list[str]) -> None:
    assert split(text, lang) == expected


def test_a_blank_line_ends_a_sentence_and_a_wrap_does_not() -> None:
    text = (
        "Talks in the capital\n\nThe Ambassador reported on the talks that had been held in\n"
        "Peking. The Minister said that nothing was new and that all the\nothers would wait.\n\nEnd"
    )
    assert split(text) == [
        "Talks in the capital",
        "The Ambassador reported on the talks that had been held in\nPeking.",
        "The Minister said that nothing was new and that all the\nothers would wait.",
        "End",
    ]


def test_a_telegrams_lines_and_numbered_paragraphs_stand_alone() -> None:
    text = (
        "FM AMEMBASSY HANOI\nTO SECSTATE WASHDC\nSUBJECT: Talks on the\n   border question\nREF: A) 12\n\n"
        "1. The Minister said that the\nvessel had left. He was\nglad.\n"
        "2. End of message.\n- first point\n- second point"
    )
    assert split(text) == [
        "FM AMEMBASSY HANOI", "TO SECSTATE WASHDC", "SUBJECT: Talks on the\n   border question", "REF: A) 12",
        "1. The Minister said that the\nvessel had left.", "He was\nglad.", "2. End of message.", "- first point",
        "- second point",
    ]  # fmt: skip


def test_lines_that_are_paragraphs_each_end_a_sentence() -> None:
    first = "The first paragraph goes on for a long while without any wrapping at all, " * 4
    assert split(f"{first}\nThe second one is short\nand the third too") == [
        first.strip(), "The second one is short", "and the third too",
    ]  # fmt: skip


def test_thai_is_cut_at_spaces_once_it_is_long() -> None:
    clause = "กระทรวงการต่างประเทศแถลงว่าการประชุมเมื่อวานนี้เป็นไปด้วยดี"
    assert len(split(" ".join([clause] * 6), "th")) >= 3


def test_a_table_is_cut_by_its_lines() -> None:
    rows = "\n".join(f"Port {n} | {n} tons | {n * 3} ships | open" for n in range(60))
    found = split(rows)
    assert max(count_words(part) for part in found) <= 60
    assert all(part.startswith("Port") and part.endswith("open") for part in found)


@pytest.mark.parametrize("text", ["", "   ", "\n\n \t", "\u200b\u200b", "\ufeff \u202e"])
def test_nothing_gives_nothing(text: str) -> None:
    assert sentences(text) == ()
    assert passages(text, ()) == ()


def whole(text: str, lang: str) -> None:
    """What holds for every text: see the docstrings of both functions."""
    spans = sentences(text, lang=lang)
    last = 0
    covered = [False] * len(text)
    for span in spans:
        assert last <= span.start < span.end <= len(text)
        assert not text[span.start].isspace()
        assert not text[span.end - 1].isspace()
        last = span.end
        covered[span.start : span.end] = [True] * (span.end - span.start)
    if strip_invisible(text).strip():
        assert all(c.isspace() or seen for c, seen in zip(text, covered, strict=True))
    found = passages(text, spans)
    assert [p.n for p in found] == list(range(len(found)))
    last = 0
    for passage in found:
        assert passage.text == text[passage.start : passage.end]
        assert passage.text.strip()
        assert last <= passage.start
        last = passage.end
        for i in range(passage.start, passage.end):
            covered[i] = False
    assert not any(seen and not c.isspace() for c, seen in zip(text, covered, strict=True))


PIECES = st.sampled_from(
    ["word", "Mr.", "U.S.", "3.5", "1.", "\n", "\n\n", "\r\n", " ", ". ", "! ", "?", "…", "。", "北京", "»", '"', ")",
     "(", "Việt", "Nam.", "и т.д.", "8. Juli", "\u200b", "\u202e", "😀", "สวัสดี", "។", "|", "FM ", "SUBJECT:", "- ",
     "a) ", "\u2029", "\f", "\x00", "x" * 70, "مرحبا؟", "A.", "B", "「", "」", "と", ", ", "; "]
)  # fmt: skip


@given(st.lists(PIECES, max_size=120).map("".join), st.sampled_from(LANGS))
@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@example("a.\u200b", "en")
@example("「」と", "ja")
@example("\u202e", "en")
@example("1. 2. 3.", "en")
def test_spans_are_in_order_and_cover_the_text(text: str, lang: str) -> None:
    whole(text, lang)


@given(st.text(max_size=300), st.sampled_from(LANGS))
@settings(max_examples=100, deadline=None)
def test_any_text_at_all(text: str, lang: str) -> None:
    whole(text, lang)


@given(st.lists(st.integers(1, 260), min_size=1, max_size=60))
@settings(max_examples=60, deadline=None)
def test_passages_have_the_size_they_promise(lengths: list[int]) -> None:
    text = " ".join(" ".join(["W", *["word"] * (n - 1)]) + "." for n in lengths)
    found = passages(text, sentences(text, lang="en"))
    sizes = [weight(p.text) for p in found]
    assert all(size <= MOST_WORDS + TAIL_WORDS for size in sizes)
    if len(sizes) > 1:
        assert all(size >= 40 for size in sizes[:-1])
    if sum(lengths) >= 40 and sum(1 for n in lengths if n > MOST_WORDS) == 0:
        assert sizes[-1] >= TAIL_WORDS or sum(sizes[-2:]) > MOST_WORDS


def test_passages_of_plain_prose_have_about_150_words() -> None:
    text = "The minister said that the ships would stay until the work was done. " * 200
    sizes = [count_words(p.text) for p in passages(text, sentences(text, lang="en"))]
    assert all(100 <= size <= 200 for size in sizes[:-1])
    assert 140 <= sum(sizes[:-1]) / len(sizes[:-1]) <= 165


def test_a_very_long_sentence_is_cut_at_commas() -> None:
    text = ", ".join(f"the {n}th ship of the line" for n in range(100)) + "."
    spans = sentences(text, lang="en")
    assert spans == (Span(0, len(text)),)
    found = passages(text, spans)
    assert len(found) > 2
    assert all(p.text.endswith((",", ".")) for p in found)
    assert max(weight(p.text) for p in found) <= MOST_WORDS


@pytest.mark.parametrize(
    ("text", "lang"),
    [
        (" ".join(f"word{n}" for n in range(100_000)), "en"),
        ("x" * 500_000, "en"),
        ("这是" * 100_000, "zh"),
        ("The ship left the port. " * 20_000, "en"),
        ("line\n" * 50_000, "en"),
        ("a. " * 50_000, "en"),
        ("(" * 100_000, "en"),
        (" " * 500_000 + "x", "en"),
    ],
    ids=["words", "unbroken", "signs", "sentences", "lines", "letters", "brackets", "blanks"],
)
def test_huge_texts_take_seconds_at_most(text: str, lang: str) -> None:
    start = time.process_time()
    found = passages(text, sentences(text, lang=lang))
    assert time.process_time() - start < 10
    assert found
    assert max(len(p.text) for p in found) <= 5_000
