"""The core tables: people, inboxes, contacts, tickets, messages, ledger, outbox, events."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
JSON = sa.JSON(none_as_null=True).with_variant(postgresql.JSONB(none_as_null=True), "postgresql")
revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "agent",
        sa.Column("id", ID, nullable=False),
        sa.Column("email", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("role", sa.String(length=40), nullable=False),
        sa.Column("password_hash", sa.Text(), nullable=True),
        sa.Column("reset_hash", sa.Text(), nullable=True),
        sa.Column("reset_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("is_active", sa.Boolean(), nullable=False),
        sa.Column("last_seen_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_agent")),
        sa.UniqueConstraint("email", name=op.f("uq_agent_email")),
        sa.UniqueConstraint("reset_hash", name=op.f("uq_agent_reset_hash")),
    )
    op.create_table(
        "clock_offset",
        sa.Column("id", ID, autoincrement=False, nullable=False),
        sa.Column("seconds", sa.Double(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_clock_offset")),
    )
    op.create_table(
        "consumer",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("seq", ID, nullable=False),
        sa.Column("lease_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("token", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_consumer")),
    )
    op.create_table(
        "contact",
        sa.Column("id", ID, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_contact")),
    )
    op.create_table(
        "counter",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("value", ID, nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_counter")),
    )
    op.create_table(
        "heartbeat",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("pid", ID, nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_heartbeat")),
    )
    op.create_table(
        "ledger",
        sa.Column("id", ID, nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("route", sa.Text(), nullable=False),
        sa.Column("lane", sa.Text(), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("raw", sa.LargeBinary(), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("state", sa.String(length=40), nullable=False),
        sa.Column("attempts", ID, nullable=False),
        sa.Column("lease_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("token", sa.Text(), nullable=False),
        sa.Column("error", sa.Text(), nullable=False),
        sa.Column("processed_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ledger")),
        sa.UniqueConstraint("channel", "route", "sha256", name="uq_ledger_bytes"),
    )
    with op.batch_alter_table("ledger", schema=None) as batch_op:
        batch_op.create_index(
            "ix_ledger_new",
            ["id"],
            unique=False,
            sqlite_where=sa.text("state = 'new'"),
            postgresql_where=sa.text("state = 'new'"),
        )
        batch_op.create_index(batch_op.f("ix_ledger_received_at"), ["received_at"], unique=False)
        batch_op.create_index("ix_ledger_state", ["state", "id"], unique=False)

    op.create_table(
        "login_attempt",
        sa.Column("id", ID, nullable=False),
        sa.Column("email", sa.Text(), nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_login_attempt")),
    )
    with op.batch_alter_table("login_attempt", schema=None) as batch_op:
        batch_op.create_index("ix_login_attempt_address_at", ["address", "at"], unique=False)
        batch_op.create_index("ix_login_attempt_email_at", ["email", "at"], unique=False)

    op.create_table(
        "setting",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("value", JSON, nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_setting")),
    )
    op.create_table(
        "tag",
        sa.Column("id", ID, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_tag")),
        sa.UniqueConstraint("name", name=op.f("uq_tag_name")),
    )
    op.create_table(
        "team",
        sa.Column("id", ID, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_team")),
        sa.UniqueConstraint("name", name=op.f("uq_team_name")),
    )
    op.create_table(
        "inbox",
        sa.Column("id", ID, nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("account_id", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("team_id", ID, nullable=False),
        sa.Column("secrets", sa.Text(), nullable=False),
        sa.Column("options", JSON, nullable=False),
        sa.Column("state", sa.String(length=40), nullable=False),
        sa.Column("state_reason", sa.Text(), nullable=False),
        sa.Column("reopen_hours", ID, nullable=False),
        sa.Column("tells_seen", sa.Boolean(), nullable=False),
        sa.Column("tells_typing", sa.Boolean(), nullable=False),
        sa.Column("last_event_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("notice", sa.Text(), nullable=False),
        sa.Column("notice_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("removed_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["team_id"], ["team.id"], name=op.f("fk_inbox_team_id_team")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_inbox")),
        sa.UniqueConstraint("key", name=op.f("uq_inbox_key")),
    )
    with op.batch_alter_table("inbox", schema=None) as batch_op:
        batch_op.create_index(
            "uq_inbox_account",
            ["channel", "account_id"],
            unique=True,
            sqlite_where=sa.text("removed_at IS NULL"),
            postgresql_where=sa.text("removed_at IS NULL"),
        )

    op.create_table(
        "membership",
        sa.Column("agent_id", ID, nullable=False),
        sa.Column("team_id", ID, nullable=False),
        sa.ForeignKeyConstraint(["agent_id"], ["agent.id"], name=op.f("fk_membership_agent_id_agent")),
        sa.ForeignKeyConstraint(["team_id"], ["team.id"], name=op.f("fk_membership_team_id_team")),
        sa.PrimaryKeyConstraint("agent_id", "team_id", name=op.f("pk_membership")),
    )
    with op.batch_alter_table("membership", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_membership_team_id"), ["team_id"], unique=False)

    op.create_table(
        "session",
        sa.Column("id", ID, nullable=False),
        sa.Column("token_hash", sa.Text(), nullable=False),
        sa.Column("agent_id", ID, nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("browser", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["agent_id"], ["agent.id"], name=op.f("fk_session_agent_id_agent")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_session")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_session_token_hash")),
    )
    with op.batch_alter_table("session", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_session_agent_id"), ["agent_id"], unique=False)

    op.create_table(
        "identity",
        sa.Column("id", ID, nullable=False),
        sa.Column("inbox_id", ID, nullable=False),
        sa.Column("contact_id", ID, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("username", sa.Text(), nullable=False),
        sa.Column("picture_key", sa.Text(), nullable=False),
        sa.Column("facts", JSON, nullable=False),
        sa.Column("profile_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("profile_due_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("profile_attempts", ID, nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["contact_id"], ["contact.id"], name=op.f("fk_identity_contact_id_contact")),
        sa.ForeignKeyConstraint(["inbox_id"], ["inbox.id"], name=op.f("fk_identity_inbox_id_inbox")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_identity")),
    )
    with op.batch_alter_table("identity", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_identity_contact_id"), ["contact_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_identity_inbox_id"), ["inbox_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_identity_profile_due_at"), ["profile_due_at"], unique=False)

    op.create_table(
        "pending_change",
        sa.Column("id", ID, nullable=False),
        sa.Column("inbox_id", ID, nullable=False),
        sa.Column("platform_id", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("value", JSON, nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["inbox_id"], ["inbox.id"], name=op.f("fk_pending_change_inbox_id_inbox")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_pending_change")),
    )
    with op.batch_alter_table("pending_change", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_pending_change_created_at"), ["created_at"], unique=False)
        batch_op.create_index("ix_pending_change_target", ["inbox_id", "platform_id"], unique=False)

    op.create_table(
        "conversation",
        sa.Column("id", ID, nullable=False),
        sa.Column("inbox_id", ID, nullable=False),
        sa.Column("identity_id", ID, nullable=False),
        sa.Column("last_inbound_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("is_standby", sa.Boolean(), nullable=False),
        sa.Column("seen_due_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("seen_told_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["identity_id"], ["identity.id"], name=op.f("fk_conversation_identity_id_identity")),
        sa.ForeignKeyConstraint(["inbox_id"], ["inbox.id"], name=op.f("fk_conversation_inbox_id_inbox")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_conversation")),
        sa.UniqueConstraint("identity_id", name=op.f("uq_conversation_identity_id")),
    )
    with op.batch_alter_table("conversation", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_conversation_inbox_id"), ["inbox_id"], unique=False)
        batch_op.create_index(
            "ix_conversation_seen_due",
            ["seen_due_at"],
            unique=False,
            sqlite_where=sa.text("seen_due_at IS NOT NULL"),
            postgresql_where=sa.text("seen_due_at IS NOT NULL"),
        )

    op.create_table(
        "identity_key",
        sa.Column("id", ID, nullable=False),
        sa.Column("inbox_id", ID, nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.Column("identity_id", ID, nullable=False),
        sa.ForeignKeyConstraint(["identity_id"], ["identity.id"], name=op.f("fk_identity_key_identity_id_identity")),
        sa.ForeignKeyConstraint(["inbox_id"], ["inbox.id"], name=op.f("fk_identity_key_inbox_id_inbox")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_identity_key")),
        sa.UniqueConstraint("inbox_id", "kind", "value", name="uq_identity_key_value"),
    )
    with op.batch_alter_table("identity_key", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_identity_key_identity_id"), ["identity_id"], unique=False)

    op.create_table(
        "ticket",
        sa.Column("id", ID, nullable=False),
        sa.Column("number", ID, nullable=False),
        sa.Column("conversation_id", ID, nullable=False),
        sa.Column("team_id", ID, nullable=False),
        sa.Column("assignee_id", ID, nullable=True),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("category", sa.String(length=40), nullable=False),
        sa.Column("priority", sa.String(length=40), nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("snoozed_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("waiting_since", sa.DateTime(timezone=True), nullable=True),
        sa.Column("last_message_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_message_id", ID, nullable=True),
        sa.Column("follows_id", ID, nullable=True),
        sa.Column("split_from", ID, nullable=True),
        sa.Column("seq", ID, nullable=False),
        sa.ForeignKeyConstraint(["assignee_id"], ["agent.id"], name=op.f("fk_ticket_assignee_id_agent")),
        sa.ForeignKeyConstraint(
            ["conversation_id"], ["conversation.id"], name=op.f("fk_ticket_conversation_id_conversation")
        ),
        sa.ForeignKeyConstraint(["follows_id"], ["ticket.id"], name=op.f("fk_ticket_follows_id_ticket")),
        sa.ForeignKeyConstraint(["split_from"], ["ticket.id"], name=op.f("fk_ticket_split_from_ticket")),
        sa.ForeignKeyConstraint(["team_id"], ["team.id"], name=op.f("fk_ticket_team_id_team")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ticket")),
        sa.UniqueConstraint("number", name=op.f("uq_ticket_number")),
    )
    with op.batch_alter_table("ticket", schema=None) as batch_op:
        batch_op.create_index("ix_ticket_assignee", ["assignee_id", "category", "last_message_at", "id"], unique=False)
        batch_op.create_index(batch_op.f("ix_ticket_conversation_id"), ["conversation_id"], unique=False)
        batch_op.create_index("ix_ticket_last_message_at", ["last_message_at", "id"], unique=False)
        batch_op.create_index("ix_ticket_queue", ["team_id", "category", "last_message_at", "id"], unique=False)
        batch_op.create_index(
            "uq_ticket_main",
            ["conversation_id"],
            unique=True,
            sqlite_where=sa.text("category <> 'closed' AND split_from IS NULL"),
            postgresql_where=sa.text("category <> 'closed' AND split_from IS NULL"),
        )

    op.create_table(
        "message",
        sa.Column("id", ID, nullable=False),
        sa.Column("conversation_id", ID, nullable=False),
        sa.Column("ticket_id", ID, nullable=True),
        sa.Column("inbox_id", ID, nullable=False),
        sa.Column("direction", sa.String(length=40), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("is_truncated", sa.Boolean(), nullable=False),
        sa.Column("data", JSON, nullable=False),
        sa.Column("author_kind", sa.String(length=40), nullable=False),
        sa.Column("agent_id", ID, nullable=True),
        sa.Column("client_id", sa.Text(), nullable=True),
        sa.Column("part", ID, nullable=False),
        sa.Column("parts", ID, nullable=False),
        sa.Column("platform_id", sa.Text(), nullable=True),
        sa.Column("reply_to_id", ID, nullable=True),
        sa.Column("reply_to_platform_id", sa.Text(), nullable=False),
        sa.Column("status", sa.String(length=40), nullable=False),
        sa.Column("status_reason", sa.Text(), nullable=False),
        sa.Column("is_standby", sa.Boolean(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("platform_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("edited_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("edits", JSON, nullable=False),
        sa.Column("deleted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("delivered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("read_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("first_seq", ID, nullable=False),
        sa.Column("seq", ID, nullable=False),
        sa.ForeignKeyConstraint(["agent_id"], ["agent.id"], name=op.f("fk_message_agent_id_agent")),
        sa.ForeignKeyConstraint(
            ["conversation_id"], ["conversation.id"], name=op.f("fk_message_conversation_id_conversation")
        ),
        sa.ForeignKeyConstraint(["inbox_id"], ["inbox.id"], name=op.f("fk_message_inbox_id_inbox")),
        sa.ForeignKeyConstraint(["reply_to_id"], ["message.id"], name=op.f("fk_message_reply_to_id_message")),
        sa.ForeignKeyConstraint(["ticket_id"], ["ticket.id"], name=op.f("fk_message_ticket_id_ticket")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_message")),
        sa.UniqueConstraint("conversation_id", "client_id", "part", name="uq_message_client_id"),
        sa.UniqueConstraint("inbox_id", "platform_id", name="uq_message_platform_id"),
    )
    with op.batch_alter_table("message", schema=None) as batch_op:
        batch_op.create_index("ix_message_thread", ["conversation_id", "at", "id"], unique=False)
        batch_op.create_index("ix_message_ticket", ["ticket_id", "at", "id"], unique=False)
        batch_op.create_index("ix_message_unread", ["ticket_id", "direction", "first_seq"], unique=False)

    op.create_table(
        "ticket_read",
        sa.Column("ticket_id", ID, nullable=False),
        sa.Column("agent_id", ID, nullable=False),
        sa.Column("seq", ID, nullable=False),
        sa.ForeignKeyConstraint(["agent_id"], ["agent.id"], name=op.f("fk_ticket_read_agent_id_agent")),
        sa.ForeignKeyConstraint(["ticket_id"], ["ticket.id"], name=op.f("fk_ticket_read_ticket_id_ticket")),
        sa.PrimaryKeyConstraint("ticket_id", "agent_id", name=op.f("pk_ticket_read")),
    )
    with op.batch_alter_table("ticket_read", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_ticket_read_agent_id"), ["agent_id"], unique=False)

    op.create_table(
        "ticket_tag",
        sa.Column("ticket_id", ID, nullable=False),
        sa.Column("tag_id", ID, nullable=False),
        sa.ForeignKeyConstraint(["tag_id"], ["tag.id"], name=op.f("fk_ticket_tag_tag_id_tag")),
        sa.ForeignKeyConstraint(["ticket_id"], ["ticket.id"], name=op.f("fk_ticket_tag_ticket_id_ticket")),
        sa.PrimaryKeyConstraint("ticket_id", "tag_id", name=op.f("pk_ticket_tag")),
    )
    with op.batch_alter_table("ticket_tag", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_ticket_tag_tag_id"), ["tag_id"], unique=False)

    op.create_table(
        "wait",
        sa.Column("id", ID, nullable=False),
        sa.Column("ticket_id", ID, nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("assignee_at_open", ID, nullable=True),
        sa.Column("team_at_open", ID, nullable=False),
        sa.Column("outcome", sa.String(length=40), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("replier_id", ID, nullable=True),
        sa.Column("is_outside", sa.Boolean(), nullable=False),
        sa.Column("assignee_at_end", ID, nullable=True),
        sa.Column("team_at_end", ID, nullable=True),
        sa.ForeignKeyConstraint(["assignee_at_end"], ["agent.id"], name=op.f("fk_wait_assignee_at_end_agent")),
        sa.ForeignKeyConstraint(["assignee_at_open"], ["agent.id"], name=op.f("fk_wait_assignee_at_open_agent")),
        sa.ForeignKeyConstraint(["replier_id"], ["agent.id"], name=op.f("fk_wait_replier_id_agent")),
        sa.ForeignKeyConstraint(["team_at_end"], ["team.id"], name=op.f("fk_wait_team_at_end_team")),
        sa.ForeignKeyConstraint(["team_at_open"], ["team.id"], name=op.f("fk_wait_team_at_open_team")),
        sa.ForeignKeyConstraint(["ticket_id"], ["ticket.id"], name=op.f("fk_wait_ticket_id_ticket")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_wait")),
    )
    with op.batch_alter_table("wait", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_wait_ended_at"), ["ended_at"], unique=False)
        batch_op.create_index(batch_op.f("ix_wait_ticket_id"), ["ticket_id"], unique=False)
        batch_op.create_index(
            "uq_wait_open",
            ["ticket_id"],
            unique=True,
            sqlite_where=sa.text("ended_at IS NULL"),
            postgresql_where=sa.text("ended_at IS NULL"),
        )

    op.create_table(
        "attachment",
        sa.Column("id", ID, nullable=False),
        sa.Column("public_id", sa.Text(), nullable=False),
        sa.Column("message_id", ID, nullable=True),
        sa.Column("uploader_id", ID, nullable=True),
        sa.Column("position", ID, nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("state", sa.String(length=40), nullable=False),
        sa.Column("source_url", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("link", sa.Text(), nullable=False),
        sa.Column("data", JSON, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("preview_key", sa.Text(), nullable=False),
        sa.Column("mime", sa.Text(), nullable=False),
        sa.Column("size", ID, nullable=False),
        sa.Column("width", ID, nullable=False),
        sa.Column("height", ID, nullable=False),
        sa.Column("attempts", ID, nullable=False),
        sa.Column("next_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("token", sa.Text(), nullable=False),
        sa.Column("error", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["message_id"], ["message.id"], name=op.f("fk_attachment_message_id_message")),
        sa.ForeignKeyConstraint(["uploader_id"], ["agent.id"], name=op.f("fk_attachment_uploader_id_agent")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_attachment")),
        sa.UniqueConstraint("public_id", name=op.f("uq_attachment_public_id")),
    )
    with op.batch_alter_table("attachment", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_attachment_message_id"), ["message_id"], unique=False)
        batch_op.create_index(
            "ix_attachment_pending",
            ["next_at"],
            unique=False,
            sqlite_where=sa.text("state = 'pending'"),
            postgresql_where=sa.text("state = 'pending'"),
        )

    op.create_table(
        "event",
        sa.Column("seq", ID, autoincrement=False, nullable=False),
        sa.Column("room", sa.Text(), nullable=False),
        sa.Column("prev", ID, nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("is_copy", sa.Boolean(), nullable=False),
        sa.Column("ticket_id", ID, nullable=True),
        sa.Column("message_id", ID, nullable=True),
        sa.Column("actor_kind", sa.Text(), nullable=False),
        sa.Column("actor_id", ID, nullable=True),
        sa.Column("actor_name", sa.Text(), nullable=False),
        sa.Column("data", JSON, nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["message_id"], ["message.id"], name=op.f("fk_event_message_id_message"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(["ticket_id"], ["ticket.id"], name=op.f("fk_event_ticket_id_ticket")),
        sa.PrimaryKeyConstraint("seq", name=op.f("pk_event")),
    )
    with op.batch_alter_table("event", schema=None) as batch_op:
        batch_op.create_index("ix_event_at", ["at"], unique=False)
        batch_op.create_index("ix_event_message", ["message_id"], unique=False)
        batch_op.create_index("ix_event_room", ["room", "seq"], unique=False)
        batch_op.create_index("ix_event_ticket", ["ticket_id", "seq"], unique=False)

    op.create_table(
        "outbox",
        sa.Column("id", ID, nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("message_id", ID, nullable=False),
        sa.Column("conversation_id", ID, nullable=False),
        sa.Column("inbox_id", ID, nullable=False),
        sa.Column("state", sa.String(length=40), nullable=False),
        sa.Column("token", sa.Text(), nullable=False),
        sa.Column("attempts", ID, nullable=False),
        sa.Column("queued_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("next_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("lease_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("called_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("settled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("detail", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["conversation_id"], ["conversation.id"], name=op.f("fk_outbox_conversation_id_conversation")
        ),
        sa.ForeignKeyConstraint(["inbox_id"], ["inbox.id"], name=op.f("fk_outbox_inbox_id_inbox")),
        sa.ForeignKeyConstraint(["message_id"], ["message.id"], name=op.f("fk_outbox_message_id_message")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_outbox")),
        sa.UniqueConstraint("key", name=op.f("uq_outbox_key")),
        sa.UniqueConstraint("message_id", name=op.f("uq_outbox_message_id")),
    )
    with op.batch_alter_table("outbox", schema=None) as batch_op:
        batch_op.create_index("ix_outbox_conversation", ["conversation_id", "id"], unique=False)
        batch_op.create_index("ix_outbox_due", ["state", "next_at", "id"], unique=False)
        batch_op.create_index(batch_op.f("ix_outbox_inbox_id"), ["inbox_id"], unique=False)
        batch_op.create_index(
            "uq_outbox_holding",
            ["conversation_id"],
            unique=True,
            sqlite_where=sa.text("state IN ('claimed', 'calling', 'unknown')"),
            postgresql_where=sa.text("state IN ('claimed', 'calling', 'unknown')"),
        )

    op.create_table(
        "reaction",
        sa.Column("id", ID, nullable=False),
        sa.Column("message_id", ID, nullable=False),
        sa.Column("reactor", sa.String(length=40), nullable=False),
        sa.Column("emoji", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("agent_id", ID, nullable=True),
        sa.Column("next_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("attempts", ID, nullable=False),
        sa.Column("error", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["agent_id"], ["agent.id"], name=op.f("fk_reaction_agent_id_agent")),
        sa.ForeignKeyConstraint(["message_id"], ["message.id"], name=op.f("fk_reaction_message_id_message")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reaction")),
        sa.UniqueConstraint("message_id", "reactor", name="uq_reaction_message_reactor"),
    )
    with op.batch_alter_table("reaction", schema=None) as batch_op:
        batch_op.create_index(
            "ix_reaction_pending",
            ["next_at"],
            unique=False,
            sqlite_where=sa.text("next_at IS NOT NULL"),
            postgresql_where=sa.text("next_at IS NOT NULL"),
        )

    counter = sa.table("counter", sa.column("name", sa.Text()), sa.column("value", ID))
    op.bulk_insert(counter, [{"name": "event", "value": 0}, {"name": "ticket", "value": 1000}])


def downgrade() -> None:
    with op.batch_alter_table("reaction", schema=None) as batch_op:
        batch_op.drop_index(
            "ix_reaction_pending",
            sqlite_where=sa.text("next_at IS NOT NULL"),
            postgresql_where=sa.text("next_at IS NOT NULL"),
        )

    op.drop_table("reaction")
    with op.batch_alter_table("outbox", schema=None) as batch_op:
        batch_op.drop_index(
            "uq_outbox_holding",
            sqlite_where=sa.text("state IN ('claimed', 'calling', 'unknown')"),
            postgresql_where=sa.text("state IN ('claimed', 'calling', 'unknown')"),
        )
        batch_op.drop_index(batch_op.f("ix_outbox_inbox_id"))
        batch_op.drop_index("ix_outbox_due")
        batch_op.drop_index("ix_outbox_conversation")

    op.drop_table("outbox")
    with op.batch_alter_table("event", schema=None) as batch_op:
        batch_op.drop_index("ix_event_ticket")
        batch_op.drop_index("ix_event_room")
        batch_op.drop_index("ix_event_message")
        batch_op.drop_index("ix_event_at")

    op.drop_table("event")
    with op.batch_alter_table("attachment", schema=None) as batch_op:
        batch_op.drop_index(
            "ix_attachment_pending",
            sqlite_where=sa.text("state = 'pending'"),
            postgresql_where=sa.text("state = 'pending'"),
        )
        batch_op.drop_index(batch_op.f("ix_attachment_message_id"))

    op.drop_table("attachment")
    with op.batch_alter_table("wait", schema=None) as batch_op:
        batch_op.drop_index(
            "uq_wait_open", sqlite_where=sa.text("ended_at IS NULL"), postgresql_where=sa.text("ended_at IS NULL")
        )
        batch_op.drop_index(batch_op.f("ix_wait_ticket_id"))
        batch_op.drop_index(batch_op.f("ix_wait_ended_at"))

    op.drop_table("wait")
    with op.batch_alter_table("ticket_tag", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_ticket_tag_tag_id"))

    op.drop_table("ticket_tag")
    with op.batch_alter_table("ticket_read", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_ticket_read_agent_id"))

    op.drop_table("ticket_read")
    with op.batch_alter_table("message", schema=None) as batch_op:
        batch_op.drop_index("ix_message_unread")
        batch_op.drop_index("ix_message_ticket")
        batch_op.drop_index("ix_message_thread")

    op.drop_table("message")
    with op.batch_alter_table("ticket", schema=None) as batch_op:
        batch_op.drop_index(
            "uq_ticket_main",
            sqlite_where=sa.text("category <> 'closed' AND split_from IS NULL"),
            postgresql_where=sa.text("category <> 'closed' AND split_from IS NULL"),
        )
        batch_op.drop_index("ix_ticket_queue")
        batch_op.drop_index("ix_ticket_last_message_at")
        batch_op.drop_index(batch_op.f("ix_ticket_conversation_id"))
        batch_op.drop_index("ix_ticket_assignee")

    op.drop_table("ticket")
    with op.batch_alter_table("identity_key", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_identity_key_identity_id"))

    op.drop_table("identity_key")
    with op.batch_alter_table("conversation", schema=None) as batch_op:
        batch_op.drop_index(
            "ix_conversation_seen_due",
            sqlite_where=sa.text("seen_due_at IS NOT NULL"),
            postgresql_where=sa.text("seen_due_at IS NOT NULL"),
        )
        batch_op.drop_index(batch_op.f("ix_conversation_inbox_id"))

    op.drop_table("conversation")
    with op.batch_alter_table("pending_change", schema=None) as batch_op:
        batch_op.drop_index("ix_pending_change_target")
        batch_op.drop_index(batch_op.f("ix_pending_change_created_at"))

    op.drop_table("pending_change")
    with op.batch_alter_table("identity", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_identity_profile_due_at"))
        batch_op.drop_index(batch_op.f("ix_identity_inbox_id"))
        batch_op.drop_index(batch_op.f("ix_identity_contact_id"))

    op.drop_table("identity")
    with op.batch_alter_table("session", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_session_agent_id"))

    op.drop_table("session")
    with op.batch_alter_table("membership", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_membership_team_id"))

    op.drop_table("membership")
    with op.batch_alter_table("inbox", schema=None) as batch_op:
        batch_op.drop_index(
            "uq_inbox_account",
            sqlite_where=sa.text("removed_at IS NULL"),
            postgresql_where=sa.text("removed_at IS NULL"),
        )

    op.drop_table("inbox")
    op.drop_table("team")
    op.drop_table("tag")
    op.drop_table("setting")
    with op.batch_alter_table("login_attempt", schema=None) as batch_op:
        batch_op.drop_index("ix_login_attempt_email_at")
        batch_op.drop_index("ix_login_attempt_address_at")

    op.drop_table("login_attempt")
    with op.batch_alter_table("ledger", schema=None) as batch_op:
        batch_op.drop_index("ix_ledger_state")
        batch_op.drop_index(batch_op.f("ix_ledger_received_at"))
        batch_op.drop_index(
            "ix_ledger_new", sqlite_where=sa.text("state = 'new'"), postgresql_where=sa.text("state = 'new'")
        )

    op.drop_table("ledger")
    op.drop_table("heartbeat")
    op.drop_table("counter")
    op.drop_table("contact")
    op.drop_table("consumer")
    op.drop_table("clock_offset")
    op.drop_table("agent")
