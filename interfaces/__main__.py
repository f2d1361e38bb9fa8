"""``python -m interfaces``: the same as the ``vedette`` command."""

from __future__ import annotations

from interfaces.cli import main

main()
