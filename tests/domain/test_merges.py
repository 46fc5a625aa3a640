"""Merging: two tickets are one request, and can be two again while that makes sense. Links; and what follows what."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest
import sqlalchemy as sa

from helpdesk import clock
from helpdesk.channels.contract import Accepted
from helpdesk.db import db, transaction
from helpdesk.domain import access, drafts, merges, messages, outbox, relations, scheduling, splits, standing, tickets
from helpdesk.domain.events import Actor
from helpdesk.errors import Conflict, Invalid
from helpdesk.models import Agent, Category, DraftKind, Merge, Message, ScheduledMessage, Ticket, Wait
from tests.chaos import checker
from tests.domain.steps import called, closes, the_agent
from tests.factories import a_customer_message, a_note, a_reply, a_ticket, an_agent
from tests.support.desk import Desk


@pytest.fixture(autouse=True)
def invariants(desk: Desk) -> Iterator[None]:
    yield
    db.session.rollback()
    assert list(checker.everywhere()) == []


def the(ticket: Ticket) -> Ticket:
    db.session.rollback()
    return db.session.get_one(Ticket, ticket.id)


def merge(ticket: Ticket, *, into: Ticket, by: Agent) -> int:
    with transaction():
        agent = the_agent(by.id)
        pair = access.ticket(ticket.number, by=agent), access.ticket(into.number, by=agent)
        return merges.merge(pair[0], into=pair[1], by=agent).id


def undo(merge_id: int, *, by: Agent) -> None:
    with transaction():
        merges.undo(db.session.get_one(Merge, merge_id), by=the_agent(by.id))


def close(ticket: Ticket, agent: Agent) -> None:
    with transaction():
        closes(ticket, agent)()


def waits() -> list[tuple[int, str]]:
    """Number of the ticket and outcome, oldest first."""
    found = sa.select(Ticket.number, Wait.outcome).join(Ticket, Ticket.id == Wait.ticket_id)
    rows = db.session.execute(found.order_by(Wait.received_at, Wait.id))
    return [(row.number, row.outcome.value if row.outcome else "open") for row in rows]


def a_pair(later, agent: Agent) -> tuple[Ticket, Ticket]:
    """A main ticket, and a question that was split off it a minute later."""
    main = a_ticket("Where is my order?")
    later(minutes=1)
    question = a_customer_message("And may I return the jacket?")
    with transaction():
        who = the_agent(agent.id)
        side = splits.split(access.ticket(main.number, by=who), [question.id], by=who)
    return main, side


def test_a_merge_takes_everything_along_and_one_wait_is_left_since_the_earlier_time(later):
    agent = an_agent()
    main, side = a_pair(later, agent)
    a_note(side, "She bought it in May", by=agent)
    with transaction():
        actor = Actor.of(the_agent(agent.id))
        standing.tag(the_row(side), names=["returns"], by=actor)
        at = (clock.now() + timedelta(days=1)).replace(tzinfo=None)
        scheduling.plan(the_row(side), client_id="plan-1", text="Soon", at=at, zone="UTC", by=the_agent(agent.id))
        drafts.save(the_row(main), DraftKind.REPLY, revision=0, text="It is", by=the_agent(agent.id))
        drafts.save(the_row(side), DraftKind.REPLY, revision=0, text="You may", by=the_agent(agent.id))
    since = the(main).waiting_since

    merge(side, into=main, by=agent)

    assert {one.ticket_id for one in db.session.execute(sa.select(Message)).scalars()} == {main.id}
    assert (the(side).category, the(side).merged_into_id) == (Category.CLOSED, main.id)
    assert [tag.name for tag in the(main).tags] == ["returns"]
    assert db.session.execute(sa.select(ScheduledMessage.ticket_id)).scalar_one() == main.id
    assert drafts.of(the(main), by=the_agent(agent.id))[DraftKind.REPLY].text == "It is\n\nYou may"
    assert (the(main).waiting_since, the(side).waiting_since) == (since, None)
    assert waits() == [(main.number, "open"), (side.number, "merged")]


def the_row(ticket: Ticket) -> Ticket:
    return db.session.get_one(Ticket, ticket.id)


def test_undone_both_are_as_they_were(later):
    agent = an_agent()
    main, side = a_pair(later, agent)
    with transaction():
        standing.tag(the_row(side), names=["returns"], by=Actor.of(the_agent(agent.id)))
    before = [
        (the(one).category, the(one).split_from, the(one).waiting_since, the(one).last_message_id)
        for one in (main, side)
    ]

    undo(merge(main, into=side, by=agent), by=agent)

    now = [
        (the(one).category, the(one).split_from, the(one).waiting_since, the(one).last_message_id)
        for one in (main, side)
    ]
    assert now == before
    assert waits() == [(main.number, "open"), (side.number, "open")]
    assert ([tag.name for tag in the(main).tags], [tag.name for tag in the(side).tags]) == ([], ["returns"])
    undo(merge(side, into=main, by=agent), by=agent)
    assert [tag.name for tag in the(main).tags] == []
    assert waits() == [(main.number, "open"), (side.number, "open")]


def test_the_survivor_is_the_main_ticket_when_either_was(later):
    agent = an_agent()
    main, side = a_pair(later, agent)

    merge(main, into=side, by=agent)

    assert the(side).split_from is None
    assert a_customer_message("Hello?").ticket_id == side.id


def test_a_closed_survivor_is_opened_again_and_closed_again_by_the_undo(later):
    agent, old = an_agent(), a_ticket("Where is my order?")
    close(old, agent)
    later(hours=80)
    new = a_customer_message("It is still not here").ticket
    assert new is not None
    assert new.follows_id == old.id

    row = merge(new, into=old, by=agent)

    assert (the(old).category, the(old).waiting_since) == (Category.OPEN, the_first_of(old, 2).at)
    assert a_customer_message("Hello?").ticket_id == old.id
    undo(row, by=agent)
    assert (the(old).category, the(new).category) == (Category.CLOSED, Category.OPEN)
    assert len(db.session.execute(sa.select(Message.id).where(Message.ticket_id == new.id)).all()) == 2
    assert waits() == [(old.number, "closed_without_reply"), (new.number, "open")]


def the_first_of(ticket: Ticket, number: int) -> Message:
    found = sa.select(Message).where(Message.ticket_id == ticket.id).order_by(Message.at, Message.id)
    return db.session.execute(found).scalars().all()[number - 1]


def test_what_the_customer_writes_after_the_merge_stays_with_the_survivor_when_it_is_undone(later):
    agent, old = an_agent(), a_ticket("Where is my order?")
    close(old, agent)
    later(hours=80)
    new = a_customer_message("It is still not here").ticket
    assert new is not None
    row = merge(old, into=new, by=agent)
    later(minutes=1)
    a_customer_message("Hello?")

    undo(row, by=agent)

    assert (the(old).category, the(new).category) == (Category.CLOSED, Category.OPEN)
    assert len(db.session.execute(sa.select(Message.id).where(Message.ticket_id == new.id)).all()) == 2


def test_a_merge_cannot_be_undone_once_it_was_answered_closed_merged_or_split(later):
    agent = an_agent()
    main, side = a_pair(later, agent)
    row = merge(side, into=main, by=agent)
    hindered = []

    def hindrance() -> str:
        db.session.rollback()
        with pytest.raises(Conflict) as refused:
            undo(row, by=agent)
        return str(refused.value)

    moved = the_first_of(main, 2)
    with transaction():
        third = splits.split(the_row(main), [moved.id], by=the_agent(agent.id))
    hindered.append(hindrance())
    later(seconds=5)
    a_reply(main, by=agent)
    id, _ = called()
    with transaction():
        outbox.settle(outbox.locked(id), Accepted("mid-answer"))
    hindered.append(hindrance())
    close(main, agent)
    hindered.append(hindrance())
    merge(main, into=third, by=agent)
    hindered.append(hindrance())

    words = ("were moved to ticket", "was answered since", "was closed since", "was itself merged")
    assert [word in said for word, said in zip(words, hindered, strict=True)] == [True] * 4, hindered


def test_what_cannot_be_merged_is_said(later):
    agent = an_agent()
    main, side = a_pair(later, agent)
    stranger = a_ticket(customer="9900000000000001")

    for wrong in ((main, main), (main, stranger)):
        with pytest.raises(Invalid):
            merge(wrong[0], into=wrong[1], by=agent)
    merge(side, into=main, by=agent)
    with pytest.raises(Invalid, match="was merged into"):
        merge(side, into=main, by=agent)
    with pytest.raises(Conflict, match="was merged into"), transaction():
        tickets.reopen(the_row(side), by=Actor.of(the_agent(agent.id)))
    with pytest.raises(Invalid, match="answer there"), transaction():
        messages.reply(the_row(side), client_id="client-x", text="Hello", by=the_agent(agent.id))


def test_a_merged_ticket_is_never_opened_again_by_a_message(later):
    agent, old = an_agent(), a_ticket("Where is my order?")
    close(old, agent)
    later(hours=80)
    new = a_customer_message("It is still not here").ticket
    assert new is not None
    merge(new, into=old, by=agent)
    close(old, agent)
    later(hours=1)

    assert a_customer_message("Thanks").ticket_id == old.id


def test_a_preview_says_what_will_happen(later):
    agent = an_agent("Mona Ortiz")
    main, side = a_pair(later, agent)
    with transaction():
        standing.tag(the_row(side), names=["returns"], by=Actor.of(the_agent(agent.id)))

    told = " ".join(merges.preview(the(side), into=the_row(main)))

    for words in ("1 message or note moves", "gets the tags returns", "waits for one answer", "nobody looks after it"):
        assert words in told
    assert f"its number leads to ticket {main.number}" in told


def test_links_stand_at_both_tickets_once_and_can_be_removed(later):
    agent = an_agent()
    main, side = a_pair(later, agent)
    other = a_ticket(customer="9900000000000001")

    def related(ticket: Ticket) -> list[tuple[str, int]]:
        return [(one.word, one.ticket.number) for one in relations.of(the(ticket), by=the_agent(agent.id))]

    for pair in ((main, other), (other, main)):
        with transaction():
            relations.link(the_row(pair[0]), the_row(pair[1]), by=the_agent(agent.id))
    assert related(main) == [("Split off", side.number), ("Linked", other.number)]
    assert related(other) == [("Linked", main.number)]
    assert related(side) == [("Split from", main.number)]
    with transaction():
        relations.unlink(the_row(other), the_row(main), by=the_agent(agent.id))
    assert related(other) == []
    with pytest.raises(Invalid), transaction():
        relations.link(the_row(main), the_row(main), by=the_agent(agent.id))


def test_whoever_may_not_see_a_ticket_does_not_learn_of_it_by_a_link(later):
    agent, outsider = an_agent(team="Everyone", also=["Legal"]), an_agent(team="Everyone")
    main, side = a_pair(later, agent)
    with transaction():
        who = the_agent(agent.id)
        legal = next(team for team in access.teams(who) if team.name == "Legal")
        tickets.move(the_row(side), team=legal, by=Actor.of(who))
        relations.link(the_row(main), the_row(side), by=who)

    assert relations.of(the(main), by=the_agent(outsider.id)) == []
    assert len(relations.of(the(main), by=the_agent(agent.id))) == 2
