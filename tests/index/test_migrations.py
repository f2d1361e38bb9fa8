from __future__ import annotations

from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import text

from domain.errors import StoreError
from index.store.engine import HEAD, MIGRATIONS, open_engine
from index.store.schema import metadata


def test_the_newest_revision_is_the_one_that_is_named() -> None:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    assert ScriptDirectory.from_config(config).get_current_head() == HEAD


def test_the_revisions_make_the_tables_that_are_declared(tmp_path: Path) -> None:
    engine = open_engine(tmp_path / "v.db")
    with engine.connect() as connection:
        different = compare_metadata(MigrationContext.configure(connection), metadata)
        pragmas = {p: connection.scalar(text(f"PRAGMA {p}")) for p in ("journal_mode", "synchronous", "foreign_keys")}
    engine.dispose()
    assert [d for d in different if "passage_words" not in str(d)] == []
    assert pragmas == {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1}


def test_what_is_no_database_or_a_newer_one_is_refused_by_name(tmp_path: Path) -> None:
    (tmp_path / "no.db").write_bytes(b"this is no database at all, not even nearly" * 100)
    with pytest.raises(StoreError, match=r"no\.db"):
        open_engine(tmp_path / "no.db")
    engine = open_engine(tmp_path / "new.db")
    with engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    engine.dispose()
    with pytest.raises(StoreError, match="9999"):
        open_engine(tmp_path / "new.db")
