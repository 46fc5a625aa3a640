"""How often one may try to sign in. Counted in the database, so that a restart or a flushed Redis forgets nothing."""

from __future__ import annotations

import ipaddress
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import InstrumentedAttribute

from helpdesk import clock
from helpdesk.db import db
from helpdesk.errors import TooMany
from helpdesk.models import LoginAttempt

WINDOW = timedelta(minutes=15)
PER_ACCOUNT = 10  # failures in the window for one e-mail address, whether anybody has it or not
PER_ADDRESS = 30  # failures in the window from one place, whatever the accounts


def place(address: str | None) -> str:
    """What is counted as one address: an IPv4 address, or the /64 that one IPv6 customer gets."""
    try:
        ip = ipaddress.ip_address((address or "").partition("%")[0])
    except ValueError:
        return "unknown"
    if isinstance(ip, ipaddress.IPv4Address):
        return str(ip)
    if ip.ipv4_mapped:
        return str(ip.ipv4_mapped)
    return str(ipaddress.ip_network((ip, 64), strict=False))


def check(email: str, *, address: str) -> None:
    """May one more try begin? Raises TooMany with `retry_after` (seconds)."""
    _refuse_above(email, address, spare=0)


def attempt(email: str, *, address: str) -> None:
    """Counts a try before its password is looked at: a hundred at once are a hundred. A success takes it back."""
    db.session.add(LoginAttempt(email=email, address=address, at=clock.now()))


def check_counted(email: str, *, address: str) -> None:
    """The same as `check` for a try that is counted and committed: of tries at the same moment no more get through.

    Raises TooMany likewise.
    """
    _refuse_above(email, address, spare=1)


def forgive(email: str, *, address: str) -> None:
    """They knew the password: what they mistyped here no longer counts. What others tried elsewhere still does."""
    db.session.execute(sa.delete(LoginAttempt).where(LoginAttempt.email == email, LoginAttempt.address == address))


def forget_old() -> int:
    """Deletes what no longer counts; how many there were."""
    result = db.session.execute(sa.delete(LoginAttempt).where(LoginAttempt.at < clock.now() - WINDOW))
    return int(result.rowcount)  # type: ignore[attr-defined]  # a DELETE answers with a cursor


def _refuse_above(email: str, address: str, *, spare: int) -> None:
    now = clock.now()
    ends = [
        _end(LoginAttempt.email, email, PER_ACCOUNT + spare, now),
        _end(LoginAttempt.address, address, PER_ADDRESS + spare, now),
    ]
    latest = max((end for end in ends if end), default=None)
    if latest is None:
        return
    seconds = max(1, int((latest - now).total_seconds()) + 1)
    minutes = -(-seconds // 60)
    unit = "minute" if minutes == 1 else "minutes"
    raise TooMany(f"Too many tries to sign in. Try again in {minutes} {unit}.", retry_after=seconds)


def _end(column: InstrumentedAttribute[str], value: str, limit: int, now: datetime) -> datetime | None:
    """When fewer than `limit` tries will be left in the window; None when there are fewer now."""
    moment = db.session.scalar(
        sa.select(LoginAttempt.at)
        .where(column == value, LoginAttempt.at > now - WINDOW)
        .order_by(LoginAttempt.at.desc())
        .offset(limit - 1)
        .limit(1)
    )
    return moment and moment + WINDOW
