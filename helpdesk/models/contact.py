"""A person, how each inbox knows them, and the endless thread between the two."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from helpdesk.db import Base
from helpdesk.models.inbox import Inbox


class Contact(Base):
    """A person. `name`, `language` (BCP 47: "de", "pt-BR") and `zone` ("Europe/Berlin") are what an agent has told;
    where they are "", what their identities' platforms say is shown."""

    __tablename__ = "contact"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(default="")
    language: Mapped[str] = mapped_column(default="", server_default="")
    zone: Mapped[str] = mapped_column(default="", server_default="")
    created_at: Mapped[datetime]


class Identity(Base):
    """One person as one inbox knows them. `profile_at` is the time that set the profile: an older one changes none."""

    __tablename__ = "identity"

    id: Mapped[int] = mapped_column(primary_key=True)
    inbox_id: Mapped[int] = mapped_column(sa.ForeignKey("inbox.id"), index=True)
    contact_id: Mapped[int] = mapped_column(sa.ForeignKey("contact.id"), index=True)
    name: Mapped[str] = mapped_column(default="")
    username: Mapped[str] = mapped_column(default="")
    picture_key: Mapped[str] = mapped_column(default="")  # storage key of our own re-encoded copy
    facts: Mapped[dict[str, Any]] = mapped_column(default=dict)
    profile_at: Mapped[datetime | None]
    profile_due_at: Mapped[datetime | None] = mapped_column(index=True)  # when to ask the platform (again)
    profile_attempts: Mapped[int] = mapped_column(default=0)
    created_at: Mapped[datetime]

    inbox: Mapped[Inbox] = relationship()
    contact: Mapped[Contact] = relationship()
    keys: Mapped[list[IdentityKey]] = relationship(back_populates="identity")

    @property
    def shown_name(self) -> str:
        """What to call them: the agent's name for them, the platform's, the handle, or the end of their id."""
        known = self.contact.name or self.name or self.username
        return known or (f"Customer …{self.keys[0].value[-4:]}" if self.keys else "Customer")

    @property
    def initials(self) -> str:
        words = [word for word in self.shown_name.split() if word[0].isalnum()] or ["?"]
        return (words[0][0] + (words[-1][0] if len(words) > 1 else "")).upper()


class IdentityKey(Base):
    """A name under which an inbox finds the person, e.g. ("igsid", "1234500000000001"). Keys may be added and moved."""

    __tablename__ = "identity_key"

    id: Mapped[int] = mapped_column(primary_key=True)
    inbox_id: Mapped[int] = mapped_column(sa.ForeignKey("inbox.id"))
    kind: Mapped[str]
    value: Mapped[str]
    identity_id: Mapped[int] = mapped_column(sa.ForeignKey("identity.id"), index=True)

    identity: Mapped[Identity] = relationship(back_populates="keys")

    __table_args__ = (sa.UniqueConstraint("inbox_id", "kind", "value", name="uq_identity_key_value"),)


class RequestState(StrEnum):
    """What became of a stranger who wrote into an inbox that asks first."""

    PENDING = "pending"
    ACCEPTED = "accepted"
    IGNORED = "ignored"  # asked again with their next message
    BLOCKED = "blocked"  # what they write is kept, and nobody is told


class Conversation(Base):
    """The endless thread of an identity with an inbox. `last_inbound_at` (platform time) opens the reply window.
    `request` is empty where nobody was asked."""

    __tablename__ = "conversation"

    id: Mapped[int] = mapped_column(primary_key=True)
    inbox_id: Mapped[int] = mapped_column(sa.ForeignKey("inbox.id"), index=True)
    identity_id: Mapped[int] = mapped_column(sa.ForeignKey("identity.id"), unique=True)
    last_inbound_at: Mapped[datetime | None]
    is_standby: Mapped[bool] = mapped_column(default=False)  # another app is answering
    seen_due_at: Mapped[datetime | None]  # when the platform is to be told that we have seen it
    seen_told_at: Mapped[datetime | None]  # when it was told last
    request: Mapped[RequestState | None]
    created_at: Mapped[datetime]

    inbox: Mapped[Inbox] = relationship()
    identity: Mapped[Identity] = relationship()

    __table_args__ = (
        sa.Index("ix_conversation_last_inbound_at", "inbox_id", "last_inbound_at"),
        sa.Index(
            "ix_conversation_seen_due",
            "seen_due_at",
            sqlite_where=sa.text("seen_due_at IS NOT NULL"),
            postgresql_where=sa.text("seen_due_at IS NOT NULL"),
        ),
    )
