"""What the console says in a line of its own while something is wrong: the desk's condition, for one person."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from flask import Flask, current_app, url_for

from helpdesk import clock
from helpdesk.channels.contract import Channel
from helpdesk.domain import access
from helpdesk.domain.notices import Refused
from helpdesk.domain.presentation import times
from helpdesk.domain.silence import Silent
from helpdesk.models import Agent
from helpdesk.web import condition
from helpdesk.web.condition import Condition


@dataclass(frozen=True)
class Banner:
    """`key` stays the same while it is the same trouble: whoever has dismissed it is not told again. `tone`: "bad",
    "warn" or "calm"."""

    key: str
    tone: str
    text: str
    href: str = ""
    word: str = ""
    may_dismiss: bool = False


STORING = "Storing is not possible right now: the database can only be read. What you see is its last state."


def of(agent: Agent) -> list[Banner]:
    """Most severe first."""
    return list(_told(condition.recent(), agent))


def mark(banners: Sequence[Banner]) -> str:
    """Changes whenever one of them does."""
    return hashlib.sha256(repr(banners).encode()).hexdigest()[:8] if banners else ""


def init_app(app: Flask) -> None:
    app.context_processor(lambda: {"banners_of": of})


def _told(found: Condition, agent: Agent) -> Iterator[Banner]:
    if found.database.is_well and not found.storing.is_well:
        yield Banner("storing", "bad", STORING)
    yield from _workers(found)
    hers = _inbox_ids(found, agent)
    for refused in found.notices.refused:
        if refused.inbox_id in hers:
            yield _refused(refused, agent)
    yield from _machine(found, agent)
    for silent in found.notices.silent:
        if silent.inbox_id in hers:
            yield _silent(silent, agent)
    if not found.redis.is_well:
        yield Banner(
            "redis",
            "calm",
            "Working without the queue: everything is kept and done, at most a second or two later.",
            may_dismiss=True,
        )
    if agent.is_owner:
        yield from _review(found)


def _workers(found: Condition) -> Iterator[Banner]:
    """Without the clock or all of a kind nothing moves; while only some are silent the clock does their work."""
    silent = [worker.name for worker in found.workers if not worker.is_well]
    if silent:
        names = ", ".join(silent)
        yield Banner(
            "workers",
            "bad",
            f"Messages may take longer: no sign of life from {names}. Nothing is lost; it goes on when they are back.",
        )


def _inbox_ids(found: Condition, agent: Agent) -> set[int]:
    """Those whose troubles concern them; nobody is asked for while there are none."""
    if not found.notices.refused and not found.notices.silent:
        return set()
    return {inbox.id for inbox in access.inboxes(agent)}


def _refused(one: Refused, agent: Agent) -> Banner:
    channel = _channel(one.channel)
    key = f"inbox-{one.inbox_id}"
    what = f"{channel} has suspended {one.name}" if one.is_suspended else f"{channel} refuses the access of {one.name}"
    if not agent.is_owner:
        return Banner(key, "bad", f"{what}. What you send waits here until an owner has connected it again.")
    do = (
        f"Look into {channel}'s own pages for the reason"
        if one.is_suspended
        else f"Connect it again: flask inbox reconnect “{one.name}”"
    )
    return Banner(key, "bad", f"{what}. {do}. Until then messages wait here.", url_for("settings.inboxes"), "Inboxes")


def _silent(one: Silent, agent: Agent) -> Banner:
    length = times.duration(clock.now() - one.since)
    text = f"No event from {one.name} ({_channel(one.channel)}) for {length} (usual: {_rate(one.per_hour)})."
    key = f"silent-{one.inbox_id}-{int(one.since.timestamp())}"
    if agent.is_owner:
        return Banner(
            key, "warn", f"{text} Is its webhook still subscribed?", url_for("settings.inboxes"), "Inboxes", True
        )
    return Banner(key, "warn", text, may_dismiss=True)


def _rate(per_hour: float) -> str:
    return f"{per_hour:.0f}/h" if per_hour >= 1 else f"{per_hour * 24:.0f} a day"


def _machine(found: Condition, agent: Agent) -> Iterator[Banner]:
    if not found.disk.is_well:
        what = found.disk.detail if agent.is_owner else "files cannot be taken until an owner has made room."
        yield Banner("disk", "bad", f"The disk is nearly full: {what}")
    if found.notices.clock_held is not None:
        apart = times.exact(abs(found.notices.clock_apart))
        yield Banner(
            f"clock-{found.notices.clock_held}",
            "warn",
            f"The machine's clock has jumped by {apart}. What is due later waits until it is right again.",
            may_dismiss=True,
        )


def _review(found: Condition) -> Iterator[Banner]:
    number = found.notices.unread + found.notices.partly
    if number:
        state = "quarantined" if found.notices.unread else "partly"
        yield Banner(
            f"review-{number}",
            "calm",
            f"{number} event{'s need' if number > 1 else ' needs'} review.",
            url_for("settings.webhooks", state=state),
            "Look",
            True,
        )


def _channel(kind: str) -> str:
    shelf: dict[str, Channel] = current_app.extensions["channels"]
    return shelf[kind].name if kind in shelf else kind
