"""A text put word by word into a language that the encoder knows: enough for it to see what is spoken of.

Of all ways to cut the text into known phrases the surest is taken (Viterbi 1967), one phrase after the other as they
stand. What nothing knows (names, numbers, signs) stays as it is, which is how names reach the encoder.
"""

from __future__ import annotations

from collections.abc import Mapping

from models.language.packing import Bytes, pack, unpack
from models.language.phrases import LONGEST
from models.language.pieces import pieces

_LEAST = -4.0
_EACH = 1.0
"""What another phrase costs: fewer and longer ones are surer than their single counts say."""
_UNKNOWN = -6.0


class Gloss:
    """The phrases of a language with their translations.

    Args:
        phrases: the translation and the logarithm of how sure it is, by phrase (small letters, words parted by spaces).
    """

    def __init__(self, phrases: Mapping[str, tuple[str, float]]) -> None:
        self._phrases = {phrase: (other, max(sure, _LEAST) - _EACH) for phrase, (other, sure) in phrases.items()}

    def __len__(self) -> int:
        return len(self._phrases)

    def of(self, text: str) -> str:
        """The gloss of a text."""
        written = pieces(text)
        small = [piece.lower() for piece in written]
        n = len(written)
        best: list[float] = [0.0, *([float("-inf")] * n)]
        back: list[tuple[int, str]] = [(0, "")] * (n + 1)
        known = self._phrases
        for i in range(n):
            for j in range(i + 1, min(n, i + LONGEST) + 1):
                found = known.get(small[i] if j == i + 1 else " ".join(small[i:j]))
                if found is None:
                    if j > i + 1:
                        continue
                    found = (written[i], _UNKNOWN)
                value = best[i] + found[1]
                if value > best[j]:
                    best[j], back[j] = value, (i, found[0])
        out: list[str] = []
        at = n
        while at:
            at, other = back[at]
            out.append(other)
        return " ".join(reversed(out))

    def packed(self) -> Bytes:
        """As bytes, for a file."""
        return pack(
            [f"{phrase}\t{other}\t{sure + _EACH:.2f}" for phrase, (other, sure) in sorted(self._phrases.items())]
        )


def unpacked(packed: Bytes, *, item: str) -> Gloss:
    """The gloss again.

    Raises:
        ModelError: the bytes are damaged.
    """
    rows = (line.split("\t") for line in unpack(packed, item=item))
    return Gloss({phrase: (other, float(sure)) for phrase, other, sure in rows})
