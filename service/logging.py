"""Logging: plain lines on standard error, quiet unless asked."""

from __future__ import annotations

import logging
import sys


def get_logger(name: str) -> logging.Logger:
    """A logger under ``vedette``."""
    return logging.getLogger(f"vedette.{name}")


def configure(*, verbose: bool = False) -> None:
    """Send Vedette's messages to standard error: warnings, or everything when ``verbose``."""
    root = logging.getLogger("vedette")
    root.setLevel(logging.INFO if verbose else logging.WARNING)
    # What it says of a damaged file names no file; the failure that is kept does.
    logging.getLogger("pypdf").setLevel(logging.WARNING if verbose else logging.CRITICAL)
    if not root.handlers:
        handler = logging.StreamHandler(sys.stderr)
        handler.setFormatter(logging.Formatter("%(levelname)s %(message)s"))
        root.addHandler(handler)
        root.propagate = False
