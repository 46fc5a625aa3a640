"""Bodies that Instagram would never send, rightly signed: refused in words and in time, whatever they hold."""

from __future__ import annotations

import base64
import json
import time
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from helpdesk.channels.contract import (
    Inbound,
    MalformedPayload,
    Unreadable,
)
from tests.channels.expectations_instagram import STUDIO
from tests.channels.instagram_samples import CUSTOMER, body_of, instagram, only, text_item
from tests.channels.saved_answers import PAYLOADS
from tests.floor0 import bad_inputs

FOLDER = PAYLOADS / "instagram"

MALFORMED = {
    "not JSON (TX-01)": b"hello",
    "empty (TX-02)": b"",
    "an array (TX-03)": b"[]",
    "null (TX-04)": b"null",
    "100,000 nested arrays (TX-05)": b"[" * 100_000 + b"]" * 100_000,
    "100,000 nested objects": b'{"a":' * 100_000 + b"1" + b"}" * 100_000,
    "an integer of 5,000 digits (TX-06)": b'{"object":"instagram","entry":' + b"1" * 5_000 + b"}",
    "an integer of 4,000 digits": b'{"object":"instagram","entry":' + b"1" * 4_000 + b"}",
    "200,000 keys (TX-07)": json.dumps({f"k{number}": number for number in range(200_000)}).encode(),
    "NaN and Infinity (TX-08)": b'{"entry":[{"time":NaN,"id":Infinity}]}',
    "1e400 (TX-09)": b'{"entry":[{"time":1e400}]}',
    "UTF-16 (TX-11)": '{"object":"instagram"}'.encode("utf-16"),
    "UTF-16 without a mark": '{"object":"instagram"}'.encode("utf-16-le"),
    "UTF-32": '{"object":"instagram"}'.encode("utf-32"),
    "broken UTF-8": b'{"object":"instagram","entry":"\xff\xfe"}',
    "another object (TX-12)": b'\xef\xbb\xbf{"object":"page"}',
    "wrong types (TX-14)": b'{"object":1,"entry":{"changes":"x"}}',
    "no entries": b'{"object":"instagram"}',
    "an empty list of entries": b'{"object":"instagram","entry":[]}',
    "entries without events": body_of(),
    "truncated": (FOLDER / "text.json").read_bytes()[:-20],
    "two million unreadable items": b'{"object":"instagram","entry":[{"id":"1","messaging":['
    + b"0," * 1_900_000
    + b"0]}]}",
    "many items without a person": body_of(*[{"message": {}}] * 2_000),
}


@pytest.mark.parametrize("body", MALFORMED.values(), ids=MALFORMED)
def test_a_malformed_body_is_refused_in_words_and_in_time(body: bytes) -> None:
    started = time.perf_counter()
    with pytest.raises(MalformedPayload) as refused:
        instagram.parse(body, (STUDIO,))

    assert time.perf_counter() - started < 1.5
    assert str(refused.value).endswith(".")
    assert len(str(refused.value)) < 200
    assert instagram.lane(body) in ("", STUDIO)


@pytest.mark.parametrize("name", [f"TX-{number:02}" for number in (1, 2, 3, 4, 5, 7, 8, 9, 11, 12, 14)])
def test_the_collected_bad_bodies_are_refused(name: str) -> None:
    with pytest.raises(MalformedPayload):
        instagram.parse(bad_body(bad_inputs.item(name)), (STUDIO,))


@pytest.mark.parametrize("name", ["TX-19", "TX-21", "TX-22"])
def test_the_collected_odd_texts_are_messages(name: str) -> None:
    text = bad_inputs.item(name)["input"]

    assert only(body_of(text_item(text=text))).text == text


def bad_body(bad: dict[str, Any]) -> bytes:
    made = {
        "deep_json": lambda n: b"[" * n + b"]" * n,
        "wide_json": lambda n: json.dumps({f"k{number}": number for number in range(n)}).encode(),
    }
    if "gen" in bad:
        return made[bad["gen"]["name"]](**bad["gen"]["args"])
    if bad.get("meta", {}).get("b64"):
        return base64.b64decode(bad["input"].removeprefix("b64://"))
    return str(bad["input"]).encode()


def test_a_byte_order_mark_is_let_through() -> None:
    assert only(b"\xef\xbb\xbf" + body_of(text_item())).text == "Hi"


def test_escaped_text_is_read() -> None:
    assert only(body_of(text_item(text="ä 👋"))).text == "ä 👋"
    assert only(body_of(text_item()).replace(b'"Hi"', '"ä 👋"'.encode())).text == "ä 👋"


LEAVES = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    st.text(max_size=20),
    st.sampled_from(
        [STUDIO, CUSTOMER, "react", "https://a.test/b", "image", "template", "like_heart", "0", 1795000000349]
    ),
)
NAMES = st.sampled_from(
    """
    id mid text sender recipient timestamp message postback reaction read referral attachments type payload url elements
    reply_to story quick_reply is_echo is_deleted title action emoji num_edit message_edit ads_context_data product
    generic watermark policy_enforcement optin pass_thread_control field value changes messaging standby
    """.split()
)
JSON = st.recursive(
    LEAVES, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(NAMES, inner, max_size=6), max_leaves=25
)
ITEMS = st.fixed_dictionaries(
    {"sender": st.just({"id": CUSTOMER}) | JSON, "recipient": st.just({"id": STUDIO}) | JSON},
    optional=dict.fromkeys(("message", "postback", "reaction", "read", "referral", "message_edit", "optin"), JSON),
)


def parse_or_refuse(body: bytes) -> None:
    instagram.lane(body)
    try:
        found = instagram.parse(body, (STUDIO,))
    except MalformedPayload:
        return
    assert found
    assert all(isinstance(each, (Inbound, Unreadable)) for each in found)


@settings(deadline=None)
@given(st.binary(max_size=200) | st.text(max_size=200).map(lambda text: text.encode("utf-8", "surrogatepass")))
def test_no_bytes_do_harm(body: bytes) -> None:
    parse_or_refuse(body)


@settings(max_examples=300, deadline=None)
@given(JSON | st.lists(ITEMS | JSON, max_size=4))
def test_no_json_does_harm(content: object) -> None:
    parse_or_refuse(json.dumps(content).encode())
    for array in ("messaging", "standby", "changes"):
        entry = {"id": STUDIO, "time": 1, array: content}
        parse_or_refuse(json.dumps({"object": "instagram", "entry": [entry]}).encode())
