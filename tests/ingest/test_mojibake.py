"""Text that was read in the wrong encoding on its way here."""

from __future__ import annotations

import lzma
import time
from pathlib import Path

import pytest

from ingest.encoding import decode, decode_markup
from ingest.mojibake import repaired, repaired_together


def seen(text: str, code: str) -> str:
    """UTF-8 as a program shows it that takes it for another code."""
    out = []
    for byte in text.encode("utf-8"):
        try:
            out.append(bytes([byte]).decode(code))
        except UnicodeDecodeError:
            out.append(chr(byte))
    return "".join(out)


TEXTS = ["Tình hình “Biển Đông” – tin mới", "Вьетнам и Китай начали переговоры", "Außenminister Müller und Köhler",
         "中国外交部发言人", "الرئيس في بكين"]  # fmt: skip


@pytest.mark.parametrize("text", TEXTS)
@pytest.mark.parametrize("code", ["cp1252", "latin-1"])
def test_utf8_read_as_western(text: str, code: str) -> None:
    found, note = repaired(seen(text, code))
    assert found == text
    assert note == "UTF-8 that had been read as cp1252, put right"


def test_utf8_read_as_cyrillic_and_read_wrongly_twice() -> None:
    assert repaired(seen(TEXTS[0], "cp1251"))[0] == TEXTS[0]
    assert repaired(seen(TEXTS[1], "cp1251"))[0] == TEXTS[1]
    assert repaired(seen(seen(TEXTS[0], "cp1252"), "cp1252"))[0] == TEXTS[0]


@pytest.mark.parametrize(
    "text", [*TEXTS, "été", "NÃO É", "Ã la carte", "Ві Сі", "naïve café", "“Hi” – it’s 5 € ©", "", "😀"]
)
def test_what_is_right_is_left(text: str) -> None:
    assert repaired(text) == (text, None)


@pytest.mark.parametrize("text", ["CafÃ©", "ViÖt Nam"])
def test_what_is_likely_and_not_certain_is_kept_with_a_note(text: str) -> None:
    found, note = repaired(text)
    assert found == text
    assert note is not None
    assert "kept as it is" in note


def test_a_title_is_judged_with_its_text() -> None:
    title, text, note = repaired_together("ViÖt Nam", "Céng hßa x· héi chñ nghÜa ViÖt Nam")
    assert (title, text) == ("Việt Nam", "Cộng hòa xã hội chủ nghĩa Việt Nam")
    assert note == "Vietnamese in TCVN3, written in Unicode"
    assert repaired_together("Tin", "News of the day")[2] is None


TCVN3 = bytes.fromhex("43e96e672068df612078b72068e9692063 68f1206e6768dc61205669d674204e616d".replace(" ", ""))


def test_what_programs_did_to_the_bytes_besides() -> None:
    given = seen("Đây là tin", "cp1252").replace("\x90", ""), seen("Việt Nam đóng giàn khoan và tàu", "cp1252")
    title, text, _ = repaired_together(*(one.replace("\xa0", " ") for one in given))
    assert (title, text) == ("Đây là tin", "Việt Nam đóng giàn khoan và tàu")


def test_bytes_in_an_old_font() -> None:
    assert decode(TCVN3, item="x") == ("Cộng hòa xã hội chủ nghĩa Việt Nam", "TCVN3 (guessed)")
    page = b"<html><body><p>" + TCVN3 + b"</p></body></html>"
    text, note = decode_markup(page)
    assert "<p>Cộng hòa xã hội chủ nghĩa Việt Nam</p>" in text
    assert note == "TCVN3 (guessed)"


@pytest.mark.data
def test_nothing_in_eighteen_languages_is_doubted(shared: Path) -> None:
    with lzma.open(shared / "data" / "parallel" / "ntrex_18langs.tsv.xz", "rt", encoding="utf-8") as lines:
        for line in list(lines)[1::5]:
            for text in line.rstrip("\n").split("\t")[1:]:
                assert repaired(text) == (text, None)


def test_long_texts_take_little_time() -> None:
    began = time.perf_counter()
    for text in (seen("Người phát ngôn Bộ Ngoại giao nói. ", "cp1252") * 30_000, "é" * 3_000_000, "Вьетнам " * 400_000):
        repaired(text)
    assert time.perf_counter() - began < 30
