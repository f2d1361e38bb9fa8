"""Alembic's entry: runs the revisions on the connection that ``engine.migrate`` hands over."""

from __future__ import annotations

from alembic import context

from index.store.schema import metadata

connection = context.config.attributes["connection"]
context.configure(connection=connection, target_metadata=metadata, render_as_batch=True)
with context.begin_transaction():
    context.run_migrations()
