"""``vedette watch``."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any

import click

from interfaces.cli.common import FAILED, command, opened
from interfaces.cli.ingest import report
from service.logging import configure


@click.command()
@click.option("--once", is_flag=True, help="Read what is due now, scan for alerts, and end.")
@command
def watch(once: bool, home_path: str | None, as_json: bool) -> None:
    """Read the followed sources as they fall due, scan for alerts, keep the index on disk; until it is stopped.

    SIGTERM or Ctrl-C ends it after the batch that is under way; the next start goes on where it was. One home folder
    has one watch. What it does is told on standard error, a line a minute at most and a line where a source turns.
    """
    from service import scheduler

    configure(verbose=True)
    stop = threading.Event()
    with stopping(stop), opened(home_path) as home:
        summary = scheduler.once(home, stop=stop) if once else scheduler.watch(home, stop=stop)
    report(summary, as_json=as_json)
    if once and summary.failed:
        raise SystemExit(FAILED)


@contextmanager
def stopping(stop: threading.Event) -> Iterator[None]:
    """Set ``stop`` when the process is asked to end; a second time it ends at once."""

    def asked(number: int, frame: FrameType | None) -> None:
        if stop.is_set():
            raise KeyboardInterrupt
        stop.set()

    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before: dict[int, Any] = {number: signal.signal(number, asked) for number in (signal.SIGTERM, signal.SIGINT)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
