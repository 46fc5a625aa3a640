"""The search's pages: what they answer to whom, and the thread opened at a message."""

from __future__ import annotations

import re

from helpdesk.db import db
from helpdesk.domain import thread
from helpdesk.domain.search import answers
from helpdesk.models import Agent, Ticket
from tests.factories import a_customer_message, a_ticket, an_agent, an_inbox


def test_a_browser_without_scripts_searches_pages_and_opens_the_message(client, monkeypatch):
    monkeypatch.setattr(answers.to, "__kwdefaults__", {"after": None, "limit": 2})
    inbox = an_inbox()
    ids = [a_customer_message(f"The {colour} jacket", inbox=inbox).id for colour in ("red", "green", "blue")]
    page = client(an_agent())

    first = page.get("/tickets?view=all&q=jacket&inbox=").text
    more = re.search(r'href="(/tickets\?[^"]*more=[^"]*)"', first)
    second = page.get(more.group(1).replace("&amp;", "&")).text

    assert 'The blue <mark class="hit">jacket</mark>' in first
    assert "green" in first
    assert "The red" not in first
    assert f"message={ids[0]}" in second
    opened = page.get(
        re.search(rf'href="(/tickets/[^"]*message={ids[0]})"', second).group(1).replace("&amp;", "&")
    ).text
    assert f'data-target="message-{ids[0]}"' in opened
    assert '<mark class="hit">jacket</mark>' in opened


def test_what_a_customer_wrote_and_what_one_asks_stays_text(client):
    a_ticket("<img src=x onerror=alert(1)> jacket <mark>")
    page = client(an_agent())

    found = page.get('/search?q=<img jacket "><script>alert(1)</script>').text
    also = page.get("/tickets?q=jacket").text

    assert "<script>alert" not in found
    assert '&lt;img src=x onerror=alert(1)&gt; <mark class="hit">jacket</mark> &lt;mark&gt;' in also


def test_what_is_wrong_is_said_in_words_and_what_was_typed_stays(client):
    an_inbox()
    page = client(an_agent())

    answer = page.get("/tickets?view=all&q=jacket tag:nope")

    assert answer.status_code == 200
    assert "No ticket has the tag “nope”." in answer.text
    assert 'value="jacket tag:nope"' in answer.text
    assert "Type two letters or more" in page.get("/search?q=j").text
    assert page.get("/search?q=jacket&more=zzz", headers={"Accept": "application/json"}).status_code == 422


def test_the_thread_opens_around_a_message_far_up_and_goes_on_in_both_directions(desk):
    inbox, id = an_inbox(), an_agent().id
    for number in range(12):
        message = a_customer_message(f"Line {number}", inbox=inbox)
        desk.later(minutes=1)
        if number == 5:
            target = message.id
    ticket_id, agent = message.ticket_id, db.session.get_one(Agent, id)
    ticket = db.session.get_one(Ticket, ticket_id)
    message = next(one for one in _lines(ticket, agent, limit=50)[0] if one.id == target)

    middle, shown = _lines(ticket, agent, target=message, limit=4)
    above, older = _lines(ticket, agent, before=shown.older, limit=4)
    below, newer = _lines(ticket, agent, after=shown.newer, limit=4)

    assert [[one.text[5:] for one in page] for page in (above, middle, below)] == [
        ["0", "1", "2"], ["3", "4", "5", "6", "7"], ["8", "9", "10", "11"],
    ]  # fmt: skip
    assert shown.target is message
    assert (older.older, newer.newer) == (None, None)


def test_an_address_with_a_message_that_is_not_theirs_opens_the_ticket_at_its_end(client):
    other = a_customer_message("Elsewhere", customer="999", inbox=an_inbox())
    ticket = a_ticket("Here")
    page = client(an_agent())

    for id in (other.id, 10**17, "x", "٣"):
        answer = page.get(f"/tickets/{ticket.number}?message={id}")
        assert answer.status_code == 200
        assert 'data-target=""' in answer.text


def _lines(ticket: Ticket, agent: Agent, **where):
    """The messages of a page of the thread, and the page."""
    found = thread.page(ticket, agent=agent, **where)
    return [item for item in found.items if hasattr(item, "text")], found
