"""What a setting may be. Each check returns the value in our spelling or raises ValueError with what is wrong with it.

The messages never quote a value that may hold a secret. Standard library alone, like `config`.
"""

from __future__ import annotations

import base64
import binascii
import ipaddress
from collections.abc import Callable
from pathlib import Path
from urllib.parse import SplitResult, urlsplit

MIN_SECRET = 32  # characters of SECRET_KEY


def signing_key(value: str) -> str:
    if len(value) < MIN_SECRET:
        raise ValueError(f"is shorter than {MIN_SECRET} characters")
    return value


def encryption_keys(value: str) -> str:
    keys = items(value)
    for number, key in enumerate(keys, start=1):
        try:
            is_good = len(base64.b64decode(key, altchars=b"-_", validate=True)) == 32
        except (binascii.Error, ValueError):
            is_good = False
        if not is_good:
            raise ValueError(f"key {number} is not 32 bytes in URL-safe base64")
    if not keys:
        raise ValueError("holds no key")
    return ",".join(keys)


def database_url(value: str) -> str:
    parts = _split(value)
    if parts.scheme == "sqlite":
        if parts.netloc or len(parts.path) < 2 or parts.path == "/:memory:":
            raise ValueError("SQLite needs a file, since several processes share it")
        return f"sqlite:///{Path(parts.path[1:]).absolute()}"
    if parts.scheme != "postgresql+psycopg":
        raise ValueError("must begin with sqlite:/// or postgresql+psycopg://")
    if len(parts.path) < 2:
        raise ValueError("names no database")
    return value


def redis_url(value: str) -> str:
    parts = _split(value)
    if parts.scheme == "unix" and parts.path:
        return value
    if parts.scheme not in ("redis", "rediss") or not parts.hostname:
        raise ValueError("must be redis://HOST, rediss://HOST or unix:///PATH")
    return value


def origin_url(value: str) -> str:
    parts = _http(value)
    if parts.path not in ("", "/"):
        raise ValueError("must not have a path")
    return origin(value)


def api_url(value: str) -> str:
    parts = _http(value)
    return origin(value) + parts.path.rstrip("/")


def storage_url(value: str) -> str:
    parts = _split(value)
    if parts.scheme == "file" and not parts.netloc and len(parts.path) > 1:
        return value.rstrip("/")
    if parts.scheme == "s3" and parts.netloc:
        return value.rstrip("/")
    raise ValueError("must be file:///PATH or s3://BUCKET/PREFIX")


def _http(value: str) -> SplitResult:
    parts = _split(value)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise ValueError("must begin with http:// or https:// and a host")
    if parts.username or parts.password or parts.query or parts.fragment:
        raise ValueError("must not have a user, a query or a fragment")
    return parts


def _split(value: str) -> SplitResult:
    if any(character <= " " or character in "\\\x7f" for character in value):
        raise ValueError("must not have spaces, control characters or backslashes")
    try:
        parts = urlsplit(value)
        is_port_good = parts.port != 0
    except ValueError:
        raise ValueError("is not a URL with a valid host and port") from None
    if not is_port_good:
        raise ValueError("has port 0")
    return parts


def port(value: str) -> str:
    if not (value.isascii() and value.isdigit() and len(value) <= 5 and 1 <= int(value) <= 65535):
        raise ValueError("is not a port (1 to 65535)")
    return value


def host(value: str) -> str:
    bare = value.strip("[]")
    if not all(character.isalnum() or character in ".:-" for character in bare) or not bare.isascii():
        raise ValueError("is not an address or a host name")
    return bare


def networks(value: str) -> str:
    for item in items(value):
        try:
            ipaddress.ip_network(item, strict=False)
        except ValueError:
            raise ValueError(f"{item[:60]!r} is not an address or a network") from None
    return value


def one_of(*choices: str) -> Callable[[str], str]:
    def check(value: str) -> str:
        if value.lower() not in choices:
            raise ValueError(f"must be one of {', '.join(choices)}")
        return value.lower()

    return check


def items(value: str) -> tuple[str, ...]:
    return tuple(item.strip() for item in value.split(",") if item.strip())


def bracketed(host: str) -> str:
    return f"[{host}]" if ":" in host else host


def default_port(scheme: str) -> int | None:
    return {"http": 80, "https": 443}.get(scheme)


def is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def origin(url: str) -> str:
    """Scheme, host and port of a URL, in the one spelling in which origins are compared: "https://desk.example.com"."""
    parts = urlsplit(url)
    port = "" if parts.port in (None, default_port(parts.scheme)) else f":{parts.port}"
    return f"{parts.scheme}://{bracketed(parts.hostname or '')}{port}"
