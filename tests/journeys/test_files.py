"""Files both ways: copied from the platform as soon as they come, and handed to it when an agent sends them."""

from __future__ import annotations

import hashlib
import io

import pytest
import sqlalchemy as sa

from helpdesk.db import db
from helpdesk.models import Attachment, AttachmentState
from tests.factories import a_ticket, an_agent, an_inbox, the_messages, the_ticket
from tests.support import files
from tests.support.instagram import body, picture, said


def attached() -> Attachment:
    """The only file there is, as it is now."""
    return db.session.execute(sa.select(Attachment)).scalar_one()


def upload(console, number: int, content: bytes, name: str):
    return console.post(
        "/uploads",
        data={"ticket": number, "file": (io.BytesIO(content), name)},
        content_type="multipart/form-data",
        headers={"Accept": "application/json"},
    )


def test_a_picture_is_shown_at_once_and_copied_at_once(sandbox, run_jobs, open_page):
    an_inbox(team="Sales")
    page, outsider = open_page(an_agent(team="Sales")), open_page(an_agent(team="Returns"))

    sandbox.say(attachments=[{"type": "image", "name": "dress"}])
    run_jobs()

    file = attached()
    assert (file.state, file.mime) == (AttachmentState.READY, "image/jpeg")
    assert (file.width > 0, bool(file.preview_key)) == (True, True)
    drawn = [stream.html for stream in page.streams if the_messages()[0].dom_id in stream.html]
    assert len(drawn) >= 2, "first without the file, then with it"
    assert f"/files/{file.public_id}" in drawn[-1]
    assert outsider.streams == []


@pytest.mark.parametrize(
    ("name", "mime"), [("voice", "audio/"), ("video", "video/mp4"), ("invoice", "application/pdf")]
)
def test_other_files_are_copied_byte_for_byte(sandbox, run_jobs, client, name, mime):
    an_inbox()
    agent = an_agent()
    sandbox.say(attachments=[{"name": name}])
    run_jobs()

    file = attached()
    answer = client(agent).get(f"/files/{file.public_id}")

    assert file.mime.startswith(mime)
    assert (answer.status_code, len(answer.data)) == (200, file.size)
    assert answer.headers["Content-Disposition"].startswith("attachment")


def test_a_file_of_another_team_is_not_there(sandbox, run_jobs, client):
    an_inbox(team="Sales")
    sandbox.say(attachments=[{"name": "invoice"}])
    run_jobs()

    outsider = client(an_agent(team="Returns"))

    assert outsider.get(f"/files/{attached().public_id}").status_code == 404
    assert outsider.get(f"/files/{attached().public_id}/preview").status_code == 404
    assert client().get(f"/files/{attached().public_id}").status_code in (302, 303, 401)


def test_a_file_that_is_gone_says_so_and_can_be_tried_again(sandbox, run_jobs, client, open_page):
    an_inbox()
    agent = an_agent()
    page = open_page(agent)
    sandbox.fault("not_found", what="media")
    sandbox.say("Look", attachments=[{"name": "dress"}])
    run_jobs()
    assert attached().state is AttachmentState.FAILED
    assert "could not be fetched" in page.html

    answer = client(agent).post(f"/attachments/{attached().public_id}/fetch")
    run_jobs()

    assert answer.status_code < 400
    assert attached().state is AttachmentState.READY


@pytest.mark.parametrize("deed", ["endless", "too_big"])
def test_a_file_without_end_is_not_taken(sandbox, run_jobs, deed):
    an_inbox()
    sandbox.fault(deed, what="media")

    sandbox.say("Look", attachments=[{"name": "dress"}])
    run_jobs()

    assert (attached().state, "too large" in attached().error) == (AttachmentState.FAILED, True)
    assert the_messages()[0].text == "Look"


def test_a_web_page_that_says_it_is_a_picture_is_never_shown_inline(sandbox, run_jobs, client):
    an_inbox()
    agent = an_agent()
    sandbox.fault("html", what="media")

    sandbox.say("Look", attachments=[{"name": "dress"}])
    run_jobs()

    file = attached()
    assert not file.preview_key
    if file.state is AttachmentState.READY:
        answer = client(agent).get(f"/files/{file.public_id}")
        assert answer.headers["Content-Disposition"].startswith("attachment")
        assert "sandbox" in answer.headers["Content-Security-Policy"]


def test_a_file_at_a_stranger_s_address_is_never_asked_for(webhook, run_jobs):
    an_inbox()

    webhook(body(said("Look", attachments=[picture("http://169.254.169.254/latest/meta-data/")])))
    run_jobs()

    assert attached().state is AttachmentState.FAILED
    assert attached().key == ""


def test_a_file_of_an_unsent_message_is_not_shown_any_more(sandbox, run_jobs, client):
    an_inbox()
    agent = an_agent()
    mid = sandbox.say(attachments=[{"name": "invoice"}])["mid"]
    run_jobs()

    sandbox.say(kind="unsend", mid=mid)
    run_jobs()

    page = client(agent).get(f"/tickets/{the_ticket().number}").text
    assert attached().public_id not in page
    assert client(agent).get(f"/files/{attached().public_id}").status_code == 404


@pytest.mark.parametrize(
    ("name", "content", "kind"),
    [
        ("dress.png", files.png(), "image"),
        ("dress.jpg", files.jpeg(), "image"),
        ("voice.wav", files.wav(), "audio"),
        ("film.mp4", files.mp4(), "video"),
        ("invoice.pdf", files.pdf(), "file"),
    ],
)
def test_what_an_agent_attaches_reaches_the_phone(sandbox, run_jobs, client, name, content, kind):
    an_inbox()
    agent = an_agent()
    sandbox.say("Do you have a picture?")
    run_jobs()
    console, number = client(agent), the_ticket().number

    uploaded = upload(console, number, content, name)
    assert uploaded.status_code == 201, uploaded.text
    console.post(
        f"/tickets/{number}/messages",
        data={"kind": "reply", "client_id": "client-x", "text": "", "upload": uploaded.json["id"]},
    )
    run_jobs()

    (arrived,) = sandbox.received()
    assert the_messages()[-1].status == "sent", the_messages()[-1].status_reason
    assert arrived["media"][0]["type"] == kind
    if kind != "image":
        assert arrived["media"][0]["sha256"] == hashlib.sha256(content).hexdigest()


def test_text_and_files_of_one_answer_travel_alone_and_in_order(sandbox, run_jobs, client):
    an_inbox()
    agent = an_agent()
    sandbox.say("Hello")
    run_jobs()
    console, number = client(agent), the_ticket().number
    ids = [
        upload(console, number, content, name).json["id"]
        for name, content in (("voice.wav", files.wav()), ("invoice.pdf", files.pdf()))
    ]

    console.post(
        f"/tickets/{number}/messages",
        data={"kind": "reply", "client_id": "client-x", "text": "Here they are", "upload": ids},
    )
    run_jobs()

    arrived = sandbox.received()
    assert [one["text"] or one["media"][0]["type"] for one in arrived] == ["Here they are", "audio", "file"]
    assert [(message.part, message.parts) for message in the_messages()[1:]] == [(1, 3), (2, 3), (3, 3)]


def test_a_file_part_that_fails_says_so_and_the_text_arrives(sandbox, run_jobs, client):
    an_inbox()
    agent = an_agent()
    sandbox.say("Hello")
    run_jobs()
    console, number = client(agent), the_ticket().number
    id = upload(console, number, files.pdf(), "invoice.pdf").json["id"]
    sandbox.fault("invalid_message_100_2534015", what="send")

    console.post(f"/tickets/{number}/messages", data={"kind": "reply", "client_id": "x1", "text": "Here", "upload": id})
    run_jobs()

    assert [message.status for message in the_messages()[1:]] == ["failed", "sent"]


def test_what_the_platform_does_not_take_is_refused_when_it_is_attached(desk, client):
    ticket = a_ticket()
    console = client(an_agent())

    answer = upload(console, ticket.number, b"MZ\x90\0" + b"\0" * 200, "setup.exe")

    assert answer.status_code == 422
    assert "does not take" in answer.text


def test_an_upload_that_was_never_sent_is_forgotten(desk, client, later):
    from workers import upkeep

    ticket = a_ticket()
    console = client(an_agent())
    assert upload(console, ticket.number, files.pdf(), "invoice.pdf").status_code == 201

    later(days=3)
    upkeep.forget_uploads()

    assert db.session.execute(sa.select(Attachment)).first() is None
