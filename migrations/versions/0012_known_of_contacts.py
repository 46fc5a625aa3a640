"""What is known of a contact: fields, tags, language and zone; and of the one note many, with who wrote each."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
JSON = sa.JSON(none_as_null=True).with_variant(postgresql.JSONB(none_as_null=True), "postgresql")
TIME = sa.DateTime(timezone=True)
LIVING = sa.text("removed_at IS NULL")
revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "contact_field",
        sa.Column("id", ID, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("help", sa.Text(), nullable=False),
        sa.Column("choices", JSON, nullable=False),
        sa.Column("position", ID, nullable=False),
        sa.Column("removed_at", TIME, nullable=True),
        sa.Column("created_at", TIME, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_contact_field")),
    )
    op.create_index(
        "uq_contact_field_name", "contact_field", ["name"], unique=True, sqlite_where=LIVING, postgresql_where=LIVING
    )
    op.create_table(
        "contact_value",
        sa.Column("contact_id", ID, nullable=False),
        sa.Column("field_id", ID, nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.Column("changed_at", TIME, nullable=False),
        sa.Column("changed_by", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["contact_id"], ["contact.id"], name=op.f("fk_contact_value_contact_id_contact")),
        sa.ForeignKeyConstraint(
            ["field_id"], ["contact_field.id"], name=op.f("fk_contact_value_field_id_contact_field")
        ),
        sa.PrimaryKeyConstraint("contact_id", "field_id", name=op.f("pk_contact_value")),
    )
    op.create_index(op.f("ix_contact_value_field_id"), "contact_value", ["field_id"])
    op.create_table(
        "contact_tag",
        sa.Column("contact_id", ID, nullable=False),
        sa.Column("tag_id", ID, nullable=False),
        sa.ForeignKeyConstraint(["contact_id"], ["contact.id"], name=op.f("fk_contact_tag_contact_id_contact")),
        sa.ForeignKeyConstraint(["tag_id"], ["tag.id"], name=op.f("fk_contact_tag_tag_id_tag")),
        sa.PrimaryKeyConstraint("contact_id", "tag_id", name=op.f("pk_contact_tag")),
    )
    op.create_index(op.f("ix_contact_tag_tag_id"), "contact_tag", ["tag_id"])
    op.create_table(
        "contact_note",
        sa.Column("id", ID, nullable=False),
        sa.Column("contact_id", ID, nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("agent_id", ID, nullable=True),
        sa.Column("token_id", ID, nullable=True),
        sa.Column("author_name", sa.Text(), nullable=False),
        sa.Column("created_at", TIME, nullable=False),
        sa.Column("edited_at", TIME, nullable=True),
        sa.ForeignKeyConstraint(["agent_id"], ["agent.id"], name=op.f("fk_contact_note_agent_id_agent")),
        sa.ForeignKeyConstraint(["contact_id"], ["contact.id"], name=op.f("fk_contact_note_contact_id_contact")),
        sa.ForeignKeyConstraint(["token_id"], ["api_token.id"], name=op.f("fk_contact_note_token_id_api_token")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_contact_note")),
    )
    op.create_index(op.f("ix_contact_note_contact_id"), "contact_note", ["contact_id"])
    op.execute(
        "INSERT INTO contact_note (contact_id, text, author_name, created_at)"
        " SELECT id, note, '', created_at FROM contact WHERE note <> ''"
    )
    # Not in a batch: SQLite would make the table anew, and may not drop one that other rows point to.
    op.drop_column("contact", "note")
    for name in ("language", "zone"):
        op.add_column("contact", sa.Column(name, sa.Text(), server_default="", nullable=False))


def downgrade() -> None:
    """Several notes become one text again, the newest on top; who wrote them, fields and tags have no place there."""
    op.add_column("contact", sa.Column("note", sa.Text(), server_default="", nullable=False))
    for name in ("language", "zone"):
        op.drop_column("contact", name)
    _join_notes()
    for table_name in ("contact_note", "contact_tag", "contact_value", "contact_field"):
        op.drop_table(table_name)


def _join_notes() -> None:
    contact = sa.table("contact", sa.column("id"), sa.column("note"))
    note = sa.table("contact_note", sa.column("id"), sa.column("contact_id"), sa.column("text"))
    connection = op.get_bind()
    texts: dict[int, list[str]] = {}
    newest_first = sa.select(note.c.contact_id, note.c.text).order_by(note.c.contact_id, note.c.id.desc())
    for contact_id, text in connection.execute(newest_first):
        texts.setdefault(contact_id, []).append(text)
    for contact_id, parts in texts.items():
        connection.execute(contact.update().where(contact.c.id == contact_id).values(note="\n\n".join(parts)))
