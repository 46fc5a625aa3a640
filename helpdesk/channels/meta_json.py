"""Reading Meta's JSON strictly: one loader for whole bodies, and small readers that check each field before use."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import NoReturn, TypeGuard

from helpdesk.channels.contract import MalformedPayload
from helpdesk.text import clean_text

Fields = dict[str, object]

LONGEST_ID = 500  # real message ids have 150 to 200 characters
LONGEST_URL = 4096
LONGEST_WORDS = 2000
MOST_MEMBERS = 50  # kept of an object or array that is only passed on
DEEPEST = 6
MILLISECONDS_FROM = 10**12  # a time this large is in milliseconds, a smaller one in seconds
TEN_YEARS = 10 * 365.25 * 86_400


class Odd(Exception):
    """A field has not the documented shape. The message says which and how, in words."""


def load(body: bytes) -> Fields:
    """The body as a JSON object in UTF-8 (a byte order mark is let through). Raises MalformedPayload with a reason."""
    if not body.strip():
        raise MalformedPayload("The body is empty.")
    try:
        # Decoded here: json.loads would guess UTF-16 and UTF-32 too.
        payload = _DECODER.decode(body.decode("utf-8-sig"))
    except UnicodeDecodeError:
        raise MalformedPayload("The body is not UTF-8.") from None
    except json.JSONDecodeError as error:
        raise MalformedPayload(f"The body is not JSON: {error.msg} at character {error.pos}.") from None
    except RecursionError:
        raise MalformedPayload("The JSON is nested too deeply.") from None
    if not is_object(payload):
        raise MalformedPayload(f"The body is JSON, but {_name(payload)} instead of an object.")
    return payload


def _whole_number(digits: str) -> int:
    if len(digits) > 100:  # Python refuses 4,300 and more with a ValueError, databases much earlier
        raise MalformedPayload(f"The JSON holds an integer of {len(digits):,} digits.")
    return int(digits)


def _fraction(digits: str) -> float:
    number = float(digits)
    if number in (float("inf"), float("-inf")):
        raise MalformedPayload("The JSON holds a number too large for any use.")
    return number


def _no_number(word: str) -> NoReturn:
    raise MalformedPayload(f"The JSON holds {word}, which is not a JSON number.")


_DECODER = json.JSONDecoder(parse_int=_whole_number, parse_float=_fraction, parse_constant=_no_number)


def is_object(value: object) -> TypeGuard[Fields]:
    return isinstance(value, dict)


def member(fields: Mapping[str, object], name: str) -> Fields:
    """An object that must be there."""
    value = fields.get(name)
    if not is_object(value):
        raise Odd(f"“{name}” is {_name(value)} instead of an object.")
    return value


def optional_member(fields: Mapping[str, object], name: str) -> Fields:
    """An object that may be missing or null: empty then."""
    return {} if fields.get(name) is None else member(fields, name)


def raw_text(fields: Mapping[str, object], name: str) -> str:
    """A text as it came, '' when missing or null. Lone surrogates stay in: cleaning is done once, at the border."""
    value = fields.get(name)
    if value is None:
        return ""
    if not isinstance(value, str):
        raise Odd(f"“{name}” is {_name(value)} instead of text.")
    return value


def words(fields: Mapping[str, object], name: str) -> str:
    """A short text that goes into labels and JSON columns: cleaned and cut."""
    return tidy(raw_text(fields, name))


def identifier(value: object, name: str) -> str:
    """An account's or a person's id: text or an integer. Raises Odd."""
    if isinstance(value, int) and not isinstance(value, bool):
        value = str(value)
    if not isinstance(value, str) or not value:
        raise Odd(f"“{name}” is {_name(value)} instead of an id.")
    if len(value) > 100 or not value.isascii() or not value.isprintable():
        raise Odd(f"“{name}” is no id: too long, or with characters that no id has.")
    return value


def message_id(fields: Mapping[str, object], name: str = "mid") -> str:
    """A message's id: 1 to 500 printable characters. Raises Odd."""
    value = fields.get(name)
    if not isinstance(value, str):
        raise Odd(f"“{name}” is {_name(value)} instead of a message id.")
    if not value:
        raise Odd("The message id is empty.")
    if len(value) > LONGEST_ID:
        raise Odd(f"The message id has {len(value):,} characters.")
    if not value.isprintable():  # also false for lone surrogates
        raise Odd("The message id holds characters that no id has.")
    return value


def url(value: object) -> str:
    """An http or https address, '' for anything else."""
    if not isinstance(value, str) or len(value) > LONGEST_URL or not value.isprintable() or " " in value:
        return ""
    return value if value.startswith(("https://", "http://")) else ""


def when(value: object) -> datetime | None:
    """A time of Meta's: an integer or its digits as text, in ms from 10^12 on, else in s. None when it cannot be true.

    More than ten years away cannot be. The host's clock will do for that, and needs no database.
    """
    if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) <= 20:
        value = int(value)
    if isinstance(value, bool) or not isinstance(value, int) or value <= 0:
        return None
    seconds, milliseconds = divmod(value, 1000) if value >= MILLISECONDS_FROM else (value, 0)
    if abs(seconds - time.time()) > TEN_YEARS:
        return None
    return datetime.fromtimestamp(seconds, UTC).replace(microsecond=milliseconds * 1000)


def tidy(text: str, longest: int = LONGEST_WORDS) -> str:
    """Text that every database and log line takes: no NUL, no lone surrogates, cut."""
    return clean_text(text[:longest], longest)


def plain(value: object, depth: int = DEEPEST) -> object:
    """What a platform sent beside the message (referrals, template cards), cleaned and bounded, for a JSON column."""
    if isinstance(value, str):
        return tidy(value)
    if isinstance(value, int) and not isinstance(value, bool) and abs(value) >= 2**63:
        return str(value)
    if isinstance(value, dict):
        members = list(value.items())[:MOST_MEMBERS] if depth else []
        return {tidy(str(name), 100): plain(inner, depth - 1) for name, inner in members}
    if isinstance(value, list):
        return [plain(inner, depth - 1) for inner in value[:MOST_MEMBERS]] if depth else []
    return value


def plain_object(value: Fields) -> Fields:
    kept = plain(value)
    return kept if is_object(kept) else {}


def _name(value: object) -> str:
    if value is None:
        return "missing or null"
    names = {
        bool: "true or false",
        int: "a number",
        float: "a number",
        str: "text",
        list: "an array",
        dict: "an object",
    }
    return names.get(type(value), "something else")
