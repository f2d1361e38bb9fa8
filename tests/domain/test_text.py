from __future__ import annotations

import pytest

from domain.text import titled

LONG = "The vietnamese ministry said on Monday that the talks in Hanoi had brought nothing new."


@pytest.mark.parametrize(
    ("title", "text"),
    [("", LONG), (LONG, LONG), ("The Vietnamese  ministry said", LONG), ("The vietnamese minis…", LONG),
     ("Tàu cá bị đâm", "Tàu cá bị đâm\nSáng nay hai tàu cá bị đâm."), ("协议签署。", "协议签署。\n双方今天见面。")],
)  # fmt: skip
def test_a_title_that_is_how_the_text_begins_is_not_said_again(title: str, text: str) -> None:
    assert titled(title, text) == text


@pytest.mark.parametrize(
    ("title", "text"),
    [("Talks in Hanoi", LONG), ("The vietnamese minis", LONG), ("Iran", "Iranian ships left."), ("…", ""),
     ("Talks…", LONG), ("Longer than the text", "Longer than")],
)  # fmt: skip
def test_any_other_title_stands_before_the_text(title: str, text: str) -> None:
    assert titled(title, text) == (text if title == "…" else f"{title}\n{text}")
