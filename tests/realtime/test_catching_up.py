"""For everything that can happen: an old page that is told of it, by the socket, by the cursor or by both, becomes the
page that one would get anew."""

from __future__ import annotations

import copy
import itertools
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta

import pytest
import sqlalchemy as sa

from helpdesk import clock, walltime
from helpdesk.channels.contract import (
    Accepted,
    ContactChanged,
    EchoReceived,
    Inbound,
    Key,
    Media,
    MediaKind,
    MessageEdited,
    MessageUnsent,
    ReactionChanged,
    Receipt,
    ReceiptChanged,
    RefusalKind,
    Refused,
)
from helpdesk.db import db, transaction
from helpdesk.domain import (
    attachments,
    contact_details,
    contacts,
    events,
    intake,
    locks,
    messages,
    outbox,
    scheduling,
    standing,
    tickets,
)
from helpdesk.domain.events import Actor
from helpdesk.models import (
    Agent,
    Attachment,
    Event,
    EventKind,
    Inbox,
    Message,
    Priority,
    ScheduledMessage,
    Team,
    Ticket,
)
from tests.factories import ACCOUNT, CUSTOMER, a_customer_message, a_reply, a_team, an_agent, an_inbox
from tests.realtime.screen import Screen, elements, without_seq
from tests.support.console import Console


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


def _verb(act: Callable[[Scene], object]) -> Callable[[Scene], None]:
    def run(scene: Scene) -> None:
        with held(scene.ticket):
            act(scene)

    return run


def _begin_call(scene: Scene) -> None:
    row = outbox.claim()
    assert row is not None
    assert outbox.begin_call(row, row.token)


def _a_new_ticket(scene: Scene) -> None:
    """A ticket that was closed for longer than it is taken up again."""
    with held(scene.ticket):
        scene.ticket.conversation.inbox.reopen_hours = 0
        tickets.close(scene.ticket, by=scene.by)
    a_customer_message("Another thing", inbox=scene.inbox)


def _reopen(scene: Scene) -> None:
    with held(scene.ticket):
        tickets.close(scene.ticket, by=scene.by)
    with held(scene.ticket):
        tickets.reopen(scene.ticket, by=scene.by)


def _snooze(scene: Scene) -> None:
    standing.snooze(scene.ticket, until=clock.now() + timedelta(hours=1), by=scene.by)


def _resume(scene: Scene) -> None:
    with held(scene.ticket):
        standing.leave_to_customer(scene.ticket, by=scene.by)
    with held(scene.ticket):
        standing.resume(scene.ticket, by=scene.by)


def _plan(scene: Scene) -> ScheduledMessage:
    at = walltime.on_the_wall(clock.now() + timedelta(hours=1), "Europe/Berlin")
    return scheduling.plan(scene.ticket, client_id="plan", text="Soon", at=at, zone="Europe/Berlin", by=scene.agent)


def _unplan(scene: Scene) -> None:
    with held(scene.ticket):
        planned = _plan(scene)
    with held(scene.ticket):
        scheduling.cancel(planned, by=scene.agent)


def _park(scene: Scene) -> None:
    with held(scene.ticket):
        planned = _plan(scene)
    with held(scene.ticket):
        planned.due_at = clock.now() - timedelta(seconds=1)
    with held(scene.ticket):
        scheduling.park(planned.id, reason="It is broken.")


def _mention(scene: Scene) -> None:
    colleague = an_agent(team="Sales")
    with held(scene.ticket):
        messages.note(scene.ticket, client_id="note-2", text=f"@{scene.agent.name}", by=colleague)


def _team(name: str) -> Team:
    return db.session.execute(sa.select(Team).where(Team.name == name)).scalar_one()


def _photo(scene: Scene) -> Attachment:
    return db.session.execute(sa.select(Attachment).where(Attachment.message_id == scene.question.id)).scalar_one()


HAPPENINGS: dict[EventKind, Callable[[Scene], None]] = {
    EventKind.TICKET_OPENED: _a_new_ticket,
    EventKind.TICKET_REOPENED: _reopen,
    EventKind.TICKET_CLOSED: _verb(lambda scene: tickets.close(scene.ticket, by=scene.by)),
    EventKind.TICKET_ASSIGNED: _verb(lambda scene: tickets.assign(scene.ticket, to=scene.agent, by=scene.by)),
    EventKind.TICKET_LEFT: _verb(lambda scene: tickets.move(scene.ticket, team=_team("Returns"), by=scene.by)),
    EventKind.TICKET_ENTERED: _verb(lambda scene: tickets.move(scene.ticket, team=_team("Returns"), by=scene.by)),
    EventKind.TICKET_WAITING: _verb(lambda scene: standing.leave_to_customer(scene.ticket, by=scene.by)),
    EventKind.TICKET_SNOOZED: _verb(_snooze),
    EventKind.TICKET_RESUMED: _resume,
    EventKind.TICKET_PRIORITISED: _verb(
        lambda scene: standing.prioritise(scene.ticket, priority=Priority.HIGH, by=scene.by)
    ),
    EventKind.TICKET_TAGGED: _verb(lambda scene: standing.tag(scene.ticket, names=["Returns"], by=scene.by)),
    EventKind.MESSAGE_PLANNED: _verb(_plan),
    EventKind.MESSAGE_UNPLANNED: _unplan,
    EventKind.MESSAGE_PARKED: _park,
    EventKind.MESSAGE_RECEIVED: lambda scene: void(a_customer_message("Hello?", inbox=scene.inbox)),
    EventKind.MESSAGE_ECHOED: lambda scene: scene.platform(EchoReceived, platform_id="mid-app", text="From my phone"),
    EventKind.MESSAGE_QUEUED: lambda scene: void(a_reply(scene.ticket, "One moment", by=scene.agent)),
    EventKind.MESSAGE_SENDING: _verb(_begin_call),
    EventKind.MESSAGE_SETTLED: _verb(lambda scene: outbox.settle(scene.waiting.outbox, Accepted("mid-late"))),
    EventKind.MESSAGE_RECEIPT: lambda scene: scene.platform(
        ReceiptChanged, receipt=Receipt.READ, platform_id="mid-answer"
    ),
    EventKind.MESSAGE_EDITED: lambda scene: scene.platform(MessageEdited, platform_id="mid-question", text="Is it?"),
    EventKind.MESSAGE_UNSENT: lambda scene: scene.platform(MessageUnsent, platform_id="mid-question"),
    EventKind.MESSAGE_REACTION: lambda scene: scene.platform(ReactionChanged, platform_id="mid-answer", emoji="❤"),
    EventKind.MESSAGE_MEDIA: _verb(lambda scene: attachments.fetch_failed(_photo(scene), "gone", is_final=True)),
    EventKind.MESSAGE_REMOVED: _verb(lambda scene: messages.remove(scene.failed, by=scene.agent)),
    EventKind.NOTE_ADDED: _verb(
        lambda scene: messages.note(scene.ticket, client_id="note-1", text="She is new.", by=scene.agent)
    ),
    EventKind.AGENT_MENTIONED: _mention,
    EventKind.CONTACT_CHANGED: _verb(
        lambda scene: contacts.rename(scene.ticket.conversation.identity.contact, name="Ada", by=scene.by)
    ),
    EventKind.CONTACT_DESCRIBED: _verb(
        lambda scene: contact_details.live(scene.ticket.conversation.identity.contact, zone="Asia/Tokyo", by=scene.by)
    ),
    EventKind.CONTACT_ARRIVED: lambda scene: scene.platform(ContactChanged, sentence="Came through the link “spring”"),
}


def a_page(console: Console, number: int) -> Screen:
    """The ticket as its page is now."""
    thread = elements(console.get(f"/tickets/{number}").text)
    thread.pop(f"header-{number}")
    return Screen(thread, console.get(f"/tickets/{number}/header").text)


def _events_after(seq: int) -> list[Event]:
    return list(db.session.execute(sa.select(Event).where(Event.seq > seq).order_by(Event.seq)).scalars())


def void(_: object) -> None:
    """What a factory made is not asked for."""


def test_there_is_a_happening_for_every_kind():
    assert set(HAPPENINGS) == set(EventKind)


@pytest.mark.both_databases
@pytest.mark.parametrize("kind", EventKind, ids=str)
def test_an_old_page_becomes_the_new_one(desk, client, wire, kind):
    scene = a_scene()
    console, heard = client(scene.agent), wire(scene.agent)
    number, upto = scene.ticket.number, events.upto()
    before = a_page(console, number)

    HAPPENINGS[kind](scene)

    told = heard.events
    assert kind in {event.kind for event in _events_after(upto)}
    live, late, both = (copy.deepcopy(before) for _ in range(3))
    for event in told:
        live.apply(event["streams"], event["seq"])
    answer = console.get(f"/changes?since={upto}").json
    late.apply(answer["streams"], answer["upto"])
    both.apply(answer["streams"], answer["upto"])
    for event in reversed(told):
        both.apply(event["streams"], event["seq"])
    now = a_page(console, number)
    for screen in (live, late, both):
        assert screen.elements == now.elements
        assert without_seq(screen.header) == without_seq(now.header)
    assert {hint for hint in live.hints if hint.startswith("row-")} == {
        hint for hint in late.hints if hint.startswith("row-")
    }


@pytest.mark.parametrize("kind", EventKind, ids=str)
def test_a_room_hears_of_every_event(desk, wire, kind):
    scene = a_scene()
    heard, upto = wire(scene.agent), events.upto()

    HAPPENINGS[kind](scene)

    recorded = _events_after(upto)
    assert [event["seq"] for event in heard.events] == [event.seq for event in recorded]
    for room in {event.room for event in recorded}:
        numbers = [(event["prev"], event["seq"]) for event in heard.events if event["room"] == room]
        assert all(prev == earlier for (_, earlier), (prev, _) in itertools.pairwise(numbers))
