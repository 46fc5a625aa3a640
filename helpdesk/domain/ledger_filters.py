"""Which stored webhooks somebody means: by state, channel, inbox, words of the reason, and when they came."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from helpdesk.db import db
from helpdesk.domain import ledger
from helpdesk.models import Inbox, Ledger, LedgerState


@dataclass(frozen=True)
class LedgerFilter:
    """What is empty does not narrow. `since` and `until` are moments; the second is not included."""

    state: LedgerState | None = None
    channel: str = ""
    inbox: Inbox | None = None
    reason: str = ""
    since: datetime | None = None
    until: datetime | None = None

    def conditions(self) -> list[sa.ColumnElement[bool]]:
        found: list[sa.ColumnElement[bool]] = []
        if self.state is not None:
            found.append(Ledger.state == self.state)
        if self.channel:
            found.append(Ledger.channel == self.channel)
        if self.inbox is not None:
            found.append(ledger.is_for(self.inbox))
        if self.reason:
            found.append(Ledger.error.icontains(self.reason, autoescape=True))
        if self.since is not None:
            found.append(Ledger.received_at >= self.since)
        if self.until is not None:
            found.append(Ledger.received_at < self.until)
        return found


def number_of(chosen: LedgerFilter) -> int:
    """How many `rerun` would put through again."""
    found = sa.select(sa.func.count(Ledger.id)).where(Ledger.state != LedgerState.NEW, *chosen.conditions())
    return db.session.execute(found).scalar_one()


def rerun(chosen: LedgerFilter) -> int:
    """Puts all of them through intake again; what was applied already changes nothing. Answers how many."""
    return ledger.renew(Ledger.state != LedgerState.NEW, *chosen.conditions())
