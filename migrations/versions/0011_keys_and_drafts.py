"""Agents choose their own keys, and what they have not sent yet is kept on the server."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
JSON = sa.JSON(none_as_null=True).with_variant(postgresql.JSONB(none_as_null=True), "postgresql")
revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("agent", sa.Column("keys", JSON, server_default="{}", nullable=False))
    op.add_column("agent", sa.Column("sends_by_enter", sa.Boolean(), server_default=sa.true(), nullable=False))
    op.create_table(
        "draft",
        sa.Column("id", ID, nullable=False),
        sa.Column("ticket_id", ID, nullable=False),
        sa.Column("agent_id", ID, nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("quoted_id", ID, nullable=True),
        sa.Column("revision", ID, nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["ticket_id"], ["ticket.id"], name=op.f("fk_draft_ticket_id_ticket")),
        sa.ForeignKeyConstraint(["agent_id"], ["agent.id"], name=op.f("fk_draft_agent_id_agent")),
        sa.ForeignKeyConstraint(
            ["quoted_id"], ["message.id"], name=op.f("fk_draft_quoted_id_message"), ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_draft")),
        sa.UniqueConstraint("ticket_id", "agent_id", "kind", name="uq_draft_ticket_agent_kind"),
    )
    op.create_index(op.f("ix_draft_agent_id"), "draft", ["agent_id"])
    op.create_index(op.f("ix_draft_quoted_id"), "draft", ["quoted_id"])
    op.create_table(
        "draft_file",
        sa.Column("draft_id", ID, nullable=False),
        sa.Column("attachment_id", ID, nullable=False),
        sa.ForeignKeyConstraint(["draft_id"], ["draft.id"], name=op.f("fk_draft_file_draft_id_draft")),
        sa.ForeignKeyConstraint(
            ["attachment_id"],
            ["attachment.id"],
            name=op.f("fk_draft_file_attachment_id_attachment"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("draft_id", "attachment_id", name=op.f("pk_draft_file")),
    )
    op.create_index(op.f("ix_draft_file_attachment_id"), "draft_file", ["attachment_id"])


def downgrade() -> None:
    op.drop_table("draft_file")
    op.drop_table("draft")
    op.drop_column("agent", "sends_by_enter")
    op.drop_column("agent", "keys")
