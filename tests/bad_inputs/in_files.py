"""Bad files: what they hold, what they are called, where they stand (FL, SS)."""

from __future__ import annotations

import io
import time
from urllib.parse import urlsplit

import sqlalchemy as sa
from werkzeug.test import TestResponse

from helpdesk.db import db
from helpdesk.models import Attachment, AttachmentState
from tests.bad_inputs.builders import built
from tests.bad_inputs.canary import canary
from tests.bad_inputs.scene import Item, Scene
from tests.factories import a_ticket, an_agent, the_ticket
from tests.support import files
from tests.support.console import Console
from tests.support.instagram import body, picture, said
from tests.support.memory import growth

# The list says 200 or 201 for what an agent uploads, too. Instagram takes PNG, JPEG, sound, films and PDF from a
# business and nothing else: what it would not take is refused here before it is stored, with 422 and words, instead of
# failing once it is sent. These it does take; a file is what its bytes say.
TAKEN = frozenset({"FL-13", "FL-17"})


def from_both_sides(scene: Scene, item: Item) -> None:
    """FL: what a customer sends, and the same from an agent."""
    customer_file(scene, item)
    agents_file(scene, item)


def customer_file(scene: Scene, item: Item) -> None:
    """FL: what a customer sends is kept byte for byte, handed out as a download, never drawn as it came."""
    content, meta, expect = built(item), item.get("meta", {}), item["expect"]
    name = meta.get("filename", "file.bin")
    upload = scene.sandbox.upload(content, name=name, content_type=meta.get("content_type", "image/png"))
    started = time.monotonic()
    with growth() as memory:
        scene.sandbox.say(attachments=[{"key": upload["key"], "type": "image"}])
        scene.messages()
    took = time.monotonic() - started

    file = db.session.execute(sa.select(Attachment)).scalar_one()
    assert (file.state, file.size) == (AttachmentState.READY, len(content))
    assert took < expect.get("max_ms", 8000) / 1000 + 4
    assert memory.mb <= expect.get("rss_growth_mb_max", 1000)
    console = scene.desk.client(an_agent())
    _is_handed_out(console, file, content)
    _is_flagged(console.get(f"/tickets/{the_ticket().number}").text, file, expect.get("flag", ""))
    if expect.get("preview") == "none" or "flag" in expect:
        assert not file.preview_key
    if "thumbnail" in expect or expect.get("preview") == "first frame only":
        shown = console.get(f"/files/{file.public_id}/preview").data
        assert b"<script>" not in shown
        assert len(shown) < len(content) or len(content) < 4096


def agents_file(scene: Scene, item: Item) -> None:
    """FL: from an agent, for a customer: taken and handed out as above, or refused in words with nothing kept."""
    content, name = built(item), item.get("meta", {}).get("filename", "file.bin")
    before = len(_kept())
    console = scene.desk.client(an_agent())
    answer = _uploaded(console, content, name)

    if item["id"] not in TAKEN:
        assert (answer.status_code, len(_kept())) == (422, before)
        assert "does not take files of this kind" in answer.text
        return
    assert answer.status_code == 201, answer.text
    file = _kept()[-1]
    _is_handed_out(console, file, content)
    assert bool(file.preview_key) == (item["expect"].get("preview") != "none")


def disguised(scene: Scene, item: Item) -> None:
    """SS-55: it says that it is a picture, and holds a page."""
    content = b"<!doctype html><script>window.__xss=1</script>"
    upload = scene.sandbox.upload(content, name="dress.png", content_type="image/png")
    scene.sandbox.say(attachments=[{"key": upload["key"], "type": "image"}])
    scene.messages()

    (file,), console = _kept(), scene.desk.client(an_agent())
    assert not file.preview_key
    _is_handed_out(console, file, content)
    _is_flagged(console.get(f"/tickets/{the_ticket().number}").text, file, item["expect"]["flag"])


def _kept() -> list[Attachment]:
    return list(db.session.execute(sa.select(Attachment).order_by(Attachment.id)).scalars())


def _uploaded(console: Console, content: bytes, name: str) -> TestResponse:
    data = {"ticket": the_ticket().number, "file": (io.BytesIO(content), name)}
    return console.post("/uploads", data=data, content_type="multipart/form-data")


def _is_handed_out(console: Console, file: Attachment, content: bytes) -> None:
    """As it came, to be kept on a disk and never drawn."""
    served = console.get(f"/files/{file.public_id}")
    assert served.data == content
    assert served.headers["Content-Disposition"].startswith("attachment")
    assert served.headers["X-Content-Type-Options"] == "nosniff"
    assert "sandbox" in served.headers["Content-Security-Policy"]


def _is_flagged(page: str, file: Attachment, flag: str) -> None:
    """The thread says what there is to know, in words; only a program's download asks again."""
    warning, _, more = flag.partition("; ")
    assert warning in page.lower()
    gate, download = page.find("attached__gate"), page.find(f'href="/files/{file.public_id}" download')
    assert (-1 < gate < download) == (more == "download asks twice")


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
    """SS: a file that stands at such an address is not asked for: nobody connects, not even where somebody listens."""
    settings = scene.desk.settings
    queue_port = urlsplit(settings.redis_url_now()).port
    with canary(ours=(settings.port, settings.sandbox_port, queue_port)) as listening:
        pictures = [picture(item["input"]), picture(listening.beside(item["input"]))]
        scene.desk.webhook(body(said("look", attachments=pictures)))
        (message,) = scene.messages()

        assert (listening.reached_for, listening.has_visitors) == ([], False)
    assert message.text == "look"
    for file in message.attachments:
        assert file.state in (AttachmentState.FAILED, AttachmentState.NONE)
        assert file.key == ""
    expect = item["expect"]
    reasons = (expect.get("error", ""), "host not of this platform")  # a name is compared before it is looked up
    assert any(reason in message.attachments[0].error for reason in reasons), message.attachments[0].error
    assert expect.get("audit", "") in scene.log.getvalue()


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
