"""From the platform to the agent's screen: what a customer's message opens, and who hears of it."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import sqlalchemy as sa

from helpdesk.db import db, transaction
from helpdesk.domain import access, queue_pages, queue_views, tickets
from helpdesk.models import Contact, Conversation, Direction, Event, Ledger, Ticket, Wait, WaitKind
from tests.factories import OTHER_ACCOUNT, an_agent, an_inbox, the_messages, the_ticket
from tests.support.instagram import body, said


def test_a_direct_message_opens_a_ticket_on_the_team_s_screens_only(webhook, run_jobs, open_page):
    an_inbox(team="Sales")
    ana, outsider = open_page(an_agent(team="Sales")), open_page(an_agent(team="Returns"))
    owner = open_page(an_agent(team="Returns", role="owner"))

    answer = webhook("instagram/text.json")
    run_jobs()

    ticket = the_ticket()
    assert (answer.status_code, ticket.team.name, ticket.category) == (200, "Sales", "open")
    assert "Hi, is the blue jacket back in stock?" in ana.html
    assert [stream.target for stream in ana.streams if stream.action == "refresh"].count(f"row-{ticket.number}") >= 1
    assert "blue jacket" in owner.html
    assert outsider.streams == []


def test_a_webhook_is_stored_before_it_is_answered_and_before_anyone_works_on_it(webhook):
    an_inbox()

    webhook("instagram/text.json")

    row = db.session.execute(sa.select(Ledger)).scalar_one()
    assert (row.state, row.lane) == ("new", "17841400000000001:1234500000000001")
    assert the_messages() == []


def test_the_same_webhook_again_is_one_message(webhook, run_jobs, open_page):
    an_inbox()
    page = open_page(an_agent())

    for _ in range(3):
        assert webhook("instagram/text.json").status_code == 200
        run_jobs()

    assert len(the_messages()) == 1
    appended = [stream for stream in page.streams if stream.action == "append" and "blue jacket" in stream.html]
    assert len(appended) == 1


def test_the_same_message_in_another_webhook_is_one_message(webhook, run_jobs):
    an_inbox()
    first = said("Hello", mid="mid-1")

    webhook(body(first))
    webhook(body(first, said("And again", mid="mid-2", at=1)))
    run_jobs()

    assert [message.text for message in the_messages()] == ["Hello", "And again"]


def test_eight_times_the_same_webhook_at_once_is_one_message(desk, run_jobs):
    an_inbox()
    db.session.remove()

    def post(_: int) -> int:
        with desk.app.app_context():
            return desk.webhook("instagram/text.json").status_code

    with ThreadPoolExecutor(8) as pool:
        statuses = list(pool.map(post, range(8)))
    run_jobs()

    assert statuses == [200] * 8
    assert len(the_messages()) == 1
    assert db.session.execute(sa.select(sa.func.count()).select_from(Ledger)).scalar_one() == 1


def test_an_album_of_somebody_new_is_one_contact_and_one_ticket(desk, run_jobs):
    an_inbox()
    db.session.remove()

    def post(number: int) -> int:
        with desk.app.app_context():
            return desk.webhook(body(said(f"picture {number}", mid=f"mid-{number}", at=number))).status_code

    with ThreadPoolExecutor(5) as pool:
        assert set(pool.map(post, range(5))) == {200}
    run_jobs()

    counts = [
        db.session.execute(sa.select(sa.func.count()).select_from(table)).scalar_one()
        for table in (Contact, Conversation, Ticket)
    ]
    assert counts == [1, 1, 1]
    assert [message.text for message in the_messages()] == [f"picture {number}" for number in range(5)]


def test_a_batch_reaches_each_account_s_own_inbox(webhook, run_jobs, open_page):
    an_inbox(team="Sales")
    an_inbox("Outlet", team="Returns", account_id=OTHER_ACCOUNT)
    sales, returns = open_page(an_agent(team="Sales")), open_page(an_agent(team="Returns"))

    webhook("instagram/batch.json")
    run_jobs()

    assert [message.text for message in the_messages()] == ["one", "two", "other account"]
    assert "other account" in returns.html
    assert "one" in sales.html
    assert "other account" not in sales.html


def test_another_message_while_the_ticket_is_open_opens_no_second_one(webhook, run_jobs, later):
    an_inbox()
    webhook(body(said("First")))
    run_jobs()

    later(days=20)
    webhook(body(said("Second", at=20 * 86400)))
    run_jobs()

    assert [message.ticket_id for message in the_messages()] == [the_ticket().id] * 2


def test_messages_stand_in_the_order_of_the_platform_s_time(webhook, run_jobs):
    an_inbox()

    webhook(body(said("third", at=30)))
    webhook(body(said("first", at=10)))
    webhook(body(said("second", at=20)))
    run_jobs()

    assert [message.text for message in the_messages()] == ["first", "second", "third"]


def test_a_message_that_comes_days_late_says_so(webhook, run_jobs, later):
    an_inbox()
    webhook(body(said("On time")))
    run_jobs()

    later(days=7)
    webhook(body(said("From last week", at=60)))
    run_jobs()

    on_time, late = the_messages()
    assert (on_time.late_by <= 5, late.late_by >= 7 * 24 * 60 - 5) == (True, True)


def test_a_wait_begins_with_the_first_message_and_not_with_the_second(webhook, run_jobs):
    an_inbox()

    webhook(body(said("Hello?", at=0)))
    webhook(body(said("Anybody there?", at=100)))
    run_jobs()

    wait = db.session.execute(sa.select(Wait)).scalar_one()
    first = the_messages()[0]
    assert (wait.kind, wait.opened_at, wait.ended_at) == (WaitKind.FIRST, first.at, None)
    assert the_ticket().waiting_since == first.at


def test_events_are_numbered_without_a_gap_and_know_the_one_before_in_their_room(webhook, run_jobs):
    an_inbox(team="Sales")
    an_inbox("Outlet", team="Returns", account_id=OTHER_ACCOUNT)

    webhook("instagram/batch.json")
    webhook(body(said("One more", at=90)))
    run_jobs()

    events = db.session.execute(sa.select(Event).order_by(Event.seq)).scalars().all()
    assert [event.seq for event in events] == list(range(1, len(events) + 1))
    newest: dict[str, int] = {}
    for event in events:
        assert event.prev == newest.get(event.room, 0)
        newest[event.room] = event.seq


def test_what_is_no_message_makes_no_contact(webhook, run_jobs):
    an_inbox()

    for name in ("comment_instagram_login", "referral_igme", "unknown_event", "optin", "policy_enforcement"):
        assert webhook(f"instagram/{name}.json").status_code == 200
    run_jobs()

    assert db.session.execute(sa.select(Contact)).first() is None
    assert {row.state for row in db.session.execute(sa.select(Ledger)).scalars()} == {"done"}


def test_a_link_that_led_an_open_conversation_here_is_a_line_in_it(webhook, run_jobs, open_page):
    an_inbox()
    webhook("instagram/text.json")
    run_jobs()
    page = open_page(an_agent())

    webhook("instagram/referral_igme.json")
    run_jobs()

    event = db.session.execute(sa.select(Event).where(Event.kind == "contact.arrived")).scalar_one()
    assert event.data["sentence"]
    assert event.data["sentence"] in page.html
    assert [message.direction for message in the_messages()] == [Direction.INBOUND]


def test_the_customer_s_text_is_never_html(webhook, run_jobs, open_page):
    an_inbox()
    page = open_page(an_agent())

    webhook(body(said("<img src=x onerror=alert(1)> & <b>bold</b>")))
    run_jobs()

    assert "<img src=x" not in page.html
    assert "&lt;img src=x onerror=alert(1)&gt; &amp; &lt;b&gt;bold&lt;/b&gt;" in page.html


def test_unread_counts_for_each_agent_alone(webhook, run_jobs):
    an_inbox()
    ana, ben = an_agent(), an_agent()
    webhook(body(said("Hello")))
    run_jobs()

    with transaction():
        tickets.read(access.ticket(the_ticket().number, by=ana), by=ana)

    assert [row.unread for row in queue_pages.page(queue_views.view("all"), agent=ana).rows] == [0]
    assert [row.unread for row in queue_pages.page(queue_views.view("all"), agent=ben).rows] == [1]
