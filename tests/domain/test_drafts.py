"""Drafts on the server: what is late does not count, and nothing that went out comes back."""

from __future__ import annotations

import pytest

from helpdesk.db import db, transaction
from helpdesk.domain import attachments, drafts, merges, splits
from helpdesk.errors import Conflict
from helpdesk.models import Agent, Attachment, Draft, DraftKind, Ticket
from tests.factories import a_customer_message, a_ticket, an_agent, the_messages
from tests.web.things import a_file

pytestmark = pytest.mark.usefixtures("desk")
REPLY, NOTE = DraftKind


def saves(ticket: Ticket, agent: Agent, text: str, *, revision: int, kind: DraftKind = REPLY, **more) -> int:
    with transaction():
        by = db.session.get_one(Agent, agent.id)
        return drafts.save(
            db.session.get_one(Ticket, ticket.id), kind, revision=revision, text=text, by=by, **more
        ).revision


def the(ticket: Ticket) -> Ticket:
    return db.session.get_one(Ticket, ticket.id)


def sends(ticket: Ticket, agent: Agent, *, revision: int) -> int:
    with transaction():
        by = db.session.get_one(Agent, agent.id)
        return drafts.sent(db.session.get_one(Ticket, ticket.id), REPLY, revision=revision, by=by)


def kept(ticket: Ticket, agent: Agent, kind: DraftKind = REPLY) -> dict:
    return drafts.described(drafts.of(ticket, by=agent).get(kind))


def test_reply_and_note_are_kept_apart_for_each_agent():
    ticket, mona, tom = a_ticket(), an_agent(), an_agent()

    saves(ticket, mona, "to the customer", revision=0)
    saves(ticket, mona, "to the team", revision=0, kind=NOTE)

    assert kept(ticket, mona)["text"] == "to the customer"
    assert kept(ticket, mona, NOTE)["text"] == "to the team"
    assert kept(ticket, tom) == {"revision": 0, "text": "", "files": [], "quoted": None}


def test_a_save_that_builds_upon_an_old_revision_is_refused_with_what_is_there():
    ticket, mona = a_ticket(), an_agent()
    first = saves(ticket, mona, "Hel", revision=0)
    saves(ticket, mona, "Hello from the laptop", revision=first)

    with pytest.raises(Conflict) as refused:
        saves(ticket, mona, "Hello from the phone", revision=first)

    assert refused.value.details["draft"]["text"] == "Hello from the laptop"
    assert kept(ticket, mona)["text"] == "Hello from the laptop"


@pytest.mark.parametrize("gone", ["sent", "thrown away"])
def test_a_late_save_never_brings_back_a_draft_that_is_gone(gone: str):
    ticket, mona = a_ticket(), an_agent()
    first = saves(ticket, mona, "Hel", revision=0)
    if gone == "sent":
        sends(ticket, mona, revision=first)
    else:
        saves(ticket, mona, "", revision=first)

    for late in (0, first):
        with pytest.raises(Conflict):
            saves(ticket, mona, "Hello", revision=late)

    assert kept(ticket, mona)["text"] == ""
    assert saves(ticket, mona, "the next one", revision=kept(ticket, mona)["revision"]) > first


def test_what_was_saved_after_a_message_was_written_stays_when_it_goes_out():
    ticket, mona = a_ticket(), an_agent()
    first = saves(ticket, mona, "Hello", revision=0)
    second = saves(ticket, mona, "and another thing", revision=first)

    assert sends(ticket, mona, revision=first) == second
    assert kept(ticket, mona)["text"] == "and another thing"


def test_saving_the_same_again_changes_nothing():
    ticket, mona = a_ticket(), an_agent()
    first = saves(ticket, mona, "Hello", revision=0)

    assert saves(ticket, mona, "Hello", revision=first) == first


def test_files_and_the_quoted_message_are_kept_and_those_of_others_left_out(later):
    ticket, mona, tom = a_ticket("Is it there?"), an_agent(), an_agent()
    (question,) = the_messages()
    mine, theirs, unused = a_file(uploader=mona), a_file(uploader=tom), a_file(uploader=mona)

    saves(ticket, mona, "", revision=0, uploads=[mine.public_id, theirs.public_id, "made up"], quoted=question.id)
    later(days=3)
    with transaction():
        attachments.forget_unused()

    found = kept(ticket, mona)
    assert [file["id"] for file in found["files"]] == [mine.public_id]
    assert found["quoted"] == {"id": question.id, "text": "Is it there?"}
    assert db.session.get(Attachment, unused.id) is None


def test_a_message_of_another_conversation_is_not_quoted():
    ticket, mona = a_ticket(), an_agent()
    other = a_ticket("secret", customer="another")

    saves(ticket, mona, "x", revision=0, quoted=other.last_message_id)

    assert kept(ticket, mona)["quoted"] is None


def test_what_one_has_begun_to_write_goes_along_when_its_ticket_is_merged():
    main, mona, tom = a_ticket(), an_agent(), an_agent()
    question = a_customer_message("And may I return the jacket?")
    with transaction():
        side = splits.split(the(main), [question.id], by=db.session.get_one(Agent, mona.id))
    saves(main, mona, "begun there", revision=0)
    first = saves(side, mona, "begun here", revision=0)
    saves(side, tom, "only here", revision=0, uploads=[a_file(uploader=tom).public_id])

    with transaction():
        merges.merge(the(side), into=the(main), by=db.session.get_one(Agent, mona.id))

    assert kept(main, mona)["text"] == "begun there\n\nbegun here"
    assert (kept(main, tom)["text"], len(kept(main, tom)["files"])) == ("only here", 1)
    assert kept(side, tom)["text"] == ""
    with pytest.raises(Conflict):
        saves(side, mona, "begun here, too", revision=first)


def test_there_is_one_row_however_often_it_is_saved():
    ticket, mona = a_ticket(), an_agent()
    revision = 0
    for text in ("a", "ab", "", "b"):
        revision = saves(ticket, mona, text, revision=revision)

    assert db.session.query(Draft).count() == 1
