"""Who writes: what the platform tells of them, and that nothing waits for it."""

from __future__ import annotations

import sqlalchemy as sa

from helpdesk.db import db
from helpdesk.models import Identity
from tests.factories import CUSTOMER, an_agent, an_inbox, the_messages


def the_identity() -> Identity:
    return db.session.execute(sa.select(Identity)).scalar_one()


def test_a_name_and_a_picture_follow_the_first_message(sandbox, run_jobs, open_page):
    an_inbox(team="Sales")
    page, outsider = open_page(an_agent(team="Sales")), open_page(an_agent(team="Returns"))
    sandbox.change(name="Lena Hoffmann", username="lena.hff", is_profile_refused=False)

    sandbox.say("Hello")
    run_jobs()

    identity = the_identity()
    assert (identity.name, identity.username, bool(identity.picture_key)) == ("Lena Hoffmann", "lena.hff", True)
    assert "row-1001" in [stream.target for stream in page.streams if stream.action == "refresh"]
    assert outsider.streams == []


def test_a_person_who_tells_nothing_is_shown_by_the_end_of_their_id(sandbox, run_jobs):
    an_inbox()

    sandbox.say("Hello")
    run_jobs()

    assert [message.text for message in the_messages()] == ["Hello"]
    assert the_identity().shown_name == f"Customer …{CUSTOMER[-4:]}"


def test_a_platform_that_does_not_answer_holds_up_no_message_and_is_asked_again(sandbox, run_jobs, later):
    an_inbox()
    sandbox.change(name="Lena Hoffmann", is_profile_refused=False)
    sandbox.fault("reset_before", what="profile")

    sandbox.say("Hello")
    run_jobs()
    assert ([message.text for message in the_messages()], the_identity().name) == (["Hello"], "")
    later(minutes=5)
    run_jobs()

    assert the_identity().name == "Lena Hoffmann"


def test_after_five_tries_nobody_asks_until_they_write_again(sandbox, run_jobs, later):
    an_inbox()
    sandbox.change(name="Lena Hoffmann", is_profile_refused=False)
    sandbox.fault("reset_before", times=None, what="profile")
    sandbox.say("Hello")
    for _ in range(5):
        run_jobs()
        later(hours=9)
    assert the_identity().profile_due_at is None

    sandbox.mend()
    sandbox.say("Me again")
    run_jobs()

    assert the_identity().name == "Lena Hoffmann"


def test_a_name_that_is_code_is_shown_as_text(sandbox, run_jobs, client):
    an_inbox()
    agent = an_agent()
    sandbox.change(name="<script>alert(1)</script>", is_profile_refused=False)

    sandbox.say("Hello")
    run_jobs()

    page = client(agent).get("/tickets?view=all").text
    assert "<script>alert(1)" not in page
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page
