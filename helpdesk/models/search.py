"""What is searched: the folded words of messages and of people. The databases keep their own indexes of them, which the
migration makes: full-text tables by triggers on SQLite, GIN on PostgreSQL."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from helpdesk.db import Base


class MessageWords(Base):
    """A message's text and the names of its files, as `wording.folded` makes them; a message without any has " ".
    `place` orders all messages by time: seconds since 1970 and, below them, the message's id."""

    __tablename__ = "message_words"

    place: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    message_id: Mapped[int] = mapped_column(sa.ForeignKey("message.id", ondelete="CASCADE"), unique=True)
    words: Mapped[str]


class PersonWords(Base):
    """Names and handle of a person as one inbox knows them, and what the desk calls them."""

    __tablename__ = "person_words"

    identity_id: Mapped[int] = mapped_column(
        sa.ForeignKey("identity.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    words: Mapped[str]
