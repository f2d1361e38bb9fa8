"""Lists of texts as bytes, to lie in a safetensors file beside the numbers."""

from __future__ import annotations

import lzma
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from domain.errors import ModelError

Bytes = npt.NDArray[np.uint8]
_MOST = 1 << 28


def pack(texts: Sequence[str]) -> Bytes:
    """Texts without line breaks as compressed bytes.

    Raises:
        ValueError: a text has a line break.
    """
    if any("\n" in text for text in texts):
        raise ValueError("a text has a line break")
    return np.frombuffer(lzma.compress("\n".join(texts).encode(), preset=9), np.uint8)


def unpack(packed: Bytes, *, item: str) -> list[str]:
    """The texts again.

    Raises:
        ModelError: they are damaged, or more than a part can hold.
    """
    opener = lzma.LZMADecompressor()
    try:
        text = opener.decompress(packed.tobytes(), _MOST).decode()
    except (lzma.LZMAError, UnicodeDecodeError, EOFError) as error:
        raise ModelError(f"its words are damaged: {error}", item=item, stage="model") from error
    if not opener.eof:
        raise ModelError("its words are damaged or too many", item=item, stage="model")
    return text.split("\n") if text else []
