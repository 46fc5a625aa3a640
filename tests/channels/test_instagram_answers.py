"""What each answer of Instagram means for a message or a sign: taken, certainly not taken and why, or nobody knows."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from helpdesk.channels.contract import (
    Accepted,
    Action,
    ActionKind,
    HttpAnswer,
    Key,
    Lost,
    NotSent,
    RefusalKind,
    Refused,
    Unknown,
)
from helpdesk.channels.instagram_errors import ERRORS
from tests.channels.expectations_instagram import mid
from tests.channels.instagram_samples import (
    BY_INSTAGRAM,
    TEXT,
    action,
    error,
    instagram,
    outgoing,
)
from tests.channels.saved_answers import PAYLOADS, SavedHttp, answering, saved


def send(http: SavedHttp) -> Any:
    outcome = instagram.send(TEXT, BY_INSTAGRAM, http)
    assert len(http.requests) == 1  # never a second try inside the call
    return outcome


def test_a_message_id_is_acceptance() -> None:
    assert send(saved("instagram/send_response/message.json")) == Accepted(mid(101))


# The file of each error body, and what it means for a message.
ERROR_FILES = {
    "action_with_message_100_2018014.json": RefusalKind.INVALID,
    "app_rate_limit_4.json": RefusalKind.RATE_LIMITED,
    "bad_parameter_100.json": RefusalKind.INVALID,
    "blocked_368.json": RefusalKind.SUSPENDED,
    "business_blocked_100_2534029.json": RefusalKind.SUSPENDED,
    "capability_3.json": RefusalKind.REAUTH,
    "comment_not_valid_100_2534025.json": RefusalKind.INVALID,
    "consent_required_230.json": RefusalKind.INVALID,
    "fetch_file_failed_100_2018008.json": RefusalKind.TEMPORARY,
    "human_agent_not_granted_10.json": RefusalKind.REAUTH,  # for a message without the tag, see below
    "invalid_message_100_2534015.json": RefusalKind.INVALID,
    "message_deleted_9000001.json": RefusalKind.INVALID,
    "messages_access_off_200_2534041.json": RefusalKind.REAUTH,
    "no_matching_user_100_2534014.json": RefusalKind.UNREACHABLE,
    "no_matching_user_9010.json": RefusalKind.UNREACHABLE,
    "not_eligible_36103.json": RefusalKind.SUSPENDED,
    "not_thread_owner_100_2534037.json": RefusalKind.OTHER_APP,
    "page_link_broken_10_2534077.json": RefusalKind.REAUTH,
    "page_not_linked_100_2534013.json": RefusalKind.REAUTH,
    "page_rate_limit_32.json": RefusalKind.RATE_LIMITED,
    "permission_10.json": RefusalKind.REAUTH,
    "permission_200.json": RefusalKind.REAUTH,
    "rate_limit_613_2534040.json": RefusalKind.RATE_LIMITED,
    "rate_limit_80007.json": RefusalKind.RATE_LIMITED,
    "session_102.json": RefusalKind.REAUTH,
    "token_account_checkpointed_190_459.json": RefusalKind.REAUTH,
    "token_app_removed_190_458.json": RefusalKind.REAUTH,
    "token_expired_190_463.json": RefusalKind.REAUTH,
    "token_invalid_190.json": RefusalKind.REAUTH,
    "token_invalid_190_460.json": RefusalKind.REAUTH,
    "token_invalid_190_467.json": RefusalKind.REAUTH,
    "unknown_1.json": RefusalKind.TEMPORARY,
    "unknown_transient_2.json": None,  # an HTTP 500: nobody knows
    "unknown_transient_2_in_400.json": RefusalKind.TEMPORARY,
    "user_rate_limit_17.json": RefusalKind.RATE_LIMITED,
    "user_unavailable_200_1545041.json": RefusalKind.BLOCKED,
    "user_unavailable_551.json": RefusalKind.BLOCKED,
    "window_closed_10_2534022.json": RefusalKind.WINDOW_CLOSED,
}


def test_every_saved_error_has_a_meaning() -> None:
    assert {path.name for path in (PAYLOADS / "instagram" / "errors").glob("*.json")} == set(ERROR_FILES)


@pytest.mark.parametrize(("name", "kind"), ERROR_FILES.items())
def test_a_saved_error_means_what_was_written_down(name: str, kind: RefusalKind | None) -> None:
    outcome = send(saved(f"instagram/errors/{name}"))

    if kind is None:
        assert isinstance(outcome, Unknown)
    else:
        assert isinstance(outcome, Refused)
        assert outcome.kind is kind


@pytest.mark.parametrize(
    ("code", "subcode", "kind", "words"),
    [
        (10, 2534022, RefusalKind.WINDOW_CLOSED, "The reply window has closed. The customer must write again."),
        (10, 2534077, RefusalKind.REAUTH, "Reconnect the Instagram account"),
        (10, None, RefusalKind.REAUTH, "The channel must be connected again"),
        (10, 99, RefusalKind.REAUTH, "The channel must be connected again"),
        (100, 2534013, RefusalKind.REAUTH, "Reconnect the Instagram account"),
        (100, 2534014, RefusalKind.UNREACHABLE, "This person can no longer be reached."),
        (9010, None, RefusalKind.UNREACHABLE, "This person can no longer be reached."),
        (100, 2534015, RefusalKind.INVALID, "Instagram refused this content"),
        (100, 2534025, RefusalKind.INVALID, "comment"),
        (100, 2534029, RefusalKind.SUSPENDED, "Instagram has blocked this account from sending"),
        (100, 2534037, RefusalKind.OTHER_APP, "Another app controls this conversation"),
        (100, 2018014, RefusalKind.INVALID, "Instagram refused this message"),
        (100, None, RefusalKind.INVALID, "Instagram refused this message"),
        *(
            (190, subcode, RefusalKind.REAUTH, "connected again")
            for subcode in (None, 458, 459, 460, 463, 464, 467, 492)
        ),
        (102, None, RefusalKind.REAUTH, "connected again"),
        (0, None, RefusalKind.REAUTH, "connected again"),
        (3, None, RefusalKind.REAUTH, "connected again"),
        (200, 2534041, RefusalKind.REAUTH, "Allow access to messages"),
        (200, 1545041, RefusalKind.BLOCKED, "This person isn't available"),
        (551, 1545041, RefusalKind.BLOCKED, "This person isn't available"),
        (551, None, RefusalKind.BLOCKED, "This person isn't available"),
        (200, None, RefusalKind.REAUTH, "connected again"),
        (299, None, RefusalKind.REAUTH, "connected again"),
        (368, None, RefusalKind.SUSPENDED, "Instagram has blocked this account"),
        (36103, None, RefusalKind.SUSPENDED, "may not send"),
        (9000001, None, RefusalKind.INVALID, "deleted"),
        (506, None, RefusalKind.INVALID, "repeat"),
        (1, None, RefusalKind.TEMPORARY, "tried again"),
        (2, None, RefusalKind.TEMPORARY, "tried again"),
        *((code, None, RefusalKind.RATE_LIMITED, "it will go out later") for code in (4, 17, 32, 341, 613, 80007)),
        (613, 2534040, RefusalKind.RATE_LIMITED, "it will go out later"),
        ("190", "463", RefusalKind.REAUTH, "connected again"),
        (424_242, None, RefusalKind.INVALID, "Instagram refused this message"),
    ],
)
@pytest.mark.parametrize("status", [400, 403, 429])
def test_an_error_is_known_by_code_and_subcode(
    code: object, subcode: object, kind: RefusalKind, words: str, status: int
) -> None:
    outcome = send(error(code, subcode, status))

    assert isinstance(outcome, Refused)
    assert outcome.kind is kind
    assert words in outcome.reason
    assert "Platform's words" in outcome.detail
    assert f"code {code}" in outcome.detail
    assert (outcome.retry_after is not None) == (kind is RefusalKind.RATE_LIMITED)


def test_a_tag_that_was_not_granted_stops_the_message_and_not_the_channel() -> None:
    late = outgoing(text="Hi", is_human_agent=True)

    for name in ("human_agent_not_granted_10.json", "window_closed_10_2534022.json"):
        outcome = instagram.send(late, BY_INSTAGRAM, saved(f"instagram/errors/{name}"))

        assert isinstance(outcome, Refused)
        assert outcome.kind is RefusalKind.WINDOW_CLOSED


def test_an_error_in_a_200_is_decided_by_its_code() -> None:
    outcome = send(saved("instagram/send_response/error_in_200.json"))

    assert isinstance(outcome, Refused)
    assert outcome.kind is RefusalKind.UNREACHABLE


def test_a_passing_fault_is_tried_again_unless_its_code_says_why() -> None:
    assert send(error(424_242, is_transient=True)).kind is RefusalKind.TEMPORARY
    assert send(error(100, is_transient=True)).kind is RefusalKind.TEMPORARY
    assert send(error(100, 2534015, is_transient=True)).kind is RefusalKind.INVALID
    assert send(error(190, is_transient=True)).kind is RefusalKind.REAUTH
    assert send(error(424_242, is_transient="yes")).kind is RefusalKind.INVALID


NOBODY_KNOWS = {
    "5xx without a body": answering(502, b""),
    "5xx with an error object": error(2, status=500),
    "5xx with a final error": error(190, status=503),
    "5xx with a message id": answering(500, {"recipient_id": "1", "message_id": "m1"}),
    "2xx without an id": saved("instagram/send_response/without_id.json"),
    "2xx with an empty id": answering(200, {"message_id": ""}),
    "2xx with a number for an id": answering(200, {"message_id": 7}),
    "2xx with an id of 501 characters": answering(200, {"message_id": "m" * 501}),
    "2xx with a broken id": answering(200, {"message_id": "m\ud800"}),
    "2xx that is not JSON": answering(200, b"<html>"),
    "2xx that is an array": answering(200, []),
    "2xx without a body": answering(204, b""),
    "2xx with an id and an error": answering(200, {"message_id": "m1", "error": {"code": 100}}),
    "2xx with an unknown error": error(424_242, status=200),
    "3xx": answering(302, b""),
    "4xx without an error object": answering(404, b"not found"),
    "4xx with an error that is text": answering(400, {"error": "bad"}),
    "4xx with an error without a code": answering(400, {"error": {"message": "bad"}}),
    "4xx with a code that is true": answering(400, {"error": {"code": True}}),
    "4xx nested deeply": answering(400, b"[" * 100_000),
    "request time-out": answering(408, b""),
    "a proxy's rate limit": answering(429, b"slow down"),
    "a lost answer": SavedHttp(error=Lost("no answer within 20 s")),
}


@pytest.mark.parametrize("http", NOBODY_KNOWS.values(), ids=NOBODY_KNOWS)
def test_any_other_answer_leaves_it_unknown(http: SavedHttp) -> None:
    http.requests.clear()

    outcome = send(http)

    assert isinstance(outcome, Unknown)
    assert outcome.detail


def test_a_request_that_was_not_sent_may_be_sent_later() -> None:
    outcome = send(SavedHttp(error=NotSent("connection refused")))

    assert isinstance(outcome, Refused)
    assert (outcome.kind, outcome.detail) == (RefusalKind.TEMPORARY, "connection refused")


@pytest.mark.parametrize(
    ("header", "wait"),
    [
        ('{"1784": [{"type": "messenger", "estimated_time_to_regain_access": 7}]}', timedelta(minutes=7)),
        ('{"1": [{"estimated_time_to_regain_access": 3}], "2": [{"estimated_time_to_regain_access": "9"}]}',
         timedelta(minutes=9)),
        ('{"1": [{"estimated_time_to_regain_access": 0}]}', timedelta(minutes=1)),
        ('{"1": [{"estimated_time_to_regain_access": -5}]}', timedelta(minutes=1)),
        ('{"1": [{"estimated_time_to_regain_access": 99999999999999999999}]}', timedelta(hours=24)),
        ('{"1": 5, "2": [7, {"type": "x"}]}', timedelta(minutes=1)),
        ("nonsense", timedelta(minutes=1)),
        ("[" * 100_000, timedelta(minutes=1)),
        ("", timedelta(minutes=1)),
    ],
    ids=lambda value: str(value)[:40],
)  # fmt: skip
def test_a_rate_limit_says_how_long_to_wait(header: str, wait: timedelta) -> None:
    http = error(613, 2534040)
    assert http.answer is not None
    http.answer = HttpAnswer(http.answer.status, {"x-business-use-case-usage": header}, http.answer.body)

    assert send(http).retry_after == wait


def test_the_token_never_comes_back_in_a_detail() -> None:
    http = error(
        190, message="Error validating access token IG_USER_TOKEN_EXAMPLE\nsecond line\0", error_user_msg="Sorry"
    )

    detail = send(http).detail

    assert "IG_USER_TOKEN_EXAMPLE" not in detail
    assert detail == "Error validating access token … second line\ufffd Sorry (code 190, trace A1)"


def test_a_long_detail_is_cut() -> None:
    assert len(send(error(100, message="x" * 100_000)).detail) <= 600


@pytest.mark.parametrize("rule", ERRORS.values(), ids=lambda rule: rule.reason[:40])
def test_the_sentences_for_agents_are_short_and_plain(rule: Any) -> None:
    assert rule.reason[0].isupper() or rule.reason[0] == "“"
    assert rule.reason.endswith(".")
    assert len(rule.reason) <= 120


# --- signs ------------------------------------------------------------------------------------------------------


def test_a_sign_is_accepted_without_an_id() -> None:
    http = saved("instagram/send_response/sender_action.json")

    assert instagram.act(action(ActionKind.SEEN), BY_INSTAGRAM, http) == Accepted("")


def test_a_sign_fails_like_a_message() -> None:
    def act(http: SavedHttp) -> Any:
        return instagram.act(action(ActionKind.TYPING_ON), BY_INSTAGRAM, http)

    assert act(error(190)).kind is RefusalKind.REAUTH
    assert act(SavedHttp(error=NotSent("refused"))).kind is RefusalKind.TEMPORARY
    assert isinstance(act(SavedHttp(error=Lost("late"))), Unknown)
    assert isinstance(act(answering(200, b"")), Unknown)
    wrong_person = Action(to=Key("psid", "1"), kind=ActionKind.SEEN)
    assert isinstance(instagram.act(wrong_person, BY_INSTAGRAM, SavedHttp()), Refused)
