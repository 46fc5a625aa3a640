"""The customer beside a thread, over HTTP: saving by script and by plain form, rights, what is not kept, files."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from helpdesk.db import db, transaction
from helpdesk.domain import contact_fields, contact_notes, contacts
from helpdesk.domain.events import SYSTEM
from helpdesk.models import Agent, Contact, ContactNote, Identity, Ticket
from tests.factories import a_customer_message, a_ticket, an_agent, an_inbox
from tests.web.things import a_file, a_picture

SCRIPT = {"Accept": "application/json"}


@pytest.fixture
def size(desk) -> int:
    with transaction():
        return contact_fields.add(name="Size", kind="choice", hint="Ask first", choices="S\nM\nL").id


@pytest.fixture
def ticket(desk) -> Ticket:
    return a_ticket()


def contact_of(ticket: Ticket) -> int:
    return db.session.merge(ticket).conversation.identity.contact_id


def test_a_field_is_saved_by_a_script_which_learns_who_was_faster(client, open_page, size, ticket):
    contact, mona, colleague = contact_of(ticket), client(an_agent()), open_page(an_agent())
    outsider = open_page(an_agent(team="Returns"))
    path = f"/contacts/{contact}/known/{size}"

    saved = mona.post(path, headers=SCRIPT, data={"value": "M", "seen": ""})
    late = mona.post(path, headers=SCRIPT, data={"value": "L", "seen": ""})
    wrong = mona.post(path, headers=SCRIPT, data={"value": "XXL", "seen": "M"})

    assert (saved.status_code, saved.json["value"]) == (200, "M")
    assert (late.status_code, late.json["current"]) == (409, "M")
    assert "“M”" in late.json["error"]
    assert (wrong.status_code, wrong.json["error"]) == (422, "Size: “XXL” is not one of the choices.")
    assert [stream.target for stream in colleague.streams] == [f"contact-{contact}"]
    assert outsider.streams == []


def test_a_plain_form_that_cannot_be_kept_shows_again_what_was_typed(client, size, ticket):
    contact, mona = contact_of(ticket), client(an_agent())
    page = {"Accept": "text/html"}

    wrong = mona.post(f"/contacts/{contact}/known/zone", headers=page, data={"value": "Mars", "ticket": ticket.number})
    empty = mona.post(f"/contacts/{contact}/notes", headers=page, data={"text": " ", "ticket": ticket.number})
    fine = mona.post(f"/contacts/{contact}/notes", headers=page, data={"text": "Linen", "ticket": ticket.number})

    assert wrong.status_code == 422
    assert ">Mars</textarea>" in wrong.text
    assert f'href="/tickets/{ticket.number}"' in wrong.text
    assert empty.status_code == 422
    assert (fine.status_code, fine.headers["Location"]) == (303, f"/tickets/{ticket.number}")


@pytest.mark.parametrize("what", ["nothing", "0", "999999999999999999", "9" * 30])
def test_what_is_no_field_is_not_found(client, ticket, what):
    answer = client(an_agent()).post(
        f"/contacts/{contact_of(ticket)}/known/{what}", headers=SCRIPT, data={"value": "x"}
    )

    assert answer.status_code == 404


def test_one_changes_one_s_own_notes_and_leads_delete_any(client, ticket):
    mona, tom, lead = an_agent(), an_agent(), an_agent(role="lead")
    with transaction():
        contact = db.session.get_one(Contact, contact_of(ticket))
        note = contact_notes.add(contact, text="Likes linen", by=db.session.get_one(Agent, mona.id))
        db.session.flush()
        id = note.id if note else 0
    path = f"/contacts/notes/{id}"

    assert client(tom).post(path, headers=SCRIPT, data={"text": "Hates linen"}).status_code == 403
    assert client(tom).post(f"{path}/remove", headers=SCRIPT).status_code == 403
    assert client(mona).post(path, headers=SCRIPT, data={"text": "Likes silk"}).status_code == 200
    panel = client(tom).get(f"/tickets/{ticket.number}/panel").text
    assert "Likes silk" in panel
    assert f"{path}/remove" not in panel
    assert client(lead).post(f"{path}/remove", headers=SCRIPT).status_code == 200
    assert db.session.execute(sa.select(sa.func.count(ContactNote.id))).scalar_one() == 0


def test_only_who_sees_all_of_both_may_merge_and_part(client, desk):
    sales, legal = an_inbox("Sales", team="Sales"), an_inbox("Legal", team="Legal", account_id="17841488888888888")
    into = contact_of(a_ticket(inbox=sales))
    other = contact_of(a_customer_message(inbox=sales, customer="98765").ticket)
    secret = contact_of(a_customer_message("Sue!", inbox=legal, customer="55555").ticket)
    agent, owner = client(an_agent(team="Sales")), client(an_agent(role="owner"))

    assert agent.post(f"/contacts/{into}/merge", headers=SCRIPT, data={"other": secret}).status_code == 404
    assert owner.post(f"/contacts/{into}/merge", headers=SCRIPT, data={"other": secret}).status_code == 200
    assert agent.post(f"/contacts/{into}/merge", headers=SCRIPT, data={"other": other}).status_code == 403
    assert agent.get(f"/contacts/{into}/merge", headers={"Accept": "text/html"}).status_code == 403
    (hidden,) = db.session.execute(sa.select(Identity.id).where(Identity.inbox_id == legal.id)).scalars().all()
    assert agent.post(f"/contacts/identities/{hidden}/part", headers=SCRIPT).status_code == 403
    assert owner.post(f"/contacts/identities/{hidden}/part", headers=SCRIPT).status_code == 200
    assert agent.post(f"/contacts/{into}/merge", headers=SCRIPT, data={"other": other}).status_code == 200


def test_the_other_is_found_by_name_among_those_one_may_see(client, desk):
    sales, legal = an_inbox("Sales", team="Sales"), an_inbox("Legal", team="Legal", account_id="17841488888888888")
    into = contact_of(a_ticket(inbox=sales))
    for inbox, customer, name in ((sales, "98765", "Lena of Sales"), (legal, "55555", "Lena of Legal")):
        other = contact_of(a_customer_message(inbox=inbox, customer=customer).ticket)
        with transaction():
            contacts.rename(db.session.get_one(Contact, other), name=name, by=SYSTEM)

    page = client(an_agent(team="Sales")).get(f"/contacts/{into}/merge?q=lena").text

    assert "Lena of Sales" in page
    assert "Lena of Legal" not in page


def test_files_are_paged_the_newest_first_without_what_was_taken_back(client, ticket):
    mona, message = client(an_agent()), a_customer_message("Here")
    for number in range(14):
        a_file(message=message, name=f"receipt-{number}.pdf", preview=a_picture() if number == 13 else b"")
    script = {"X-Requested-With": "desk"}

    first = mona.get(f"/tickets/{ticket.number}/files", headers=script).text
    older = first.partition("files?before=")[2].partition('"')[0]
    second = mona.get(f"/tickets/{ticket.number}/files?before={older}", headers=script).text

    assert ("receipt-13.pdf" in first, "receipt-2.pdf" in first, "receipt-1.pdf" in first) == (True, True, False)
    assert ("receipt-1.pdf" in second, "receipt-0.pdf" in second, "before=" in second) == (True, True, False)
    assert mona.get(f"/tickets/{ticket.number}/files?before=x", headers=script).status_code == 422
    assert "<title>" in mona.get(f"/tickets/{ticket.number}/files", headers={"Accept": "text/html"}).text


def test_an_owner_defines_fields_and_keeps_what_was_typed_when_it_is_refused(client, size):
    owner = client(an_agent(role="owner"))

    twice = owner.post("/settings/fields", data={"name": "size", "kind": "text", "hint": "Our own <b>help</b>"})
    renamed = owner.post(f"/settings/fields/{size}", data={"name": "Dress size", "choices": "S\nM"})

    assert twice.status_code == 409
    assert 'value="Our own &lt;b&gt;help&lt;/b&gt;"' in twice.text
    assert renamed.status_code == 303
    assert "S · M" in owner.get("/settings/fields").text
    assert owner.post("/settings/fields/987654", data={"name": "x"}).status_code == 404
