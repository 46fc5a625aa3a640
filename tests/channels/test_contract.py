"""What every channel on the shelf keeps, whichever platform it is: one row for each, and the same questions to all."""

from __future__ import annotations

import inspect
import json
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from helpdesk.channels import build
from helpdesk.channels.contract import (
    Accepted,
    Account,
    Action,
    ActionKind,
    Channel,
    History,
    Inbound,
    InvalidWebhook,
    Key,
    Lost,
    MalformedPayload,
    Matched,
    MediaKind,
    NotSent,
    Outgoing,
    Permission,
    RefusalKind,
    Refused,
    Unknown,
    Unreadable,
)
from tests.channels.saved_answers import PAYLOADS, SavedHttp, answering, saved
from tests.channels.test_meta_signature import signed

SHELF = build(
    {"instagram": "https://ig.test/v25.0", "facebook": "https://fb.test/v25.0", "telegram": "https://tg.test"}
)


@dataclass(frozen=True)
class Sample:
    """What the questions need of one channel: an account, a person, and an answer that says yes."""

    account: Account
    contact: Key
    accepted: str  # a file below payloads/

    def headers(self, body: bytes) -> dict[str, str]:
        """Those that the platform sends with this body."""
        return signed(body, self.account.secrets[0])


SAMPLES = {
    "instagram": Sample(
        Account("17841400000000001", "token-of-the-account", ("app-secret",), "verify-token", {"login": "instagram"}),
        Key("igsid", "1234500000000001"),
        "instagram/send_response/message.json",
    ),
}


@pytest.fixture(params=sorted(SHELF))
def channel(request: pytest.FixtureRequest) -> Channel:
    return SHELF[request.param]


@pytest.fixture
def sample(channel: Channel) -> Sample:
    return SAMPLES[channel.kind]


def webhooks(channel: Channel) -> list[bytes]:
    return [path.read_bytes() for path in sorted((PAYLOADS / channel.kind).glob("*.json"))]


def test_every_channel_on_the_shelf_has_a_sample_and_saved_webhooks() -> None:
    assert set(SHELF) == set(SAMPLES)
    for channel in SHELF.values():
        assert webhooks(channel)


def test_the_channel_has_the_contract_s_members(channel: Channel) -> None:
    for name, wanted in inspect.getmembers(Channel, inspect.isfunction):
        if not name.startswith("_"):
            assert list(inspect.signature(getattr(channel, name)).parameters) == [
                each for each in inspect.signature(wanted).parameters if each != "self"
            ]
    assert channel.kind
    assert channel.name
    assert channel.media_hosts
    assert SHELF[channel.kind] is channel


def test_the_limits_are_usable(channel: Channel) -> None:
    limits = channel.limits

    assert limits.text > 0
    assert limits.text_unit in ("bytes", "characters")
    assert limits.images_together >= 1
    for kind, limit in limits.media.items():
        assert kind in set(MediaKind)
        assert limit.types
        assert 0 < limit.size <= 100 * 2**20
        assert all(mime == mime.lower() and mime.count("/") == 1 for mime in limit.types)


# --- in ---------------------------------------------------------------------------------------------------------


def test_every_saved_webhook_is_verified_and_read(channel: Channel, sample: Sample) -> None:
    for body in webhooks(channel):
        assert channel.verify(sample.headers(body), body, [sample.account]) == Matched(sample.account.secrets[0])
        found = channel.parse(body, (sample.account.id,))
        assert found
        assert all(isinstance(each, Inbound) for each in found)
        assert all(not each.contact or each.contact[0].value for each in found if isinstance(each, Inbound))
        assert channel.parse(body, (sample.account.id,)) == found


def test_an_unsigned_webhook_is_refused(channel: Channel, sample: Sample) -> None:
    for body in (b"{}", webhooks(channel)[0]):
        with pytest.raises(InvalidWebhook):
            channel.verify({}, body, [sample.account])
        with pytest.raises(InvalidWebhook):
            channel.verify(sample.headers(body + b"x"), body, [sample.account])
        with pytest.raises(InvalidWebhook):
            channel.verify(sample.headers(body), body, [])


@pytest.mark.parametrize(
    "body", [b"", b"hello", b"null", b"[]", b"{}", b"[" * 100_000, b'{"a":' + b"9" * 5_000 + b"}", b"\xff\xfe{\0}\0"]
)
def test_what_cannot_be_read_is_malformed_and_nothing_else(channel: Channel, sample: Sample, body: bytes) -> None:
    assert channel.verify(sample.headers(body), body, [sample.account])
    assert channel.lane(body) == ""
    with pytest.raises(MalformedPayload, match=r"\.$"):
        channel.parse(body)


def test_the_lane_is_short_and_the_same_for_one_person_s_messages(channel: Channel) -> None:
    lanes = [channel.lane(body) for body in webhooks(channel)]

    assert all(len(lane) <= 250 for lane in lanes)
    assert len(set(lanes)) < len(lanes)


@pytest.mark.parametrize("seed", range(20))
def test_a_webhook_with_one_value_spoiled_is_still_handled(channel: Channel, sample: Sample, seed: int) -> None:
    for body in webhooks(channel):
        spoiled = json.dumps(_spoil(json.loads(body), seed)).encode()
        try:
            found = channel.parse(spoiled, (sample.account.id,))
        except MalformedPayload:
            continue
        assert all(isinstance(each, Inbound | Unreadable) for each in found)


def _spoil(content: Any, seed: int) -> Any:
    """The same JSON, with the value at one place (counted by `seed`) replaced by another of a wrong kind."""
    wrong = (None, True, 7, "", "x", [], {}, [None], {"id": []}, "\ud800")[seed % 10]
    places: list[tuple[Any, Any]] = []

    def walk(node: Any) -> None:
        for key, value in node.items() if isinstance(node, dict) else enumerate(node):
            places.append((node, key))
            if isinstance(value, dict | list):
                walk(value)

    walk(content)
    holder, key = places[(seed * 7) % len(places)]
    holder[key] = wrong
    return content


# --- out --------------------------------------------------------------------------------------------------------


def test_a_text_is_one_request_and_the_answer_s_id_is_kept(channel: Channel, sample: Sample) -> None:
    http = saved(sample.accepted)

    outcome = channel.send(Outgoing(to=sample.contact, key="k", text="Hello"), sample.account, http)

    assert isinstance(outcome, Accepted)
    assert outcome.platform_id
    assert len(http.requests) == 1


@pytest.mark.parametrize(
    ("http", "kind"),
    [
        (SavedHttp(error=NotSent("refused")), Refused),
        (SavedHttp(error=Lost("late")), Unknown),
        (answering(500, b""), Unknown),
        (answering(503, b"<html>"), Unknown),
        (answering(400, b"<html>"), Unknown),
        (answering(200, b""), Unknown),
        (answering(200, {}), Unknown),
    ],
    ids=["not sent", "lost", "500", "503", "400 without an error", "200 without a body", "200 without an id"],
)
def test_only_what_certainly_was_not_taken_may_be_sent_again(
    channel: Channel, sample: Sample, http: SavedHttp, kind: type
) -> None:
    http.requests.clear()

    outcome = channel.send(Outgoing(to=sample.contact, key="k", text="Hello"), sample.account, http)

    assert isinstance(outcome, kind)
    if isinstance(outcome, Refused):
        assert outcome.kind is RefusalKind.TEMPORARY
    assert len(http.requests) == 1
    assert sample.account.access_token not in repr(outcome)


def test_over_long_text_is_refused_and_not_cut(channel: Channel, sample: Sample) -> None:
    http = saved(sample.accepted)
    text = "a" * (channel.limits.text + 1)

    outcome = channel.send(Outgoing(to=sample.contact, key="k", text=text), sample.account, http)

    assert isinstance(outcome, Refused)
    assert outcome.kind is RefusalKind.INVALID
    assert http.requests == []


def test_a_sign_that_fails_raises_nothing(channel: Channel, sample: Sample) -> None:
    for kind in ActionKind:
        sign = Action(to=sample.contact, kind=kind, platform_id="m1", emoji="❤️")
        for failure in (NotSent("refused"), Lost("late")):
            outcome = channel.act(sign, sample.account, SavedHttp(error=failure))
            assert isinstance(outcome, Refused | Unknown)


def test_a_check_that_fails_says_so_and_raises_nothing(channel: Channel, sample: Sample) -> None:
    for http in (SavedHttp(error=NotSent("refused")), SavedHttp(error=Lost("late")), answering(500, b"")):
        assert isinstance(channel.check(sample.account, http), Refused)


def test_what_may_be_sent_is_said_for_every_age_of_a_conversation(channel: Channel) -> None:
    now = datetime(2026, 11, 18, 12, tzinfo=UTC)
    ages = [None, *(timedelta(hours=hours) for hours in (0, 23, 24, 25, 24 * 6, 24 * 7, 24 * 365))]

    for age in ages:
        for has_human_agent in (False, True):
            last = now - age if age is not None else None
            may = channel.may_send(History(last, has_human_agent), now)
            assert bool(may.reason) == (may.permission is Permission.NOTHING)
            if may.permission is Permission.NOTHING:
                assert may.until is None or may.until <= now
            elif may.until is not None:
                assert may.until > now
