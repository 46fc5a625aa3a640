"""What the team knows of a person: fields that the owner has thought of, notes, tags."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from helpdesk.db import Base
from helpdesk.models.agent import Agent
from helpdesk.models.contact import Contact


class FieldKind(StrEnum):
    TEXT = "text"
    NUMBER = "number"
    DATE = "date"
    CHOICE = "choice"
    YES_NO = "yes_no"
    LINK = "link"


class ContactField(Base):
    """Something to be known of every person. `choices` are those of a choice, in order. One that was taken out of use
    (`removed_at`) keeps its values and can come back."""

    __tablename__ = "contact_field"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str]
    kind: Mapped[FieldKind]
    help: Mapped[str] = mapped_column(default="")
    choices: Mapped[list[Any]] = mapped_column(default=list)  # of text
    position: Mapped[int]
    removed_at: Mapped[datetime | None]
    created_at: Mapped[datetime]

    __table_args__ = (
        sa.Index(
            "uq_contact_field_name",
            "name",
            unique=True,
            sqlite_where=sa.text("removed_at IS NULL"),
            postgresql_where=sa.text("removed_at IS NULL"),
        ),
    )


class ContactValue(Base):
    """What is known: `value` as `domain/contact_values.py` writes it, "" once it was taken away."""

    __tablename__ = "contact_value"

    contact_id: Mapped[int] = mapped_column(sa.ForeignKey("contact.id"), primary_key=True)
    field_id: Mapped[int] = mapped_column(sa.ForeignKey("contact_field.id"), primary_key=True, index=True)
    value: Mapped[str]
    changed_at: Mapped[datetime]
    changed_by: Mapped[str]  # the name of the time

    field: Mapped[ContactField] = relationship()


class ContactNote(Base):
    """What somebody wrote down about a person, for the team. `author_name` is that of the time; "" where nobody knows:
    such notes were one text that everybody could change."""

    __tablename__ = "contact_note"

    id: Mapped[int] = mapped_column(primary_key=True)
    contact_id: Mapped[int] = mapped_column(sa.ForeignKey("contact.id"), index=True)
    text: Mapped[str]
    agent_id: Mapped[int | None] = mapped_column(sa.ForeignKey("agent.id"))
    token_id: Mapped[int | None] = mapped_column(sa.ForeignKey("api_token.id"))
    author_name: Mapped[str] = mapped_column(default="")
    created_at: Mapped[datetime]
    edited_at: Mapped[datetime | None]

    contact: Mapped[Contact] = relationship()
    agent: Mapped[Agent | None] = relationship()


class ContactTag(Base):
    """A person has a tag. The words are those of tickets."""

    __tablename__ = "contact_tag"

    contact_id: Mapped[int] = mapped_column(sa.ForeignKey("contact.id"), primary_key=True)
    tag_id: Mapped[int] = mapped_column(sa.ForeignKey("tag.id"), primary_key=True, index=True)
