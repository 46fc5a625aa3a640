"""What each agent wants to be told of, and how; tickets that nobody has are found by how long their customer waits."""

import sqlalchemy as sa
from alembic import op

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

UNASSIGNED = sa.text("assignee_id IS NULL AND waiting_since IS NOT NULL")


def upgrade() -> None:
    op.create_table(
        "alert_settings",
        sa.Column("agent_id", ID, autoincrement=False, nullable=False),
        sa.Column("sound", sa.String(length=40), nullable=False),
        sa.Column("volume", ID, nullable=False),
        sa.Column("is_desktop", sa.Boolean(), nullable=False),
        sa.Column("is_mine", sa.Boolean(), nullable=False),
        sa.Column("is_mentions", sa.Boolean(), nullable=False),
        sa.Column("unassigned_after", ID, nullable=True),
        sa.Column("quiet_from", sa.Time(), nullable=True),
        sa.Column("quiet_until", sa.Time(), nullable=True),
        sa.Column("zone", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["agent_id"], ["agent.id"], name=op.f("fk_alert_settings_agent_id_agent")),
        sa.PrimaryKeyConstraint("agent_id", name=op.f("pk_alert_settings")),
    )
    op.create_index(
        "ix_ticket_unassigned",
        "ticket",
        ["waiting_since"],
        sqlite_where=UNASSIGNED,
        postgresql_where=UNASSIGNED,
    )


def downgrade() -> None:
    op.drop_index("ix_ticket_unassigned", "ticket")
    op.drop_table("alert_settings")
