"""No regular expression of ours takes time squared on a long line: who writes it would decide how long we stop."""

from __future__ import annotations

import importlib
import pkgutil
import re
import time
from collections.abc import Iterator

import pytest

PACKAGES = ("domain", "models", "ingest", "nlp", "index", "alerts", "briefing", "service", "interfaces")
SHAPES = (
    *"a \n\t0<>&-.,/:'\"([=_%@#\\*|越é\u0301\u200b",
    *("a ", "a.", "a-", "a,", "A. ", "a:", "a@", "1.", "1/", "-\n", "a\n", "\n ", " \n", "<a ", "</a>", "<!--", "<?"),
    *("&a", "&#", "<!doctype ", "<![CDATA[", "a=", 'a="', "{}", "[a", "(a", "a b-", "Aa ", "AA ", "http://", "www."),
    *("д ", "%20", "@a.", "Re: ", "CC: ", "1 ", "2014-", "R 0", "BT\n", "FM ", "```", "**", "](", "- ", "> "),
)
LENGTH = 10_000
LIMIT = 0.5
"""Seconds; a linear pattern takes milliseconds on a line so long, one that is squared takes minutes."""


PLACED = {
    "ingest.clean._ITEM", "ingest.readers._SKIP", "nlp.segment_rules.FIELD", "nlp.segment_rules.LIST_ITEM",
    "nlp.segment_rules.QUOTED_ON",
}  # fmt: skip
"""Only ever matched at one place, never searched for along a line."""
BOUNDED = {"nlp.gazetteer_rules._TOKEN_BEFORE": 30, "nlp.segment._LAST": 40}
"""Searched for in no more than so many characters."""


def patterns() -> Iterator[tuple[str, re.Pattern[str] | re.Pattern[bytes]]]:
    for package in PACKAGES:
        top = importlib.import_module(package)
        names = [package, *(m.name for m in pkgutil.walk_packages(top.__path__, f"{package}."))]
        for name in names:
            if ".migrations" in name or name.endswith("__main__") or name == "interfaces.dashboard.app":
                continue
            for key, value in vars(importlib.import_module(name)).items():
                if isinstance(value, re.Pattern):
                    yield f"{name}.{key}", value


ALL = dict(patterns())


@pytest.mark.parametrize("name", sorted(ALL))
def test_a_pattern_is_quick_on_a_long_line(name: str) -> None:
    pattern = ALL[name]
    slow = []
    for shape in SHAPES:
        for ending in ("", "!"):
            line = shape * (BOUNDED.get(name, LENGTH) // len(shape)) + ending
            given = line.encode() if isinstance(pattern.pattern, bytes) else line
            started = time.perf_counter()
            if name in PLACED:
                pattern.match(given)  # type: ignore[arg-type]
            else:
                for _ in zip(pattern.finditer(given), range(1000), strict=False):  # type: ignore[arg-type]
                    pass
            if time.perf_counter() - started > LIMIT:
                slow.append(shape)
        if slow:
            break
    assert not slow, f"{pattern.pattern!r:.200} is slow on repetitions of {slow}"


def test_there_are_patterns_to_try() -> None:
    assert len(ALL) > 40
