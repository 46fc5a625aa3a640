"""Filters in the address, the editor of views and acts on many tickets, as a browser without a script asks for them."""

from __future__ import annotations

import html
import re

import pytest

from helpdesk.db import db, transaction
from helpdesk.domain import standing, tickets
from helpdesk.domain.events import Actor
from helpdesk.models import Agent, Category, SavedView, Ticket
from tests.factories import a_ticket, an_agent, an_inbox

PAGE = {"Accept": "text/html"}


@pytest.fixture
def owner(client):
    return client(an_agent("Olga Owen", role="owner"))


def tagged(ticket: Ticket, *names: str) -> None:
    by = an_agent(role="owner").id
    with transaction():
        it, who = db.session.get_one(Ticket, ticket.id), db.session.get_one(Agent, by)
        standing.tag(it, names=names, by=Actor.of(who))


def rows(page: str) -> set[int]:
    return {int(number) for number in re.findall(r'id="row-(\d+)"', page)}


def test_filters_stand_in_the_address_and_on_chips_that_take_them_away(owner):
    vip, plain = a_ticket(customer="551"), a_ticket(customer="552")
    tagged(vip, "vip")

    page = owner.get("/tickets?view=all&is.tag=VIP&is.unread=1", headers=PAGE).text

    assert rows(page) == {vip.number}
    assert f'href="/tickets/{vip.number}?view=all&amp;is.tag=VIP&amp;is.unread=1"' in page
    chips = [html.unescape(link) for link in re.findall(r'narrow__chip" href="([^"]+)"', page)]
    assert chips == ["/tickets?view=all&is.unread=1", "/tickets?view=all&is.tag=VIP"]
    assert rows(owner.get(chips[0], headers=PAGE).text) == {vip.number, plain.number}


TOLD = {
    "is.tag=gone": "There is no tag “gone” any more.",
    "is.inbox=99": "an inbox that was chosen is not there any more",
    "is.assignee=x": "a person that was chosen is not there any more",
    "is.waits=soon": "A number of minutes is missing",
    "is.status=lost&is.closes=-1": "A number of minutes is missing",
}


def test_a_filter_that_cannot_be_is_told_and_finds_nothing(owner):
    a_ticket(customer="551")

    for query, told in TOLD.items():
        answer = owner.get(f"/tickets?view=all&{query}", headers=PAGE)

        assert answer.status_code == 200, query
        assert told in answer.text, query
        assert rows(answer.text) == set(), query


def test_a_view_that_was_deleted_is_told_where_its_address_leads(owner):
    ticket = a_ticket(customer="551")

    assert "not there any more" in owner.get("/tickets?view=v77", headers=PAGE).text
    assert owner.get(f"/tickets/{ticket.number}?view=v77", headers=PAGE).status_code == 200
    assert owner.get("/tickets?view=nonsense", headers=PAGE).status_code == 404


def test_what_the_address_asks_for_is_saved_as_a_view(owner):
    vip, plain = a_ticket(customer="551"), a_ticket(customer="552")
    tagged(vip, "vip")
    form = fields(owner.get("/views/new?view=unassigned&is.tag=vip", headers=PAGE).text)

    answer = owner.post("/views", {**form, "name": "VIPs", "audience": "everyone"}, headers=PAGE)

    view = db.session.query(SavedView).one()
    assert (answer.status_code, answer.location) == (303, f"/tickets?view={view.key}")
    page = owner.get(answer.location, headers=PAGE).text
    assert rows(page) == {vip.number}
    assert "VIPs" in page
    assert rows(owner.get("/tickets?view=unassigned", headers=PAGE).text) == {vip.number, plain.number}


def fields(page: str) -> dict[str, object]:
    """What the editor's form would submit as it was drawn."""
    found: dict[str, list[str]] = {}
    for name, body in re.findall(r'<select[^>]* name="([^"]+)"[^>]*>(.*?)</select>', page, re.DOTALL):
        chosen = re.search(r'value="([^"]*)" selected', body) or re.search(r'value="([^"]*)"', body)
        found.setdefault(name, []).append(chosen.group(1) if chosen else "")
    for tag in re.findall(r"<input[^>]+>", page):
        name, value = re.search(r' name="([^"]+)"', tag), re.search(r' value="([^"]*)"', tag)
        if name and value and ("checkbox" not in tag or " checked" in tag):
            found.setdefault(name.group(1), []).append(html.unescape(value.group(1)))
    return found


def test_the_editor_works_without_a_script_and_keeps_what_was_typed(owner):
    form = fields(owner.get("/views/new", headers=PAGE).text) | {"name": "Nested"}

    page = owner.post("/views", {**form, "do": "group:"}, headers=PAGE).text
    page = owner.post("/views", {**fields(page), "do": "add:1"}, headers=PAGE).text
    form = fields(page)
    assert form["name"] == ["Nested"]
    assert [name for name in form if name.startswith("f.")] == ["f.0", "f.1.0", "f.1.1"]
    page = owner.post("/views", {**form, "f.1.1": "tag", "do": "again:"}, headers=PAGE).text
    assert "There is nothing to choose from yet." in page
    refused = owner.post("/views", fields(page), headers=PAGE)
    assert refused.status_code == 422
    assert "Tag: nothing is chosen." in refused.text
    assert fields(refused.text)["name"] == ["Nested"]
    page = owner.post("/views", {**fields(page), "do": "drop:1.1"}, headers=PAGE).text
    assert owner.post("/views", fields(page), headers=PAGE).status_code == 303
    assert db.session.query(SavedView).one().conditions["items"][1]["match"] == "any"


WRONG = (
    {"f.x": "tag"},
    {"audience": "team:x"},
    {"audience": "nobody"},
    {"sort": "beauty"},
    {f"f.{number}": "tag" for number in range(80)},
    {"f.0.0.0": "tag", "m.0": "all", "m.0.0": "any", "f.0.0.0.0": "tag", "m.0.0.0": "all", "name": ""},
)


def test_a_form_that_is_not_ours_is_refused_in_words(owner):
    for wrong in WRONG:
        form = {"name": "A", "sort": "waiting", "audience": "private", "m.": "all", **wrong}

        assert owner.post("/views", form).status_code == 422, wrong
    assert db.session.query(SavedView).count() == 0


def test_many_tickets_are_closed_and_opened_again_without_a_script(client):
    inbox, ana = an_inbox(team="Sales"), an_agent(team="Sales")
    foreign = an_inbox("Legal", team="Legal", account_id="17841400000000004")
    made, other = [a_ticket(customer=str(551 + n), inbox=inbox) for n in range(30)], a_ticket(inbox=foreign)
    numbers = [str(ticket.number) for ticket in [*made, other]]
    console = client(ana)

    page = console.post("/queue/bulk", {"act": "close", "number": numbers}, headers=PAGE).text

    assert re.search(r"<strong[^>]*>30</strong>\s*tickets changed, 1 not", page)
    assert "not yours to see" in page
    assert {ticket.category for ticket in db.session.query(Ticket).filter(Ticket.team_id == made[0].team_id)} == {
        Category.CLOSED
    }
    undo = [html.unescape(value) for value in re.findall(r'name="undo" value="([^"]*)"', page)]
    page = console.post("/queue/bulk/undo", {"undo": undo}, headers=PAGE).text
    assert re.search(r"<strong[^>]*>30</strong>\s*tickets as before", page)
    assert {ticket.category for ticket in db.session.query(Ticket)} == {Category.OPEN}


def test_more_than_five_hundred_are_refused(owner):
    answer = owner.post("/queue/bulk", {"act": "close", "number": [str(n) for n in range(1, 502)]})

    assert answer.status_code == 422
    assert "500" in answer.text


def test_rows_come_in_both_directions(client):
    agent = an_agent(role="owner")
    made = [a_ticket(customer=str(551 + number)).number for number in range(52)]
    console = client(agent)
    first = console.get("/queue?view=all", headers=PAGE).text
    after = re.search(r'data-after="([^"]+)"', first).group(1)

    more = console.get(f"/queue?view=all&after={after}", headers={"Accept": "application/json"}).json
    place = re.search(r'data-place="([^"]+)"', more["rows"][0]).group(1)
    back = console.get(f"/queue?view=all&before={place}", headers={"Accept": "application/json"}).json

    assert len(more["rows"]) == 2
    assert more["next"] is None
    assert len(back["rows"]) == 50
    assert rows("".join(back["rows"])) | rows("".join(more["rows"])) == set(made)
    assert 'data-before="' in console.get(f"/queue?view=all&place={place}", headers=PAGE).text


def test_a_note_s_menu_names_who_sees_the_ticket_first(client):
    inbox, ana = an_inbox(team="Sales"), an_agent("Ana Bo", team="Sales")
    an_agent("Zoe Inside", team="Sales")
    an_agent("Abe Outside", team="Legal")
    ticket = a_ticket(inbox=inbox)

    page = client(ana).get(f"/tickets/{ticket.number}/mentionable", headers=PAGE).text

    assert page.index("Zoe Inside") < page.index("Abe Outside")
    assert "Ana Bo" not in page
    assert page.count("will see this ticket") == 1
    assert tickets.unread_seq(ticket, by=ana) == 0
