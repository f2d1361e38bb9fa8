"""JSON: the briefing's own fields under their own names, in a fixed order."""

from __future__ import annotations

import dataclasses
import json
from datetime import datetime
from typing import Any

from domain.briefing import Briefing
from domain.label import Label


def to_json(briefing: Briefing) -> str:
    """The briefing as one JSON object; instants in ISO 8601, labels in words, texts exactly as they are.

    Direction and zero-width characters stay in (a quotation is word for word); lone surrogates are written as escapes.
    """
    plain = _plain(briefing)
    try:
        text = json.dumps(plain, ensure_ascii=False, indent=2)
        text.encode("utf-8")
    except UnicodeEncodeError:
        text = json.dumps(plain, ensure_ascii=True, indent=2)
    return text + "\n"


def _plain(value: Any) -> Any:
    if isinstance(value, Label):
        return value.text
    if isinstance(value, datetime):
        return value.isoformat().replace("+00:00", "Z")
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {f.name: _plain(getattr(value, f.name)) for f in dataclasses.fields(value)}
    if isinstance(value, tuple | list):
        return [_plain(v) for v in value]
    return value
