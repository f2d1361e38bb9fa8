"""Rows as Parquet: times, days and bytes as what they are, vectors in columns of fixed width."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, BinaryIO

import pyarrow as pa
import pyarrow.parquet as pq
from sqlalchemy import JSON, Column, Float, Integer, LargeBinary, Table

from domain.label import Label
from index.store import schema as s
from service.portable import Row, lots, weight_of


def write_parquet(handle: BinaryIO, table: Table, rows: Iterable[Row], *, widths: Mapping[str, int]) -> int:
    """Write the rows in groups small enough to be held; ``widths`` are of byte columns. Gives how many rows."""
    schema = pa.schema([(c.name, _type(c, widths.get(c.name))) for c in table.columns])
    ways = {c.name: _way(c) for c in table.columns}
    n = 0
    with pq.ParquetWriter(handle, schema, compression="zstd") as writer:
        for lot in lots(rows, most=20_000, weigh=weight_of):
            arrays = [pa.array([ways[f.name](row[f.name]) for row in lot], f.type) for f in schema]
            writer.write_table(pa.Table.from_arrays(arrays, schema=schema))
            n += len(lot)
    return n


def _type(column: Column[Any], width: int | None) -> Any:
    kind = column.type
    if isinstance(kind, s.Instant):
        return pa.timestamp("us", tz="UTC")
    if isinstance(kind, s.Day):
        return pa.date32()
    if isinstance(kind, LargeBinary):
        return pa.binary(width) if width else pa.binary()
    if isinstance(kind, Float):
        return pa.float64()
    if isinstance(kind, Integer) and column.name != "label":
        return pa.int64()
    return pa.string()


def _way(column: Column[Any]) -> Any:
    if isinstance(column.type, JSON):
        return lambda value: json.dumps(value, ensure_ascii=False)
    if column.name == "label":
        return lambda value: None if value is None else Label(value).text
    return lambda value: value


def read_parquet(path: Path, table: Table) -> Iterator[Row]:
    """The rows of a file that ``write_parquet`` wrote, a few at a time, their JSON parsed.

    Raises:
        ValueError: it is no Parquet file, or is damaged.
    """
    nested = [c.name for c in table.columns if isinstance(c.type, JSON)]
    try:
        with pq.ParquetFile(path) as file:
            for batch in file.iter_batches(batch_size=500):
                for row in batch.to_pylist():
                    for name in nested:
                        if isinstance(row.get(name), str):
                            row[name] = json.loads(row[name])
                    yield row
    except (pa.ArrowException, OSError, RecursionError) as error:
        raise ValueError(f"no readable Parquet file: {error}") from error
