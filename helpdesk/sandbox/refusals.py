"""Every way in which the platform says no, by name: HTTP status, code, subcode and words.

The statuses are illustrative except 403 for a closed window; clients decide on code and subcode.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from .exchange import Answer, as_json
from .ids import trace_id

OAUTH, IG, GRAPH = "OAuthException", "IGApiException", "GraphMethodException"
# What an account is told when its own quota is used up: minutes until it may call again.
_USAGE = {
    "call_count": 100,
    "total_cputime": 20,
    "total_time": 20,
    "type": "messenger",
    "estimated_time_to_regain_access": 2,
}


@dataclass(eq=False)
class Refusal(Exception):
    """An error object of the Graph API. Those of BY_NAME are raised as copies: `raise refusal("token_invalid_190")`."""

    code: int
    message: str
    subcode: int | None = None
    kind: str = OAUTH
    status: int = 400
    extra: Mapping[str, object] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)

    def answer(self) -> Answer:
        error: dict[str, object] = {"message": self.message, "type": self.kind, "code": self.code}
        if self.subcode is not None:
            error["error_subcode"] = self.subcode
        error |= {**self.extra, "fbtrace_id": trace_id()}
        return as_json({"error": error}, self.status, self.headers)


def invalid(message: str, subcode: int | None = None) -> Refusal:
    """A parameter is missing, unknown or wrong."""
    return Refusal(100, f"(#100) {message}", subcode, kind=IG if subcode else OAUTH)


def unknown_object(method: str, node: str) -> Refusal:
    words = "does not exist, cannot be loaded due to missing permissions, or does not support this operation"
    return Refusal(100, f"Unsupported {method.lower()} request. Object with ID '{node}' {words}", 33, GRAPH)


def unknown_path(path: str) -> Refusal:
    return Refusal(2500, f"Unknown path components: {path}", status=400)


_EXPIRED = "Error validating access token: Session has expired on Tuesday, 17-Nov-26 08:00:00 PST."
_CHANGED = (
    "Error validating access token: The session has been invalidated because the user changed their password "
    "or Facebook has changed the session for security reasons."
)
_AGAIN = "An unexpected error has occurred. Please retry your request later."
_GONE = "(#551) This person isn't available right now."

BY_NAME: dict[str, Refusal] = {
    "action_with_message_100_2018014": invalid("Sender action and message must be sent in separate requests.", 2018014),
    "app_rate_limit_4": Refusal(4, "(#4) Application request limit reached"),
    "bad_parameter_100": invalid("Invalid parameter"),
    "blocked_368": Refusal(368, "(#368) The action attempted has been deemed abusive or is otherwise disallowed"),
    "business_blocked_100_2534029": invalid("The business is blocked from using this API.", 2534029),
    "capability_3": Refusal(3, "(#3) Application does not have the capability to make this API call."),
    "comment_not_valid_100_2534025": invalid("The comment is not valid for a private reply.", 2534025),
    "consent_required_230": Refusal(230, "(#230) User consent is required to access user profile", kind=IG),
    "fetch_file_failed_100_2018008": Refusal(100, "(#100) Failed to fetch the file from the url.", 2018008),
    "human_agent_not_granted_10": Refusal(
        10, "(#10) To use 'Human Agent', your use of this feature must be reviewed and approved by Facebook."
    ),
    "invalid_message_100_2534015": invalid("Invalid message data", 2534015),
    "message_deleted_9000001": Refusal(9000001, "This Message has been deleted by the user or the business."),
    "messages_access_off_200_2534041": Refusal(
        200, "(#200) The account owner has turned off access to messages for connected tools.", 2534041, IG, 403
    ),
    "no_matching_user_100_2534014": invalid("No matching Instagram user", 2534014),
    "no_matching_user_9010": Refusal(9010, "No matching Instagram user", kind=IG),
    "not_eligible_36103": Refusal(36103, "(#36103) This Instagram account is not eligible for the API.", kind=IG),
    "not_thread_owner_100_2534037": invalid("The action is invalid since it's not the thread owner.", 2534037),
    "page_link_broken_10_2534077": Refusal(
        10,
        "(#10) The link between the Page and the Instagram account is broken or needs two factors.",
        2534077,
        IG,
        403,
    ),
    "page_not_linked_100_2534013": invalid("The Page is not linked to an Instagram account.", 2534013),
    "page_rate_limit_32": Refusal(32, "(#32) Page request limit reached"),
    "permission_10": Refusal(10, "(#10) Application does not have permission for this action", status=403),
    "permission_200": Refusal(
        200, "(#200) Requires instagram_manage_messages permission to manage the object", status=403
    ),
    "rate_limit_613_2534040": Refusal(613, "(#613) Calls to this api have exceeded the rate limit.", 2534040, IG),
    "rate_limit_80007": Refusal(
        80007,
        "(#80007) There have been too many calls to this Instagram account. Wait a bit and try again.",
        headers={"X-Business-Use-Case-Usage": json.dumps({"17841400000000001": [_USAGE]}, separators=(",", ":"))},
    ),
    "session_102": Refusal(102, "(#102) Session key invalid or no longer valid", status=401),
    "token_account_checkpointed_190_459": Refusal(
        190, "Error validating access token: You cannot access the app till you log in to www.facebook.com.", 459
    ),
    "token_app_removed_190_458": Refusal(
        190, "Error validating access token: The user has not authorized application 900000000000001.", 458
    ),
    "token_expired_190_463": Refusal(190, _EXPIRED, 463),
    "token_invalid_190": Refusal(190, "Invalid OAuth access token.", status=401),
    "token_invalid_190_460": Refusal(190, _CHANGED, 460),
    "token_invalid_190_467": Refusal(190, "Error validating access token: The access token is invalid.", 467),
    "unknown_1": Refusal(1, "An unknown error occurred", extra={"is_transient": True}),
    "unknown_transient_2": Refusal(2, _AGAIN, status=500, extra={"is_transient": True}),
    "unknown_transient_2_in_400": Refusal(2, _AGAIN, extra={"is_transient": True}),
    "user_rate_limit_17": Refusal(17, "(#17) User request limit reached"),
    "user_unavailable_200_1545041": Refusal(
        200, "(#200) Message Not Sent: This person isn't available right now.", 1545041, status=403
    ),
    "user_unavailable_551": Refusal(551, _GONE, 1545041),
    "window_closed_10_2534022": Refusal(10, "(#10) This message is sent outside of allowed window.", 2534022, IG, 403),
}


def refusal(name: str) -> Refusal:
    return replace(BY_NAME[name])
