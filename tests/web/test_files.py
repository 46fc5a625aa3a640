"""Files: who may have them, and that a stranger's file is never ours in the browser."""

from __future__ import annotations

from datetime import timedelta
from urllib.parse import unquote

import pytest

from helpdesk import clock
from helpdesk.db import db, transaction
from helpdesk.models import Attachment, Ticket
from helpdesk.secrets import sign_file_key
from tests.factories import a_customer_message, a_team, an_agent, an_inbox
from tests.web.things import a_file, a_picture, with_profile_picture


@pytest.fixture
def message(desk):
    """A customer's message in Sales."""
    return a_customer_message(inbox=an_inbox(team="Sales"))


def assert_harmless(answer, disposition="attachment"):
    assert answer.headers["Content-Security-Policy"] == "sandbox; default-src 'none'"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Content-Disposition"].partition(";")[0] == disposition
    assert answer.headers["Cache-Control"] == "private, no-cache"


# --- who ----------------------------------------------------------------------------------------------------------


def test_a_file_is_for_those_who_see_its_ticket(client, message):
    mona, outsider, owner = an_agent(team="Sales"), an_agent(team="Returns"), an_agent(role="owner", team="Returns")
    path = f"/files/{a_file(message=message).public_id}"

    assert client(mona).get(path).data == b"0123456789"
    assert client(owner).get(path).status_code == 200
    assert client(outsider).get(path).status_code == 404
    assert client().get(path).status_code == 401


def test_access_is_asked_each_time(client, message):
    console = client(an_agent(team="Sales"))
    path = f"/files/{a_file(message=message).public_id}"
    etag = console.get(path).headers["ETag"]
    elsewhere = a_team("Returns").id

    assert console.get(path, headers={"If-None-Match": etag}).status_code == 304
    with transaction():
        db.session.get_one(Ticket, message.ticket_id).team_id = elsewhere

    assert console.get(path, headers={"If-None-Match": etag}).status_code == 404


def test_an_upload_is_its_uploaders_until_it_is_sent(client, message):
    mona, colleague = an_agent(team="Sales"), an_agent(team="Sales")
    path = f"/files/{a_file(uploader=mona).public_id}"

    assert client(mona).get(path).status_code == 200
    assert client(colleague).get(path).status_code == 404


def test_a_profile_picture_is_for_those_who_see_a_ticket_of_the_person(client, message):
    identity = with_profile_picture(message.conversation.identity)
    path = f"/files/identity/{identity.id}"

    seen = client(an_agent(team="Sales")).get(path)

    assert seen.mimetype == "image/webp"
    assert_harmless(seen, "inline")
    assert client(an_agent(team="Returns")).get(path).status_code == 404


# --- how ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("body", "mime"),
    [
        (b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>", "image/svg+xml"),
        (b"<!doctype html><script>alert(1)</script>", "text/html"),
        (b"%PDF-1.7", "application/pdf"),
        (b"\x89PNG\r\n\x1a\n<script>alert(1)</script>", "image/png"),
        (b"MZ", "application/x-msdownload"),
        (b"x", "text/html; charset=utf-7"),
        (b"x", "video/mp4\r\nSet-Cookie: a=b"),
        (b"x", "image/svg+xml; x"),
        (b"x", ""),
    ],
)
def test_a_strangers_file_is_downloaded_as_mere_bytes(client, message, body, mime):
    path = f"/files/{a_file(body, message=message, mime=mime).public_id}"

    answer = client(an_agent(team="Sales")).get(path)

    assert answer.data == body
    assert answer.headers["Content-Type"] == "application/octet-stream"
    assert_harmless(answer)


@pytest.mark.parametrize("mime", ["audio/mp4", "video/mp4", "audio/ogg", "video/quicktime"])
def test_sound_and_film_keep_their_type_so_that_elements_play_them(client, message, mime):
    answer = client(an_agent(team="Sales")).get(f"/files/{a_file(message=message, mime=mime).public_id}")

    assert answer.headers["Content-Type"] == mime
    assert_harmless(answer)


def test_inline_is_only_what_we_have_drawn(client, message):
    console = client(an_agent(team="Sales"))
    good = a_file(message=message, preview=a_picture())
    bad = a_file(message=message, preview=b"<svg onload='alert(1)'/>")
    none = a_file(message=message)

    picture = console.get(f"/files/{good.public_id}/preview")

    assert picture.mimetype == "image/webp"
    assert_harmless(picture, "inline")
    assert console.get(f"/files/{bad.public_id}/preview").status_code == 404
    assert console.get(f"/files/{none.public_id}/preview").status_code == 404


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("receipt.pdf", "receipt.pdf"),
        ("../../etc/passwd", "_.._etc_passwd"),
        ("/etc/passwd", "_etc_passwd"),
        ("..\\..\\windows\\x", "_.._windows_x"),
        ("a\r\nSet-Cookie: x=1.png", "a Set-Cookie_ x=1.png"),
        ("photo\u202egnp.exe", "photognp.exe"),
        ("\u200b.htaccess", "htaccess"),
        ('"; filename="evil.html', "_; filename=_evil.html"),
        ("...", "file"),
        ("", "file"),
        ("квитанция 🧾.pdf", "квитанция 🧾.pdf"),
        ("n" * 5000 + ".pdf", "n" * 120),
    ],
)
def test_a_files_name_is_only_a_name(client, message, name, shown):
    answer = client(an_agent(team="Sales")).get(f"/files/{a_file(message=message, name=name).public_id}")

    disposition = answer.headers["Content-Disposition"]
    assert disposition.isascii()
    assert unquote(disposition.removeprefix("attachment; filename*=UTF-8''")) == shown
    assert "Set-Cookie" not in answer.headers


def test_a_file_that_is_not_here_yet_is_not_found(client, message):
    attachment = a_file(message=message)
    with transaction():
        db.session.get_one(Attachment, attachment.id).key = ""

    assert client(an_agent(team="Sales")).get(f"/files/{attachment.public_id}").status_code == 404


def test_a_file_that_storage_has_lost_is_not_found(client, message, app):
    attachment = a_file(message=message)
    app.extensions["storage"].delete(attachment.key)

    assert client(an_agent(team="Sales")).get(f"/files/{attachment.public_id}").status_code == 404


# --- parts --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("asked", "status", "body", "content_range"),
    [
        ("bytes=0-3", 206, b"0123", "bytes 0-3/10"),
        ("bytes=4-", 206, b"456789", "bytes 4-9/10"),
        ("bytes=-2", 206, b"89", "bytes 8-9/10"),
        ("bytes=0-999999999999", 206, b"0123456789", "bytes 0-9/10"),
        ("bytes=10-", 416, None, "bytes */10"),
        ("bytes=5-2", 416, None, "bytes */10"),
        ("bytes=0-1,3-4", 416, None, "bytes */10"),
        ("bytes=" + ",".join(["0-"] * 1000), 416, None, "bytes */10"),
        ("bytes=a-b", 416, None, "bytes */10"),
        ("lines=0-1", 416, None, "bytes */10"),
    ],
)
def test_a_player_gets_one_part_and_nobody_a_thousand(client, message, asked, status, body, content_range):
    path = f"/files/{a_file(message=message, mime='video/mp4').public_id}"

    answer = client(an_agent(team="Sales")).get(path, headers={"Range": asked})

    assert answer.status_code == status
    assert answer.headers["Content-Range"] == content_range
    if body is not None:
        assert answer.data == body
        assert answer.headers["Accept-Ranges"] == "bytes"
        assert_harmless(answer)


# --- for platforms ------------------------------------------------------------------------------------------------


def signed(desk, attachment, **until) -> str:
    until = clock.now() + timedelta(**(until or {"minutes": 30}))
    return f"/media/{sign_file_key(attachment.public_id, secret=desk.settings.secret_key, until=until)}"


def test_a_platform_fetches_a_file_by_its_signed_key(client, desk, message):
    attachment = a_file(b"\xff\xd8\xff\xe0", message=message, mime="image/jpeg")

    answer = client().get(signed(desk, attachment))

    assert answer.data == b"\xff\xd8\xff\xe0"
    assert answer.headers["Content-Type"] == "image/jpeg"
    assert answer.headers["Content-Security-Policy"] == "sandbox; default-src 'none'"
    assert "Set-Cookie" not in answer.headers
    assert "Cookie" not in answer.headers.get("Vary", "")


def test_a_signed_key_is_good_for_half_an_hour(client, desk, message, later):
    path = signed(desk, a_file(message=message))

    later(minutes=29)
    assert client().get(path).status_code == 200
    later(minutes=2)

    assert client().get(path).status_code == 404


def test_a_signed_key_opens_its_own_file_only(client, desk, message):
    one, other = a_file(b"one", message=message), a_file(b"other", message=message)
    path = signed(desk, one)

    for forged in (f"/media/{other.public_id}", path[:-3] + "abc", f"/media/{other.key}", f"{path}x"):
        assert client().get(forged).status_code == 404
