"""The benchmark's tables of coded events, read into columns fast: a third of a million rows in about a second."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.csv as pc

from domain.errors import InputError
from domain.event_columns import NOWHERE, EventColumns, columns

NEEDED = ("date", "source_country", "target_country", "cameo")
NAMED = 20
"""So many unreadable rows are named; of the others only the number is kept."""
_YEARS = (1900, 2200)
"""A day outside these is a slip of the pen, and would make every series millions of days long."""


def read_table(path: str | Path) -> EventColumns:
    """The events of a CSV table, packed or not, with the columns date, source_country, target_country and cameo.

    ``goldstein`` is read where the table has it; other columns are ignored. A row counts as known on its day. Rows that
    are alike stay as many as they are: two reports of a day are two events. A row without a readable day is left out; a
    code that is none has root 0: such a row counts in the exposure alone. Both are told by line in ``bad``.

    Raises:
        InputError: there is no such file, it is no table, or a column is missing.
    """
    item = str(path)
    table, skipped = _load(Path(path), item=item)
    n = table.num_rows
    day_of, day_texts = _encoded(table["date"])
    days = np.array([_ordinal(text) for text in day_texts] or [0], dtype=np.int64)[day_of] if n else _none()
    source_of, source_names = _encoded(table["source_country"])
    target_of, target_names = _encoded(table["target_country"])
    names = tuple(sorted({name for name in (*source_names, *target_names) if name}))
    at = {name: i for i, name in enumerate(names)}
    source = np.array([at.get(name, NOWHERE) for name in source_names] or [NOWHERE], dtype=np.int32)[source_of]
    target = np.array([at.get(name, NOWHERE) for name in target_names] or [NOWHERE], dtype=np.int32)[target_of]
    code_of, code_texts = _encoded(table["cameo"])
    root = np.array([_root(text) for text in code_texts] or [0], dtype=np.int8)[code_of]
    goldstein = np.full(n, np.nan, np.float32)
    if "goldstein" in table.column_names:
        level_of, level_texts = _encoded(table["goldstein"])
        goldstein = np.array([_number(text) for text in level_texts] or [np.nan], dtype=np.float32)[level_of]
    line = np.arange(n) + 2
    for at_line, _ in skipped:
        line[line >= at_line] += 1
    bad = [*skipped]
    bad += [(int(line[i]), f"no day: {day_texts[day_of[i]]!r}") for i in np.flatnonzero(days == 0)[:NAMED]]
    coded = np.flatnonzero((root == 0) & (days > 0))
    bad += [(int(line[i]), f"no CAMEO code: {code_texts[code_of[i]]!r}") for i in coded[:NAMED]]
    keep = days > 0
    return columns(
        day=days[keep], source=source[keep], target=target[keep], names=names, root=root[keep],
        goldstein=goldstein[keep], bad=tuple(sorted(bad)[:NAMED]),
        refused=len(skipped) + int((~keep).sum()) + len(coded),
    )  # fmt: skip


def _load(path: Path, *, item: str) -> tuple[pa.Table, list[tuple[int, str]]]:
    skipped: list[tuple[int, str]] = []

    def odd(row: Any) -> str:
        skipped.append((int(row.number or 0), f"{row.actual_columns} columns, not {row.expected_columns}"))
        return "skip"

    wanted = [*NEEDED, "goldstein"]
    try:
        with pa.input_stream(path, compression="detect") as stream:
            # Bytes, not text: one wrong character must not cost the table.
            table = pc.read_csv(
                stream,
                read_options=pc.ReadOptions(use_threads=False, block_size=1 << 24),
                parse_options=pc.ParseOptions(newlines_in_values=True, invalid_row_handler=odd),
                convert_options=pc.ConvertOptions(
                    column_types={name: pa.binary() for name in wanted}, include_columns=wanted,
                    include_missing_columns=True, strings_can_be_null=False, null_values=[],
                ),
            )  # fmt: skip
    except FileNotFoundError as error:
        raise InputError("no such file", item=item, stage="parse") from error
    except (pa.ArrowException, OSError) as error:
        why = str(error).splitlines()[0]
        raise InputError(f"no table that can be read: {why}", item=item, stage="parse") from error
    missing = [name for name in NEEDED if pa.types.is_null(table.schema.field(name).type)]
    missing += [name for name in NEEDED if name not in missing and table.num_rows and table[name].null_count]
    if missing:
        raise InputError(f"no column {missing[0]}; needed: {', '.join(NEEDED)}", item=item, stage="parse")
    return table, skipped


def _encoded(column: pa.ChunkedArray) -> tuple[npt.NDArray[np.int64], list[str]]:
    """Which text each row has, and the texts; a missing one is empty."""
    if pa.types.is_null(column.type) or column.num_chunks == 0:
        return np.zeros(len(column), np.int64), [""]
    coded = column.combine_chunks().dictionary_encode()
    if isinstance(coded, pa.ChunkedArray):
        coded = coded.combine_chunks()
    texts = ["" if v is None else v.decode("utf-8", "replace").strip() for v in coded.dictionary.to_pylist()]
    which = coded.indices.fill_null(len(texts)).to_numpy(zero_copy_only=False).astype(np.int64)
    return which, [*texts, ""]


def _none() -> npt.NDArray[np.int64]:
    return np.zeros(0, np.int64)


def _ordinal(text: str) -> int:
    try:
        day = date.fromisoformat(text[:10] if len(text) > 10 else text)
    except ValueError:
        return 0
    return day.toordinal() if _YEARS[0] <= day.year <= _YEARS[1] else 0


def _root(text: str) -> int:
    if not (text.isascii() and text.isdigit()):
        return 0
    # A spreadsheet takes leading zeros away: 43 and 4 can only have been 043 and 04.
    if len(text) == 1 or (len(text) in (2, 3) and int(text[:2]) > 20):
        text = "0" + text
    root = int(text[:2])
    return root if 1 <= root <= 20 else 0


def _number(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        return float("nan")
    return value if -10 <= value <= 10 else float("nan")
