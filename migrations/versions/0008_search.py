"""Messages and people can be searched. What is there already is indexed by the clock, a little at a time.

SQLite: full-text tables of all three letters in a row, kept by triggers. PostgreSQL: GIN over words and their
beginnings, and over three letters in a row where `pg_trgm` is to be had."""

import sqlalchemy as sa
from alembic import op

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
TABLES = {"message_words": "place", "person_words": "identity_id"}
revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "message_words",
        sa.Column("place", ID, autoincrement=False, nullable=False),
        sa.Column("message_id", ID, nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["message_id"], ["message.id"], name=op.f("fk_message_words_message_id_message"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("place", name=op.f("pk_message_words")),
        sa.UniqueConstraint("message_id", name=op.f("uq_message_words_message_id")),
    )
    op.create_table(
        "person_words",
        sa.Column("identity_id", ID, autoincrement=False, nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["identity_id"], ["identity.id"], name=op.f("fk_person_words_identity_id_identity"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("identity_id", name=op.f("pk_person_words")),
    )
    if op.get_bind().dialect.name == "sqlite":
        _index_sqlite()
    else:
        _index_postgres()
    _begin_with_what_is_there()


def downgrade() -> None:
    op.execute("DELETE FROM consumer WHERE name LIKE 'search:%'")
    if op.get_bind().dialect.name == "sqlite":
        for table in TABLES:
            op.execute(f"DROP TABLE {table}_found")
    for table in TABLES:
        op.drop_table(table)


def _index_sqlite() -> None:
    for table, key in TABLES.items():
        op.execute(
            f"CREATE VIRTUAL TABLE {table}_found USING fts5(words, content='{table}', content_rowid='{key}',"
            " tokenize='trigram case_sensitive 1', detail='none', columnsize=0)"
        )
        added = f"INSERT INTO {table}_found (rowid, words) VALUES (new.{key}, new.words);"
        gone = f"INSERT INTO {table}_found ({table}_found, rowid, words) VALUES ('delete', old.{key}, old.words);"
        op.execute(f"CREATE TRIGGER {table}_added AFTER INSERT ON {table} BEGIN {added} END")
        op.execute(f"CREATE TRIGGER {table}_gone AFTER DELETE ON {table} BEGIN {gone} END")
        op.execute(f"CREATE TRIGGER {table}_changed AFTER UPDATE ON {table} BEGIN {gone} {added} END")


def _index_postgres() -> None:
    """The extension is trusted: whoever owns the database may add it. Where it is not installed, parts of words are
    looked for without an index."""
    begins = "array_to_tsvector(string_to_array(btrim(words), ' '))"
    op.execute(f"CREATE INDEX ix_message_words_begins ON message_words USING gin (({begins}))")
    is_there = sa.text("SELECT 1 FROM pg_available_extensions WHERE name = 'pg_trgm'")
    if not op.get_bind().execute(is_there).first():
        return
    try:
        with op.get_bind().begin_nested():
            op.execute("CREATE EXTENSION IF NOT EXISTS pg_trgm")
    except sa.exc.DBAPIError:  # it belongs to somebody else's schema, or may not be added
        return
    for table in TABLES:
        op.execute(f"CREATE INDEX ix_{table}_parts ON {table} USING gin (words gin_trgm_ops)")


def _begin_with_what_is_there() -> None:
    for name in ("message", "identity"):
        newest = f"(SELECT coalesce(max(id), 0) + 1 FROM {name})"
        op.execute(f"INSERT INTO consumer (name, seq, token) VALUES ('search:{name}', {newest}, '')")
