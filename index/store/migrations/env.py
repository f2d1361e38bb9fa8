"""Alembic's entry: runs the revisions on the connection that ``engine.migrate`` hands over."""

from __future__ import annotations

from alembic import context

from index.store.schema import metadata

connection = context.config.attributes["connection"]
# The words' tables are FTS5's own: no metadata declares them, so none may be dropped for want of it.
context.configure(
    connection=connection,
    target_metadata=metadata,
    render_as_batch=True,
    include_name=lambda name, kind, _: kind != "table" or not str(name).startswith("passage_words"),
)
with context.begin_transaction():
    context.run_migrations()
