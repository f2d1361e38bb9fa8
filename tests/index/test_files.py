"""Sealed files: what is read is what was written, or nothing is."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from index.files import BLOCK, DamagedError, Mapped, Seal, read_json, write, write_json


@pytest.mark.parametrize("size", [0, 1, BLOCK - 1, BLOCK, BLOCK + 1, 3 * BLOCK + 7])
@pytest.mark.parametrize("chunk", [1 << 16, BLOCK, 5 * BLOCK])
def test_what_was_written_is_read_back_by_any_piece(tmp_path: Path, size: int, chunk: int) -> None:
    data = np.random.default_rng(size).integers(0, 256, size, np.uint8).tobytes()
    seal = write(tmp_path / "f", (data[i : i + chunk] for i in range(0, size, chunk)))
    assert seal.size == size
    assert len(seal.blocks) == -(-size // BLOCK)
    whole = Mapped(tmp_path / "f", seal)
    assert whole.bytes().tobytes() == data
    part = Mapped(tmp_path / "f", seal)
    assert part.bytes(size // 3, size // 2).tobytes() == data[size // 3 : size // 2]
    assert part.array(np.uint8, size // 4, size // 4).tobytes() == data[size // 4 : size // 4 + size // 4]


@settings(max_examples=30, deadline=None)
@given(at=st.floats(0, 1, exclude_max=True), bit=st.integers(0, 7))
def test_a_flipped_bit_is_noticed_where_it_is_read_and_only_there(
    tmp_path_factory: pytest.TempPathFactory, at: float, bit: int
) -> None:
    path, size = tmp_path_factory.mktemp("f") / "f", 2 * BLOCK + 5
    data = bytearray(size)
    seal = write(path, [bytes(data)])
    where = int(at * size)
    data[where] ^= 1 << bit
    path.write_bytes(data)
    file = Mapped(path, seal)
    with pytest.raises(DamagedError, match="checksum of f is wrong"):
        file.bytes()
    with pytest.raises(DamagedError):
        file.bytes(where, where + 1)
    other = (where // BLOCK + 1) % 3 * BLOCK
    assert file.bytes(other, other + 5).tolist() == [0] * 5


def test_a_file_that_is_gone_cut_or_asked_for_more_is_refused(tmp_path: Path) -> None:
    seal = write(tmp_path / "f", [b"12345678"])
    with pytest.raises(DamagedError):
        Mapped(tmp_path / "f", seal).array("<i8", 0, 2)
    (tmp_path / "f").write_bytes(b"1234567")
    with pytest.raises(DamagedError, match="7 bytes and not 8"):
        Mapped(tmp_path / "f", seal)
    with pytest.raises(DamagedError, match="cannot be read"):
        Mapped(tmp_path / "g", Seal(0, ()))


def test_an_object_carries_its_own_digest(tmp_path: Path) -> None:
    path = tmp_path / "m.json"
    with pytest.raises(FileNotFoundError):
        read_json(path)
    write_json(path, {"sequence": 12, "langs": ["vi", "en"]})
    assert read_json(path) == {"sequence": 12, "langs": ["vi", "en"]}
    text = path.read_text("utf-8")
    for wrong in (
        "",
        "{",
        "[]",
        "{}",
        "null",
        "\x00",
        text.replace("12", "13"),
        json.dumps({"manifest": {}, "digest": ""}),
    ):
        path.write_text(wrong, "utf-8")
        with pytest.raises(DamagedError):
            read_json(path)
    path.write_bytes(b"\xff\xfe")
    with pytest.raises(DamagedError):
        read_json(path)
