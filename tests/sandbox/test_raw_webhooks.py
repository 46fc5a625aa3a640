"""Webhooks written by hand: what they say stands in the chat, as if the customer had done it on the phone."""

from __future__ import annotations

from typing import Any

import pytest

from tests.sandbox.conftest import ACCOUNT, CUSTOMER, OUTLET, Box, Hook

STRANGER = "1234500000000009"


def of_customer(*items: dict[str, Any], account: str = ACCOUNT, sender: str = CUSTOMER, key: str = "messaging"):
    frame = {"sender": {"id": sender}, "recipient": {"id": account}, "timestamp": 1795000000349}
    return {"object": "instagram", "entry": [{"id": account, "time": 1, key: [{**frame, **one} for one in items]}]}


def chat_of(box: Box, customer: str = CUSTOMER) -> dict[str, Any]:
    return box.ask("GET", f"/sandbox/chat?customer={customer}").json


def test_what_was_said_edited_liked_and_seen_stands_in_the_chat(box: Box, hook: Hook):
    box.say(kind="raw", payload=of_customer({"message": {"mid": "a", "text": "In M?"}}))
    box.say(kind="raw", payload=of_customer({"message": {"mid": "b", "text": "Yes", "is_echo": True}}, key="standby"))
    changes = ({"reaction": {"mid": "b", "action": "react", "emoji": "❤️"}}, {"read": {"mid": "b"}})
    box.say(kind="raw", payload=of_customer({"message_edit": {"mid": "a", "text": "In L?"}}, *changes))
    box.say(kind="raw", payload=of_customer({"message": {"mid": "c", "text": "No"}}))
    box.say(kind="raw", payload=of_customer({"message": {"mid": "c", "is_deleted": True}}))

    theirs, ours, unsent = chat_of(box)["messages"]
    assert (theirs["side"], theirs["text"], theirs["edits"]) == ("customer", "In L?", 1)
    assert (ours["side"], ours["text"], ours["reactions"]) == ("business", "Yes", {"customer": "❤️"})
    assert ours["seen_at"] == 1795000000349
    assert unsent["is_unsent"]
    assert len(hook.arrived) == 5


def test_files_stories_and_buttons_are_told_apart(box: Box):
    photo = {"type": "image", "payload": {"url": box.sample("dress")}}
    story = {"story": {"url": "https://example.com/s", "id": "7"}}
    box.say(kind="raw", payload=of_customer({"message": {"mid": "a", "attachments": [photo], "reply_to": story}}))
    box.say(kind="raw", payload=of_customer({"postback": {"title": "Opening hours", "payload": "HOURS"}}))

    answer, tapped = chat_of(box)["messages"]
    assert (answer["media"][0]["type"], answer["story"]["id"]) == ("image", "7")
    assert (tapped["kind"], tapped["text"]) == ("postback", "Opening hours")


def test_the_same_webhook_twice_says_it_once(box: Box, hook: Hook):
    for _ in range(2):
        box.say(kind="raw", payload=of_customer({"message": {"mid": "a", "text": "In M?"}}))

    assert len(chat_of(box)["messages"]) == 1
    assert len(hook.arrived) == 2


def test_what_is_no_message_is_kept_as_something_that_happened(box: Box):
    box.say(text="hello")
    box.say(kind="raw", payload=of_customer({"referral": {"ref": "spring"}}, {"hologram": {"colour": "teal"}}))

    happened = chat_of(box)["happenings"]
    assert [(one["what"], one["text"]) for one in happened] == [("referral", "spring"), ("hologram", "")]


def test_what_is_about_somebody_else_leaves_this_chat_alone(box: Box):
    box.say(kind="raw", payload=of_customer({"message": {"mid": "a", "text": "mine"}}, sender=STRANGER))
    box.say(kind="raw", payload=of_customer({"message": {"mid": "b", "text": "there"}}, account=OUTLET))

    assert chat_of(box)["messages"] == []
    assert chat_of(box, STRANGER)["messages"] == []


@pytest.mark.parametrize(
    "payload",
    [
        [],
        7,
        {"entry": 7},
        {"entry": [7, {"id": ACCOUNT, "messaging": 7}, {"id": ACCOUNT, "messaging": [7, {"sender": 7}]}]},
        {"entry": [{"id": ACCOUNT, "messaging": [{"message": 7}, {"message": {"mid": 7, "attachments": [7, {}]}}]}]},
        {"entry": [{"id": ACCOUNT, "changes": [{"field": 7, "value": 7}, {"field": "comments", "value": 7}]}]},
        {"entry": [{"id": ACCOUNT, "messaging": [{"message": {"attachments": [{"type": "template"}]}}]}]},
    ],
)
def test_a_shape_that_nobody_knows_is_posted_all_the_same(payload: object, box: Box, hook: Hook):
    assert box.say(kind="raw", payload=payload)["delivery"]["state"] == "delivered"
    assert chat_of(box)["customer"]["id"] == CUSTOMER
    assert len(hook.arrived) == 1
