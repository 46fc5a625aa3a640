"""The words by which tickets and people are sorted: one list of them for the whole desk."""

from __future__ import annotations

from collections.abc import Sequence

import sqlalchemy as sa

from helpdesk.db import db, insert_or_ignore
from helpdesk.models import Tag


def words() -> Sequence[str]:
    """Every tag there is, in order."""
    return db.session.execute(sa.select(Tag.name).order_by(sa.func.lower(Tag.name)).limit(500)).scalars().all()


def named(name: str) -> Tag:
    """The tag of this name, made when there is none. Case makes no difference."""
    known = sa.select(Tag).where(sa.func.lower(Tag.name) == name.lower()).order_by(Tag.id).limit(1)
    found = db.session.execute(known).scalar_one_or_none()
    if found is None:
        db.session.execute(insert_or_ignore(Tag).values(name=name))  # somebody else may be making it just now
        found = db.session.execute(sa.select(Tag).where(Tag.name == name)).scalar_one()
    return found
