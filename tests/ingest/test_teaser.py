from __future__ import annotations

from datetime import UTC, datetime

import pytest

from domain.document import Document
from ingest.teaser import is_teaser

LONG = "The minister met the envoy in Hanoi and they agreed on a text that both capitals will now study. "


def entry(text: str, **meta: str) -> Document:
    return Document(source="s", title="t", text=text, item="i", known=datetime(2026, 1, 1, tzinfo=UTC), meta=meta)


@pytest.mark.parametrize(
    ("text", "teaser"),
    [
        ("Talks opened in Hanoi.", True),
        (LONG * 30, False),
        (LONG * 12, False),
        (LONG * 12 + "They then ...", True),
        (LONG * 12 + "They then […]", True),
        (LONG * 12 + "Xem thêm »", True),
        (LONG * 12 + "Lire la suite", True),
        (LONG * 40 + "and so on ...", False),
        ("越南外交部发言人在河内举行的例行记者会上表示。" * 20, False),
        ("越南外交部发言人在河内举行的例行记者会上表示。" * 3, True),
        ("ဝန်ကြီးဌာနက ထုတ်ပြန်သည်။ " * 30, False),
    ],
)
def test_a_teaser_is_short_or_breaks_off(text: str, teaser: bool) -> None:
    assert is_teaser(entry(text)) is teaser


def test_a_text_that_stands_in_for_one_is_a_teaser() -> None:
    assert is_teaser(entry(LONG * 30, text_from="title"))
