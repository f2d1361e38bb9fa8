"""A briefing as Markdown, HTML or JSON."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal, get_args

from briefing.render.html import to_html
from briefing.render.json import to_json
from briefing.render.markdown import to_markdown
from domain.briefing import Briefing

Format = Literal["md", "html", "json"]

_RENDERERS: dict[str, Callable[[Briefing], str]] = {"md": to_markdown, "html": to_html, "json": to_json}


def render(briefing: Briefing, *, format: str = "md") -> str:
    """The briefing in one of the formats ``md``, ``html`` and ``json``, as text ending in a line break.

    Raises:
        ValueError: the format is none of these.
    """
    if format not in _RENDERERS:
        raise ValueError(f"no such format: {format!r}; known: {', '.join(get_args(Format))}")
    return _RENDERERS[format](briefing)
