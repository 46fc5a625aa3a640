"""Small checks on the JSON of a Graph call. Each raises Refusal 100 and names the parameter."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from urllib.parse import urlsplit

from .refusals import invalid

Json = dict[str, Any]


def fields(value: object, where: str, *, required: Sequence[str] = (), optional: Sequence[str] = ()) -> Json:
    """An object that has all `required` names and none besides `optional`."""
    if not isinstance(value, dict):
        raise invalid(f"Param {where} must be an object.")
    for name in required:
        if name not in value:
            raise invalid(f"The parameter {where}[{name}] is required")
    unknown = [name for name in value if name not in required and name not in optional]
    if unknown:
        raise invalid(f'Invalid keys "{", ".join(unknown)}" were found in param "{where}".')
    return value


def text(value: object, where: str, *, longest: int = 0, in_bytes: bool = False) -> str:
    """A text that is not blank; `longest` counts characters, or UTF-8 bytes."""
    if not isinstance(value, str):
        raise invalid(f"Param {where} must be a string.")
    if not value.strip():
        raise invalid(f"Param {where} must be a non-empty UTF-8 encoded string")
    size = len(value.encode("utf-8", "surrogatepass")) if in_bytes else len(value)
    if longest and size > longest:
        raise invalid(f"Length of param {where} must be less than or equal to {longest}")
    return value


def rows(value: object, where: str, *, most: int) -> list[Any]:
    """A list of one to `most` items."""
    if not isinstance(value, list):
        raise invalid(f"Param {where} must be an array.")
    if not 1 <= len(value) <= most:
        raise invalid(f"Param {where} must have between 1 and {most} elements")
    return value


def link(value: object, where: str) -> str:
    address = text(value, where, longest=2048)
    place = urlsplit(address)
    if place.scheme not in ("http", "https") or not place.hostname:
        raise invalid(f"Param {where} should represent a valid URL")
    return address


def one_of(value: object, where: str, allowed: Sequence[str]) -> str:
    if value not in allowed:
        raise invalid(f"Param {where} must be one of {{{', '.join(allowed)}}}")
    return str(value)
