"""Today at the shop: what happened before the desk was opened, then live conversations with the make-believe platform
on the other side: real webhooks come in, real answers go out."""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from itertools import groupby

import sqlalchemy as sa
from flask import current_app

from helpdesk import clock
from helpdesk.channels.contract import Accepted, Http, Outgoing
from helpdesk.db import db, reading, transaction
from helpdesk.demo import deeds
from helpdesk.demo.customers import Customer
from helpdesk.demo.past import in_the_past
from helpdesk.demo.phones import Phones, Silent
from helpdesk.demo.talks import Deed, Talk
from helpdesk.domain import channels, inboxes, messages, tickets
from helpdesk.domain.events import Actor
from helpdesk.models import Ledger, LedgerState, Outbox, OutboxState

PATIENCE = 30.0  # seconds, for the workers to take in or send what one round brought
LOOK_EVERY = 0.1  # seconds
_READS_FIRST = timedelta(seconds=20)  # before they write back
_UNDER_WAY = (OutboxState.QUEUED, OutboxState.CLAIMED, OutboxState.CALLING)


class TooSlow(Exception):
    """The workers did not do their part in time. The message is a line for people."""


class Today:
    """Tells all talks, each moment in the order of time."""

    def __init__(self, talks: Sequence[Talk], phones: Phones, *, rng: random.Random) -> None:
        self.talks, self.phones, self.rng = talks, phones, rng
        self.opened_at = clock.now()
        self._own: dict[str, str] = {}  # customer → the id of their newest message
        self._unread: dict[str, str] = {}  # customer → the id of our newest message, until they go on

    def introduce(self) -> None:
        """Tells the platform who the customers are, so that it can tell us. Raises Silent."""
        for talk in self.talks:
            who = talk.customer
            self.phones.introduce(
                who.id, name=who.name, username=who.username, locale=who.locale, follower_count=who.followers
            )

    def tell(self) -> None:
        """All of it, as far as it has happened. Raises Silent, TooSlow."""
        self._earlier()
        self._live()

    def _earlier(self) -> None:
        """What happened before the desk was opened, oldest first. It stands on the customers' phones, too."""
        told = [(self.opened_at - deed.ago, talk, deed) for talk in self.talks for deed in talk.deeds if deed.ago]
        for at, talk, deed in sorted(told, key=lambda one: one[0]):
            if deed.is_customers:
                self._was_written(talk.customer, deed, at)
            else:
                self._was_done(talk.customer, deed, at)

    def _live(self) -> None:
        """The rest, in rounds: all customers, then all people at the shop."""
        waiting = [(talk, _turns(talk.live)) for talk in self.talks]
        while any(turns for _, turns in waiting):
            for talk, turns in waiting:
                if turns and turns[0][0].is_customers:
                    self._write(talk.customer, turns.pop(0))
            _wait("webhooks to be taken in", _is_taken_in)
            for talk, turns in waiting:
                if turns and not turns[0][0].is_customers:
                    for deed in turns.pop(0):
                        self._do(talk.customer, deed)
            _wait("answers to be sent", _is_sent)

    # --- the customers ---

    def _was_written(self, customer: Customer, deed: Deed, at: datetime) -> None:
        account = _account_id(customer)
        unread = self._unread.pop(customer.id, "")
        if unread:
            self.phones.did(customer.id, account, {"kind": "read"}, at=at - _READS_FIRST)
        mid = self.phones.did(customer.id, account, deed.values, at=at)
        files = self.phones.files(customer.id, account, mid) if "attachments" in deed.values else ()
        with in_the_past(at):
            inbox = deeds.the_inbox(customer.inbox)
            if unread:
                deeds.was_read(inbox, customer, unread, at - _READS_FIRST)
            deeds.received(inbox, customer, at, platform_id=mid, text=deed.values.get("text", ""), media=files)
        self._own[customer.id] = mid

    def _write(self, customer: Customer, turn: Sequence[Deed]) -> None:
        """What a customer does in one go. Who writes first today did so within the last minute."""
        is_first = customer.id not in self._own
        at = clock.now() - timedelta(seconds=self.rng.uniform(10, 45) if is_first else 0)
        for deed in turn:
            at = min(at + timedelta(seconds=self.rng.uniform(1, 4)), clock.now())
            mid = self.phones.do(customer.id, _account_id(customer), self._with_target(customer, deed), at=at)
            if deed.values.get("kind") not in ("read", "reaction"):
                self._own[customer.id] = mid

    def _with_target(self, customer: Customer, deed: Deed) -> dict[str, object]:
        wish = dict(deed.values)
        about = wish.pop("about", "")
        if about == "own":
            wish["mid"] = self._own[customer.id]
        elif about == "shop":
            wish["mid"] = self.phones.last_answer(customer.id, _account_id(customer))
        return wish

    # --- the shop ---

    def _was_done(self, customer: Customer, deed: Deed, at: datetime) -> None:
        sent = self._send(customer, str(deed.values["say"])) if "say" in deed.values else ""
        with in_the_past(at):
            self._act(customer, deed, sent=sent)
        if sent:
            self._unread[customer.id] = sent

    def _do(self, customer: Customer, deed: Deed) -> None:
        with transaction():
            self._act(customer, deed)

    def _act(self, customer: Customer, deed: Deed, *, sent: str = "") -> None:
        """`sent`: the platform has the answer already, under this id."""
        by, ticket = deeds.the_person(deed.by), deeds.the_ticket(deeds.the_inbox(customer.inbox), customer)
        tickets.read(ticket, by=by)
        values, me = deed.values, Actor.of(by)
        if "assign" in values:
            tickets.assign(ticket, to=deeds.the_person(values["assign"]), by=me)
        elif "note" in values:
            messages.note(ticket, client_id=deeds.client_id(self.rng), text=values["note"], by=by)
        elif "close" in values:
            tickets.close(ticket, by=me)
        elif sent:
            deeds.answered(ticket, values["say"], by=by, platform_id=sent, rng=self.rng)
        else:
            options = [(title, title) for title in values.get("quick_replies", ())]
            messages.reply(
                ticket, client_id=deeds.client_id(self.rng), text=values["say"], quick_replies=options, by=by
            )

    def _send(self, customer: Customer, text: str) -> str:
        """Sends what was answered earlier, so that it stands on the customer's phone. Answers the platform's id."""
        inbox = deeds.the_inbox(customer.inbox)
        channel, to, account = channels.of(inbox.channel), deeds.keys(inbox, customer)[0], inboxes.account(inbox)
        http: Http = current_app.extensions["platforms"]
        outcome = channel.send(Outgoing(to=to, key=deeds.client_id(self.rng), text=text), account, http)
        if not isinstance(outcome, Accepted):
            raise Silent(f"an answer was not taken: {outcome}")
        return outcome.platform_id


def _turns(rest: Sequence[Deed]) -> list[list[Deed]]:
    """What one side does before the other does something."""
    return [list(turn) for _, turn in groupby(rest, key=lambda deed: deed.is_customers)]


def _account_id(customer: Customer) -> str:
    return deeds.the_inbox(customer.inbox).account_id


def _is_taken_in() -> bool:
    return not db.session.scalar(sa.select(sa.exists().where(Ledger.state == LedgerState.NEW)))


def _is_sent() -> bool:
    return not db.session.scalar(sa.select(sa.exists().where(Outbox.state.in_(_UNDER_WAY))))


def _wait(what: str, is_done: Callable[[], bool]) -> None:
    """Raises TooSlow."""
    deadline = time.monotonic() + PATIENCE
    reading()
    while not is_done():
        if time.monotonic() > deadline:
            raise TooSlow(f"waited {PATIENCE:.0f} s for {what}: do the workers run?")
        time.sleep(LOOK_EVERY)
        reading()
