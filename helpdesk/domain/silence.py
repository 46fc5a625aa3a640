"""Silence of a channel that is usually not silent: what is usual for each hour of the week, and how improbable it is
that nothing came for so long."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import sqlalchemy as sa

from helpdesk import clock
from helpdesk.db import db
from helpdesk.domain import ledger
from helpdesk.models import Inbox, InboxState, Ledger, Setting

WEEKS = 4
LEAST_WEEKS = 2  # younger inboxes have nothing usual yet
IMPROBABLE = 0.01
HOUR = timedelta(hours=1)
WEEK = timedelta(days=7)
SETTING = "usual_events"


@dataclass(frozen=True)
class Usual:
    """`hours`: hour of the week in UTC (0: Monday, midnight) → in how many of `weeks` something came, and how much."""

    weeks: int
    hours: Mapping[int, tuple[int, int]]


@dataclass(frozen=True)
class Silent:
    """Nothing came since `since`, though `per_hour` events are usual in such hours."""

    inbox_id: int
    name: str
    channel: str
    since: datetime
    per_hour: float


def chance(usual: Usual, since: datetime, until: datetime) -> float:
    """How probable it is that nothing comes in between: 1.0 is certain. Hours count as they were, not single events:
    customers write in bursts. Four weeks in which an hour was never silent say that it is so once in five times."""
    probability, at = 1.0, max(since, until - WEEKS * WEEK)
    while at < until:
        end = min(_hour_of(at) + HOUR, until)
        seen, _ = usual.hours.get(_place(at), (0, 0))
        probability *= ((usual.weeks - seen + 1) / (usual.weeks + 1)) ** ((end - at) / HOUR)
        at = end
    return probability


def is_improbable(usual: Usual, since: datetime, until: datetime) -> bool:
    return usual.weeks >= LEAST_WEEKS and chance(usual, since, until) < IMPROBABLE


def per_hour(usual: Usual, since: datetime, until: datetime) -> float:
    """Events an hour that came in these hours of earlier weeks, on average."""
    first = _hour_of(max(since, until - WEEK))
    places = [_place(first + number * HOUR) for number in range(int((until - first) / HOUR) + 1)]
    return sum(usual.hours.get(place, (0, 0))[1] for place in places) / max(usual.weeks * len(places), 1)


def learn() -> None:
    """Reads from the ledger what is usual for each inbox, and keeps it. Worth doing once an hour."""
    now = clock.now()
    found = {str(inbox.id): _as_json(_learned(inbox, now)) for inbox in _working()}
    row = db.session.get(Setting, SETTING) or Setting(name=SETTING, value={})
    row.value = found
    db.session.add(row)


def now_silent() -> list[Silent]:
    """Inboxes from which something should have come by now."""
    row = db.session.get(Setting, SETTING)
    if row is None:
        return []
    now = clock.now()
    silent = []
    for inbox in _working():
        usual, since = _from_json(row.value.get(str(inbox.id))), inbox.last_event_at
        if usual is not None and since is not None and is_improbable(usual, since, now):
            rate = per_hour(usual, since, now)
            silent.append(Silent(inbox.id, inbox.name, inbox.channel, since, rate))
    return silent


def _learned(inbox: Inbox, now: datetime) -> Usual:
    epoch = sa.extract("epoch", Ledger.received_at)
    hour = (epoch - epoch % 3600).label("hour")
    found = sa.select(hour, sa.func.count()).where(ledger.is_for(inbox))
    found = found.where(Ledger.received_at >= now - WEEKS * WEEK).group_by(hour)
    counts = {datetime.fromtimestamp(int(at), UTC): number for at, number in db.session.execute(found)}
    weeks = round((now - min(counts)) / WEEK) if counts else 0
    hours: dict[int, tuple[int, int]] = defaultdict(lambda: (0, 0))
    for at, number in counts.items():
        seen, total = hours[_place(at)]
        hours[_place(at)] = (min(seen + 1, weeks), total + number)
    return Usual(min(weeks, WEEKS), hours)


def _working() -> list[Inbox]:
    found = sa.select(Inbox).where(Inbox.removed_at.is_(None), Inbox.state == InboxState.WORKING)
    return list(db.session.execute(found.order_by(Inbox.name)).scalars())


def _as_json(usual: Usual) -> dict[str, Any]:
    return {"weeks": usual.weeks, "hours": {str(place): list(counts) for place, counts in usual.hours.items()}}


def _from_json(kept: Any) -> Usual | None:
    if not kept:
        return None
    return Usual(kept["weeks"], {int(place): (seen, number) for place, (seen, number) in kept["hours"].items()})


def _hour_of(at: datetime) -> datetime:
    return at.astimezone(UTC).replace(minute=0, second=0, microsecond=0)


def _place(at: datetime) -> int:
    moment = at.astimezone(UTC)
    return moment.weekday() * 24 + moment.hour
