"""What the filters in an address say. Whatever does not fit narrows nothing or is not found; nothing is guessed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import TypeVar

from helpdesk.domain import access
from helpdesk.errors import Invalid, NotFound
from helpdesk.models import Agent, Inbox
from helpdesk.text import clean_line

E = TypeVar("E", bound=StrEnum)


def member(kind: type[E], given: str | None) -> E | None:
    """Raises NotFound for a word that is none of them."""
    if not given:
        return None
    try:
        return kind(given)
    except ValueError:
        raise NotFound from None


def number(given: str | None) -> int | None:
    """Raises Invalid."""
    if not given:
        return None
    if not (given.isascii() and given.isdigit() and len(given) < 19):
        raise Invalid("There is no such page. Go back to the newest.")
    return int(given)


def inbox(given: str | None, *, by: Agent) -> Inbox | None:
    """One of the connected ones. Raises NotFound."""
    wanted = number(given)
    if wanted is None:
        return None
    found = next((one for one in access.inboxes(by) if one.id == wanted), None)
    if found is None:
        raise NotFound
    return found


def day(given: str | None, *, is_end: bool = False) -> datetime | None:
    """ "2026-11-23" → its first moment in UTC, or the first one after it. Raises Invalid."""
    if not given:
        return None
    try:
        start = datetime.strptime(given, "%Y-%m-%d").replace(tzinfo=UTC)
    except ValueError:
        raise Invalid("A day looks like 2026-11-23.") from None
    return start + timedelta(days=1) if is_end else start


def words(given: str | None) -> str:
    return clean_line(given or "", 100).strip()


def kept(given: Mapping[str, str], names: Sequence[str]) -> dict[str, str]:
    """Those of the address that are set, to be carried along."""
    return {name: given[name] for name in names if given.get(name)}
