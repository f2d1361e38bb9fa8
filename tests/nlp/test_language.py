from __future__ import annotations

from datetime import UTC, datetime

from domain.document import Document
from models.langid import LanguageDetector
from nlp.language import document_language

TEXT = ("Das vietnamesische Außenministerium erklärte, Vietnam lehne dies entschieden ab. "
        "Der Umsatz erreichte 1.234.567 US-Dollar.")  # fmt: skip


def test_the_beginning_of_a_short_text_as_its_title_does_not_count_twice() -> None:
    document = Document(source="x", title=f"{TEXT[:119]}…", text=TEXT, item="x", known=datetime(2025, 1, 1, tzinfo=UTC),
                        known_basis="published")  # fmt: skip
    assert document.title.endswith("…")
    assert document_language(LanguageDetector(), document).code == "de"
