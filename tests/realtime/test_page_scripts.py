"""What the page's own scripts make of streams and of what they miss, in real Chromium."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from helpdesk.db import db, transaction
from helpdesk.domain import agents
from helpdesk.models import Agent
from tests.factories import a_customer_message, a_ticket, an_agent

pytestmark = pytest.mark.browser

MODULES = """
  const [build] = /\\/assets\\/[^/]+/.exec(document.head.innerHTML)
  const anew = (name) => import(`${build}/js/lib/${name}.js?${Math.random()}`)
  const [streams, cursor] = await Promise.all([anew("streams"), anew("cursor")])
"""


@pytest.fixture
def in_page(page: Page):
    """`in_page("…")`: what the function body returns, with the modules `streams` and `cursor`. Nobody is signed in."""
    page.goto("/sign-in")

    return lambda body: page.evaluate(f"async () => {{ {MODULES} {body} }}")


LIST = """
  document.body.insertAdjacentHTML("beforeend", '<div data-older="more"><div id="messages-7"></div></div>')
  const list = document.getElementById("messages-7")
  const item = (id, seq, second, text = "") =>
    `<p id="message-${id}" data-id="${id}" data-seq="${seq}" data-at="2026-11-23T10:00:0${second}.000Z">${text}</p>`
  const put = (action, html, target = "messages-7", seq = 0) => streams.applyStream({action, target, html}, seq)
  const shown = () => [...list.children].map((child) => child.id.slice(8) + child.textContent)
"""


CHANGES = {  # what is told: what the list shows then
    "put('append', item(1, 5, 1)); put('append', item(1, 5, 1))": ["1"],
    "put('append', item(1, 5, 1, 'new')); put('append', item(1, 4, 1, 'old'))": ["1new"],
    "put('append', item(1, 5, 1, 'old')); put('replace', item(1, 6, 1, 'new'), 'message-1')": ["1new"],
    "put('replace', item(1, 6, 1), 'message-1')": [],
    "put('replace', item(1, 6, 1, 'new'), 'message-1'); put('append', item(1, 5, 1, 'old'))": ["1new"],
    "put('replace', item(1, 6, 1, 'old'), 'message-1'); put('append', item(1, 7, 1, 'new'))": ["1new"],
    "for (const seq of [7, 6]) put('replace', item(1, seq, 1, seq), 'message-1'); put('append', item(1, 5, 1))": ["17"],
    "put('replace', item(1, 6, 1), 'message-1'); put('remove', '', 'message-1', 7); put('append', item(1, 5, 1))": [],
    "put('append', item(1, 5, 1)); put('append', item(3, 6, 3)); put('append', item(2, 7, 2))": ["1", "2", "3"],
    "put('append', item(2, 5, 2)); put('append', item(3, 6, 2)); put('append', item(9, 7, 2))": ["2", "3", "9"],
    "put('append', item(5, 5, 5)); put('append', item(1, 6, 1))": ["5"],
    "put('append', item(1, 5, 1)); put('remove', '', 'message-1', 6)": [],
    "put('append', item(1, 7, 1)); put('remove', '', 'message-1', 6)": ["1"],
    "put('remove', '', 'message-1', 6); put('append', item(1, 6, 1))": [],
    "put('remove', '', 'message-1', 6); put('append', item(1, 7, 1))": ["1"],
    "list.innerHTML = '<p id=message-1>pending</p>'; put('append', item(1, 5, 1, 'sent'))": ["1sent"],
    "put('append', '<script id=message-1>window.ran = 1<\\/script>')": ["1window.ran = 1"],
}


def test_streams_change_the_page_by_id_and_seq(in_page):
    shown = {
        does: in_page(f"{LIST} {does}; const found = shown(); list.parentElement.remove(); return found")
        for does in CHANGES
    }

    assert shown == CHANGES
    assert in_page("return window.ran ?? null") is None


def test_a_replaced_element_keeps_the_focus(in_page):
    script = f"""{LIST}
      put("append", '<p id="message-1" data-seq="1"><i></i><button>a</button></p>')
      list.querySelector("button").focus()
      put("append", '<p id="message-1" data-seq="2"><i></i><button>b</button></p>')
      return document.activeElement.textContent"""

    assert in_page(script) == "b"


def test_an_open_menu_is_not_taken_away(in_page):
    script = f"""{LIST}
      put("append", '<div id="message-1" data-seq="1"><details data-menu open></details></div>')
      put("append", '<div id="message-1" data-seq="2">later</div>')
      const before = shown()
      list.querySelector("details").open = false
      await new Promise((resolve) => setTimeout(resolve, 50))
      return [before, shown()]"""

    assert in_page(script) == [["1"], ["1later"]]


HEARD = {  # what a page at event 10 hears: what it asks then, and whether it knows of a gap
    "": ["since=10", False],
    "hear('a', 12, 9)": ["since=10&heard=a%3A12", False],
    "hear('a', 12, 9); hear('a', 15, 12); hear('b', 14, 3)": ["since=10&heard=a%3A15&heard=b%3A14", False],
    "hear('a', 15, 12)": ["since=10", True],
    "hear('a', 15, 12); hear('a', 17, 15); hear('a', 12, 9)": ["since=10&heard=a%3A17", False],
    "hear('a', 9, 8)": ["since=10", False],
    "hear('a', 15, 12); c.complete(16)": ["since=16", False],
    "hear('a', 15, 12); c.complete(13)": ["since=13&heard=a%3A15", False],
    "hear('a', 20, 18); c.complete(13)": ["since=13", True],
    "const p = c.position(); hear('a', 12, 9); c.fallBack(p)": ["since=10&heard=a%3A10", False],
    "hear('a', 12, 9); const p = c.position(); c.complete(30); c.fallBack(p)": ["since=10&heard=a%3A12", False],
}


def test_the_cursor_knows_what_was_missed(in_page):
    start = "const c = new cursor.Cursor(10); const hear = (room, seq, prev) => c.hear({room, seq, prev});"

    asks = {hears: in_page(f"{start} {hears}; return [String(c.query()), c.hasGap]") for hears in HEARD}

    assert asks == HEARD


def test_a_message_appears_by_itself(running, live, place, page, sign_in):
    ticket = a_ticket(inbox=place.inbox)
    sign_in(page, an_agent(team=place.team))
    page.goto(f"/tickets/{ticket.number}")
    expect(page.locator("connection-state")).to_have_attribute("data-state", "live")

    a_customer_message("Are you there?", inbox=place.inbox)

    expect(page.locator(".message__body", has_text="Are you there?")).to_be_visible(timeout=2_000)


def test_what_came_while_one_was_offline_is_there_two_seconds_after(running, live, place, page, sign_in):
    ticket = a_ticket(inbox=place.inbox)
    sign_in(page, an_agent(team=place.team))
    page.goto(f"/tickets/{ticket.number}")
    state = page.locator("connection-state")
    expect(state).to_have_attribute("data-state", "live")

    page.context.set_offline(True)
    page.complaints.problems.clear()
    expect(state).to_contain_text("Offline", timeout=12_000)
    a_customer_message("While you were away", inbox=place.inbox)
    page.context.set_offline(False)
    page.complaints.problems.clear()

    expect(page.locator(".message__body", has_text="While you were away")).to_be_visible(timeout=2_000)
    expect(state).to_have_attribute("data-state", "live")
    page.complaints.problems[:] = [one for one in page.complaints.problems if "ERR_INTERNET_DISCONNECTED" not in one]


def test_who_is_signed_out_elsewhere_is_told(running, live, page, sign_in):
    agent = an_agent()
    sign_in(page, agent)
    page.goto("/tickets")
    expect(page.locator("connection-state")).to_have_attribute("data-state", "live")

    with transaction():
        person = db.session.get_one(Agent, agent.id)
        for session in agents.sessions(person):
            agents.end_session(session.id, by=person)

    expect(page.locator("connection-state")).to_have_attribute("data-state", "signed-out", timeout=8_000)


COMING = {  # seen on Wednesday 25 November, 20:00: when it is
    "2026-11-25T23:15": "11:15",
    "2026-11-26T07:30": "tomorrow, 7:30",
    "2026-11-29T09:00": "Sun, 9:00",
    "2026-12-02T09:00": "2 Dec",
    "2026-11-25T19:00": "7:00",
}


@pytest.mark.parametrize(("moment", "told"), COMING.items())
def test_a_time_to_come_is_told_as_people_say_it(in_page, moment, told):
    shown = in_page(f"""
      const time = await anew("time")
      time.setClock(new Date("2026-11-25T20:00"))
      return time.coming(new Date("{moment}"))
    """)

    assert shown.replace("\u202f", " ").removesuffix(" PM").removesuffix(" AM") == told
