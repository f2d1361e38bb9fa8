"""What well-known encoders want before a query and before a passage, where their folder does not say it itself.

Each row repeats what the authors of a family publish about its use: Wang et al. 2024 (multilingual E5), Nussbaum et
al. 2024 (nomic-embed), Li et al. 2023 and Zhang et al. 2024 (gte), Chen et al. 2024 (BGE-M3), Xiao et al. 2023 (BGE),
Merrick et al. 2024 (Arctic-embed).
"""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

CONFIG = "config_sentence_transformers.json"
_E5_INSTRUCT = "Instruct: Given a web search query, retrieve relevant passages that answer the query\nQuery: "
_BGE_EN = "Represent this sentence for searching relevant passages: "
_BGE_ZH = "为这个句子生成表示以用于检索相关文章："
_FAMILIES: tuple[tuple[str, str, str], ...] = (
    (r"e5-(?:mistral|.*instruct)|e5.*-instruct", _E5_INSTRUCT, ""),
    (r"(?:multilingual-)?e5-(?:small|base|large)", "query: ", "passage: "),
    (r"bge-m3", "", ""),
    (r"bge-(?:small|base|large)-en", _BGE_EN, ""),
    (r"bge-(?:small|base|large)-zh", _BGE_ZH, ""),
    (r"gte-(?:multilingual|small|base|large)", "", ""),
    (r"nomic-embed-text", "search_query: ", "search_document: "),
    (r"snowflake-arctic-embed-(?:[ml]|xs|s|m-long)$", _BGE_EN, ""),
    (r"snowflake-arctic-embed-[ml]-v2", "query: ", ""),
    (r"mxbai-embed-(?:large|xsmall)", _BGE_EN, ""),
)


def known_prompts(name: str) -> tuple[str, str] | None:
    """What a family wants before a (query, passage), told by the model's name; None for one that is not known."""
    bare = name.lower().replace("_", "-").rpartition("/")[2]
    for pattern, query, passage in _FAMILIES:
        if re.search(rf"(?:^|[-.]){pattern}", bare):
            return query, passage
    return None


def own_prompts(folder: Path) -> tuple[str | None, str | None]:
    """What the folder itself says of (queries, passages) in its sentence-transformers settings; None: nothing."""
    try:
        said: Any = json.loads((folder / CONFIG).read_text("utf-8")).get("prompts")
    except (OSError, ValueError, AttributeError):
        return None, None
    if not isinstance(said, dict):
        return None, None
    return _first(said, "query"), _first(said, "document", "passage", "corpus")


def _first(said: dict[str, Any], *names: str) -> str | None:
    found = (said.get(name) for name in names)
    return next((one for one in found if isinstance(one, str)), None)
