"""For each kind of event something that makes it happen, in a scene."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import sqlalchemy as sa

from helpdesk import clock, walltime
from helpdesk.channels.contract import (
    Accepted,
    ContactChanged,
    EchoReceived,
    MessageEdited,
    MessageUnsent,
    ReactionChanged,
    Receipt,
    ReceiptChanged,
)
from helpdesk.db import db
from helpdesk.domain import (
    attachments,
    contact_details,
    contacts,
    merges,
    messages,
    outbox,
    relations,
    requests,
    scheduling,
    splits,
    standing,
    statuses,
    tickets,
)
from helpdesk.models import (
    Attachment,
    Category,
    EventKind,
    Merge,
    Message,
    Priority,
    ScheduledMessage,
    Team,
    Ticket,
)
from tests.factories import a_customer_message, a_reply, an_agent
from tests.realtime.scene import Scene, held


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


def _name(scene: Scene) -> None:
    with held(scene.ticket):
        status = statuses.add(Category.OPEN, name="At the tailor's")
    with held(scene.ticket):
        statuses.give(scene.ticket, key=status.key, by=scene.by)


def _beside(scene: Scene) -> Ticket:
    """Another ticket of the conversation, with the answer that was sent."""
    with held(scene.ticket):
        return splits.split(scene.ticket, [scene.sent.id], by=scene.agent)


def _link(scene: Scene) -> Ticket:
    other = _beside(scene)
    with held(scene.ticket):
        relations.link(scene.ticket, other, by=scene.agent)
    return other


def _unlink(scene: Scene) -> None:
    other = _link(scene)
    with held(scene.ticket):
        relations.unlink(scene.ticket, other, by=scene.agent)


def _merge(scene: Scene) -> Merge:
    other = _beside(scene)
    with held(scene.ticket):
        return merges.merge(other, into=scene.ticket, by=scene.agent)


def _unmerge(scene: Scene) -> None:
    merge = _merge(scene)
    with held(scene.ticket):
        merges.undo(merge, by=scene.agent)


def _decide(verb: Callable[..., None]) -> Callable[[Scene], None]:
    """The conversation is a stranger's, and somebody decides about it."""

    def run(scene: Scene) -> None:
        with held(scene.ticket):
            requests.hold(scene.ticket)
        with held(scene.ticket):
            verb(scene.ticket, by=scene.by)

    return run


def _unblock(scene: Scene) -> None:
    _decide(requests.block)(scene)
    with held(scene.ticket):
        requests.unblock(scene.ticket, by=scene.by)


def _keep(scene: Scene) -> None:
    _decide(requests.block)(scene)
    a_customer_message("You cannot stop me", inbox=scene.inbox)


def _claim(scene: Scene) -> None:
    scene.platform(EchoReceived, platform_id="mid-app", text="From my phone")
    with held(scene.ticket):
        echoed = db.session.execute(sa.select(Message).where(Message.platform_id == "mid-app")).scalar_one()
        messages.claim(echoed, by=scene.agent)


def _mention(scene: Scene) -> None:
    colleague = an_agent(team="Sales")
    with held(scene.ticket):
        messages.note(scene.ticket, client_id="note-2", text=f"@{scene.agent.name}", by=colleague)


def _team(name: str) -> Team:
    return db.session.execute(sa.select(Team).where(Team.name == name)).scalar_one()


def _photo(scene: Scene) -> Attachment:
    return db.session.execute(sa.select(Attachment).where(Attachment.message_id == scene.question.id)).scalar_one()


def void(_: object) -> None:
    """What somebody made is not asked for."""


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
    EventKind.TICKET_SPLIT: lambda scene: void(_beside(scene)),
    EventKind.TICKET_MERGED: lambda scene: void(_merge(scene)),
    EventKind.TICKET_UNMERGED: _unmerge,
    EventKind.TICKET_LINKED: lambda scene: void(_link(scene)),
    EventKind.TICKET_UNLINKED: _unlink,
    EventKind.TICKET_NAMED: _name,
    EventKind.REQUEST_ACCEPTED: _decide(requests.accept),
    EventKind.REQUEST_IGNORED: _decide(requests.ignore),
    EventKind.REQUEST_BLOCKED: _decide(requests.block),
    EventKind.REQUEST_UNBLOCKED: _unblock,
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
    EventKind.MESSAGE_MOVED: lambda scene: void(_beside(scene)),
    EventKind.MESSAGE_KEPT: _keep,
    EventKind.MESSAGE_CLAIMED: _claim,
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
