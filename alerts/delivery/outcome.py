"""How a message can fail to leave, and when it is tried again.

What matters is whether it may have arrived all the same: only what surely did not is ever sent again by itself.
"""

from __future__ import annotations

import hashlib
from datetime import timedelta

from domain.errors import ItemError

STAGE = "delivery"
FIRST = timedelta(minutes=1)
MOST = timedelta(hours=6)


class NotSentError(ItemError):
    """It surely did not leave, and may another time: no connection, a server that is busy or broken.

    ``wait`` is for how long the other side asks to be left alone. ``all_alike``: whatever else goes the same way would
    meet the same now.
    """

    def __init__(self, reason: str, *, item: str, wait: timedelta | None = None, all_alike: bool = True) -> None:
        super().__init__(reason, item=item, stage=STAGE)
        self.wait = wait
        self.all_alike = all_alike


class RefusedError(ItemError):
    """It did not leave and will not: the address is refused by policy, or the other side will never take it."""

    def __init__(self, reason: str, *, item: str) -> None:
        super().__init__(reason, item=item, stage=STAGE)


class UncertainError(ItemError):
    """It may have arrived: the other side was given it and never said that it took it."""

    def __init__(self, reason: str, *, item: str) -> None:
        super().__init__(reason, item=item, stage=STAGE)


def backoff(tries: int, *, key: str, first: timedelta = FIRST, most: timedelta = MOST) -> timedelta:
    """How long to wait after so many tries: doubling from ``first`` up to ``most``, a part of it taken off by chance.

    The part (up to half) comes from the key and the try, so that messages that failed together do not come back
    together, and the same input gives the same wait.

    >>> [round(backoff(n, key="k") / FIRST) for n in (1, 3, 5, 9)]
    [1, 3, 14, 195]
    """
    if tries < 1:
        raise ValueError(f"{tries} tries: there is nothing to wait for")
    whole = min(most.total_seconds(), first.total_seconds() * 2.0 ** min(tries - 1, 40))
    drawn = int.from_bytes(hashlib.blake2b(f"{key} {tries}".encode(), digest_size=8).digest(), "big") / 2**64
    return timedelta(seconds=whole * (1 - drawn / 2))
