"""The faults as the phone page offers them: in groups, in words, each ready to be armed."""

from __future__ import annotations

from typing import Any

from .refusals import BY_NAME

Json = dict[str, Any]

# Every refusal of the catalogue stands in exactly one group.
_REFUSED: dict[str, dict[str, str]] = {
    "Not to this person": {
        "window_closed_10_2534022": "the window is closed",
        "user_unavailable_551": "the person is unavailable",
        "user_unavailable_200_1545041": "the person is unavailable, said otherwise",
        "no_matching_user_100_2534014": "nobody has this id",
        "no_matching_user_9010": "nobody has this id, said otherwise",
        "human_agent_not_granted_10": "Human Agent is not granted",
        "not_thread_owner_100_2534037": "another app holds the chat",
    },
    "Too much, or a bad moment": {
        "app_rate_limit_4": "the app calls too often",
        "user_rate_limit_17": "the user calls too often",
        "page_rate_limit_32": "the Page calls too often",
        "rate_limit_613_2534040": "too many calls in a short time",
        "rate_limit_80007": "too many calls to this account",
        "unknown_1": "an unknown error",
        "unknown_transient_2": "try again later, as HTTP 500",
        "unknown_transient_2_in_400": "try again later, as HTTP 400",
    },
    "The access token": {
        "token_expired_190_463": "it has expired",
        "token_invalid_190": "it is not valid",
        "token_invalid_190_460": "the password was changed",
        "token_invalid_190_467": "it was taken back",
        "token_app_removed_190_458": "the app was removed",
        "token_account_checkpointed_190_459": "the account must log in first",
        "session_102": "the session has ended",
    },
    "The account and its rights": {
        "blocked_368": "the account is blocked",
        "business_blocked_100_2534029": "the business is blocked",
        "messages_access_off_200_2534041": "access to messages is switched off",
        "permission_10": "the app lacks a permission",
        "permission_200": "the token lacks a permission",
        "capability_3": "the app lacks the capability",
        "not_eligible_36103": "the account is not eligible",
        "page_not_linked_100_2534013": "no Page is linked",
        "page_link_broken_10_2534077": "the link to the Page is broken",
    },
    "Not like this": {
        "bad_parameter_100": "a parameter is wrong",
        "invalid_message_100_2534015": "the message is wrong",
        "action_with_message_100_2018014": "an action and a message in one",
        "fetch_file_failed_100_2018008": "the file cannot be fetched",
        "message_deleted_9000001": "the message was deleted",
        "comment_not_valid_100_2534025": "the comment cannot be answered",
    },
}
_SEND, _WEBHOOK, _MEDIA, _PROFILE = ({"what": what} for what in ("send", "webhook", "media", "profile"))
_PROFILE_REFUSED = "consent_required_230"
_OTHERS: dict[str, list[tuple[str, Json, str | Json]]] = {
    "The line to the platform": [
        ("Next send: HTTP 500", _SEND, {"status": 500}),
        ("Next send: answered after 8 seconds", _SEND, {"slow": 8}),
        ("Next send: arrives, but no answer comes", _SEND, {"hang_after_accept": 60}),
        ("Next send: arrives, connection resets", _SEND, "reset_after_accept"),
        ("Next send: connection resets, nothing arrives", _SEND, "reset_before"),
        ("Next send: answered without an id", _SEND, "no_id"),
        ("Next send: no echo", _SEND, "no_echo"),
        ("Next send: echo comes before the answer", _SEND, "echo_before_answer"),
    ],
    "Webhooks": [
        ("Next webhook: three times at once", _WEBHOOK, {"duplicate": 3, "parallel": 3}),
        ("Next webhook: after the one that follows", _WEBHOOK, {"hold": 1}),
        ("Next webhook: ten seconds late", _WEBHOOK, {"delay": 10}),
        ("Next webhook: never", _WEBHOOK, "drop"),
    ],
    "Files and profiles": [
        ("Next file: gone (404)", _MEDIA, "not_found"),
        ("Next file: a web page, not a picture", _MEDIA, "html"),
        ("Next file: 64 MB", _MEDIA, "too_big"),
        ("Next file: never ends", _MEDIA, "endless"),
        ("Next file: after 8 seconds", _MEDIA, {"slow": 8}),
        ("Next profile: refused (230)", _PROFILE, _PROFILE_REFUSED),
    ],
}


def shown() -> list[Json]:
    """`{group, faults: [{label, match, do}]}`: what goes wrong on the line first, then every way to be refused."""
    groups = {
        name: [{"label": label, "match": match, "do": deed} for label, match, deed in rows]
        for name, rows in _OTHERS.items()
    }
    groups |= {
        f"Refused: {name[0].lower()}{name[1:]}": [_refused(error, words) for error, words in rows.items()]
        for name, rows in _REFUSED.items()
    }
    return [{"group": name, "faults": rows} for name, rows in groups.items()]


def _refused(name: str, words: str) -> Json:
    known = BY_NAME[name]
    number = f"{known.code}" if known.subcode is None else f"{known.code}/{known.subcode}"
    return {"label": f"Next send: refused, {words} ({number})", "match": _SEND, "do": name}
