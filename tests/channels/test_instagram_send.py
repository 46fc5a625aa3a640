"""What goes out to Instagram: each request field by field, and what is refused without asking."""

from __future__ import annotations

import json
from typing import Any

import pytest

from helpdesk.channels.contract import (
    Accepted,
    Account,
    Action,
    ActionKind,
    Key,
    MediaKind,
    Outgoing,
    OutgoingMedia,
    QuickReplyOption,
    RefusalKind,
    Refused,
    TemplateButton,
    TemplateElement,
)
from tests.channels.expectations_instagram import STUDIO, mid
from tests.channels.instagram_samples import (
    BY_FACEBOOK,
    BY_INSTAGRAM,
    CARD,
    FILES,
    REQUESTS,
    TEXT,
    action,
    image,
    instagram,
    outgoing,
)
from tests.channels.saved_answers import SavedHttp, saved

# Every file of a request that this channel makes, and what makes it.
MADE: dict[str, Outgoing | Action] = {
    "text_instagram_login.json": TEXT,
    "text_facebook_login.json": TEXT,
    "text_human_agent.json": outgoing(text="Sorry for the wait, here is the answer.", is_human_agent=True),
    "text_reply_to.json": outgoing(text="This one", reply_to=mid(1)),
    "image_url.json": outgoing(media=(image("a.jpg"),)),
    "image_facebook_login.json": outgoing(media=(image("a.jpg"),)),
    "images_multiple.json": outgoing(media=(image("a.jpg"), image("b.jpg"))),
    "audio_url.json": outgoing(media=(OutgoingMedia(MediaKind.AUDIO, f"{FILES}/a.m4a", "audio/mp4"),)),
    "video_url.json": outgoing(media=(OutgoingMedia(MediaKind.VIDEO, f"{FILES}/a.mp4", "video/mp4"),)),
    "file_url.json": outgoing(media=(OutgoingMedia(MediaKind.FILE, f"{FILES}/a.pdf", "application/pdf"),)),
    "like_heart.json": outgoing(is_heart=True),
    "quick_replies.json": outgoing(
        text="What do you need?",
        quick_replies=(
            QuickReplyOption("Track my order", "TRACK_ORDER"),
            QuickReplyOption("Talk to a person", "HUMAN"),
        ),
    ),
    "generic_template.json": outgoing(template=(CARD,)),
    "typing_on.json": action(ActionKind.TYPING_ON),
    "typing_on_facebook_login.json": action(ActionKind.TYPING_ON),
    "typing_off.json": action(ActionKind.TYPING_OFF),
    "mark_seen.json": action(ActionKind.SEEN),
    "react.json": action(ActionKind.REACT, platform_id=mid(1), emoji="❤️"),
    "unreact.json": action(ActionKind.UNREACT, platform_id=mid(1)),
}
# What the platform takes and this channel never asks, or asks in another way; each with the reason.
NOT_MADE = {
    "account_ids.json": "asked by `check`, with fewer fields and the token in the header",
    "profile_lookup.json": "asked by `profile`, see its own test",
    "attachment_id.json": "media goes by address",
    "upload_attachment.json": "media goes by address",
    "button_template.json": "the composer makes cards and quick replies",
    "product_template.json": "needs a catalogue",
    "media_share.json": "the composer has no posts",
    "private_reply.json": "comments are no direct messages",
    "quick_replies_contact_data.json": "the composer offers its own quick replies alone",
    "refresh_token.json": "not a message",
    "story_lookup.json": "the webhook brings the story's address",
    "subscribe.json": "not a message",
    "subscribe_facebook_login.json": "not a message",
    "subscribed_apps.json": "not a message",
    "text_me.json": "the account's id stands where `me` may stand",
}


def deliver(item: Outgoing | Action, account: Account, http: SavedHttp) -> Any:
    if isinstance(item, Outgoing):
        return instagram.send(item, account, http)
    return instagram.act(item, account, http)


def test_every_saved_request_is_made_or_has_a_reason_not_to_be() -> None:
    assert {path.name for path in REQUESTS.glob("*.json")} == {*MADE, *NOT_MADE}
    assert not MADE.keys() & NOT_MADE.keys()


@pytest.mark.parametrize("name", MADE)
def test_a_request_is_made_field_by_field_as_documented(name: str) -> None:
    expected = json.loads((REQUESTS / name).read_text(encoding="utf-8"))
    account = BY_FACEBOOK if "facebook_login" in name else BY_INSTAGRAM
    http = saved("instagram/send_response/message.json")

    deliver(MADE[name], account, http)

    (asked,) = http.requests
    assert asked["method"] == expected["method"]
    assert asked["url"] == expected["url"]
    assert asked["json"] == expected["json"]
    # The token is always in the header, where the platform takes it for both logins: addresses end up in logs.
    token = expected.get("query", {}).get("access_token") or expected["headers"]["Authorization"].removeprefix(
        "Bearer "
    )
    assert asked["headers"] == {"Authorization": f"Bearer {token}"}
    assert asked["query"] == {}


def test_a_late_human_answer_is_tagged_with_facebook_login_and_with_quick_replies_too() -> None:
    for late in (
        outgoing(text="Hi", is_human_agent=True),
        outgoing(text="Hi", is_human_agent=True, quick_replies=(QuickReplyOption("Yes", "Y"),)),
    ):
        http = saved("instagram/send_response/message.json")

        instagram.send(late, BY_FACEBOOK, http)

        assert http.requests[0]["json"]["messaging_type"] == "MESSAGE_TAG"
        assert http.requests[0]["json"]["tag"] == "HUMAN_AGENT"


@pytest.mark.parametrize(
    ("emoji", "name"),
    [
        *(("❤️", "love"), ("❤", "love"), ("👍", "like"), ("👍🏽", "like"), ("😂", "laugh")),
        *(("😮", "wow"), ("😢", "sad"), ("😡", "angry"), ("🙏", "love"), ("", "love")),
    ],
)
def test_an_emoji_goes_out_under_instagram_s_name(emoji: str, name: str) -> None:
    http = saved("instagram/send_response/sender_action.json")

    outcome = instagram.act(action(ActionKind.REACT, platform_id="m1", emoji=emoji), BY_INSTAGRAM, http)

    assert outcome == Accepted("")
    assert http.requests[0]["json"]["payload"] == {"message_id": "m1", "reaction": name}


# --- refused without asking -------------------------------------------------------------------------------------

PICTURE = image("a.jpg")


@pytest.mark.parametrize(
    "impossible",
    [
        outgoing(),
        outgoing(text="a" * 1001),
        outgoing(text="ä" * 501),
        outgoing(text="a\ud800"),
        outgoing(text="Hi", media=(PICTURE,)),
        outgoing(is_heart=True, text="Hi"),
        outgoing(media=(PICTURE,) * 11),
        outgoing(media=(PICTURE, OutgoingMedia(MediaKind.VIDEO, f"{FILES}/a.mp4", "video/mp4"))),
        outgoing(media=(OutgoingMedia(MediaKind.IMAGE, f"{FILES}/a.gif", "image/gif"),)),
        outgoing(media=(OutgoingMedia(MediaKind.STICKER, f"{FILES}/a.png", "image/png"),)),
        outgoing(media=(PICTURE,), quick_replies=(QuickReplyOption("Yes", "Y"),)),
        outgoing(text="Hi", quick_replies=(QuickReplyOption("Yes", "Y"),) * 14),
        outgoing(text="Hi", quick_replies=(QuickReplyOption("a" * 21, "Y"),)),
        outgoing(text="Hi", quick_replies=(QuickReplyOption("", "Y"),)),
        outgoing(template=(CARD,) * 11),
        outgoing(template=(TemplateElement("a", buttons=(TemplateButton("b", payload="c"),) * 4),)),
        outgoing(template=(TemplateElement("a" * 81),)),
        outgoing(template=(TemplateElement("a", subtitle="b" * 81),)),
        outgoing(template=(TemplateElement(""),)),
        Outgoing(to=Key("psid", "1"), key="k", text="Hi"),
        Outgoing(to=Key("igsid", ""), key="k", text="Hi"),
    ],
    ids=lambda item: ascii(item)[60:140],
)
def test_what_instagram_can_never_take_is_refused_without_asking(impossible: Outgoing) -> None:
    http = saved("instagram/send_response/message.json")

    outcome = instagram.send(impossible, BY_INSTAGRAM, http)

    assert isinstance(outcome, Refused)
    assert outcome.kind is RefusalKind.INVALID
    assert outcome.reason.endswith(".")
    assert http.requests == []


@pytest.mark.parametrize(
    "possible", [outgoing(text="ä" * 500), outgoing(media=(PICTURE,) * 10)], ids=["text", "pictures"]
)
def test_the_limits_themselves_are_taken(possible: Outgoing) -> None:
    assert isinstance(instagram.send(possible, BY_INSTAGRAM, saved("instagram/send_response/message.json")), Accepted)


@pytest.mark.parametrize("token", ["", "a\r\nHost: evil", "tökén"])
def test_a_token_that_cannot_be_sent_needs_a_new_connection(token: str) -> None:
    http, account = saved("instagram/send_response/message.json"), Account(STUDIO, access_token=token)

    for outcome in (instagram.send(TEXT, account, http), instagram.check(account, http)):
        assert isinstance(outcome, Refused)
        assert outcome.kind is RefusalKind.REAUTH
    assert http.requests == []
