"""What an answer of the Graph API means for the desk: taken, certainly not taken and why, or nobody knows.

Decided by code and subcode, never by the text or the HTTP status alone.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

from helpdesk.channels.contract import (
    Accepted,
    HttpAnswer,
    MalformedPayload,
    Outcome,
    RefusalKind,
    Refused,
    Unknown,
)
from helpdesk.channels.meta_json import LONGEST_ID, Fields, is_object, load, tidy

USAGE_HEADER = "x-business-use-case-usage"
DEFAULT_WAIT = timedelta(minutes=1)
LONGEST_WAIT = timedelta(hours=24)


@dataclass(frozen=True)
class Rule:
    """How one error is treated; `reason` tells the agent in one or two short sentences what to do next."""

    kind: RefusalKind
    reason: str


Table = Mapping[tuple[int, int | None], Rule]  # (code, subcode); subcode None: any


@dataclass(frozen=True)
class GraphError:
    code: int
    subcode: int | None
    detail: str
    is_transient: bool


def general(platform: str) -> Table:
    """The codes that mean the same on every Meta platform: each platform's own table is laid over these."""
    reauth = Rule(RefusalKind.REAUTH, "The channel must be connected again. Ask an owner; the message is kept.")
    slow = Rule(RefusalKind.RATE_LIMITED, "Sending is slowed down; it will go out later.")
    temporary = Rule(RefusalKind.TEMPORARY, f"{platform} has a problem of its own; it is tried again.")
    blocked = Rule(
        RefusalKind.SUSPENDED, f"{platform} has blocked this account for now. An owner must look at its support page."
    )
    bare = dict.fromkeys((1, 2), temporary)
    bare |= dict.fromkeys((4, 17, 32, 341, 613, 80001, 80002, 80006, 80007), slow)
    bare |= dict.fromkeys((0, 3, 10, 102, 190, *range(200, 300)), reauth)
    bare |= {
        100: Rule(RefusalKind.INVALID, f"{platform} refused this message. Change it and send it again."),
        368: blocked,
        506: Rule(RefusalKind.INVALID, f"{platform} took this for a repeat. Change the words and send it again."),
        551: Rule(RefusalKind.BLOCKED, "This person isn't available. They may have blocked this account."),
    }
    return {(code, None): rule for code, rule in bare.items()}


def outcome(answer: HttpAnswer, table: Table, *, id_field: str = "", hide: str = "") -> Outcome:
    """What came of a request that changes something. `id_field`: where the new message's id must stand, '' for none.

    Unknown: every 5xx (it may have gone out before it broke), a 4xx without a usable error object, a 2xx without an id.
    """
    if answer.status >= 500:
        return Unknown(f"HTTP {answer.status}")
    content = _content(answer)
    error = _error(content, hide)
    if error is not None:
        return _refusal_of_send(error, answer, table, has_id=bool(id_field and content and content.get(id_field)))
    if not 200 <= answer.status < 300 or content is None:
        return Unknown(f"HTTP {answer.status} without the documented answer")
    platform_id = content.get(id_field) if id_field else ""
    if not isinstance(platform_id, str) or bool(platform_id) != bool(id_field) or not _is_id(platform_id):
        return Unknown(f"HTTP {answer.status} without a message id")
    return Accepted(platform_id)


def _refusal_of_send(error: GraphError, answer: HttpAnswer, table: Table, *, has_id: bool) -> Refused | Unknown:
    rule = _rule(error, table)
    if has_id or (rule is None and answer.status < 400):  # yes and no in one answer
        return Unknown(f"HTTP {answer.status}: {error.detail}")
    return _refused(rule or table[100, None], error, answer)


def refusal(answer: HttpAnswer, table: Table, *, platform: str, hide: str = "") -> Refused | None:
    """What came of a request that only reads, so that it may be repeated: None when it was answered."""
    content = _content(answer)
    error = _error(content, hide)
    if error is not None and answer.status < 500:
        return _refused(_rule(error, table) or table[100, None], error, answer)
    if 200 <= answer.status < 300 and content is not None:
        return None
    detail = error.detail if error else f"HTTP {answer.status}"
    return Refused(RefusalKind.TEMPORARY, f"{platform} gave no usable answer; it is asked again.", detail)


def content_of(answer: HttpAnswer) -> Fields:
    """The answer's JSON object, empty when it has none."""
    return _content(answer) or {}


def code_of(answer: HttpAnswer) -> int | None:
    """The error's code, None when the answer has no error object."""
    error = _error(_content(answer), "")
    return error.code if error else None


def _content(answer: HttpAnswer) -> Fields | None:
    try:
        return load(answer.body)
    except MalformedPayload:
        return None  # a proxy's HTML page, an empty body: no answer of the platform's


def _error(content: Fields | None, hide: str) -> GraphError | None:
    """The error object, when it has a code to decide on."""
    error = content.get("error") if content else None
    if not is_object(error):
        return None
    code, subcode = _number(error.get("code")), _number(error.get("error_subcode"))
    if code is None:
        return None
    return GraphError(code, subcode, _detail(error, code, subcode, hide), error.get("is_transient") is True)


def _detail(error: Fields, code: int, subcode: int | None, hide: str) -> str:
    said = [error[name] for name in ("message", "error_user_msg") if isinstance(error.get(name), str)]
    numbers = f"code {code}" + (f", subcode {subcode}" if subcode is not None else "")
    trace = error.get("fbtrace_id")
    text = f"{' '.join(map(str, said))} ({numbers}{f', trace {trace}' if isinstance(trace, str) else ''})"
    if hide:
        text = text.replace(hide, "…")  # the access token, should the platform repeat it
    return " ".join(tidy(text, 600).split())


def _number(value: object) -> int | None:
    if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) < 19:
        return int(value)
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def _rule(error: GraphError, table: Table) -> Rule | None:
    exact = table.get((error.code, error.subcode)) if error.subcode is not None else None
    rule = exact or table.get((error.code, None))
    if error.is_transient and (rule is None or (rule.kind is RefusalKind.INVALID and not exact)):
        return table[2, None]
    return rule


def _refused(rule: Rule, error: GraphError, answer: HttpAnswer) -> Refused:
    wait = _wait(answer) if rule.kind is RefusalKind.RATE_LIMITED else None
    return Refused(rule.kind, rule.reason, error.detail, wait)


def _wait(answer: HttpAnswer) -> timedelta:
    """How long until sending works again: `estimated_time_to_regain_access`, in minutes, of the usage header."""
    try:
        usage = load(answer.headers.get(USAGE_HEADER, "").encode("utf-8", "surrogatepass"))
    except MalformedPayload:
        return DEFAULT_WAIT
    rows = [row for rows in usage.values() if isinstance(rows, list) for row in rows if is_object(row)]
    minutes = max((_number(row.get("estimated_time_to_regain_access")) or 0 for row in rows), default=0)
    return min(timedelta(minutes=min(minutes, 100_000)), LONGEST_WAIT) if minutes > 0 else DEFAULT_WAIT


def _is_id(value: str) -> bool:
    return len(value) <= LONGEST_ID and value.isprintable()
