"""How Alembic reaches the database and reads our models: inside the app, on both databases, in batch mode."""

from __future__ import annotations

from alembic import context
from flask import current_app

import helpdesk.models  # noqa: F401  (fills the metadata)
from helpdesk.db import Base, EnumText, UtcDateTime, db

TEXT_INDEXES = ("ix_message_words_begins", "ix_message_words_parts", "ix_person_words_parts")


def render_item(kind: str, item: object, autogen_context: object) -> str | bool:
    """Writes our own column types as what the database holds: migrations must not import the code of their future."""
    if kind == "type" and isinstance(item, UtcDateTime):
        return "sa.DateTime(timezone=True)"
    if kind == "type" and isinstance(item, type(EnumText)):
        return f"sa.String(length={item.length})"
    return False


def run() -> None:
    """Runs migrations in one connection; SQLite's schema changes in batches, PostgreSQL's in one transaction."""
    with db.engine.connect() as connection:
        context.configure(
            connection=connection,
            target_metadata=Base.metadata,
            render_item=render_item,
            render_as_batch=True,
            compare_type=_differs,
            include_name=_is_ours,
            transaction_per_migration=True,
        )
        with context.begin_transaction():
            context.run_migrations()


def _differs(
    _context: object, _inspected: object, _metadata: object, inspected_type: object, ours: object
) -> bool | None:
    """Enums are text of a fixed length to the database; everything else is compared as usual."""
    return False if isinstance(ours, type(EnumText)) else None


def _is_ours(name: str | None, kind: str, _parents: object) -> bool:
    """Full-text indexes are the databases' own: SQLite's tables of them, PostgreSQL's over what is no column."""
    is_text_table = kind == "table" and "_words_found" in (name or "")
    is_text_index = kind == "index" and name in TEXT_INDEXES
    return not (is_text_table or is_text_index)


with current_app.app_context():
    run()
