"""`flask doctor`: is everything well? One line for each part, with what to do about one that is not."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import click
import sqlalchemy as sa
from flask import current_app
from flask.cli import with_appcontext
from redis.exceptions import RedisError
from rq import Queue
from rq.serializers import JSONSerializer

from helpdesk import clock, queue
from helpdesk.cli import mending
from helpdesk.db import db, is_sqlite
from helpdesk.domain import clock_guard, inboxes
from helpdesk.models import ClockOffset, InboxState, Outbox, OutboxState
from helpdesk.storage import FileMissing, Storage
from helpdesk.web import condition
from helpdesk.web.condition import Condition

SKEW = timedelta(seconds=5)  # between this machine's clock and the database's
BACKLOG = 100  # waiting jobs of a queue; rings are folded, so more means that nobody takes them


@click.command("doctor")
@click.option("--mend", is_flag=True, help="Mends first what a fault has left behind, as far as that is safe.")
@with_appcontext
def doctor(mend: bool) -> None:
    """Checks database, Redis, queues, workers, storage, clock and channels, and what a fault may have left behind;
    exits with 1 when anything is bad."""
    if mend and condition.look().is_usable:
        mending.mend_all()
    is_well = True
    for name, problem, detail in _examine():
        is_well = is_well and not problem
        click.echo(f"{'BAD ' if problem else 'ok  '} {name:<12} {problem or detail}".rstrip())
    if not is_well:
        raise click.exceptions.Exit(1)


def _examine() -> Iterator[tuple[str, str, str]]:
    """(part, what is wrong or "", a word about it when it is well)"""
    found = condition.look()
    parts = {
        "database": found.database,
        "storing": found.storing,
        "migrations": found.migrations,
        "redis": found.redis,
        "disk": found.disk,
    }
    for name, part in parts.items():
        yield name, "" if part.is_well else part.detail or "bad", part.detail
    yield "queues", *_queues(found)
    yield "storage", *_storage()
    if not found.is_usable:
        return  # the rest stands in the database
    yield "workers", *_workers(found)
    yield "clock", *_clock()
    yield "outbox", *_outbox()
    yield from mending.found()
    yield from _channels(found)


def _queues(found: Condition) -> tuple[str, str]:
    if not found.redis.is_well:
        return "unknown while Redis is away", ""
    try:
        waiting = {
            name: Queue(name, connection=queue.connection(), serializer=JSONSerializer).count for name in queue.QUEUES
        }
    except (RedisError, ValueError) as error:
        return f"cannot be read ({type(error).__name__})", ""
    told = ", ".join(f"{name} {number}" for name, number in waiting.items())
    return (f"nobody takes jobs: {told} wait" if max(waiting.values()) > BACKLOG else ""), f"waiting: {told}"


def _storage() -> tuple[str, str]:
    storage: Storage = current_app.extensions["storage"]
    try:
        key = storage.put(b"doctor")
        with storage.open(key) as file:
            is_same = file.read() == b"doctor"
        storage.delete(key)
    except (OSError, FileMissing) as error:
        return f"{current_app.extensions['settings'].storage_url}: {error}", ""
    return ("" if is_same else "a file came back changed"), "a file was kept, read and deleted"


def _workers(found: Condition) -> tuple[str, str]:
    if waiting := [f"{worker.name} ({worker.waits_for})" for worker in found.workers if worker.waits_for]:
        return f"these take no work: {', '.join(waiting)}", ""
    silent = [worker.name for worker in found.workers if not worker.is_well]
    problem = f"no sign of life from: {', '.join(silent)}: start python -m workers"
    return problem if silent else "", f"{len(found.workers)} alive"


def _clock() -> tuple[str, str]:
    if apart := clock_guard.apart_seconds():
        return (
            f"it has jumped by {apart} s, and what waits for a time is held; if it is right now: flask clock go-on",
            "",
        )
    row = db.session.get(ClockOffset, 1)
    offset = timedelta(seconds=row.seconds if row else 0)
    difference = abs(clock.now() - offset - datetime.now(UTC))
    if not is_sqlite() and difference > SKEW:
        return f"the database's clock and this machine's are {difference.total_seconds():.0f} s apart", ""
    return "", f"set {offset.total_seconds():.0f} s ahead (tests or demo)" if offset else ""


def _outbox() -> tuple[str, str]:
    late = sa.select(sa.func.count(Outbox.id)).where(
        Outbox.state == OutboxState.QUEUED, Outbox.next_at < clock.now() - timedelta(minutes=2)
    )
    number = db.session.scalar(late) or 0
    problem = f"{number} messages should have been sent by now: see Settings, Outbox"
    return problem if number else "", "nothing is late"


def _channels(found: Condition) -> Iterator[tuple[str, str, str]]:
    silent = {one.inbox_id: one for one in found.notices.silent}
    connected = inboxes.listing()
    for inbox in connected:
        problem = ""
        if inbox.state is not InboxState.WORKING:
            problem = f"{inbox.name}: {inbox.state_reason or inbox.state.value}: connect it again"
        elif inbox.id in silent:
            one = silent[inbox.id]
            problem = f"{inbox.name}: no event since {one.since:%d %b %H:%M} UTC, usual are {one.per_hour:.1f} an hour"
        yield inbox.channel, problem, inbox.name
    if not connected:
        yield "channels", "", "no inbox is connected"
