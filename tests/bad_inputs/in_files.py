"""Bad files: what they hold, what they are called, where they stand (FL, SS)."""

from __future__ import annotations

import io
import time

import sqlalchemy as sa

from helpdesk.db import db
from helpdesk.models import Attachment, AttachmentState
from tests.bad_inputs.builders import built
from tests.bad_inputs.scene import Item, Scene
from tests.factories import a_ticket, an_agent
from tests.support import files
from tests.support.instagram import body, picture, said


def customer_file(scene: Scene, item: Item) -> None:
    """FL: what a customer sends is kept byte for byte, handed out as a download, never drawn as it came."""
    content, meta, expect = built(item), item.get("meta", {}), item["expect"]
    name = meta.get("filename", "file.bin")
    upload = scene.sandbox.upload(content, name=name, content_type=meta.get("content_type", "image/png"))
    started = time.monotonic()
    scene.sandbox.say(attachments=[{"key": upload["key"], "type": "image"}])
    scene.messages()
    took = time.monotonic() - started

    file = db.session.execute(sa.select(Attachment)).scalar_one()
    assert (file.state, file.size) == (AttachmentState.READY, len(content))
    assert took < expect.get("max_ms", 8000) / 1000 + 4
    console = scene.desk.client(an_agent())
    served = console.get(f"/files/{file.public_id}")
    assert served.data == content
    assert served.headers["Content-Disposition"].startswith("attachment")
    assert served.headers["X-Content-Type-Options"] == "nosniff"
    assert "sandbox" in served.headers["Content-Security-Policy"]
    if expect.get("preview") == "none" or "flag" in expect:
        assert not file.preview_key
    if "thumbnail" in expect or expect.get("preview") == "first frame only":
        shown = console.get(f"/files/{file.public_id}/preview").data
        assert b"<script>" not in shown
        assert len(shown) < len(content) or len(content) < 4096


def many_parts(scene: Scene, item: Item) -> None:
    """FL-28."""
    console = scene.desk.client(an_agent())
    answer = console.post("/uploads", data=built(item), content_type=item["meta"]["content_type"])

    assert answer.status_code in (*item["expect"]["status"], 400)
    assert db.session.execute(sa.select(Attachment)).first() is None


def anothers_file(scene: Scene, item: Item) -> None:
    """FL-50."""
    scene.sandbox.say(attachments=[{"name": "invoice"}])
    scene.messages()
    file = db.session.execute(sa.select(Attachment)).scalar_one()

    answer = scene.desk.client(an_agent(team="Returns")).get(f"/files/{file.public_id}")

    assert answer.status_code in item["expect"]["status"]


def media_address(scene: Scene, item: Item) -> None:
    """SS: a file that stands at such an address is not asked for."""
    scene.desk.webhook(body(said("look", attachments=[picture(item["input"])])))
    (message,) = scene.messages()

    (file,) = message.attachments
    assert file.state in (AttachmentState.FAILED, AttachmentState.NONE, AttachmentState.PENDING)
    assert file.key == ""
    assert message.text == "look"


def file_name(scene: Scene, item: Item) -> None:
    """FL-31 … FL-46: an agent's file with an odd name."""
    ticket = a_ticket()
    name = built(item).replace("\r", "%0D").replace("\n", "%0A")  # as browsers send it
    console = scene.desk.client(an_agent())
    answer = console.post(
        "/uploads",
        data={"ticket": ticket.number, "file": (io.BytesIO(files.pdf()), name or "x")},
        content_type="multipart/form-data",
    )
    assert answer.status_code in item["expect"]["status"]

    kept = db.session.execute(sa.select(Attachment)).scalar_one()
    served = console.get(f"/files/{kept.public_id}")
    disposition = served.headers["Content-Disposition"]
    assert disposition.startswith("attachment; filename*=UTF-8''")
    assert not any(mark in disposition.partition("''")[2] for mark in ("/", "\\", "\r", "\n", "\u202e", "\u200b"))
    assert disposition.partition("''")[2].strip(".")
    assert "Set-Cookie" not in served.headers
    assert not any(part in kept.key for part in ("passwd", "..", "\\", "htaccess"))
    assert not any(character < " " or character == "\u202e" for character in kept.name)
