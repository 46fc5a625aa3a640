"""Who somebody is, whether the token is good, and what may be sent when."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import pytest

from helpdesk.channels.contract import (
    History,
    Key,
    Lost,
    NotSent,
    Permission,
    Profile,
    RefusalKind,
)
from tests.channels.instagram_samples import (
    BY_FACEBOOK,
    BY_INSTAGRAM,
    KIM,
    REQUESTS,
    error,
    instagram,
)
from tests.channels.saved_answers import SavedHttp, answering, saved


def test_a_profile_is_asked_as_documented() -> None:
    expected = json.loads((REQUESTS / "profile_lookup.json").read_text(encoding="utf-8"))
    http = saved("instagram/send_response/profile.json")

    profile = instagram.profile(KIM, BY_INSTAGRAM, http)

    (asked,) = http.requests
    assert {name: asked[name] for name in ("method", "url", "headers", "query")} == expected
    assert asked["json"] is None
    assert profile == Profile(
        name="Kim Example",
        username="kim.example",
        picture_url="https://scontent.example-cdn.net/v/t51/kim.jpg?oe=EXAMPLE",
        facts={
            "follower_count": 321,
            "is_user_follow_business": True,
            "is_business_follow_user": False,
            "is_verified_user": False,
        },
    )


def test_facebook_login_asks_the_other_host_and_a_strange_id_stays_one_step_of_the_path() -> None:
    http = saved("instagram/send_response/profile.json")

    instagram.profile(Key("igsid", "../me?x=1"), BY_FACEBOOK, http)

    assert http.requests[0]["url"] == "https://graph.facebook.com/v25.0/..%2Fme%3Fx%3D1"


def test_a_profile_may_lack_everything() -> None:
    assert instagram.profile(KIM, BY_INSTAGRAM, saved("instagram/send_response/profile_without_name.json")) == Profile(
        username="kim.example",
        facts={
            "follower_count": 321,
            "is_user_follow_business": False,
            "is_business_follow_user": False,
            "is_verified_user": False,
        },
    )
    odd = {
        "name": None,
        "username": 5,
        "profile_pic": "javascript:x",
        "follower_count": True,
        "is_verified_user": "yes",
    }
    assert instagram.profile(KIM, BY_INSTAGRAM, answering(200, odd)) == Profile()


@pytest.mark.parametrize(
    "http",
    [
        saved("instagram/errors/consent_required_230.json"),
        saved("instagram/errors/no_matching_user_9010.json"),
        saved("instagram/errors/no_matching_user_100_2534014.json"),
        error(100),
        saved("instagram/errors/user_unavailable_551.json"),
    ],
    ids=["230", "9010", "100/2534014", "100", "551"],
)
def test_instagram_may_decline_to_tell(http: SavedHttp) -> None:
    assert instagram.profile(KIM, BY_INSTAGRAM, http) is None


@pytest.mark.parametrize(
    "http",
    [error(4), error(190), error(2, status=500), answering(502, b""), answering(200, b"<html>"), answering(404, b"x")],
    ids=["rate limit", "token", "fault", "proxy", "no JSON", "no error object"],
)
def test_a_profile_that_was_not_told_for_now_is_asked_later(http: SavedHttp) -> None:
    with pytest.raises(Lost):
        instagram.profile(KIM, BY_INSTAGRAM, http)


@pytest.mark.parametrize("failure", [NotSent("refused"), Lost("late")], ids=["not sent", "lost"])
def test_a_profile_s_failed_request_is_told_to_the_caller(failure: Exception) -> None:
    with pytest.raises(type(failure)):
        instagram.profile(KIM, BY_INSTAGRAM, SavedHttp(error=failure))


def test_a_good_token_passes_the_check() -> None:
    http = saved("instagram/send_response/account_ids.json")

    assert instagram.check(BY_INSTAGRAM, http) is None
    assert http.requests == [
        {
            "method": "GET",
            "url": "https://graph.instagram.com/v25.0/me",
            "headers": {"Authorization": "Bearer IG_USER_TOKEN_EXAMPLE"},
            "query": {"fields": "id,user_id"},
            "json": None,
        }
    ]


def test_a_page_s_token_is_checked_by_the_page_s_id() -> None:
    http = answering(200, {"id": "1000000000000001"})

    assert instagram.check(BY_FACEBOOK, http) is None
    assert http.requests[0]["url"] == "https://graph.facebook.com/v25.0/me"
    assert http.requests[0]["query"] == {"fields": "id"}


@pytest.mark.parametrize(
    ("http", "kind"),
    [
        (error(190, 463), RefusalKind.REAUTH),
        (error(4), RefusalKind.RATE_LIMITED),
        (answering(200, {"id": "1", "user_id": "17841400000000002"}), RefusalKind.REAUTH),
        (error(2, status=500), RefusalKind.TEMPORARY),
        (answering(200, b"<html>"), RefusalKind.TEMPORARY),
        (answering(404, b""), RefusalKind.TEMPORARY),
        (SavedHttp(error=NotSent("refused")), RefusalKind.TEMPORARY),
        (SavedHttp(error=Lost("late")), RefusalKind.TEMPORARY),
    ],
    ids=["expired", "rate limit", "another account", "fault", "no JSON", "no error object", "not sent", "lost"],
)
def test_a_bad_token_fails_the_check(http: SavedHttp, kind: RefusalKind) -> None:
    refused = instagram.check(BY_INSTAGRAM, http)

    assert refused is not None
    assert refused.kind is kind
    assert refused.reason


def test_the_subscription_is_asked_as_documented() -> None:
    expected = json.loads((REQUESTS / "subscribed_apps.json").read_text(encoding="utf-8"))
    http = saved("instagram/send_response/subscribed_apps_list.json")

    assert instagram.subscription(BY_INSTAGRAM, http) == ""

    (asked,) = http.requests
    assert {name: asked[name] for name in ("method", "url", "headers")} == expected
    assert (asked["query"], asked["json"]) == ({}, None)


def test_a_page_must_be_subscribed_to_anything() -> None:
    http = answering(200, {"data": [{"id": "1", "subscribed_fields": ["feed"]}]})

    assert instagram.subscription(BY_FACEBOOK, http) == ""
    assert http.requests[0]["url"] == "https://graph.facebook.com/v25.0/me/subscribed_apps"
    assert "No app is subscribed" in instagram.subscription(BY_FACEBOOK, answering(200, {"data": []}))


@pytest.mark.parametrize(
    ("http", "words"),
    [
        (answering(200, {"data": []}), "No app is subscribed"),
        (answering(200, {"data": [7, {}, {"subscribed_fields": "messages"}, {"subscribed_fields": [5]}]}), "No app is"),
        (answering(200, {"data": [{"subscribed_fields": ["messages"]}]}), "messaging_postbacks, messaging_seen"),
        (error(200), "did not tell"),
        (answering(200, b"<html>"), "did not tell"),
        (SavedHttp(error=NotSent("refused")), "cannot be reached"),
        (SavedHttp(error=Lost("late")), "cannot be reached"),
    ],
    ids=["none", "odd", "too few", "permission", "no JSON", "not sent", "lost"],
)
def test_a_subscription_that_is_missing_or_untold_is_a_sentence(http: SavedHttp, words: str) -> None:
    assert words in instagram.subscription(BY_INSTAGRAM, http)


# --- windows ----------------------------------------------------------------------------------------------------

NOW = datetime(2026, 11, 18, 12, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


@pytest.mark.parametrize(
    ("age", "has_human_agent", "permission", "until"),
    [
        (timedelta(0), False, Permission.FREE, timedelta(hours=24) - MINUTE),
        (timedelta(hours=24) - 2 * MINUTE, True, Permission.FREE, timedelta(hours=24) - MINUTE),
        (timedelta(hours=24) - MINUTE, True, Permission.HUMAN_AGENT, timedelta(days=7) - MINUTE),
        (timedelta(hours=24) - MINUTE, False, Permission.NOTHING, timedelta(hours=24) - MINUTE),
        (timedelta(days=7) - 2 * MINUTE, True, Permission.HUMAN_AGENT, timedelta(days=7) - MINUTE),
        (timedelta(days=7) - MINUTE, True, Permission.NOTHING, timedelta(days=7) - MINUTE),
        (timedelta(days=400), False, Permission.NOTHING, timedelta(hours=24) - MINUTE),
    ],
)
def test_the_window_counts_from_the_customer_s_last_event(
    age: timedelta, has_human_agent: bool, permission: Permission, until: timedelta
) -> None:
    last = NOW - age

    may = instagram.may_send(History(last, has_human_agent), NOW)

    assert (may.permission, may.until) == (permission, last + until)
    closed = "The reply window has closed. The customer must write again."
    assert may.reason == (closed if permission is Permission.NOTHING else "")


@pytest.mark.parametrize(
    ("age", "has_human_agent", "permission"),
    [
        (timedelta(hours=1), True, Permission.HUMAN_AGENT),
        (timedelta(hours=1), False, Permission.NOTHING),
        (timedelta(days=7), True, Permission.NOTHING),
    ],
)
def test_a_window_that_the_platform_calls_closed_is_closed(
    age: timedelta, has_human_agent: bool, permission: Permission
) -> None:
    may = instagram.may_send(History(NOW - age, has_human_agent, is_told_closed=True), NOW)

    assert may.permission is permission


def test_nobody_is_written_to_first() -> None:
    may = instagram.may_send(History(None, has_human_agent=True), NOW)

    assert (may.permission, may.until) == (Permission.NOTHING, None)
    assert may.reason.endswith(".")
