"""Times as people say them: what a wall clock of a zone shows, and the moment that it means."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import cache
from typing import Literal
from zoneinfo import ZoneInfo, available_timezones

from helpdesk.errors import Invalid

FORMAT = "%Y-%m-%d %H:%M"


def zone(name: str) -> ZoneInfo:
    """The zone of this name, e.g. "Europe/Berlin". Raises Invalid."""
    if name not in _names():
        raise Invalid(f"There is no time zone {name[:60]!r}. An example of one: Europe/Berlin.")
    return ZoneInfo(name)


@cache
def _names() -> frozenset[str]:
    """Those of this machine: the library looks through a directory each time."""
    return frozenset(available_timezones())


def read(text: str) -> datetime:
    """A wall time as it is stored, "2027-03-14 02:30", without a zone. Raises Invalid."""
    try:
        return datetime.strptime(text.strip().replace("T", " "), FORMAT)  # noqa: DTZ007  (a wall has no zone)
    except ValueError:
        raise Invalid(f"{text[:40]!r} is not a time. Write it like 2027-03-14 09:30.") from None


def written(local: datetime) -> str:
    return local.strftime(FORMAT)


def moment(local: datetime, name: str, *, fold: Literal[0, 1] = 0) -> datetime:
    """When the wall clock of the zone shows `local`, in UTC. A time that the clocks leave out is the one as far behind
    the change (02:30 becomes 03:30); of one that comes twice it is the first, or with `fold` the second. Raises
    Invalid."""
    return local.replace(tzinfo=zone(name), fold=fold).astimezone(UTC)


def on_the_wall(at: datetime, name: str) -> datetime:
    """What the wall clock of the zone shows at this moment. Raises Invalid."""
    return at.astimezone(zone(name)).replace(tzinfo=None)
