"""Papers, stories and materials for the tests, small and by hand."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta

import numpy as np

from briefing.select import Extract, Material, Paper
from domain.alert import Alert, Evidence, SeriesKey, Signal
from domain.document import Span
from domain.label import Label
from domain.source import SourceHealth
from domain.story import Story

SINCE = datetime(2014, 5, 3, tzinfo=UTC)
UNTIL = SINCE + timedelta(days=7)
DAY = timedelta(days=1)
LEAD = "The foreign ministry of Vietnam protested on Monday against the rig near the Paracel Islands."
OTHER = "Chinese vessels fired water cannon at two patrol boats south of Triton Island, officials said."
AHEAD = "Drilling will go on until 15 August, the maritime safety administration of China announced."


def spans(text: str) -> tuple[Span, ...]:
    return tuple(Span(m.start(), m.end()) for m in re.finditer(r"\S.*?(?:[.!?。]+(?=\s|$)|$)", text, re.DOTALL))


def paper(i: int, text: str = LEAD, *, axis: int = 0, pid: int | None = None, **changes: object) -> Paper:
    fields: dict[str, object] = {
        "id": f"d{i}", "title": f"Title {i}", "source": f"Outlet {i}", "lang": "en", "published": SINCE + DAY,
        "text": text, "sentences": spans(text), "passages": (Extract(pid or 100 + i, 0, len(text), text),),
        "vectors": np.eye(4, dtype=np.float32)[[axis]], "countries": frozenset({"CN", "VN"}),
    }  # fmt: skip
    fields.update(changes)
    return Paper(**fields)  # type: ignore[arg-type]


def story(*papers: Paper) -> Story:
    times = [p.published or SINCE for p in papers]
    return Story(
        id="s" + papers[0].id, title=papers[0].title, document_ids=tuple(p.id for p in papers),
        external_ids=tuple(p.external_id for p in papers), languages=tuple(sorted({p.lang for p in papers})),
        sources=tuple(dict.fromkeys(p.source for p in papers)), first=min(times), last=max(times),
    )  # fmt: skip


def material(*papers: Paper, **changes: object) -> Material:
    fields: dict[str, object] = {"since": SINCE, "until": UNTIL, "made": UNTIL, "papers": papers}
    fields.update(changes)
    return Material(**fields)  # type: ignore[arg-type]


def alert(*evidence: Evidence, **changes: object) -> Alert:
    key = SeriesKey("dyad", ("CN", "VN"))
    signal = Signal(
        key=key, day=date(2014, 5, 5), detector="poisson", observed=9, expected=1.2, spread=1.1, score=6.0,
        p_value=1e-5, fired=True, window=(date(2014, 4, 1), date(2014, 5, 4)),
    )  # fmt: skip
    fields: dict[str, object] = {
        "id": "a1", "key": key, "title": "China and Vietnam", "opened": date(2014, 5, 5), "last": date(2014, 5, 9),
        "state": "open", "score": 6.0, "observed": 9, "expected": 1.2, "peak": 12, "signals": (signal,),
        "evidence": evidence,
    }  # fmt: skip
    fields.update(changes)
    return Alert(**fields)  # type: ignore[arg-type]


def evidence(i: int, text: str = OTHER, label: Label = Label.OPEN) -> Evidence:
    return Evidence(
        document_id=f"d{i}", passage_id=100 + i, title=f"Title {i}", source=f"Outlet {i}", lang="en",
        published=SINCE + DAY, text=text, label=label,
    )  # fmt: skip


def health(source: str, state: str, **changes: object) -> SourceHealth:
    fields: dict[str, object] = {
        "source": source, "state": state, "documents": 5, "newest": SINCE, "content_age": timedelta(days=9),
        "usual_gap": timedelta(hours=30), "last_success": SINCE, "failures": 4, "last_error": None,
    }  # fmt: skip
    fields.update(changes)
    return SourceHealth(**fields)  # type: ignore[arg-type]
