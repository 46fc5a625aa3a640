"""API tokens: programs that read and write, and the writes that they name."""

import sqlalchemy as sa
from alembic import op

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

# What programs write names their token.
NAMED = (("message", "token_id"), ("attachment", "uploader_token_id"))


def upgrade() -> None:
    op.create_table(
        "api_token",
        sa.Column("id", ID, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("token_hash", sa.Text(), nullable=False),
        sa.Column("scope", sa.String(length=40), nullable=False),
        sa.Column("is_owner", sa.Boolean(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_used_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_api_token")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_api_token_token_hash")),
    )
    op.create_table(
        "api_token_team",
        sa.Column("token_id", ID, nullable=False),
        sa.Column("team_id", ID, nullable=False),
        sa.ForeignKeyConstraint(["team_id"], ["team.id"], name=op.f("fk_api_token_team_team_id_team")),
        sa.ForeignKeyConstraint(["token_id"], ["api_token.id"], name=op.f("fk_api_token_team_token_id_api_token")),
        sa.PrimaryKeyConstraint("token_id", "team_id", name=op.f("pk_api_token_team")),
    )
    op.create_table(
        "idempotency_key",
        sa.Column("token_id", ID, nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("request", sa.Text(), nullable=False),
        sa.Column("status", ID, nullable=False),
        sa.Column("answer", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["token_id"], ["api_token.id"], name=op.f("fk_idempotency_key_token_id_api_token")),
        sa.PrimaryKeyConstraint("token_id", "key", name=op.f("pk_idempotency_key")),
    )
    op.create_index(op.f("ix_idempotency_key_created_at"), "idempotency_key", ["created_at"])
    op.create_index(
        "ix_ticket_snoozed_until",
        "ticket",
        ["snoozed_until"],
        sqlite_where=sa.text("category = 'snoozed'"),
        postgresql_where=sa.text("category = 'snoozed'"),
    )
    for table, column in NAMED:
        _add_reference(table, column)


def downgrade() -> None:
    for table, column in NAMED:
        op.drop_column(table, column)
    op.drop_index("ix_ticket_snoozed_until", table_name="ticket")
    for table in ("idempotency_key", "api_token_team", "api_token"):
        op.drop_table(table)


def _add_reference(table: str, column: str) -> None:
    """In one statement: SQLite adds a foreign key later only by copying the table, and dropping the old one would take
    along what points at it."""
    name = f"fk_{table}_{column}_api_token"
    kind = "INTEGER" if op.get_bind().dialect.name == "sqlite" else "BIGINT"
    op.execute(f"ALTER TABLE {table} ADD COLUMN {column} {kind} CONSTRAINT {name} REFERENCES api_token (id)")
