"""Every saved call is accepted, and refused with the documented code as soon as one thing in it is wrong."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import urlencode, urlsplit

import pytest

from tests.sandbox.conftest import ACCOUNT, CUSTOMER, OUTLET, Answered, Box

CALLS = Path(__file__).parent.parent / "channels" / "payloads" / "instagram" / "send_request"
NAMES = sorted(path.stem for path in CALLS.glob("*.json"))
SAMPLES = {".jpg": "dress", ".m4a": "voice", ".mp4": "video", ".pdf": "invoice"}
MESSAGE = ("json", "message")
ATTACHMENT = (*MESSAGE, "attachment")
PAYLOAD = (*ATTACHMENT, "payload")
CARD = (*PAYLOAD, "elements", 0)
GONE = object()

# file -> what is broken in it (where, with what), and code and subcode of the refusal
BROKEN: dict[str, list[tuple[tuple[Any, ...], Any, int, int | None]]] = {
    "account_ids": [
        (("query", "access_token"), "stale", 190, None),
        (("query", "fields"), "user_id,shoe_size", 100, None),
    ],
    "attachment_id": [
        ((*PAYLOAD, "attachment_id"), "1", 100, 2018047),
        ((*ATTACHMENT, "type"), "video", 100, 2018047),
        ((*PAYLOAD, "url"), "http://127.0.0.1/both", 100, None),
    ],
    "audio_url": [((*ATTACHMENT, "type"), "music", 100, None), ((*PAYLOAD, "url"), "ftp://files/a", 100, None)],
    "button_template": [
        ((*PAYLOAD, "text"), "x" * 641, 100, None),
        ((*PAYLOAD, "buttons"), [], 100, None),
        ((*PAYLOAD, "buttons", 0, "payload"), GONE, 100, None),
    ],
    "file_url": [((*PAYLOAD, "url"), GONE, 100, None), ((*PAYLOAD, "name"), "a.pdf", 100, None)],
    "generic_template": [
        ((*CARD, "title"), "x" * 81, 100, None),
        ((*CARD, "subtitle"), "x" * 81, 100, None),
        ((*CARD, "image_url"), "http://127.0.0.1:9/j.jpg", 100, 2018008),
        ((*CARD, "buttons", 0, "url"), "javascript:alert(1)", 100, None),
        ((*CARD, "buttons", 1, "type"), "phone_number", 100, None),
        ((*PAYLOAD, "elements"), [{"title": str(number)} for number in range(11)], 100, None),
        ((*CARD, "buttons"), [{"type": "postback", "title": "x", "payload": "x"}] * 4, 100, None),
        ((*PAYLOAD, "template_type"), "carousel", 100, None),
    ],
    "image_facebook_login": [(("query", "access_token"), "IG_USER_TOKEN_EXAMPLE", 190, None)],
    "image_url": [
        ((*PAYLOAD, "url"), "http://127.0.0.1:9/a.jpg", 100, 2018008),
        ((*PAYLOAD, "is_reusable"), "no", 100, None),
        ((*MESSAGE, "text"), "both at once", 100, 2534015),
    ],
    "images_multiple": [
        ((*MESSAGE, "attachments"), [{"type": "image", "payload": {"url": "http://127.0.0.1:9/"}}] * 11, 100, None),
        ((*MESSAGE, "attachments", 1, "type"), "video", 100, None),
    ],
    "like_heart": [((*ATTACHMENT, "payload"), {"url": "http://127.0.0.1:9/"}, 100, None)],
    "mark_seen": [
        (("json", "payload"), {"message_id": "x"}, 100, None),
        (("json", "sender_action"), "seen", 100, None),
    ],
    "media_share": [((*PAYLOAD, "id"), "18099999999999999", 100, 2534015), ((*PAYLOAD, "id"), GONE, 100, None)],
    "private_reply": [
        (("json", "recipient", "comment_id"), "17860000000000009", 100, 2534025),
        (MESSAGE, {"attachment": {"type": "like_heart"}}, 100, 2534015),
    ],
    "product_template": [((*CARD, "id"), GONE, 100, None), ((*CARD, "id"), "a jacket", 100, None)],
    "profile_lookup": [
        (("query", "fields"), "name,birthday", 100, None),
        (("url",), "/1234599999999999", 100, 2534014),
    ],
    "quick_replies": [
        ((*MESSAGE, "quick_replies", 0, "title"), "x" * 21, 100, None),
        ((*MESSAGE, "quick_replies", 1, "payload"), GONE, 100, None),
        ((*MESSAGE, "quick_replies", 0, "content_type"), "location", 100, None),
        ((*MESSAGE, "quick_replies"), [{"content_type": "text", "title": "x", "payload": "x"}] * 14, 100, None),
        ((*MESSAGE, "text"), GONE, 100, 2534015),
    ],
    "quick_replies_contact_data": [((*MESSAGE, "quick_replies", 0, "title"), "Phone", 100, None)],
    "react": [
        (("json", "payload", "reaction"), "shrug", 100, None),
        (("json", "payload", "message_id"), "aWdfZAG1f", 100, 2534015),
        (("json", "payload"), GONE, 100, None),
        (MESSAGE, {"text": "with it"}, 100, 2018014),
    ],
    "refresh_token": [
        (("query", "grant_type"), "fb_exchange_token", 100, None),
        (("query", "access_token"), GONE, 190, None),
    ],
    "story_lookup": [(("url",), "/aWdfZAG1f", 100, 33), (("query", "fields"), "story,shares", 100, None)],
    "subscribe": [
        (("query", "subscribed_fields"), "messages,dreams", 100, None),
        (("query", "subscribed_fields"), "", 100, None),
    ],
    "subscribe_facebook_login": [(("query", "subscribed_fields"), "messages,messaging_seen", 100, None)],
    "subscribed_apps": [(("headers", "Authorization"), "Bearer stale", 190, None), (("method",), "PUT", 100, 33)],
    "text_facebook_login": [
        (("json", "messaging_type"), "SHOUT", 100, None),
        (("url",), f"/{OUTLET}/messages", 100, 33),  # with this login the Page is addressed
    ],
    "text_human_agent": [
        (("json", "tag"), "ACCOUNT_UPDATE", 100, None),
        (("json", "messaging_type"), "RESPONSE", 100, None),
        (("json", "tag"), GONE, 100, None),
    ],
    "text_instagram_login": [
        ((*MESSAGE, "text"), "x" * 1001, 100, None),
        ((*MESSAGE, "text"), "ä" * 501, 100, None),
        ((*MESSAGE, "text"), "  ", 100, None),
        ((*MESSAGE, "text"), 7, 100, None),
        ((*MESSAGE, "metadata"), "our key", 100, None),
        (MESSAGE, {}, 100, 2534015),
        (MESSAGE, GONE, 100, None),
        (("json", "recipient"), GONE, 100, None),
        (("json", "recipient", "id"), "1234599999999999", 100, 2534014),
        (("json", "recipient", "id"), "@kim", 100, None),
        (("json", "recipient", "username"), "kim.example", 100, None),
        (("json", "priority"), "high", 100, None),
        (("json", "sender_action"), "typing_on", 100, 2018014),
        (("headers", "Authorization"), "Bearer stale", 190, None),
        (("headers", "Authorization"), GONE, 190, None),
        (("method",), "GET", 100, 33),
        (("url",), f"/{OUTLET}/messages", 100, 33),
        (("url",), "/me/letters", 2500, None),
        (("version",), "v3.0", 2500, None),
    ],
    "text_me": [((*MESSAGE, "text"), "x" * 1001, 100, None)],
    "text_reply_to": [
        (("json", "reply_to", "mid"), "aWdfZAG1f", 100, 2534015),
        (("json", "reply_to"), {}, 100, None),
        ((*MESSAGE, "reply_to"), {"mid": "inside"}, 100, None),
    ],
    "typing_off": [(("json", "sender_action"), "typing_maybe", 100, None), (("json", "tag"), "HUMAN_AGENT", 100, None)],
    "typing_on": [
        (MESSAGE, {"text": "with it"}, 100, 2018014),
        (("json", "recipient", "id"), "1234599999999999", 100, 2534014),
    ],
    "typing_on_facebook_login": [(("query", "access_token"), "stale", 190, None)],
    "unreact": [(("json", "payload", "reaction"), "love", 100, None)],
    "upload_attachment": [
        ((*PAYLOAD, "url"), "http://127.0.0.1:9/a.jpg", 100, 2018008),
        ((*ATTACHMENT, "type"), "file", 100, 2018047),  # a photo is no document
    ],
    "video_url": [((*ATTACHMENT, "type"), "image", 100, 2018047), ((*ATTACHMENT, "payload"), GONE, 100, None)],
}


def test_every_saved_call_has_its_breakages():
    assert sorted(BROKEN) == NAMES


@pytest.fixture
def call(box: Box) -> Callable[[dict[str, Any]], Answered]:
    """Sends a saved call to the sandbox, its ids and addresses put in place of those that are only examples."""
    mid = box.say(text="Hi, is the blue jacket back in stock?")["mid"]
    box.say(text="Hello outlet", inbox=OUTLET)
    mention = box.say(kind="story_mention", inbox=OUTLET)["mid"]
    comment = box.say(kind="comment", text="DM me the price")["comment_id"]
    image = {"attachment": {"type": "image", "payload": {"url": box.sample("dress")}}}
    bearer = {"Authorization": "Bearer IG_USER_TOKEN_EXAMPLE"}
    uploaded = box.ask("POST", "/instagram/v25.0/me/message_attachments", {"message": image}, bearer).json[
        "attachment_id"
    ]

    def send(saved: dict[str, Any]) -> Answered:
        text = json.dumps(saved)
        for ending, name in SAMPLES.items():
            for letter in "abj":
                text = text.replace(f"https://files.example.com/{letter}{ending}", box.sample(name))
        text = text.replace("1745000000000001", uploaded).replace("17860000000000001", comment)
        text = text.replace(_mid("text_reply_to"), mid).replace(_mid("story_lookup"), mention)
        ready = json.loads(text)
        place = urlsplit(ready["url"])
        login = "facebook" if "facebook" in place.netloc else "instagram"
        path = f"/{login}{place.path}?{urlencode(ready.get('query', {}))}"
        return box.ask(ready["method"], path, ready.get("json"), ready["headers"])

    return send


@pytest.mark.parametrize("name", NAMES)
def test_a_saved_call_is_accepted_and_arrives(name: str, call: Callable[[dict[str, Any]], Answered], box: Box):
    saved = _saved(name)

    answer = call(saved)

    assert answer.status == 200, answer.raw
    assert "error" not in answer.json
    if "/messages" in saved["url"]:
        inbox = OUTLET if "facebook" in saved["url"] else ACCOUNT
        last = box.received(inbox=inbox)[-1]
        assert answer.json["recipient_id"] == CUSTOMER
        assert answer.json.get("message_id", "") == (last["mid"] if last["kind"] == "message" else "")
        assert last["kind"] == saved["json"].get("sender_action", "message")


@pytest.mark.parametrize(
    ("name", "where", "value", "code", "subcode"), [(name, *row) for name in BROKEN for row in BROKEN[name]]
)
def test_a_saved_call_with_one_thing_wrong_is_refused(
    name: str, where: tuple[Any, ...], value: Any, code: int, subcode: int | None, call: Any, box: Box
):
    answer = call(_broken(_saved(name), where, value))

    assert 400 <= answer.status < 500
    assert answer.error == (code, subcode)
    assert box.received() == []


def _saved(name: str) -> dict[str, Any]:
    return json.loads((CALLS / f"{name}.json").read_text("utf-8"))


def _mid(name: str) -> str:
    saved = _saved(name)
    return saved["json"]["reply_to"]["mid"] if "json" in saved else urlsplit(saved["url"]).path.rpartition("/")[2]


def _broken(saved: dict[str, Any], where: tuple[Any, ...], value: Any) -> dict[str, Any]:
    """A copy with one place changed or, with GONE, taken out."""
    broken = copy.deepcopy(saved)
    if where == ("url",):
        host = urlsplit(saved["url"])
        return {**broken, "url": f"{host.scheme}://{host.netloc}/v25.0{value}"}
    if where == ("version",):
        return {**broken, "url": saved["url"].replace("v25.0", value)}
    inner: Any = broken
    for step in where[:-1]:
        inner = inner[step]
    if value is GONE:
        del inner[where[-1]]
    else:
        inner[where[-1]] = value
    return broken
