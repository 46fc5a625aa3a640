"""Ids that look like the platform's: long base64 message ids, 16-digit people, trace ids."""

from __future__ import annotations

import base64
import secrets


def message_id(account_id: str) -> str:
    """A mid as Instagram makes them: some 165 characters of base64 whose padding reads "ZD"."""
    thread, item = (
        34028236684171030094912810 * 10**13 + secrets.randbelow(10**13),
        secrets.randbelow(9 * 10**33) + 10**33,
    )
    plain = f"ig_ig_item:1:IGMessageID:{account_id}:{thread}:{item}"
    return base64.b64encode(plain.encode()).decode().rstrip("=") + "ZD"


def person_id() -> str:
    """An IGSID: 16 digits."""
    return str(1_000_000_000_000_000 + secrets.randbelow(8_000_000_000_000_000))


def object_id() -> str:
    """The id of a comment, story, post or uploaded attachment: 17 digits."""
    return "17" + f"{secrets.randbelow(10**15):015d}"


def trace_id() -> str:
    return "A" + secrets.token_urlsafe(17)[:23]


def media_key() -> str:
    return secrets.token_urlsafe(12)
