"""What every language identifier promises."""

from __future__ import annotations

import re

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from domain.protocols import LanguageIdentifier
from models.langid import LanguageDetector

IDENTIFIER = LanguageDetector()


@pytest.fixture(scope="module", params=[LanguageDetector])
def identifier(request: pytest.FixtureRequest) -> LanguageIdentifier:
    return request.param()  # type: ignore[no-any-return]


def test_is_one(identifier: LanguageIdentifier) -> None:
    assert isinstance(identifier, LanguageIdentifier)


@pytest.mark.parametrize("text", ["", "   ", "12345 67,8 %", "!!! ???", "😀🚢", "\u200b\u202e", "http://example.org/a"])
def test_what_has_no_words_is_unknown(identifier: LanguageIdentifier, text: str) -> None:
    assert identifier.identify(text).code == "und"


@pytest.mark.parametrize("hint", [None, "en", "vi-VN", "zh_CN", "xx-nonsense", ""])
def test_a_hint_never_breaks_a_clear_text(identifier: LanguageIdentifier, hint: str | None) -> None:
    text = "The foreign ministers of both countries will meet in the capital on Thursday to discuss the border treaty."
    assert identifier.identify(text, hint=hint).code == "en"


@given(st.text(max_size=200), st.sampled_from([None, "en", "vi", "zh-Hans", "??"]))
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_any_text_gives_a_code_and_a_confidence(text: str, hint: str | None) -> None:
    found = IDENTIFIER.identify(text, hint=hint)
    assert re.fullmatch("[a-z]{2,3}", found.code)
    assert 0.0 <= found.confidence <= 1.0
    assert found == IDENTIFIER.identify(text, hint=hint)
