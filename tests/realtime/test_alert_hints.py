"""Who is hinted at that there may be something to tell: by the room's streams, and by the cursor to who missed them."""

from __future__ import annotations

from helpdesk.db import transaction
from helpdesk.domain import events
from tests.domain.steps import assigns
from tests.factories import a_customer_message, a_note, a_ticket, an_agent, an_inbox


def hints(streams) -> list[str]:
    return [stream.target for stream in streams if stream.action == "refresh" and stream.target.startswith("alerts-")]


def test_a_hint_names_whom_it_concerns_and_only_their_room_hears_it(open_page):
    mona, tom = an_agent("Mona Ortiz"), an_agent("Tom Berg")
    hers, outsiders = open_page(mona), open_page(an_agent(team="Returns"))
    ticket = a_ticket(inbox=an_inbox())
    assert hints(hers.streams) == ["alerts-unassigned"]
    hers.forget()

    with transaction():
        assigns(ticket, tom, to=mona)()
    a_customer_message("Are you there?")
    a_note(ticket, "She is a regular.", by=tom)
    a_note(ticket, "I know.", by=mona)
    with transaction():
        assigns(ticket, mona, to=None)()

    assert hints(hers.streams) == [f"alerts-{mona.id}"] * 3 + ["alerts-everybody"]
    assert hints(outsiders.streams) == []


def test_what_was_missed_is_hinted_at_once_for_each_whom_it_concerns(client):
    mona, tom = an_agent("Mona Ortiz"), an_agent("Tom Berg")
    ticket = a_ticket(inbox=an_inbox())
    console, upto = client(mona), events.upto()
    with transaction():
        assigns(ticket, tom, to=mona)()
    for text in ("One", "Two", "Three"):
        a_customer_message(text)

    missed = console.get(f"/changes?since={upto}", headers={"Accept": "application/json"}).json["streams"]

    assert [one["target"] for one in missed if one["target"].startswith("alerts-")] == [f"alerts-{mona.id}"]
