"""Words of transliteration keys without Slavic case endings, so that the cases of a name meet."""

from __future__ import annotations

import re

DECLINED = frozenset({"pl", "ru", "uk", "cs", "sk", "be", "sr", "hr", "bg"})
"""Languages that decline names of persons."""

# Case endings as they are in keys: -skiego, -skogo, -owi, -em, -a ...
_ENDING = re.compile(r"(?<=[a-z]{3})(?:iego|iemu|ego|emu|ogo|omu|ovi|ami|ach|iem|oi|ei|im|om|em|ie|a|e|i|o|u)$")


def stem(word: str) -> str:
    """A word of a key without a case ending: the same for all cases of most family and given names.

    >>> stem("selenski"), stem("selenskogo"), stem("selenskiego")
    ('selensk', 'selensk', 'selensk')
    """
    bare = _ENDING.sub("", word)
    return bare[:-1] if bare.endswith("i") and len(bare) > 3 else bare
