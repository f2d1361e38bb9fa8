"""Coded events: who did what to whom, when."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal

from domain.ids import event_id
from domain.label import Label

_QUADS: tuple[int, ...] = (0, 1, 1, 1, 1, 1, 2, 2, 2, 3, 3, 3, 3, 3, 4, 4, 4, 4, 4, 4, 4)


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """One coded event (CAMEO: Gerner and others 2002; quad classes as in GDELT).

    Attributes:
        day: when it happened. known: when Vedette could first have known it.
        source_country, target_country: ISO 3166-1 alpha-2; None where the table names none that we know.
        cameo: two to four digits as text. goldstein: -10 (conflict) to 10 (cooperation) (Goldstein 1992).
        origin: the table or method it came from. document_id: the text it was coded from, if any.
    """

    day: date
    known: datetime
    source_actor: str
    target_actor: str
    source_country: str | None
    target_country: str | None
    cameo: str
    goldstein: float | None
    origin: str
    document_id: str | None = None
    url: str | None = None
    mentions: int = 1
    label: Label = Label.OPEN

    @property
    def id(self) -> str:
        """Computed from what the event says, so that an event imported twice is one."""
        return event_id(
            (self.origin, self.day.isoformat(), self.source_actor, self.target_actor, self.source_country or "",
             self.target_country or "", self.cameo, self.document_id or self.url or "")
        )  # fmt: skip

    @property
    def root(self) -> int:
        """CAMEO root, 1 to 20."""
        return int(self.cameo[:2])

    @property
    def quad(self) -> Literal[0, 1, 2, 3, 4]:
        """1 verbal cooperation, 2 material cooperation, 3 verbal conflict, 4 material conflict."""
        return _QUADS[self.root]  # type: ignore[return-value]
