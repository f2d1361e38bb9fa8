"""Alerts into a file, one JSON line an alert: the plainest delivery, and the record of what left the house."""

from __future__ import annotations

import json
import os
from datetime import date
from pathlib import Path
from typing import Any

from domain.alert import Alert


def line_of(alert: Alert, *, day: date) -> dict[str, Any]:
    """What is written of an alert. ``date``, ``dyad`` and ``score`` are those of the backtest's alert lines."""
    return {
        "id": alert.id,
        "date": alert.opened.isoformat(),
        "delivered": day.isoformat(),
        "series": str(alert.key),
        **({"dyad": list(alert.key.subject)} if alert.key.kind == "dyad" else {}),
        "score": round(alert.score, 4),
        "title": alert.title,
        "observed": alert.observed,
        "expected": round(alert.expected, 4),
        "label": alert.label.text,
        "evidence": [
            {"document_id": e.document_id, "title": e.title, "source": e.source, "label": e.label.text}
            for e in alert.evidence
        ],
    }


class LogDelivery:
    """Appends alerts to a file; an alert (its id and the day it was opened) that the file holds is not written again.

    The file itself is what is remembered, so a new process does not repeat an alert either. A line is on the disk when
    ``deliver`` returns. A last line that a crash cut short counts as not written: it is left and a new one begun.
    One writer at a time.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._seen: set[tuple[str, str]] = set()
        self._read = 0

    def deliver(self, alert: Alert, *, day: date) -> None:
        """Write the alert unless the file has it.

        Raises:
            OSError: the file cannot be read or written.
        """
        whole = self._catch_up()
        key = (alert.id, alert.opened.isoformat())
        if key in self._seen:
            return
        line = json.dumps(line_of(alert, day=day), ensure_ascii=False) + "\n"
        self._path.parent.mkdir(parents=True, exist_ok=True)
        with self._path.open("ab") as file:
            file.write((line if whole else "\n" + line).encode("utf-8", "surrogatepass"))
            file.flush()
            os.fsync(file.fileno())

    def _catch_up(self) -> bool:
        """Read the lines added since the last look; whether the file ends with a whole line."""
        try:
            with self._path.open("rb") as file:
                if os.fstat(file.fileno()).st_size < self._read:
                    self._seen.clear()  # the file was rotated or cut: what it holds now is what counts
                    self._read = 0
                file.seek(self._read)
                data = file.read()
        except FileNotFoundError:
            self._seen.clear()
            self._read = 0
            return True
        end = data.rfind(b"\n") + 1
        # The tail counts too when only its line end is missing.
        for raw in data.splitlines():
            try:
                row = json.loads(raw)
                self._seen.add((row["id"], row["date"]))
            except (ValueError, KeyError, TypeError):
                continue  # a line cut short, or not one of ours
        self._read += end
        return end == len(data)
