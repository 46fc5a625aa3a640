"""The socket rows of the access matrix, played on a desk that runs."""

from __future__ import annotations

import pytest

from helpdesk.models import Agent, Inbox
from tests.factories import a_customer_message, an_agent, an_inbox
from tests.realtime.sockets import PageSocket, Refused
from tests.realtime.websocket import WebSocket
from tests.web.access_matrix import PEOPLE, SOCKET_EVENTS

BOTH = (True, False)  # one's own team's ticket, and Legal's
STRANGERS = ("anonymous", "token_read", "token_write")


@pytest.mark.parametrize("who", STRANGERS)
def test_strangers_have_no_socket(live, who):
    headers = {"Origin": live.settings.public_url}
    if who != "anonymous":
        headers["Authorization"] = f"Bearer hd_{who}"

    with pytest.raises(Refused):
        WebSocket(live.url.replace("http", "ws", 1) + "/socket.io/?EIO=4&transport=websocket", headers)

    assert all(row.expected(who, is_own=is_own) is None for row in SOCKET_EVENTS for is_own in BOTH)


@pytest.mark.parametrize("who", [who for who in PEOPLE if who not in STRANGERS])
@pytest.mark.parametrize("row", SOCKET_EVENTS, ids=lambda row: row.event)
def test_the_row_is_true(live, place, row, who):
    legal = an_inbox("Legal", team=f"Legal of {place.team}", account_id=f"9{place.inbox.account_id[1:]}")
    witness = live.enter(an_agent(role="owner", team="Returns"))
    page = live.enter(_person(who, place.team))

    found = {is_own: _comes_about(row.event, page, place.inbox if is_own else legal, witness) for is_own in BOTH}

    assert found == {is_own: row.expected(who, is_own=is_own) for is_own in BOTH}


def _person(who: str, team: str) -> Agent:
    if who == "outsider":
        return an_agent(team="Returns")
    if who == "owner":
        return an_agent(role="owner", team="Returns")
    return an_agent(role=who, team=team)


def _comes_about(event: str, page: PageSocket, inbox: Inbox, witness: PageSocket) -> bool:
    """Does the page hear of a new ticket, is its agent seen to look at it, to type in it?"""
    message = a_customer_message("Is it back in stock?", inbox=inbox, customer=f"77{inbox.id}")
    number = message.ticket.number
    if event == "stream":
        witness.wait_for("stream", seq=message.seq)  # who hears it has heard it by now
        page.fence()
        return any(name == "stream" and data["seq"] == message.seq for name, data in page.heard)
    page.say("look", {"ticket": number})
    if event == "typing":
        page.say("typing", {"ticket": number, "as": "note"})
    page.fence()
    told = [data for name, data in page.heard if name == "presence" and data["ticket"] == number]
    if event == "look":
        return bool(told)
    return any(person["typing"] for data in told for person in data["agents"])
