"""Documents of the Foreign Relations series, as they lie in the real data, mapped to Vedette's JSONL.

python benchmarks/frus_jsonl.py ../shared/data/cables/docs/*.xz > frus.jsonl && vedette ingest frus.jsonl
"""

from __future__ import annotations

import json
import lzma
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any


def records(path: Path) -> Iterator[dict[str, Any]]:
    """The documents of a volume as JSONL objects of the contract."""
    with lzma.open(path, "rt", encoding="utf-8") as lines:
        for line in lines:
            row = json.loads(line)
            found = {"id": row["id"], "title": row["title"], "text": row["text"], "source": row["volume_title"]}
            yield {**found, "kind": "cable", **({"published": row["date"]} if row.get("date") else {})}


def main(paths: list[str]) -> None:
    """Write all volumes to standard output."""
    for path in paths:
        for record in records(Path(path)):
            print(json.dumps(record, ensure_ascii=False))


if __name__ == "__main__":
    main(sys.argv[1:])
