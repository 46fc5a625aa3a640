"""A ticket's life: two become one, tickets are linked, a shop names its statuses, strangers wait to be let in."""

import sqlalchemy as sa
from alembic import op

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
TIME = sa.DateTime(timezone=True)
WORD = sa.String(length=40)
MERGED = sa.text("merged_into_id IS NOT NULL")
revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    _merged_into()
    op.create_index(
        "ix_ticket_merged_into_id", "ticket", ["merged_into_id"], sqlite_where=MERGED, postgresql_where=MERGED
    )
    op.add_column("inbox", sa.Column("holds_requests", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.add_column("conversation", sa.Column("request", WORD, nullable=True))
    _statuses()
    _merges()
    _links()


def downgrade() -> None:
    op.execute("UPDATE ticket SET category = 'open' WHERE category = 'request'")
    op.execute("UPDATE ticket SET status = category")
    for name in ("ticket_link", "merged_tag", "merged_message", "merge", "status"):
        op.drop_table(name)
    op.drop_column("conversation", "request")
    op.drop_column("inbox", "holds_requests")
    op.drop_index("ix_ticket_merged_into_id", "ticket")
    op.drop_column("ticket", "merged_into_id")  # and with it what it points to


def _merged_into() -> None:
    """Not in a batch: SQLite would make the table anew, and may not drop one that all messages point to."""
    name = "fk_ticket_merged_into_id_ticket"
    if op.get_bind().dialect.name == "sqlite":
        op.execute(f"ALTER TABLE ticket ADD COLUMN merged_into_id INTEGER CONSTRAINT {name} REFERENCES ticket (id)")
    else:
        op.add_column("ticket", sa.Column("merged_into_id", ID, nullable=True))
        op.create_foreign_key(op.f(name), "ticket", "ticket", ["merged_into_id"], ["id"])


def _statuses() -> None:
    op.create_table(
        "status",
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("category", WORD, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("position", ID, nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_status")),
        sa.UniqueConstraint("name", name=op.f("uq_status_name")),
    )


def _merges() -> None:
    op.create_table(
        "merge",
        sa.Column("id", ID, nullable=False),
        sa.Column("ticket_id", ID, nullable=False),
        sa.Column("into_id", ID, nullable=False),
        sa.Column("agent_id", ID, nullable=False),
        sa.Column("at", TIME, nullable=False),
        sa.Column("undone_at", TIME, nullable=True),
        sa.Column("category", WORD, nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("closed_at", TIME, nullable=True),
        sa.Column("snoozed_until", TIME, nullable=True),
        sa.Column("into_category", WORD, nullable=False),
        sa.Column("into_status", sa.Text(), nullable=False),
        sa.Column("into_closed_at", TIME, nullable=True),
        sa.Column("into_opened_at", TIME, nullable=False),
        sa.Column("into_split_from", ID, nullable=True),
        sa.Column("wait_id", ID, nullable=True),
        sa.ForeignKeyConstraint(["ticket_id"], ["ticket.id"], name=op.f("fk_merge_ticket_id_ticket")),
        sa.ForeignKeyConstraint(["into_id"], ["ticket.id"], name=op.f("fk_merge_into_id_ticket")),
        sa.ForeignKeyConstraint(["into_split_from"], ["ticket.id"], name=op.f("fk_merge_into_split_from_ticket")),
        sa.ForeignKeyConstraint(["agent_id"], ["agent.id"], name=op.f("fk_merge_agent_id_agent")),
        sa.ForeignKeyConstraint(["wait_id"], ["wait.id"], name=op.f("fk_merge_wait_id_wait")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_merge")),
    )
    op.create_index(op.f("ix_merge_ticket_id"), "merge", ["ticket_id"])
    op.create_index(op.f("ix_merge_into_id"), "merge", ["into_id"])
    op.create_table(
        "merged_message",
        sa.Column("merge_id", ID, nullable=False),
        sa.Column("message_id", ID, nullable=False),
        sa.ForeignKeyConstraint(["merge_id"], ["merge.id"], name=op.f("fk_merged_message_merge_id_merge")),
        sa.ForeignKeyConstraint(
            ["message_id"], ["message.id"], name=op.f("fk_merged_message_message_id_message"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("merge_id", "message_id", name=op.f("pk_merged_message")),
    )
    op.create_index(op.f("ix_merged_message_message_id"), "merged_message", ["message_id"])
    op.create_table(
        "merged_tag",
        sa.Column("merge_id", ID, nullable=False),
        sa.Column("tag_id", ID, nullable=False),
        sa.ForeignKeyConstraint(["merge_id"], ["merge.id"], name=op.f("fk_merged_tag_merge_id_merge")),
        sa.ForeignKeyConstraint(["tag_id"], ["tag.id"], name=op.f("fk_merged_tag_tag_id_tag")),
        sa.PrimaryKeyConstraint("merge_id", "tag_id", name=op.f("pk_merged_tag")),
    )


def _links() -> None:
    op.create_table(
        "ticket_link",
        sa.Column("ticket_id", ID, nullable=False),
        sa.Column("other_id", ID, nullable=False),
        sa.Column("created_at", TIME, nullable=False),
        sa.ForeignKeyConstraint(["ticket_id"], ["ticket.id"], name=op.f("fk_ticket_link_ticket_id_ticket")),
        sa.ForeignKeyConstraint(["other_id"], ["ticket.id"], name=op.f("fk_ticket_link_other_id_ticket")),
        sa.PrimaryKeyConstraint("ticket_id", "other_id", name=op.f("pk_ticket_link")),
    )
    op.create_index(op.f("ix_ticket_link_other_id"), "ticket_link", ["other_id"])
