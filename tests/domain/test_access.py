"""Who sees what: each loader, for somebody of the team, of another team, an assignee from outside, an owner."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from helpdesk import clock
from helpdesk.channels.contract import EchoReceived, Key
from helpdesk.db import db, transaction
from helpdesk.domain import access, intake, queue_pages, queue_views, thread
from helpdesk.errors import Forbidden, NotFound
from helpdesk.models import Agent, Attachment, Inbox, Message, Ticket
from tests.domain import steps
from tests.domain.steps import assigns, closes, the_agent
from tests.factories import CUSTOMER, a_customer_message, a_note, a_reply, a_ticket, an_agent, an_inbox

pytestmark = pytest.mark.usefixtures("desk")
LOADERS = ("ticket", "message", "attachment", "conversation", "contact", "identity")


@pytest.fixture
def ticket() -> Ticket:
    return a_ticket(inbox=an_inbox(team="Sales"), media=[steps.a_picture()])


def loads(name: str, ticket: Ticket, agent: Agent) -> object:
    conversation = ticket.conversation
    message, file = (db.session.execute(sa.select(one)).scalar_one() for one in (Message.id, Attachment.public_id))
    return {
        "ticket": lambda: access.ticket(ticket.number, by=agent),
        "message": lambda: access.message(message, by=agent),
        "attachment": lambda: access.attachment(file, by=agent),
        "conversation": lambda: access.conversation(conversation.id, by=agent),
        "contact": lambda: access.contact(conversation.identity.contact_id, by=agent),
        "identity": lambda: access.identity(conversation.identity_id, by=agent),
    }[name]()


def test_members_of_the_team_and_owners_find_all_of_it_and_nobody_else_any(ticket):
    seller, outsider = an_agent(team="Sales"), an_agent(team="Returns")
    lead, owner = an_agent(team="Returns", role="lead"), an_agent(team="Returns", role="owner")

    for name in LOADERS:
        for one in (seller, owner):
            assert loads(name, ticket, one)
        for one in (outsider, lead):
            with pytest.raises(NotFound):
                loads(name, ticket, one)


def test_an_assignee_who_has_left_the_team_still_finds_it(ticket):
    seller = an_agent(team="Sales")
    with transaction():
        assigns(ticket, seller, to=seller)()
    with transaction():
        the_agent(seller.id).teams = []

    assert all(loads(name, ticket, seller) for name in LOADERS)


def test_what_is_not_theirs_is_in_no_list_and_no_count(ticket):
    outsider = an_agent(team="Returns")
    mine = a_ticket(inbox=an_inbox("Outlet", team="Returns", account_id="17841400000000002"), customer="4711")

    page = queue_pages.page(queue_views.view("all"), agent=outsider)
    asked = queue_pages.rows(queue_views.view("all"), [ticket.number, mine.number], agent=outsider)

    assert [row.ticket.number for row in page.rows] == [mine.number]
    assert asked[0] == queue_pages.Gone(ticket.number)
    assert queue_pages.counts(outsider)["all"] == 1


def test_a_chapter_that_is_not_theirs_is_a_line_without_words(later):
    inbox = an_inbox(team="Sales")
    boss = an_agent(team="Sales", role="owner")
    old = a_ticket("Secret words", inbox=inbox)
    a_reply(old, "Secret answer", by=boss)
    with transaction():
        closes(old, boss)()
    later(hours=100)
    new = a_customer_message("Hello", inbox=inbox).ticket
    helper = an_agent(team="Returns")
    with transaction():
        the_agent(helper.id).teams = []
    with transaction():
        db.session.get_one(Ticket, new.id).assignee_id = helper.id

    shown = thread.page(db.session.get_one(Ticket, new.id), agent=the_agent(helper.id))

    assert [one.text for one in shown.items if isinstance(one, Message)] == ["Hello"]
    assert [one.is_hidden for one in shown.items if isinstance(one, thread.Chapter)] == [True]


def test_rooms_are_one_s_own_and_those_of_one_s_teams_and_an_owner_hears_all():
    sales = an_agent(team="Sales")
    both, owner = an_agent(team="Sales", also=["Returns"]), an_agent(team="Returns", role="owner")

    assert len(access.rooms(sales)) == 2
    assert access.rooms(sales) - {f"agent:{sales.id}"} < access.rooms(both)
    assert {room for room in access.rooms(owner) if room.startswith("team:")} == {
        f"team:{team.id}" for team in access.every_team(owner)
    }


def test_a_number_that_no_row_can_have_is_not_found():
    owner = an_agent(role="owner")

    for load in (access.ticket, access.message, access.conversation, access.contact, access.colleague, access.team):
        for id in (0, -1, 2**63, 2**80):
            with pytest.raises(NotFound):
                load(id, by=owner)


def test_roles_may_do_what_their_names_say():
    agent, lead, owner = an_agent(), an_agent(role="lead"), an_agent(role="owner")

    access.require_lead(lead)
    access.require_owner(owner)
    for who, demand in ((agent, access.require_lead), (lead, access.require_owner)):
        with pytest.raises(Forbidden):
            demand(who)


def test_a_note_is_seen_by_whoever_sees_its_ticket_and_by_nobody_else(ticket):
    seller, outsider = an_agent(team="Sales"), an_agent(team="Returns")
    note = a_note(ticket, by=seller)

    assert access.message(note.id, by=seller)
    with pytest.raises(NotFound):
        access.message(note.id, by=outsider)


def test_what_was_written_before_the_first_ticket_is_theirs_who_see_the_conversation(later):
    """Somebody at the shop wrote first, in the platform's app, with a picture."""
    inbox = an_inbox(team="Sales")
    hears_an_echo(inbox.id, platform_id="mid-first")
    early = db.session.execute(sa.select(Message)).scalar_one()
    assert early.ticket_id is None
    file = db.session.execute(sa.select(Attachment.public_id)).scalar_one()
    seller, outsider = an_agent(team="Sales"), an_agent(team="Returns")
    with pytest.raises(NotFound):
        access.message(early.id, by=seller)

    a_customer_message("Thank you", inbox=inbox)

    assert access.message(early.id, by=seller)
    assert access.attachment(file, by=seller)
    for load in (lambda: access.message(early.id, by=outsider), lambda: access.attachment(file, by=outsider)):
        with pytest.raises(NotFound):
            load()


def hears_an_echo(inbox_id: int, *, platform_id: str) -> None:
    with transaction():
        inbox = db.session.get_one(Inbox, inbox_id)
        item = EchoReceived(
            account=inbox.account_id,
            contact=(Key("igsid", CUSTOMER),),
            at=clock.now(),
            platform_id=platform_id,
            text="We have something for you",
            media=(steps.a_picture(),),
        )
        intake.apply(inbox, item, received_at=clock.now())
