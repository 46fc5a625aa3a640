"""Every call of an outbox row is kept; a message knows its webhook and who saw it first."""

import sqlalchemy as sa
from alembic import op

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "outbox_attempt",
        sa.Column("outbox_id", ID, nullable=False),
        sa.Column("n", ID, autoincrement=False, nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("result", sa.String(length=40), nullable=True),
        sa.Column("detail", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["outbox_id"], ["outbox.id"], name=op.f("fk_outbox_attempt_outbox_id_outbox")),
        sa.PrimaryKeyConstraint("outbox_id", "n", name=op.f("pk_outbox_attempt")),
    )
    # Not in a batch: nothing of the largest table is copied.
    op.add_column("message", sa.Column("ledger_id", ID, nullable=True))
    op.add_column("message", sa.Column("seen_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("message", sa.Column("seen_by_id", ID, nullable=True))


def downgrade() -> None:
    op.drop_column("message", "seen_by_id")
    op.drop_column("message", "seen_at")
    op.drop_column("message", "ledger_id")
    op.drop_table("outbox_attempt")
