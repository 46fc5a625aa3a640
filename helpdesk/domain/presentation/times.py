"""Times and stretches of time. Pages carry exact times; the browser turns them into the reader's zone."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta


def iso(at: datetime | str | None) -> str:
    """RFC 3339 in UTC with milliseconds, "" for nothing: what a script reads."""
    if not at:
        return ""
    if isinstance(at, str):
        return at
    return at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def clock_time(at: datetime | str | None) -> str:
    """ "13:04" in UTC: what stands there until the browser has put its own zone's time in its place."""
    if not at:
        return ""
    moment = datetime.fromisoformat(at) if isinstance(at, str) else at
    return f"{moment.astimezone(UTC):%H:%M}"


def duration(length: timedelta | float | None) -> str:
    """The one unit that matters: "now", "4 min", "3 h", "2 d". A number is seconds. The page's clock says the same."""
    if length is None:
        return ""
    seconds = length.total_seconds() if isinstance(length, timedelta) else length
    minutes = int(seconds // 60)
    if minutes < 1:
        return "now"
    if minutes < 60:
        return f"{minutes} min"
    if minutes < 48 * 60:
        return f"{minutes // 60} h"
    return f"{minutes // (24 * 60)} d"


def exact(length: float) -> str:
    """Seconds, for people who want to know: "80 ms", "4.2 s", "1 min 30 s", "3 h 5 min", "2 d 4 h"."""
    if length < 1:
        return f"{max(length, 0) * 1000:.0f} ms"
    if length < 60:
        return f"{length:.1f} s".replace(".0 s", " s")
    units = ((86400, "d", 3600, "h"), (3600, "h", 60, "min"), (60, "min", 1, "s"))
    size, name, part, below = next(unit for unit in units if length >= unit[0])
    whole, rest = divmod(int(length), size)
    return f"{whole} {name} {rest // part} {below}" if rest >= part else f"{whole} {name}"


def seconds_until(end: datetime | None, now: datetime) -> float | None:
    """Negative once it has passed."""
    return None if end is None else (end - now).total_seconds()
