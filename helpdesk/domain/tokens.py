"""Tokens that programs work with: making and ending them, and knowing one again."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

import sqlalchemy as sa
from sqlalchemy.orm import selectinload

from helpdesk import clock, secrets
from helpdesk.db import changed, db
from helpdesk.errors import Conflict, Invalid, NotFound
from helpdesk.models import ApiToken, Scope, Team
from helpdesk.text import clean_line

PREFIX = "hd_"  # lets secret scanners find a leaked one
LONGEST = 200  # characters of what may be a token
USED_EVERY = timedelta(minutes=10)  # a program that asks all day must not write each time


def create(name: str, *, scope: Scope, teams: Sequence[str] = ()) -> tuple[ApiToken, str]:
    """A new token, and its text, which is never told again. It sees all tickets, or those of `teams` (names) alone.
    Raises Invalid, and Conflict when a living token has this name."""
    shown = clean_line(name)
    if not shown:
        raise Invalid("A token needs a name: what it writes is signed with it.")
    if _living(shown) is not None:
        raise Conflict(f"There is a token “{shown}” already. Revoke it first, or choose another name.")
    text = secrets.new_token(PREFIX)
    token = ApiToken(
        name=shown,
        token_hash=secrets.hash_token(text),
        scope=scope,
        is_owner=not teams,
        created_at=clock.now(),
        teams=[_team(each) for each in dict.fromkeys(teams)],
    )
    db.session.add(token)
    db.session.flush()
    return token, text


def by_text(text: str) -> ApiToken | None:
    """The living token whose text this is."""
    if not text.startswith(PREFIX) or len(text) > LONGEST:
        return None
    found = sa.select(ApiToken).where(ApiToken.token_hash == secrets.hash_token(text), ApiToken.revoked_at.is_(None))
    return db.session.execute(found).scalar_one_or_none()


def is_due(token: ApiToken) -> bool:
    """Was it last used so long ago that `used` would write?"""
    return token.last_used_at is None or token.last_used_at <= clock.now() - USED_EVERY


def used(token_id: int) -> None:
    """It was used: written down every ten minutes at most."""
    changed(sa.update(ApiToken).where(ApiToken.id == token_id).values(last_used_at=clock.now()))


def listing() -> Sequence[ApiToken]:
    """The living ones by name, with their teams."""
    found = sa.select(ApiToken).where(ApiToken.revoked_at.is_(None)).options(selectinload(ApiToken.teams))
    return db.session.execute(found.order_by(ApiToken.name)).scalars().all()


def revoke(name: str) -> ApiToken:
    """From now on nobody gets in with it. Raises NotFound."""
    token = _living(clean_line(name))
    if token is None:
        raise NotFound(f"No token is called “{name}”. See: flask token list")
    token.revoked_at = clock.now()
    return token


def _living(name: str) -> ApiToken | None:
    found = sa.select(ApiToken).where(ApiToken.name == name, ApiToken.revoked_at.is_(None))
    return db.session.execute(found).scalar_one_or_none()


def _team(name: str) -> Team:
    """Never a new one: a slip of the pen would make a token that sees nothing."""
    found = sa.select(Team).where(sa.func.lower(Team.name) == clean_line(name).lower())
    team = db.session.execute(found).scalar_one_or_none()
    if team is None:
        there_are = ", ".join(db.session.execute(sa.select(Team.name).order_by(Team.name)).scalars())
        raise Invalid(f"There is no team “{name}”. There are: {there_are or 'none'}.")
    return team
