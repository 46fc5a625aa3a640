"""A console on the running desk: customers with a make-believe phone, and where things are on the page."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import uuid4

import sqlalchemy as sa
from playwright.sync_api import Locator, Page

from helpdesk import clock
from helpdesk.db import db, transaction
from helpdesk.domain import tickets
from helpdesk.domain.events import Actor
from helpdesk.models import Agent, Category, Conversation, Identity, IdentityKey, Inbox, Ticket
from tests.factories import ACCOUNT, an_inbox
from tests.support.running import RunningDesk

PATIENCE = 30  # seconds
WRITING = ".composer__text"


def eventually(is_so: Callable[[], object], what: str = "it did not come about") -> Any:
    """Waits until the answer is true, and gives it."""
    deadline = time.monotonic() + PATIENCE
    while not (found := is_so()):
        assert time.monotonic() < deadline, what
        time.sleep(0.02)
    return found


class Customer:
    """A person with a phone, whom no other test knows."""

    def __init__(self, running: RunningDesk, name: str = "") -> None:
        theirs = sa.select(Inbox).where(Inbox.account_id == ACCOUNT)
        # Other tests at this desk may have connected accounts before: the first inbox need not be theirs.
        self.inbox = db.session.execute(theirs).scalar_one_or_none() or an_inbox()
        self.id = str(uuid4().int)[:16]
        self.sandbox = running.sandbox
        self.name = name or f"Ada {self.id[:6]}"
        self.sandbox.change(self.id, name=self.name)

    def is_known(self) -> None:
        """Returns when the desk has their name from the platform."""
        named = sa.select(Identity.id).where(Identity.name == self.name)

        def has_name() -> bool:
            db.session.rollback()
            return db.session.execute(named).first() is not None

        eventually(has_name, "the platform's profile did not come")

    def says(self, text: str = "", **more: Any) -> str:
        """Answers the message's id."""
        return self.sandbox.say(text, customer=self.id, **more)["mid"]

    @property
    def texts(self) -> list[str]:
        return self.sandbox.texts(customer=self.id)

    def received(self, kind: str = "message") -> list[dict[str, Any]]:
        return self.sandbox.received(customer=self.id, kind=kind)

    @property
    def ticket(self) -> Ticket:
        """Their newest; waits for it."""

        def newest() -> Ticket | None:
            db.session.rollback()
            found = (
                sa.select(Ticket)
                .join(Conversation)
                .join(IdentityKey, IdentityKey.identity_id == Conversation.identity_id)
            )
            return db.session.execute(
                found.where(IdentityKey.value == self.id).order_by(Ticket.id.desc()).limit(1)
            ).scalar()

        return eventually(newest, "no ticket was opened")

    def belongs_to(self, agent: Agent) -> Ticket:
        """Gives their ticket to an agent."""
        id = self.ticket.id
        with transaction():
            who = db.session.get_one(Agent, agent.id)
            tickets.assign(db.session.get_one(Ticket, id), to=who, by=Actor.of(who))
        return self.ticket


def nobody_waits() -> None:
    """The tests before this one have left tickets; a queue of more than a page hides the newest."""
    with transaction():
        db.session.execute(
            sa.update(Ticket)
            .where(Ticket.category != Category.CLOSED)
            .values(category=Category.CLOSED, status="closed", closed_at=clock.now() - timedelta(days=30))
        )


def open_ticket(page: Page, number: int) -> None:
    """Loads its page; returns when the page is live."""
    page.goto(f"/tickets/{number}?view=all")
    until_live(page)


def until_live(page: Page) -> None:
    page.wait_for_function("() => document.querySelector('connection-state')?.state === 'live'", timeout=20_000)


def is_drawn(image: Locator) -> None:
    """Its picture is there, not only its element."""
    image.evaluate("one => one.scrollIntoView()")
    eventually(lambda: image.evaluate("image => image.complete && image.naturalWidth > 0"), "the picture is not drawn")


def bubble(page: Page, text: str) -> Locator:
    return page.locator(".message", has_text=text)


def write(page: Page, text: str) -> None:
    """Types it and presses Enter."""
    page.fill(WRITING, text)
    page.press(WRITING, "Enter")
