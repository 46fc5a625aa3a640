"""From a stored webhook to what it means: each item is applied to its inbox, in a savepoint of its own."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

import sqlalchemy.exc
import structlog

from helpdesk import failpoints
from helpdesk.channels.contract import (
    ChannelNotice,
    ContactChanged,
    EchoReceived,
    Inbound,
    MessageEdited,
    MessageReceived,
    MessageUnsent,
    ReactionChanged,
    ReceiptChanged,
    Unreadable,
    Unsupported,
)
from helpdesk.db import db
from helpdesk.domain import amendments, arrivals, contacts, echoes, events, inboxes, ledger, tallies
from helpdesk.models import Inbox, Ledger, LedgerState

log = structlog.get_logger(__name__)

ECHO_LOOKS_AGAIN = timedelta(seconds=1)
UNSUPPORTED = "unsupported_events"
SEEN_AGAIN = timedelta(minutes=1)  # how exact an inbox's last_event_at is


def hold(items: Sequence[Inbound | Unreadable], inbox_ids: Mapping[str, int]) -> None:
    """Takes every lock that the items will want, in the order in which everybody does, before anything is read.
    `inbox_ids`: `{account id: inbox id}`."""
    known = [item for item in items if not isinstance(item, Unreadable | Unsupported) and item.account in inbox_ids]
    contacts.hold((inbox_ids[item.account], item.contact) for item in known)


def work(row: Ledger, items: Sequence[Inbound | Unreadable]) -> None:
    """Applies what a webhook brought, of which everything is held, and says in the ledger what became of it. Database
    errors pass through: then the row is tried again."""
    by_account = inboxes.by_account(row.channel)
    _all_seen(by_account, items, row.received_at)
    problems: list[str] = []
    strangers: set[str] = set()
    is_early = False
    for place, item in sorted(enumerate(items, start=1), key=_inboxes_first):
        if isinstance(item, Unreadable):
            problems.append(f"{item.place}: {item.reason}")
        elif isinstance(item, Unsupported):
            continue  # a comment, a dashboard's test, an unknown event: kept here and counted, and brings nothing
        elif item.account not in by_account:
            strangers.add(item.account)
        else:
            try:
                _apply_alone(by_account[item.account], item, row)
            except echoes.NotYet:
                is_early = True
            except sqlalchemy.exc.DBAPIError:
                raise
            except Exception as error:  # one bad item must not take the others along; it is named, and can be run again
                log.exception("an item of a webhook failed", ledger_id=row.id, count=place)
                problems.append(f"item {place}: {type(error).__name__}")
    if is_early:
        ledger.come_back(row, after=ECHO_LOOKS_AGAIN)
    else:
        _finish(row, items, problems, strangers)


def apply(
    inbox: Inbox, item: Inbound, *, received_at: datetime, ledger_id: int | None = None, may_wait: bool = False
) -> None:
    """One item. Applying it again changes nothing. `ledger_id`: of the webhook that brought it, where there was one.
    `may_wait`: it can be brought again a little later, so that echoes.NotYet may be raised."""
    _seen(inbox, received_at)
    match item:
        case MessageReceived():
            arrivals.receive(inbox, item, received_at=received_at, ledger_id=ledger_id)
        case EchoReceived():
            echoes.receive(inbox, item, received_at=received_at, ledger_id=ledger_id, may_wait=may_wait)
        case MessageEdited():
            amendments.edit(inbox, item)
        case MessageUnsent():
            amendments.unsend(inbox, item)
        case ReactionChanged():
            amendments.react(inbox, item)
        case ReceiptChanged():
            amendments.receipt(inbox, item)
        case ContactChanged():
            arrivals.arrive(inbox, item)
        case ChannelNotice():
            inboxes.notice(inbox, item)


def _inboxes_first(numbered: tuple[int, Inbound | Unreadable]) -> tuple[bool, str]:
    """What changes an inbox comes before what takes a ticket's number: inboxes are held before the counters."""
    item = numbered[1]
    return (False, item.account) if isinstance(item, ChannelNotice) else (True, "")


def _apply_alone(inbox: Inbox, item: Inbound, row: Ledger) -> None:
    with events.savepoint():
        apply(inbox, item, received_at=row.received_at, ledger_id=row.id, may_wait=True)
        failpoints.hit("intake.applied")


def _finish(row: Ledger, items: Sequence[object], problems: list[str], strangers: set[str]) -> None:
    if row.processed_at is None:  # the first time: who runs it again counts nothing twice
        _count_unsupported(row.channel, items)
    said = [f"no inbox for account {account}" for account in sorted(strangers)] + problems
    if strangers:
        ledger.finish(row, LedgerState.UNMATCHED, error="; ".join(said))
    elif problems:
        is_all = len(problems) == len(items)
        ledger.finish(row, LedgerState.QUARANTINED if is_all else LedgerState.PARTLY, error="; ".join(said))
    else:
        ledger.finish(row, LedgerState.DONE)


def _count_unsupported(channel: str, items: Sequence[object]) -> None:
    kinds = [item.kind for item in items if isinstance(item, Unsupported)]
    if kinds:
        words = tallies.words(UNSUPPORTED, "kind", kinds)
        tallies.add(Counter(tallies.key(UNSUPPORTED, {"channel": channel, "kind": words[kind]}) for kind in kinds))


def _all_seen(by_account: Mapping[str, Inbox], items: Sequence[Inbound | Unreadable], at: datetime) -> None:
    """Inboxes are held in their order, and before the counters."""
    for account in sorted({item.account for item in items if not isinstance(item, Unreadable)} & by_account.keys()):
        _seen(by_account[account], at)
    db.session.flush()


def _seen(inbox: Inbox, at: datetime) -> None:
    """Not on every event: its row would become the lock that all workers wait for."""
    if inbox.last_event_at is None or at - inbox.last_event_at > SEEN_AGAIN:
        inbox.last_event_at = at
