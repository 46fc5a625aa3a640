"""The page of one's alerts, and what a browser asks."""

from __future__ import annotations

import re

import sqlalchemy as sa

from helpdesk.db import db, transaction
from helpdesk.domain import events
from helpdesk.models import AlertSettings
from tests.domain.steps import assigns
from tests.domain.test_number_of_queries import counted
from tests.factories import a_customer_message, a_ticket, an_agent, an_inbox

FORM = {
    "sound": "ping",
    "volume": "25",
    "desktop": "on",
    "mine": "on",
    "unassigned": "on",
    "after": "15",
    "quiet": "on",
    "quiet_from": "22:00",
    "quiet_until": "07:30",
    "zone": "Europe/Berlin",
}
DUE = 16  # queries of one question, sign-in included
JSON = {"Accept": "application/json"}


def test_the_form_works_without_a_script_and_shows_what_was_chosen(client):
    mona = an_agent()
    console = client(mona)

    answer = console.post("/alerts", data=FORM)
    page = console.get("/alerts").text

    assert (answer.status_code, answer.location) == (302, "/alerts")
    assert "Your alerts are saved." in page
    chosen = db.session.get(AlertSettings, mona.id)
    assert (chosen.sound, chosen.volume, chosen.unassigned_after, chosen.zone) == ("ping", 25, 15, "Europe/Berlin")
    assert (chosen.is_mine, chosen.is_mentions, chosen.is_desktop) == (True, False, True)
    assert re.search(r'name="quiet_from" value="22:00"', page)
    assert '<option value="ping" selected>' in page
    console.post("/alerts", data={name: value for name, value in FORM.items() if name not in ("quiet", "unassigned")})
    db.session.refresh(chosen)
    assert (chosen.unassigned_after, chosen.quiet_from) == (None, None)


def test_what_cannot_be_is_told_in_words_and_what_was_typed_stays(client):
    console = client(an_agent())

    for wrong, words in (
        ({"after": "soon"}, "Give the minutes"),
        ({"volume": "900"}, "from 1 to 100"),
        ({"zone": "Berlin"}, "There is no time zone"),
        ({"sound": "klaxon"}, "Choose one of the sounds"),
        ({"quiet_from": "late"}, "such as 19:00"),
        ({"quiet_from": "07:30"}, "no length"),
    ):
        answer = console.post("/alerts", data={**FORM, **wrong})

        assert answer.status_code == 422
        assert words in answer.text
        ((name, typed),) = wrong.items()
        assert name == "sound" or f'value="{typed}"' in answer.text
    assert db.session.execute(sa.select(AlertSettings)).first() is None


def test_a_browser_is_answered_what_to_play_and_what_it_asks_wrongly_is_refused(client):
    mona, tom = an_agent("Mona Ortiz"), an_agent("Tom Berg")
    ticket = a_ticket("<b>Hi</b>", inbox=an_inbox())
    browsers, upto = [client(mona), client(tom)], events.upto()
    with transaction():
        assigns(ticket, tom, to=mona)()
    a_customer_message("<b>Are you there?</b>")

    hers, his = (browser.get(f"/alerts/due?seq={upto}", headers=JSON).json for browser in browsers)

    (alert,) = hers["alerts"]
    assert (alert["number"], alert["text"]) == (ticket.number, "<b>Are you there?</b>")
    assert (hers["sound"], hers["volume"], hers["desktop"], hers["after"]) == ("chime", 60, True, 5)
    assert hers["upto"] == events.upto()
    assert his["alerts"] == []
    for query in ("", "seq=x", "seq=-1", f"seq={'9' * 19}", "seq=1&at=now"):
        assert browsers[0].get(f"/alerts/due?{query}", headers=JSON).status_code == 422
    assert browsers[0].get(f"/alerts/due?seq={10**17}", headers=JSON).json["alerts"] == []


def test_much_to_tell_costs_as_many_queries_as_little(client):
    an_inbox()
    mona, tom = an_agent(), an_agent()
    console, upto = client(mona), events.upto()

    def asks(customers: range) -> int:
        for customer in customers:
            ticket = a_ticket(customer=f"471100000000{customer:04d}")
            with transaction():
                assigns(ticket, tom, to=mona)()
            a_customer_message("Hello?", customer=f"471100000000{customer:04d}")
        console.get(f"/alerts/due?seq={upto}", headers=JSON)
        with counted() as statements:
            answer = console.get(f"/alerts/due?seq={upto}&at=2020-01-01T00:00:00Z", headers=JSON)
        assert len(answer.json["alerts"]) == customers.stop
        return len(statements)

    few = asks(range(2))

    assert asks(range(2, 12)) == few
    assert few <= DUE
