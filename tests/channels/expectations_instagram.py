"""What each saved Instagram webhook means, by hand: file by file, the events that must come out, in order.

A file without a row and a row without a file both fail the test.
"""

from __future__ import annotations

import base64
from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial

from helpdesk.channels.contract import (
    ChannelNotice,
    ContactChanged,
    EchoReceived,
    Inbound,
    Key,
    Media,
    MediaKind,
    MessageEdited,
    MessageKind,
    MessageReceived,
    MessageUnsent,
    ReactionChanged,
    Receipt,
    ReceiptChanged,
    Unsupported,
)

STUDIO = "17841400000000001"
OUTLET = "17841400000000002"
KIM = (Key("igsid", "1234500000000001"),)
NOON = datetime(2026, 11, 18, 11, 6, 40, 349_000, tzinfo=UTC)  # 1795000000349 ms


def at(**parts: int) -> datetime:
    return NOON.replace(**parts)


def mid(number: int, width: int = 20) -> str:
    """The invented message ids of the files: they look like real ones, and hold a number twice."""
    words = f"ig_ig_item:1:IGMessageID:{STUDIO}:3402823668417103009491281{number:0{width}}:3{number:033}"
    return base64.b64encode(words.encode()).decode() + "ZD"


short_mid = partial(mid, width=17)


def cdn(number: int) -> str:
    return (
        "https://lookaside.fbsbx.com/ig_messaging_cdn/"
        f"?asset_id={18_000_000_000_000_000 + number}&signature=AbExampleSignature{number}"
    )


def of(event: Callable[..., Inbound], **fields: object) -> Inbound:
    """An event from Kim to the studio at the files' reference instant, unless said otherwise."""
    return event(**{"account": STUDIO, "contact": KIM, "at": NOON, **fields})


message = partial(of, MessageReceived)
echo = partial(of, EchoReceived)
image, video, audio = (partial(Media, kind) for kind in (MediaKind.IMAGE, MediaKind.VIDEO, MediaKind.AUDIO))

EXPECTED: dict[str, list[Inbound]] = {
    # texts
    "text.json": [message(platform_id=mid(1), text="Hi, is the blue jacket back in stock?")],
    "text_unicode.json": [message(platform_id=mid(2), text="Grüße 👋🏽 — «ça va?» ありがとう")],
    "text_with_image.json": [
        message(platform_id=short_mid(6), text="This is the one I mean", media=(image(cdn(6)),)),
    ],
    "seconds_as_text.json": [
        message(platform_id=short_mid(39), text="A test event with its time in seconds, as text", at=at(microsecond=0)),
    ],
    "reply_to_message.json": [message(platform_id=mid(18), text="Yes, that one please", reply_to=mid(101))],
    "quick_reply.json": [
        message(platform_id=mid(27), text="Track my order", kind=MessageKind.QUICK_REPLY, payload="TRACK_ORDER"),
    ],
    "quick_reply_email.json": [
        message(platform_id=mid(28), text="kim@example.com", kind=MessageKind.QUICK_REPLY, payload="kim@example.com"),
    ],
    "batch.json": [
        message(platform_id=mid(40), text="one"),
        message(platform_id=mid(41), text="two", at=at(second=41)),
        message(
            platform_id=mid(42),
            text="other account",
            account=OUTLET,
            contact=(Key("igsid", "1234500000000002"),),
            at=at(second=41, microsecond=500_000),
        ),
    ],
    # media
    "image.json": [message(platform_id=mid(3), media=(image(cdn(3)),))],
    "images_multiple.json": [message(platform_id=mid(4), media=(image(cdn(4)), image(cdn(5)), video(cdn(6))))],
    "video.json": [message(platform_id=mid(7), media=(video(cdn(7)),))],
    "audio.json": [message(platform_id=mid(8), media=(audio(cdn(8)),))],
    "file.json": [message(platform_id=mid(9), media=(Media(MediaKind.FILE, cdn(9)),))],
    "animated_gif.json": [message(platform_id=short_mid(24), media=(image(cdn(24)),))],
    "sticker_as_image.json": [
        message(
            platform_id=mid(23), media=(Media(MediaKind.STICKER, cdn(23), data={"sticker_id": "369239263222822"}),)
        ),
    ],
    "like_heart.json": [message(platform_id=short_mid(22), media=(Media(MediaKind.HEART),))],
    "ephemeral.json": [message(platform_id=mid(19), media=(Media(MediaKind.EPHEMERAL),))],
    # what others published
    "share.json": [message(platform_id=mid(10), media=(Media(MediaKind.SHARE, cdn(10)),))],
    "ig_post.json": [
        message(
            platform_id=short_mid(11),
            media=(Media(MediaKind.SHARE, cdn(11), "Autumn drop", data={"id": "18091000000000001"}),),
        ),
    ],
    "ig_reel.json": [
        message(
            platform_id=mid(12),
            media=(Media(MediaKind.REEL, cdn(12), "How we pack your order", data={"id": "17990000000000001"}),),
        ),
    ],
    "reel.json": [
        message(
            platform_id=mid(13),
            media=(Media(MediaKind.REEL, cdn(13), "Behind the scenes", data={"id": "17990000000000002"}),),
        ),
    ],
    "ig_story.json": [
        message(platform_id=mid(14), media=(Media(MediaKind.STORY, cdn(14), data={"id": "17949000000000001"}),)),
    ],
    "story_mention.json": [
        message(platform_id=mid(15), kind=MessageKind.STORY_MENTION, media=(Media(MediaKind.STORY, cdn(15)),)),
    ],
    "story_reply.json": [
        message(
            platform_id=mid(16),
            text="Love this one! Price?",
            kind=MessageKind.STORY_REPLY,
            media=(Media(MediaKind.STORY, cdn(16), data={"id": "17950000000000001"}),),
        ),
    ],
    "story_reply_emoji.json": [
        message(
            platform_id=short_mid(17),
            text="😍",
            kind=MessageKind.STORY_REPLY,
            media=(Media(MediaKind.STORY, cdn(17), data={"id": "17950000000000001"}),),
        ),
    ],
    # what Instagram does not hand over, or we do not know
    "unsupported.json": [message(platform_id=mid(20), kind=MessageKind.UNSUPPORTED)],
    "unsupported_type_attachment.json": [
        message(
            platform_id=mid(21),
            kind=MessageKind.UNSUPPORTED,
            media=(Media(MediaKind.UNSUPPORTED, title="unsupported_type"),),
        ),
    ],
    "unknown_attachment_type.json": [
        message(
            platform_id=short_mid(38),
            kind=MessageKind.UNSUPPORTED,
            media=(Media(MediaKind.UNSUPPORTED, title="hologram", data={"url": cdn(38), "colour": "teal"}),),
        ),
    ],
    "unknown_event.json": [of(Unsupported, kind="hologram")],
    # buttons
    "postback_icebreaker.json": [
        message(platform_id=mid(29), text="Where is my order?", kind=MessageKind.POSTBACK, payload="ICE_WHERE_ORDER"),
    ],
    "postback_persistent_menu.json": [
        message(platform_id=short_mid(31), text="Talk to a person", kind=MessageKind.POSTBACK, payload="MENU_HUMAN"),
    ],
    "postback_generic_template_button.json": [
        message(platform_id=mid(30), text="Buy now", kind=MessageKind.POSTBACK, payload="BUY:SKU-7"),
    ],
    "postback_with_referral.json": [
        message(
            platform_id=short_mid(32),
            text="Where is my order?",
            kind=MessageKind.POSTBACK,
            payload="ICE_WHERE_ORDER",
            referral={"ref": "spring_sale", "source": "IGME-SOURCE-LINK", "type": "OPEN_THREAD"},
        ),
    ],
    "postback_without_mid.json": [
        message(
            # The hash of ["1234500000000001", "1795000000349", "postback", "Opening hours", "MENU_HOURS"] as JSON.
            platform_id="sha256:fda7ea80d1679b83f6739be644aa08b9ce8f3f945b3357e0c957a5190f85ff49",
            text="Opening hours",
            kind=MessageKind.POSTBACK,
            payload="MENU_HOURS",
        ),
    ],
    # how they came
    "referral_igme.json": [
        of(
            ContactChanged,
            sentence="Opened the conversation through the link «spring_sale»",
            referral={"ref": "spring_sale", "source": "IGME-SOURCE-LINK", "type": "OPEN_THREAD"},
        ),
    ],
    "referral_ad_message.json": [
        message(
            platform_id=short_mid(34),
            text="Is this still on sale?",
            referral={
                "ref": "autumn_ad",
                "ad_id": "6100000000000001",
                "source": "ADS",
                "type": "OPEN_THREAD",
                "ads_context_data": {
                    "ad_title": "Autumn sale: 20 % off coats",
                    "photo_url": cdn(34),
                    "video_url": cdn(33),
                },
            },
        ),
    ],
    "referral_shop_product.json": [
        message(platform_id=mid(35), text="Does it run small?", referral={"product": {"id": "5300000000000001"}}),
    ],
    # what happens to messages
    "message_deleted.json": [of(MessageUnsent, platform_id=mid(1), at=at(minute=7))],
    "message_edit.json": [
        of(
            MessageEdited,
            platform_id=mid(1),
            text="Hi, is the blue jacket back in stock in S?",
            number=1,
            at=at(minute=7, second=10, microsecond=308_000),
        ),
    ],
    "message_edit_number_as_text.json": [
        of(
            MessageEdited,
            platform_id=mid(1),
            text="Hi, is the blue jacket back in stock in S or M?",
            number=2,
            at=at(minute=7, second=40, microsecond=308_000),
        ),
    ],
    "reaction_react.json": [of(ReactionChanged, platform_id=mid(101), emoji="❤️")],
    "reaction_react_older.json": [of(ReactionChanged, platform_id=mid(101), emoji="😂", at=at(second=39))],
    "reaction_other.json": [of(ReactionChanged, platform_id=mid(101), emoji="🙏")],
    "reaction_unreact.json": [of(ReactionChanged, platform_id=mid(101), emoji="", at=at(second=45))],
    "seen.json": [of(ReceiptChanged, receipt=Receipt.READ, platform_id=mid(101))],
    # what our account sent
    "echo_text.json": [echo(platform_id=mid(101), text="Yes! We have S and M.")],
    "echo_attachment.json": [echo(platform_id=short_mid(102), media=(image(cdn(102)),))],
    "echo_addressed_inbound.json": [echo(platform_id=short_mid(103), text="We close at six today.")],
    "template_attachment.json": [
        echo(
            platform_id=mid(25),
            media=(Media(MediaKind.TEMPLATE, data={"elements": [{"title": "Blue jacket", "subtitle": "€59"}]}),),
        ),
    ],
    # another app owns the conversation
    "standby_message.json": [message(platform_id=mid(36), text="Hello?", is_standby=True)],
    "standby_echo.json": [
        echo(platform_id=short_mid(37), text="A colleague will be with you in a moment.", is_standby=True),
    ],
    "handover_pass_thread_control.json": [
        of(
            ChannelNotice,
            kind="pass_thread_control",
            sentence="The conversation was passed to the app 900000000000002.",
        ),
    ],
    "handover_take_thread_control.json": [
        of(ChannelNotice, kind="take_thread_control", sentence="Another app took the conversation over."),
    ],
    "handover_request_thread_control.json": [
        of(ChannelNotice, kind="request_thread_control", sentence="Another app asks to take the conversation over."),
    ],
    # the channel's own affairs
    "optin.json": [of(ChannelNotice, kind="optin", sentence="The person agreed to be sent notifications.")],
    "policy_enforcement.json": [
        of(
            ChannelNotice,
            contact=(),
            kind="policy_enforcement",
            sentence="Instagram's policy check says “warning” for this account: "
            "The account sent messages that people reported.",
        ),
    ],
    "response_feedback.json": [of(Unsupported, kind="response_feedback")],
    "comment_instagram_login.json": [of(Unsupported, contact=(), kind="comments", at=at(microsecond=0))],
    "comment_facebook_login.json": [of(Unsupported, contact=(), kind="comments", at=at(microsecond=0))],
    "mention_facebook_login.json": [of(Unsupported, contact=(), kind="mentions", at=at(microsecond=0))],
    "dashboard_test_changes.json": [
        of(Unsupported, account="0", contact=(), kind="dashboard test: messages", at=at(second=41, microsecond=0)),
    ],
}
