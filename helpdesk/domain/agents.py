"""People who work at the desk: adding them, their passwords, signing in and out, their sessions."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

import sqlalchemy as sa
from sqlalchemy.orm import joinedload, selectinload

from helpdesk import clock, secrets
from helpdesk.db import db
from helpdesk.domain import throttle
from helpdesk.domain.passwords import PasswordHash
from helpdesk.errors import Conflict, HelpdeskError, Invalid, NotFound
from helpdesk.models import Agent, Role, Session, Team
from helpdesk.text import clean_line

SESSION_LIFE = timedelta(days=30)  # without being used
SEEN_EVERY = timedelta(minutes=1)  # a session that polls must not write with each request
LINK_LIFE = timedelta(hours=1)  # of a set-password link
EMAIL_LIMIT = 254  # characters, RFC 5321
EVERYONE = "Everyone"  # the team of a new desk


# --- people ---------------------------------------------------------------------------------------------------


def clean_email(given: str) -> str:
    """The one spelling in which addresses are kept and compared."""
    return clean_line(given, EMAIL_LIMIT).lower()


def add(
    email: str, *, name: str, role: Role, teams: Sequence[Team], password: PasswordHash | None = None
) -> tuple[Agent, str | None]:
    """A new console user, and the token of their set-password link when they come without a password.

    `password` was hashed before the transaction by `passwords.hashed`. Raises Invalid, Conflict.
    """
    address = clean_email(email)
    if address.count("@") != 1 or " " in address or not all(address.split("@")):
        raise Invalid("That is no e-mail address. A good one: mona@studio-nord.example")
    if password is not None and not password.startswith("$argon2"):
        raise ValueError("a password is hashed by passwords.hashed before the transaction begins")
    if by_email(address):
        raise Conflict(f"{address} is here already.")
    shown = clean_line(name) or address.partition("@")[0]
    agent = Agent(email=address, name=shown, role=role, password_hash=password, is_active=True, created_at=clock.now())
    agent.teams = list(teams)
    db.session.add(agent)
    db.session.flush()
    return agent, None if password else _new_link(agent)


def by_email(email: str) -> Agent | None:
    return db.session.scalar(sa.select(Agent).where(Agent.email == clean_email(email)))


def listing() -> Sequence[Agent]:
    """Everybody, with their teams, by name."""
    return db.session.scalars(sa.select(Agent).options(selectinload(Agent.teams)).order_by(Agent.name, Agent.id)).all()


def team(name: str) -> Team:
    """The team of that name; made when there is none. Raises Invalid when it has no letters."""
    shown = clean_line(name)
    if not shown:
        raise Invalid("A team needs a name.")
    known = db.session.scalar(sa.select(Team).where(sa.func.lower(Team.name) == shown.lower()))
    if known:
        return known
    made = Team(name=shown, created_at=clock.now())
    db.session.add(made)
    db.session.flush()
    return made


# --- passwords ------------------------------------------------------------------------------------------------


def reset(email: str) -> str:
    """The token of a new set-password link; an earlier one is void. The old password works until the new one is set.

    Raises NotFound.
    """
    agent = by_email(email)
    if agent is None:
        raise NotFound(f"Nobody here has the address {clean_email(email)}.")
    return _new_link(agent)


def by_link(token: str) -> Agent:
    """Whose set-password link this is. Raises HelpdeskError when it was used, is too old or was never made."""
    agent = db.session.scalar(sa.select(Agent).where(Agent.reset_hash == secrets.hash_token(token)))
    if agent is None or not agent.is_active or agent.reset_until is None or agent.reset_until <= clock.now():
        raise HelpdeskError("This link has been used or is too old. Ask an owner of the desk for a new one.")
    return agent


def set_password(token: str, password: PasswordHash) -> Agent:
    """Uses up the link: the new password counts, and whoever was signed in with the old one no longer is.

    Raises HelpdeskError as `by_link`.
    """
    agent = by_link(token)
    agent.password_hash = password
    agent.reset_hash = agent.reset_until = None
    _end_sessions(Session.agent_id == agent.id)
    return agent


def recognise(email: str, password: str) -> int | None:
    """The id of the agent whose password this is. Reads and hashes (80 ms, also for nobody): never in a transaction."""
    agent = by_email(email)
    agent_id, stored = (agent.id, agent.password_hash) if agent and agent.is_active else (None, None)
    return agent_id if secrets.check_password(stored, password) else None


def _new_link(agent: Agent) -> str:
    token = secrets.new_token()
    agent.reset_hash = secrets.hash_token(token)
    agent.reset_until = clock.now() + LINK_LIFE
    return token


# --- sessions -------------------------------------------------------------------------------------------------


def sign_in(agent_id: int, *, address: str, browser: str) -> str:
    """A new session for whom `recognise` has recognised; its token, which is never told again."""
    agent = db.session.get_one(Agent, agent_id)
    token = secrets.new_token()
    now = clock.now()
    db.session.add(
        Session(
            token_hash=secrets.hash_token(token),
            agent_id=agent.id,
            address=clean_line(address),
            browser=clean_line(browser),
            created_at=now,
            last_seen_at=now,
            expires_at=now + SESSION_LIFE,
        )
    )
    throttle.forgive(agent.email, address=throttle.place(address))
    return token


def by_token(token: str) -> Session | None:
    """The living session of an active agent, with the agent; None for any other token."""
    return db.session.scalar(
        sa.select(Session)
        .join(Session.agent)
        .options(joinedload(Session.agent))
        .where(
            Session.token_hash == secrets.hash_token(token),
            Session.ended_at.is_(None),
            Session.expires_at > clock.now(),
            Agent.is_active,
        )
    )


def is_due(session: Session) -> bool:
    """Was it last seen so long ago that `seen` would write?"""
    return session.last_seen_at <= clock.now() - SEEN_EVERY


def seen(session_id: int) -> bool:
    """The session was used: it lives 30 days from now. Writes at most once a minute; False when it did not."""
    now = clock.now()
    agent_id = db.session.scalar(
        sa.update(Session)
        .where(Session.id == session_id, Session.ended_at.is_(None), Session.last_seen_at <= now - SEEN_EVERY)
        .values(last_seen_at=now, expires_at=now + SESSION_LIFE)
        .returning(Session.agent_id)
    )
    if agent_id is None:
        return False
    db.session.execute(sa.update(Agent).where(Agent.id == agent_id).values(last_seen_at=now))
    return True


def sessions(agent: Agent) -> Sequence[Session]:
    """Where they are signed in, the one used last first."""
    return db.session.scalars(
        sa.select(Session)
        .where(Session.agent_id == agent.id, Session.ended_at.is_(None), Session.expires_at > clock.now())
        .order_by(Session.last_seen_at.desc(), Session.id.desc())
    ).all()


def sign_out(token: str) -> None:
    """Ends the session of this token; nothing when it has ended."""
    _end_sessions(Session.token_hash == secrets.hash_token(token))


def end_session(session_id: int, *, by: Agent) -> None:
    """Signs one's other browser out. Raises NotFound for somebody else's."""
    session = db.session.get(Session, session_id)
    if session is None or session.agent_id != by.id:
        raise NotFound
    _end_sessions(Session.id == session_id)


def forget_ended() -> int:
    """Deletes sessions that ended or ran out long ago; how many there were."""
    before = clock.now() - SESSION_LIFE
    gone = sa.delete(Session).where(sa.or_(Session.ended_at < before, Session.expires_at < before))
    return int(db.session.execute(gone).rowcount)  # type: ignore[attr-defined]  # a DELETE answers with a cursor


def _end_sessions(*which: sa.ColumnElement[bool]) -> None:
    db.session.execute(sa.update(Session).where(*which, Session.ended_at.is_(None)).values(ended_at=clock.now()))
