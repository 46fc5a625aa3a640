"""What the platform posts: the documented shapes, signed over the bytes on the wire, repeated until they are taken."""

from __future__ import annotations

import hashlib
import hmac
import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from helpdesk.sandbox import courier, phone
from helpdesk.sandbox.events import signed
from tests.sandbox.conftest import ACCOUNT, CUSTOMER, OUTLET, PAGE_TOKEN, SECRET, Box, Hook

PAYLOADS = Path(__file__).parent.parent / "channels" / "payloads"
PHOTO = {"attachment": {"type": "image", "payload": {"url": "dress"}}}
JACKET = {"title": "Blue jacket", "subtitle": "€59"}
CARD = {"attachment": {"type": "template", "payload": {"template_type": "generic", "elements": [JACKET]}}}
# what is wished for -> the saved payload of the same shape
SHAPES: dict[str, tuple[dict[str, Any], str]] = {
    "text": ({"text": "Grüße 👋🏽"}, "text_unicode"),
    "photo": ({"attachments": [{"type": "image"}]}, "image"),
    "several": ({"attachments": [{"type": "image"}, {"type": "image"}, {"type": "video"}]}, "images_multiple"),
    "text and photo": ({"text": "this one", "attachments": [{"type": "image"}]}, "text_with_image"),
    "video": ({"attachments": [{"type": "video"}]}, "video"),
    "voice": ({"attachments": [{"type": "audio"}]}, "audio"),
    "document": ({"attachments": [{"type": "file"}]}, "file"),
    "share": ({"kind": "share"}, "share"),
    "post": ({"kind": "post"}, "ig_post"),
    "reel": ({"kind": "reel"}, "ig_reel"),
    "story": ({"kind": "story"}, "ig_story"),
    "story mention": ({"kind": "story_mention"}, "story_mention"),
    "story reply": ({"kind": "story_reply", "text": "price?"}, "story_reply"),
    "reply": ({"text": "that one", "reply_to": "?"}, "reply_to_message"),
    "heart": ({"kind": "heart"}, "like_heart"),
    "sticker": ({"kind": "sticker"}, "sticker_as_image"),
    "gif": ({"kind": "gif"}, "animated_gif"),
    "ephemeral": ({"kind": "ephemeral"}, "ephemeral"),
    "unsupported": ({"kind": "unsupported"}, "unsupported"),
    "unsupported type": ({"kind": "unsupported_type"}, "unsupported_type_attachment"),
    "quick reply": ({"kind": "quick_reply", "text": "Track my order", "payload": "T"}, "quick_reply"),
    "postback": ({"kind": "postback", "title": "Buy now", "payload": "BUY"}, "postback_icebreaker"),
    "referral": ({"kind": "referral"}, "referral_igme"),
    "product": ({"kind": "product", "text": "small?"}, "referral_shop_product"),
    "reaction": ({"kind": "reaction", "mid": "?", "emoji": "❤️"}, "reaction_react"),
    "reaction, other": ({"kind": "reaction", "mid": "?", "emoji": "🙏"}, "reaction_other"),
    "unreact": ({"kind": "reaction", "mid": "?", "action": "unreact"}, "reaction_unreact"),
    "unsend": ({"kind": "unsend", "mid": "?"}, "message_deleted"),
    "edit": ({"kind": "edit", "mid": "?", "text": "in S?"}, "message_edit"),
    "read": ({"kind": "read"}, "seen"),
    "standby": ({"text": "hello?", "standby": True}, "standby_message"),
    "pass": ({"kind": "pass_thread_control"}, "handover_pass_thread_control"),
    "take": ({"kind": "take_thread_control"}, "handover_take_thread_control"),
    "request": ({"kind": "request_thread_control"}, "handover_request_thread_control"),
    "comment": ({"kind": "comment", "text": "price?"}, "comment_instagram_login"),
}


@pytest.mark.parametrize("name", SHAPES)
def test_an_event_has_the_shape_of_the_saved_one(name: str, box: Box, hook: Hook):
    wish, saved = SHAPES[name]
    mid = box.say(text="hello")["mid"]
    box.ask("POST", f"/sandbox/accounts/{ACCOUNT}/app-messages", {"customer": CUSTOMER, "text": "hi"})
    wish = {key: mid if value == "?" else value for key, value in wish.items()}

    answer = box.say(**wish)

    assert answer["delivery"]["state"] == "delivered"
    assert _shape(hook.bodies[-1]) == _shape(json.loads((PAYLOADS / "instagram" / f"{saved}.json").read_text("utf-8")))


def test_every_kind_that_a_phone_can_send_is_compared_with_a_saved_one():
    played = {wish.get("kind", "text") for wish, _ in SHAPES.values()} - {"comment"}

    assert set(phone.DEEDS) - played == {"ad"}  # whose saved payload also has a video, which not every ad has


def test_a_comment_comes_inside_changes_with_facebook_login(box: Box, hook: Hook):
    box.say(kind="comment", text="price?", inbox=OUTLET)

    saved = json.loads((PAYLOADS / "instagram" / "comment_facebook_login.json").read_text("utf-8"))
    assert _shape(hook.bodies[-1]) == _shape(saved)


def test_a_batch_travels_in_one_post(box: Box, hook: Hook):
    answer = box.say(batch=[{"text": "one"}, {"text": "two"}])

    items = hook.bodies[0]["entry"][0]["messaging"]
    assert [item["message"]["text"] for item in items] == ["one", "two"]
    assert [item["message"]["mid"] for item in items] == answer["mids"]


def test_any_body_can_be_posted_byte_for_byte(box: Box, hook: Hook):
    box.say(kind="raw", body='{"object":"instagram","entry":[')
    box.say(kind="raw", payload={"object": "instagram", "entry": [{"hologram": 1}]})

    assert hook.arrived[0][1] == b'{"object":"instagram","entry":['
    assert hook.arrived[0][0]["X-Hub-Signature-256"] == signed(hook.arrived[0][1], SECRET)["X-Hub-Signature-256"]
    assert hook.arrived[1][1] == b'{"object":"instagram","entry":[{"hologram":1}]}'


@pytest.mark.parametrize("vector", json.loads((PAYLOADS / "signature" / "vectors.json").read_text("utf-8"))["vectors"])
def test_the_signature_is_the_one_of_the_vectors(vector: dict[str, str]):
    headers = signed(vector["raw_body"].encode(), vector["secret"])

    assert headers["X-Hub-Signature-256"] == vector["header_value"]
    assert headers["X-Hub-Signature"] == vector["sha1_legacy"]


def test_the_bytes_on_the_wire_are_escaped_and_signed_as_they_are(box: Box, hook: Hook):
    box.say(text="ä 👋 https://example.com")

    headers, body = hook.arrived[0]
    assert b'"\\u00e4 \\ud83d\\udc4b https:\\/\\/example.com"' in body
    expected = "sha256=" + hmac.new(SECRET.encode(), body, hashlib.sha256).hexdigest()
    assert headers["X-Hub-Signature-256"] == expected


def test_message_ids_are_long_and_never_the_same(box: Box):
    mids = {box.say(text="hello")["mid"] for _ in range(5)}

    assert len(mids) == 5
    assert all(150 <= len(mid) <= 200 and mid.isalnum() for mid in mids)


def test_a_send_is_echoed_with_its_own_id_and_an_action_is_not(box: Box, hook: Hook):
    box.say(text="hello")
    box.act("typing_on")

    mid = box.send({"text": "hi"}).json["message_id"]

    saved = json.loads((PAYLOADS / "instagram" / "echo_text.json").read_text("utf-8"))
    echo = hook.wait_for(2)[1]
    assert _shape(echo) == _shape(saved)
    item = echo["entry"][0]["messaging"][0]
    assert (item["sender"]["id"], item["recipient"]["id"], item["message"]["mid"]) == (ACCOUNT, CUSTOMER, mid)


@pytest.mark.parametrize(("message", "saved"), [(PHOTO, "echo_attachment"), (CARD, "template_attachment")])
def test_an_echo_of_more_than_text_has_the_saved_shape(message: dict[str, Any], saved: str, box: Box, hook: Hook):
    box.say(text="hello")
    payload = message["attachment"]["payload"]
    if "url" in payload:
        payload = {"url": box.sample(payload["url"])}

    box.send({"attachment": {**message["attachment"], "payload": payload}})

    expected = json.loads((PAYLOADS / "instagram" / f"{saved}.json").read_text("utf-8"))
    assert _shape(hook.wait_for(2)[1]) == _shape(expected)


def test_what_somebody_types_in_the_app_is_received_and_echoed(box: Box, hook: Hook):
    box.say(text="hello")
    box.ask("POST", f"/sandbox/accounts/{ACCOUNT}/app-messages", {"customer": CUSTOMER, "text": "from the app"})

    assert hook.bodies[1]["entry"][0]["messaging"][0]["message"]["is_echo"] is True
    assert [(row["text"], row["via"]) for row in box.received()] == [("from the app", "app")]


def test_reading_marks_what_was_said_before(box: Box):
    box.say(text="hello", inbox=OUTLET)
    box.send({"text": "one"}, token=PAGE_TOKEN)
    box.send({"text": "two"}, token=PAGE_TOKEN)

    box.say(kind="read", inbox=OUTLET)

    assert all(row["seen_at"] for row in box.received(inbox=OUTLET))


def test_a_webhook_is_repeated_at_once_and_then_with_pauses(box: Box, hook: Hook, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(courier, "PAUSES", (0.05, 0.05))
    hook.answers = [500, 503, 404, 500]

    first = box.say(text="hello")["delivery"]

    assert (first["state"], first["attempts"]) == ("retrying", 3)
    hook.wait_for(5)
    assert len({body for _, body in hook.arrived}) == 1
    assert box.state()["chats"][0]["line"] == "hello"


def test_a_webhook_that_is_never_taken_is_given_up(box: Box, hook: Hook, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(courier, "PAUSES", (0.02,))
    hook.answers = [500] * 10

    box.say(text="hello")
    hook.wait_for(4)

    last = _until(lambda: box.state()["deliveries"]["last"][-1], lambda row: row["state"] == "failed")
    assert last["attempts"] == 4


def test_the_events_of_one_chat_keep_their_order(box: Box, hook: Hook):
    for number in range(20):
        box.say(text=str(number), wait=False)

    bodies = hook.wait_for(20)
    assert [body["entry"][0]["messaging"][0]["message"]["text"] for body in bodies] == [str(n) for n in range(20)]


def test_the_address_is_asked_to_prove_itself(box: Box):
    path = f"/sandbox/accounts/{ACCOUNT}/handshake"

    assert box.ask("POST", path).json == {"status": 200, "ok": True}
    assert box.ask("POST", path, {"verify_token": "wrong"}).json == {"status": 403, "ok": False}


def _until(look: Callable[[], Any], is_right: Callable[[Any], bool], seconds: float = 5.0) -> Any:
    end = time.monotonic() + seconds
    while not is_right(value := look()):
        assert time.monotonic() < end, value
        time.sleep(0.02)
    return value


def _shape(value: Any) -> Any:
    """Names and types, without the values that differ from send to send."""
    if isinstance(value, dict):
        return {name: _shape(inner) for name, inner in value.items()}
    if isinstance(value, list):
        return [_shape(inner) for inner in value]
    return value if value in ("instagram", "comments", "image", "video", "audio", "file") else type(value).__name__
