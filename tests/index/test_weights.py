"""What meaning is worth beside words, by the languages of question and document."""

from __future__ import annotations

import numpy as np
import pytest

from index.hybrid import Weights


def test_meaning_is_worth_more_where_the_words_cannot_be_read() -> None:
    weights = Weights(meaning=0.1, across=0.5)
    assert weights.worth(("en", "ru"), np.array([1.0, 0.0])) == pytest.approx([0.1, 0.15])
    assert weights.worth(("ru",), np.array([0.8])) == pytest.approx([0.1 * (1 + 0.5 * 0.04)])
    assert weights.worth(("en",), np.array([3.0])) == pytest.approx([0.1])


def test_a_language_that_is_badly_read_has_a_weight_of_its_own_on_either_side() -> None:
    weights = Weights(meaning=0.1, across=0.5, languages={"vi": 0.02})
    assert weights.worth(("en", "vi"), np.array([1.0, 0.0])) == pytest.approx([0.1, 0.02])
    assert weights.worth(("en", "vi"), np.array([1.0, 0.0]), asked="vi") == pytest.approx([0.02, 0.02])
    assert weights.worth(("en", "vi"), np.array([1.0, 0.0]), asked="de") == pytest.approx([0.1, 0.02])
