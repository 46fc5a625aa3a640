"""A conversation in which anything can happen: what a page showed before it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from helpdesk import clock
from helpdesk.channels.contract import Accepted, Inbound, Key, Media, MediaKind, RefusalKind, Refused
from helpdesk.db import db, transaction
from helpdesk.domain import intake, locks, outbox
from helpdesk.domain.events import Actor
from helpdesk.models import Agent, Inbox, Message, Ticket
from tests.factories import ACCOUNT, CUSTOMER, a_customer_message, a_reply, a_team, an_agent, an_inbox


@dataclass
class Scene:
    """A conversation in a shop whose agent is in both of its teams: a question with a photo, an answer that was sent,
    one that failed, and one that waits."""

    inbox: Inbox
    agent: Agent
    ticket: Ticket
    question: Message
    sent: Message
    failed: Message
    waiting: Message

    def platform(self, kind: type[Inbound], **more: object) -> None:
        with transaction():
            item = kind(account=ACCOUNT, contact=(Key("igsid", CUSTOMER),), at=clock.now(), **more)
            intake.apply(db.session.get_one(Inbox, self.inbox.id), item, received_at=clock.now())

    @property
    def by(self) -> Actor:
        return Actor.of(self.agent)


def a_scene() -> Scene:
    a_team("Returns")
    inbox, agent = an_inbox(team="Sales"), an_agent("Mona Ortiz", team="Sales", also=["Returns"])
    photo = Media(MediaKind.IMAGE, url="https://cdn.example/photo.jpg")
    question = a_customer_message("Is it back?", inbox=inbox, media=[photo], platform_id="mid-question")
    assert question.ticket is not None
    sent, failed = (a_reply(question.ticket, text, by=agent) for text in ("Yes!", "In red, too."))
    for message, outcome in (
        (sent, Accepted("mid-answer")),
        (failed, Refused(RefusalKind.UNREACHABLE, "The customer cannot be reached.")),
    ):
        with held(question.ticket):
            outbox.settle(message.outbox, outcome)
    waiting = a_reply(question.ticket, "Shall we keep one?", by=agent)
    return Scene(inbox, agent, question.ticket, question, sent, failed, waiting)


@contextmanager
def held(ticket: Ticket) -> Iterator[None]:
    """A transaction in the ticket's conversation."""
    with transaction():
        locks.conversation(ticket.conversation_id)
        yield
