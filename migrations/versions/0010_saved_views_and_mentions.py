"""Saved views of the queue; mentions in notes; conversations found by when their reply window closes."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
JSON = sa.JSON(none_as_null=True).with_variant(postgresql.JSONB(none_as_null=True), "postgresql")
revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "saved_view",
        sa.Column("id", ID, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("audience", sa.String(length=40), nullable=False),
        sa.Column("agent_id", ID, nullable=False),
        sa.Column("team_id", ID, nullable=True),
        sa.Column("conditions", JSON, nullable=False),
        sa.Column("sort", sa.Text(), nullable=False),
        sa.Column("position", ID, nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["agent_id"], ["agent.id"], name=op.f("fk_saved_view_agent_id_agent")),
        sa.ForeignKeyConstraint(["team_id"], ["team.id"], name=op.f("fk_saved_view_team_id_team")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_saved_view")),
    )
    op.create_index(op.f("ix_saved_view_agent_id"), "saved_view", ["agent_id"])
    op.create_table(
        "mention",
        sa.Column("message_id", ID, nullable=False),
        sa.Column("agent_id", ID, nullable=False),
        sa.Column("ticket_id", ID, nullable=False),
        sa.ForeignKeyConstraint(["agent_id"], ["agent.id"], name=op.f("fk_mention_agent_id_agent")),
        sa.ForeignKeyConstraint(["message_id"], ["message.id"], name=op.f("fk_mention_message_id_message")),
        sa.ForeignKeyConstraint(["ticket_id"], ["ticket.id"], name=op.f("fk_mention_ticket_id_ticket")),
        sa.PrimaryKeyConstraint("message_id", "agent_id", name=op.f("pk_mention")),
    )
    op.create_index(op.f("ix_mention_ticket_id"), "mention", ["ticket_id"])
    op.create_index("ix_mention_agent", "mention", ["agent_id", "ticket_id"])
    op.create_index("ix_conversation_last_inbound_at", "conversation", ["inbox_id", "last_inbound_at"])


def downgrade() -> None:
    op.drop_index("ix_conversation_last_inbound_at", "conversation")
    op.drop_table("mention")
    op.drop_table("saved_view")
