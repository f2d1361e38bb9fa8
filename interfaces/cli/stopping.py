"""Ctrl-C and SIGTERM asked for politely: what is at hand is finished first, and a second time ends at once."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

_NOTICE = b"vedette: stopping after the current batch; once more stops at once\n"


class Asked:
    """Whether a signal has asked to stop, and which."""

    def __init__(self) -> None:
        self.signal = 0

    def __call__(self) -> bool:
        """Whether to stop."""
        return self.signal != 0

    @property
    def status(self) -> int:
        """The exit status by which a shell knows that a signal ended a command."""
        return 128 + self.signal


@contextmanager
def stoppable() -> Iterator[Asked]:
    """Within it SIGINT and SIGTERM only ask to stop; the second one raises KeyboardInterrupt."""
    asked = Asked()

    def ask(number: int, frame: FrameType | None) -> None:
        if asked.signal:
            raise KeyboardInterrupt
        asked.signal = number
        os.write(2, _NOTICE)  # a stream may be in use by what was interrupted

    if threading.current_thread() is not threading.main_thread():  # where no signal arrives
        yield asked
        return
    before = {number: signal.signal(number, ask) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield asked
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
