"""What becomes of a ticket with the message that is written in it: "send and close"."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from helpdesk.domain import standing, tickets
from helpdesk.domain.events import Actor
from helpdesk.errors import Invalid
from helpdesk.models import Ticket


class Then(StrEnum):
    NOTHING = ""
    CLOSE = "close"
    WAIT = "wait"
    SNOOZE = "snooze"


def follow(ticket: Ticket, then: Then, *, until: datetime | None = None, by: Actor) -> None:
    """In the transaction that writes the message: both, or neither. The reply is still on its way; once the platform
    has it, the wait that closing has ended is credited to it (`waits.replied`). `until` goes with a snooze. Raises
    Invalid, and Conflict for a closed ticket whose conversation goes on elsewhere."""
    if then is Then.NOTHING:
        return
    if then is Then.CLOSE:
        tickets.close(ticket, by=by)
        return
    tickets.reopen(ticket, by=by)  # one that is closed waits for nobody
    if then is Then.WAIT:
        standing.leave_to_customer(ticket, by=by)
        return
    if until is None:
        raise Invalid("Until when? Type a time beside it.")
    standing.snooze(ticket, until=until, by=by)
