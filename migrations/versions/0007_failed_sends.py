"""Tickets with a message that did not go out are found without looking at all the others."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

FAILED = sa.text("status IN ('failed', 'uncertain')")


def upgrade() -> None:
    op.create_index("ix_message_failed", "message", ["ticket_id"], sqlite_where=FAILED, postgresql_where=FAILED)


def downgrade() -> None:
    op.drop_index("ix_message_failed", "message")
