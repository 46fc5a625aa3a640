"""Instagram's webhook bodies: each saved one means what was written down for it, field by field."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from helpdesk.channels.contract import (
    Key,
    MediaKind,
    MessageKind,
    Unreadable,
    Unsupported,
)
from tests.channels.expectations_instagram import EXPECTED, KIM, NOON, STUDIO, mid
from tests.channels.instagram_samples import CUSTOMER, body_of, instagram, item, only, text_item
from tests.channels.saved_answers import PAYLOADS

FOLDER = PAYLOADS / "instagram"


# --- the saved ones ---------------------------------------------------------------------------------------------


def test_every_saved_webhook_has_an_expectation_and_the_other_way_round() -> None:
    assert {path.name for path in FOLDER.glob("*.json")} == set(EXPECTED)


@pytest.mark.parametrize("name", sorted(EXPECTED))
@pytest.mark.parametrize("known", [(), (STUDIO,)], ids=["unknown account", "known account"])
def test_a_saved_webhook_means_what_was_written_down(name: str, known: tuple[str, ...]) -> None:
    assert instagram.parse((FOLDER / name).read_bytes(), known) == EXPECTED[name]


# --- routing ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("sender", "recipient", "entry_id", "known", "is_echo", "account"),
    [
        ("c", "a", "a", (), False, "a"),
        ("c", "a", "c", (), False, "a"),  # Meta's samples of postbacks: the entry names the customer
        ("c", "a", "", (), False, "a"),
        ("a", "c", "a", (), True, "a"),
        ("c", "a", "a", (), True, "a"),  # an echo addressed the inbound way round
        ("c", "a", "c", ("a",), True, "a"),
        ("a", "c", "c", ("a",), False, "a"),  # what our account sent is ours, marked as an echo or not
        ("a", "c", "a", ("x", "a"), True, "a"),
        ("c", "a", "c", ("c", "a"), False, "c"),  # two accounts of ours write to each other
    ],
)
def test_the_account_is_the_one_that_is_ours(
    sender: str, recipient: str, entry_id: str, known: tuple[str, ...], is_echo: bool, account: str
) -> None:
    message = {"mid": "m1", "text": "Hi", "is_echo": is_echo}

    found = only(body_of(item(sender, recipient, message=message), entry_id=entry_id), known)

    assert found.account == account
    assert found.contact == (Key("igsid", {sender, recipient}.difference({account}).pop()),)


def test_a_message_from_our_account_is_an_echo_even_without_the_mark() -> None:
    found = only(body_of(item(STUDIO, CUSTOMER, message={"mid": "m1", "text": "Hi"})))

    assert type(found).__name__ == "EchoReceived"


def test_our_own_reaction_is_marked_as_ours() -> None:
    reaction = {"mid": "m1", "action": "react", "reaction": "love", "emoji": "❤️"}

    assert only(body_of(item(STUDIO, CUSTOMER, reaction=reaction))).by_us
    assert not only(body_of(item(reaction=reaction))).by_us


def test_ids_may_be_numbers() -> None:
    found = only(body_of(item(int(CUSTOMER), int(STUDIO), message={"mid": "m1", "text": "Hi"})))

    assert (found.account, found.contact) == (STUDIO, KIM)


def test_a_message_to_oneself_is_counted_and_nothing_more() -> None:
    assert isinstance(only(body_of(item(STUDIO, STUDIO, message={"mid": "m1", "text": "note"}))), Unsupported)


@pytest.mark.parametrize(
    ("body", "lane"),
    [
        (body_of(text_item()), f"{STUDIO}:{CUSTOMER}"),
        (body_of(item(STUDIO, CUSTOMER, message={"mid": "m1", "is_echo": True})), f"{STUDIO}:{CUSTOMER}"),
        (body_of(text_item(), array="standby"), f"{STUDIO}:{CUSTOMER}"),
        (body_of({"field": "comments", "value": {}}, array="changes"), STUDIO),
        (body_of(), ""),
        (body_of("nonsense"), ""),
        (b"hello", ""),
        (b"[" * 100_000, ""),
    ],
)
def test_the_lane_is_account_and_customer_of_the_first_item(body: bytes, lane: str) -> None:
    assert instagram.lane(body) == lane


# --- fields -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("timestamp", "expected"),
    [
        (1795000000349, NOON),
        ("1795000000349", NOON),
        (1795000000, NOON.replace(microsecond=0)),
        ("1795000000", NOON.replace(microsecond=0)),
        *((odd, None) for odd in ("0", 0, -1, "-1", 10**18, "1" + "0" * 18, "yesterday", "", None, True, 1.5, {}, [1])),
        ("٣", None),  # a digit to Python, none to Instagram
        (100, None),  # 1970
        (9_999_999_999_999, None),  # 2286
    ],
)
def test_a_time_is_believed_within_ten_years(timestamp: object, expected: datetime | None) -> None:
    found = only(body_of({**text_item(), "timestamp": timestamp}))

    assert found.at == expected
    assert found.text == "Hi"


def test_a_missing_time_is_none() -> None:
    without = text_item()
    del without["timestamp"]

    assert only(body_of(without)).at is None


def test_times_are_in_utc() -> None:
    assert only(body_of(text_item())).at.tzinfo is UTC


@pytest.mark.parametrize(
    "bad",
    ["", "w" * 501, "w" * 10_000, None, 7, {}, ["m"], "a\x00b", "a\ud800b", "a\nb"],
    ids=lambda bad: repr(bad)[:20],
)
def test_a_message_without_a_usable_id_is_unreadable_and_the_next_one_is_read(bad: object) -> None:
    first, second = instagram.parse(body_of(item(message={"mid": bad, "text": "a"}), text_item()))

    assert isinstance(first, Unreadable)
    assert first.place == "entry[0].messaging[0]"
    assert first.reason
    assert second.text == "Hi"  # type: ignore[union-attr]


def test_a_message_id_may_have_500_characters() -> None:
    assert only(body_of(text_item(mid="w" * 500))).platform_id == "w" * 500


def test_text_is_handed_on_as_it_came() -> None:
    text = "a\0b\x1b[2J\r\n\ud83d " + "long" * 30_000

    assert only(body_of(text_item(text=text))).text == text


def test_an_unknown_attachment_is_kept_by_its_name() -> None:
    found = only(body_of(item(message={"mid": "m1", "attachments": [{"type": "hologram", "payload": {"url": "x"}}]})))

    assert found.kind is MessageKind.UNSUPPORTED
    assert [(each.kind, each.title) for each in found.media] == [(MediaKind.UNSUPPORTED, "hologram")]


def test_an_empty_message_is_shown_as_unsupported() -> None:
    assert only(body_of(item(message={"mid": "m1"}))).kind is MessageKind.UNSUPPORTED


def test_a_bad_attachment_is_named_and_the_rest_of_the_message_is_used() -> None:
    attachments = [7, {"type": "image", "payload": {"url": "https://lookaside.fbsbx.com/1"}}, {"type": ["x"]}]

    message, first, second = instagram.parse(body_of(text_item(attachments=attachments)))

    assert [each.kind for each in message.media] == [MediaKind.IMAGE]  # type: ignore[union-attr]
    assert message.text == "Hi"  # type: ignore[union-attr]
    assert [each.place for each in (first, second)] == [  # type: ignore[union-attr]
        "entry[0].messaging[0].message.attachments[0]",
        "entry[0].messaging[0].message.attachments[2]",
    ]


@pytest.mark.parametrize(
    "address",
    ["javascript:alert(1)", "file:///etc/passwd", "/relative", "https://a b", "https://a\nb", 5, "h" * 5000, None],
)
def test_only_web_addresses_are_taken_for_media(address: object) -> None:
    found = only(body_of(text_item(attachments=[{"type": "image", "payload": {"url": address}}])))

    assert (found.media[0].kind, found.media[0].url) == (MediaKind.IMAGE, "")


def test_a_page_for_people_is_a_link_and_not_a_file() -> None:
    page = "https://www.instagram.com/p/abc/"

    found = only(body_of(text_item(attachments=[{"type": "share", "payload": {"url": page}}])))

    assert (found.media[0].url, found.media[0].link) == ("", page)


def test_what_is_only_passed_on_is_bounded_and_clean() -> None:
    deep: Any = "x"
    for _ in range(300):
        deep = {"in": deep}

    found = only(
        body_of(text_item(referral={"ref": "a\0\ud800", "deep": deep, "many": list(range(500)), "huge": 10**80}))
    )

    assert found.referral["ref"] == "a\ufffd\ufffd"
    assert len(found.referral["many"]) == 50
    assert found.referral["huge"] == str(10**80)
    assert len(json.dumps(found.referral["deep"])) < 200


def test_a_postback_without_an_id_gets_the_same_one_each_time_and_another_for_other_content() -> None:
    def platform_id(**event: Any) -> str:
        return str(only(body_of(item(**event))).platform_id)

    tap = {"title": "Opening hours", "payload": "HOURS"}

    assert platform_id(postback=tap) == platform_id(postback=tap)
    assert len({platform_id(postback=tap | change) for change in ({}, {"title": "x"}, {"payload": "x"})}) == 3


def test_several_events_in_one_item_are_all_read() -> None:
    found = instagram.parse(body_of(text_item() | {"referral": {"ref": "spring"}}))

    assert [type(each).__name__ for each in found] == ["MessageReceived", "ContactChanged"]


def test_a_reaction_without_an_emoji_is_shown_by_its_name() -> None:
    reaction = {"mid": mid(1), "action": "react", "reaction": "laugh"}

    assert only(body_of(item(reaction=reaction))).emoji == "😆"


def test_entries_items_and_arrays_of_every_sort_are_walked() -> None:
    entries = [
        7,
        {"id": STUDIO, "messaging": "x", "standby": [text_item()], "changes": [{"field": "comments"}, {"field": 4}]},
        {"id": STUDIO, "time": 1},
        {"id": STUDIO, "messaging": [text_item(mid="m2"), None, {"sender": {"id": CUSTOMER}}]},
    ]

    found = instagram.parse(json.dumps({"object": "instagram", "entry": entries}).encode())

    assert [each.place if isinstance(each, Unreadable) else type(each).__name__ for each in found] == [
        "entry[0]",
        "entry[1].messaging",
        "MessageReceived",
        "Unsupported",
        "entry[1].changes[1]",
        "entry[2]",
        "MessageReceived",
        "entry[3].messaging[1]",
        "entry[3].messaging[2]",
    ]
