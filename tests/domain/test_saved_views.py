"""Saved views: what their conditions hold, who has which, and what is told of what is not there any more."""

from __future__ import annotations

from datetime import timedelta

import pytest
import sqlalchemy as sa

from helpdesk import clock
from helpdesk.db import db, transaction
from helpdesk.domain import conditions, queue_pages, queue_places, queue_views, saved_views, standing, tickets
from helpdesk.domain.conditions import Condition, Group, Match, Op
from helpdesk.domain.events import Actor
from helpdesk.domain.saved_views import Wish
from helpdesk.errors import Forbidden, Invalid, NotFound
from helpdesk.models import Agent, Audience, Priority, SavedView, Tag, Ticket, TicketTag
from tests.factories import a_reply, a_team, a_ticket, an_agent, an_inbox

pytestmark = [pytest.mark.usefixtures("desk"), pytest.mark.both_databases]


def held(query: str, agent: Agent) -> set[int]:
    """The tickets that these filters leave of all, as an address writes them."""
    db.session.rollback()
    pairs = [tuple(pair.split("=")) for pair in query.split("&")]
    return held_by(conditions.from_query(pairs), agent)


def held_by(group: Group, agent: Agent) -> set[int]:
    view = queue_views.View("", "", "", lambda who: conditions.where(group, who))
    return {row.ticket.id for row in queue_pages.page(view, agent=db.session.get_one(Agent, agent.id)).rows}


def save(group: Group, *, by: Agent, name: str = "A view", audience=Audience.PRIVATE, team: int | None = None) -> int:
    with transaction():
        wish = Wish(name, audience, team, group, "waiting")
        return saved_views.create(wish, by=db.session.get_one(Agent, by.id)).id


def done(verb, ticket: Ticket, by: Agent, **more) -> None:
    with transaction():
        verb(db.session.get_one(Ticket, ticket.id), by=Actor.of(db.session.get_one(Agent, by.id)), **more)


def test_each_condition_finds_what_it_says_and_its_opposite_all_else(later):
    inbox, agent = an_inbox(), an_agent(role="owner")
    old = a_ticket(customer="551")
    later(minutes=90)
    new = a_ticket(customer="552")
    done(tickets.assign, new, agent, to=db.session.get_one(Agent, agent.id))
    done(standing.tag, new, agent, names=["VIP"])
    done(standing.prioritise, new, agent, priority=Priority.HIGH)

    for query in (
        "is.assignee=me",
        f"is.assignee={agent.id}",
        "is.tag=vip",
        "is.priority=high&is.priority=urgent",
        f"is.assignee=me&is.inbox={inbox.id}&is.channel=instagram&is.team=mine&is.writer=customer&is.unread=1",
    ):
        assert held(query, agent) == {new.id}, query
    for query in ("not.assignee=me", "is.assignee=nobody", "not.tag=vip", "is.waits=60", "is.priority=normal"):
        assert held(query, agent) == {old.id}, query
    assert held("is.tag=gone&is.waits=60", agent) == set()
    assert held("is.closes=180", agent) == set()
    later(hours=20)
    assert held("is.closes=180", agent) == {old.id}
    assert held("is.mentioned=1", agent) == set()


def test_who_wrote_last_and_what_is_closed(later):
    agent = an_agent(role="owner")
    answered, asked, closed = (a_ticket(customer=str(number)) for number in (551, 552, 553))
    later(minutes=1)
    a_reply(answered, by=agent)
    done(tickets.close, closed, agent)

    assert held("is.writer=us", agent) == {answered.id}
    assert held("is.writer=customer", agent) == {asked.id}  # the closed one is left out
    assert held("is.status=closed", agent) == {closed.id}
    assert held("is.status=closed&is.status=open&is.writer=customer", agent) == {asked.id, closed.id}


def test_groups_stand_in_groups():
    agent = an_agent(role="owner")
    vip, urgent, both, plain = (a_ticket(customer=str(number)) for number in (551, 552, 553, 554))
    for ticket in (vip, both):
        done(standing.tag, ticket, agent, names=["vip"])
    for ticket in (urgent, both):
        done(standing.prioritise, ticket, agent, priority=Priority.URGENT)
    either = Group(Match.ANY, (Condition("tag", Op.IS, ("vip",)), Condition("priority", Op.IS, ("urgent",))))
    not_both = Group(Match.ANY, (Condition("tag", Op.IS_NOT, ("vip",)), Condition("priority", Op.IS_NOT, ("urgent",))))

    assert held_by(either, agent) == {vip.id, urgent.id, both.id}
    assert held_by(Group(Match.ALL, (either, not_both)), agent) == {vip.id, urgent.id}
    assert held_by(Group(), agent) == {vip.id, urgent.id, both.id, plain.id}


def test_what_was_saved_is_read_again_and_what_cannot_be_is_told():
    group = Group(Match.ANY, (Condition("tag", Op.IS_NOT, ("vip",)), Group(Match.ALL, (Condition("unread"),))))

    assert conditions.from_data(conditions.as_data(group)) == group
    data = conditions.as_data(group)
    for wrong in (None, {}, {**data, "version": 9}, {**data, "match": "some"}, {**data, "items": [{"colour": "red"}]}):
        with pytest.raises(Invalid):
            conditions.from_data(wrong)


def test_a_view_whose_tag_is_gone_says_so_and_holds_nothing_for_it():
    agent, ticket = an_agent(role="owner"), a_ticket(customer="551")
    done(standing.tag, ticket, agent, names=["vip"])
    id = save(Group(items=(Condition("tag", Op.IS, ("vip",)),)), by=agent)
    with transaction():
        db.session.execute(sa.delete(TicketTag))
        db.session.execute(sa.delete(Tag))

    view = queue_views.view(f"v{id}", agent=db.session.get_one(Agent, agent.id))

    assert view.problems == ("There is no tag “vip” any more.",)
    assert queue_pages.page(view, agent=db.session.get_one(Agent, agent.id)).rows == []


def test_a_view_that_nobody_can_read_is_empty_and_says_why():
    agent = an_agent()
    id = save(Group(), by=agent)
    with transaction():
        db.session.get_one(SavedView, id).conditions = {"version": 1, "match": "all", "items": [{"colour": "red"}]}

    view = queue_views.view(f"v{id}", agent=db.session.get_one(Agent, agent.id))

    assert "cannot read" in view.problems[0]
    assert queue_pages.page(view, agent=db.session.get_one(Agent, agent.id)).rows == []


def test_views_are_seen_by_whom_they_are_for():
    sales = a_team("Sales").id
    ana, ben = an_agent(team="Sales"), an_agent(team="Sales")
    lead, outsider, owner = an_agent(team="Sales", role="lead"), an_agent(team="Returns"), an_agent(role="owner")
    own = save(Group(), by=ana, name="Own")
    theirs = save(Group(), by=lead, name="Theirs", audience=Audience.TEAM, team=sales)
    ours = save(Group(), by=owner, name="Ours", audience=Audience.EVERYONE)

    def seen(agent: Agent) -> list[int]:
        return [view.id for view in saved_views.listing(db.session.get_one(Agent, agent.id))]

    assert seen(ana) == [own, theirs, ours]
    assert seen(ben) == [theirs, ours]
    assert seen(outsider) == [ours]
    with pytest.raises(NotFound):
        queue_views.view(f"v{own}", agent=db.session.get_one(Agent, ben.id))


def test_only_leads_make_a_team_s_view_and_only_owners_everyone_s():
    sales, legal = a_team("Sales").id, a_team("Legal").id
    agent, lead = an_agent(team="Sales"), an_agent(team="Sales", role="lead")

    for by, audience, team in (
        (agent, Audience.TEAM, sales),
        (agent, Audience.EVERYONE, None),
        (lead, Audience.TEAM, legal),
        (lead, Audience.EVERYONE, None),
    ):
        with pytest.raises(Forbidden):
            save(Group(), by=by, audience=audience, team=team)
    theirs = save(Group(), by=lead, audience=Audience.TEAM, team=sales)
    with transaction():
        view, by = db.session.get_one(SavedView, theirs), db.session.get_one(Agent, agent.id)
        with pytest.raises(Forbidden):
            saved_views.delete(view, by=by)


def test_views_are_put_in_order():
    agent = an_agent()
    ids = [save(Group(), by=agent, name=name) for name in "abc"]

    with transaction():
        who = db.session.get_one(Agent, agent.id)
        saved_views.move(db.session.get_one(SavedView, ids[2]), is_up=True, by=who)
        saved_views.move(db.session.get_one(SavedView, ids[0]), is_up=True, by=who)

    assert [view.name for view in saved_views.listing(db.session.get_one(Agent, agent.id))] == ["a", "c", "b"]


def test_counts_of_saved_views_stand_beside_the_others():
    agent = an_agent(role="owner")
    a_ticket(customer="551")
    id = save(Group(items=(Condition("assignee", Op.IS, ("nobody",)),)), by=agent)
    who = db.session.get_one(Agent, agent.id)

    counts = queue_pages.counts(who, [queue_views.of_saved(one) for one in saved_views.listing(who)])

    assert (counts[f"v{id}"], counts["all"]) == (1, 1)


def test_pages_go_on_in_both_directions_in_every_order(later):
    agent = an_agent(role="owner")
    for number in range(5):
        ticket = a_ticket(customer=str(550 + number))
        done(standing.prioritise, ticket, agent, priority=list(Priority)[number % 4])
        later(minutes=1)
    who = db.session.get_one(Agent, agent.id)

    for order in queue_places.ORDERS:
        view = queue_views.View("", "", "", lambda who: sa.true(), order=order)
        whole = queue_pages.page(view, agent=who).rows
        first = queue_pages.page(view, agent=who, limit=2)
        second = queue_pages.page(view, agent=who, limit=2, after=first.next)
        back = queue_pages.page(view, agent=who, limit=9, before=second.rows[0].place)
        again = queue_pages.page(view, agent=who, limit=2, since=second.rows[0].place)

        assert [*first.rows, *second.rows] == whole[:4], order
        assert (back.rows, again.rows) == (whole[:2], whole[2:4]), order
        assert [row.place for row in whole] == sorted(row.place for row in whole), order


def test_the_window_that_closes_soon_has_its_view(later):
    agent = an_agent(role="owner")
    old = a_ticket(customer="551")
    later(hours=22)
    a_ticket(customer="552")
    who = db.session.get_one(Agent, agent.id)

    assert [row.ticket.id for row in queue_pages.page(queue_views.view("window"), agent=who).rows] == [old.id]
    later(hours=3)
    assert [row.ticket.id for row in queue_pages.page(queue_views.view("window"), agent=who).rows] == []
    assert clock.now() - old.opened_at > timedelta(hours=24)
