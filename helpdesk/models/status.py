"""What a shop calls the ways in which a ticket can stand."""

from __future__ import annotations

from sqlalchemy.orm import Mapped, mapped_column

from helpdesk.db import Base
from helpdesk.models.ticket import Category


class Status(Base):
    """A name inside a category. `ticket.status` holds its `key`; the standard one of a category has that as its key,
    and cannot be taken away. `position` sorts those of a category."""

    __tablename__ = "status"

    key: Mapped[str] = mapped_column(primary_key=True)
    category: Mapped[Category]
    name: Mapped[str] = mapped_column(unique=True)
    position: Mapped[int] = mapped_column(default=0)

    @property
    def is_standard(self) -> bool:
        return self.key == self.category.value
