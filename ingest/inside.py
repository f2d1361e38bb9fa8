"""What is inside something else: attachments, members of archives; read by what reads their kind, within one budget."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace

from domain.errors import ParseError
from domain.protocols import Reading, ReadOptions

DEEPEST = 5
"""Letters and archives within each other that are opened."""

BYTES = 2**30
"""Bytes that all that is inside one input may come to, unpacked, on all levels together."""

MEMBERS = 100_000
"""Things inside one input, on all levels together."""


@dataclass(slots=True)
class Budget:
    """What may still be taken out of one input."""

    size: int = BYTES
    members: int = MEMBERS

    def take(self, size: int, *, item: str) -> None:
        """Count one more thing of so many bytes.

        Raises:
            ParseError: the budget is used up.
        """
        self.members -= 1
        self.size -= size
        if self.members < 0:
            raise ParseError(f"holds more than {MEMBERS} things; the rest was not read", item=item, stage="parse")
        if self.size < 0:
            raise ParseError(f"unpacks to more than {BYTES // 2**20} MiB; the rest was not read", item=item,
                             stage="parse")  # fmt: skip


@dataclass(frozen=True, slots=True)
class Inside:
    """Reads what a letter or an archive holds; given to the readers of such."""

    reader: Callable[..., Iterator[Reading]]
    depth: int = 0
    budget: Budget = field(default_factory=Budget)

    def read(self, data: bytes, *, item: str, options: ReadOptions, content_type: str = "") -> Iterator[Reading]:
        """Everything one thing inside holds; failures for what cannot be read.

        Raises:
            ParseError: the budget of the whole input is used up.
        """
        self.budget.take(len(data), item=item)
        below = replace(self, depth=self.depth + 1)
        return self.reader(data, item=item, options=options, content_type=content_type, inside=below)

    def deeper(self, *, item: str) -> Inside:
        """One level further down, for what opens a level of its own.

        Raises:
            ParseError: that is too deep, or the budget of the whole input is used up.
        """
        self.budget.take(0, item=item)
        below = replace(self, depth=self.depth + 1)
        below.check(item=item)
        return below

    def check(self, *, item: str) -> None:
        """Refuse a letter or an archive that lies too deep.

        Raises:
            ParseError: it does.
        """
        if self.depth >= DEEPEST:
            raise ParseError(f"letters and archives nested more than {DEEPEST} deep", item=item, stage="parse")
