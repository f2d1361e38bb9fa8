"""Write an Alembic revision from the difference between the declared tables and the revisions so far.

    python benchmarks/new_revision.py 0002 "what changes and why"

Types of ours (Instant, Day) are written as what they are stored as. Read the result before it is committed, then
change HEAD in index/store/engine.py.
"""

from __future__ import annotations

import sys
from pathlib import Path

import pysqlite3.dbapi2 as sqlite
from alembic import command
from alembic.config import Config
from sqlalchemy import create_engine

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from index.store.engine import MIGRATIONS


def main(revision: str, message: str) -> None:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    engine = create_engine("sqlite://", module=sqlite)
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        if any(MIGRATIONS.joinpath("versions").glob("*.py")):
            command.upgrade(config, "head")
        command.revision(config, message=message, autogenerate=True, rev_id=revision)
    path = next(MIGRATIONS.joinpath("versions").glob(f"{revision}_*.py"))
    text = path.read_text("utf-8")
    for ours, stored in (("Day()", "sa.String()"), ("Instant()", "sa.BigInteger()")):
        text = text.replace(f"index.store.schema.{ours}", stored)
    path.write_text(text, "utf-8")
    print(path)


if __name__ == "__main__":
    main(*sys.argv[1:3])
