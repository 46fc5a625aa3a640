"""Programs plan messages, too: a scheduled message names the agent or the token that planned it."""

import sqlalchemy as sa
from alembic import op

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("scheduled_message") as table:
        table.alter_column("agent_id", existing_type=ID, nullable=True)
        table.add_column(sa.Column("token_id", ID, nullable=True))
        table.create_foreign_key(op.f("fk_scheduled_message_token_id_api_token"), "api_token", ["token_id"], ["id"])


def downgrade() -> None:
    op.execute("DELETE FROM scheduled_message WHERE agent_id IS NULL")
    with op.batch_alter_table("scheduled_message") as table:
        table.drop_constraint(op.f("fk_scheduled_message_token_id_api_token"), type_="foreignkey")
        table.drop_column("token_id")
        table.alter_column("agent_id", existing_type=ID, nullable=False)
