"""The database as it is opened: transactions that are ones, migrations whole or not at all, several processes."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, func, insert, inspect, select, text
from sqlalchemy.exc import IntegrityError

from domain.errors import StoreError
from index.store import schema as s
from index.store.engine import open_engine, refusals


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    made = open_engine(tmp_path / "v.db")
    yield made
    made.dispose()


def test_a_reader_sees_one_state_though_a_writer_stores_meanwhile(engine: Engine) -> None:
    count = select(func.count()).select_from(s.meta)
    with engine.connect() as reader, reader.begin():
        assert reader.scalar(count) == 0
        with engine.begin() as writer:
            writer.execute(insert(s.meta).values(key="a", value="b"))
        assert reader.scalar(count) == 0
    with engine.connect() as later:
        assert later.scalar(count) == 1


def test_a_migration_that_dies_leaves_nothing_and_the_next_one_works(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from alembic import op

    made = op.create_table

    def dying(name: str, *columns: Any, **kwargs: Any) -> object:
        if name == "passages":
            raise RuntimeError("power cut")
        return made(name, *columns, **kwargs)

    monkeypatch.setattr(op, "create_table", dying)
    with pytest.raises(StoreError, match="power cut"):
        open_engine(tmp_path / "cut.db")
    monkeypatch.undo()
    engine = open_engine(tmp_path / "cut.db")
    assert {"passages", "documents"} <= set(inspect(engine).get_table_names())
    engine.dispose()


def test_processes_that_open_a_new_home_at_once_all_succeed(tmp_path: Path) -> None:
    code = "import sys, pathlib; from index.store.engine import open_engine; open_engine(pathlib.Path(sys.argv[1]))"
    call = [sys.executable, "-c", code, str(tmp_path / "n.db")]
    started = [subprocess.Popen(call, stderr=subprocess.PIPE, text=True) for _ in range(3)]
    ended = [(one.communicate()[1], one.returncode) for one in started]
    assert [status for _, status in ended] == [0, 0, 0], ended


def test_what_the_database_refuses_is_said_in_words(engine: Engine, tmp_path: Path) -> None:
    with pytest.raises(StoreError, match=r"no such table.*nowhere") as caught, refusals(tmp_path), engine.begin() as c:
        c.execute(text("SELECT * FROM nowhere"))
    assert caught.value.item == str(tmp_path)
    with pytest.raises(IntegrityError), refusals(tmp_path), engine.begin() as c:
        c.execute(insert(s.meta).values(key=None, value="a rule of the schema is broken: a mistake of ours"))
