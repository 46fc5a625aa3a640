"""The platform fetches what a business wants to send from the business's own address, and looks hard at it."""

from __future__ import annotations

import http.client
import time
from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import urljoin, urlsplit

from .media import MediaStore, Stored, TooLarge
from .refusals import Refusal, invalid, refusal

_TIMEOUT, _WHOLE = 10.0, 20.0  # seconds: one read, all of it
_REDIRECTS = 3


@dataclass(frozen=True)
class Allowed:
    types: frozenset[str]
    size: int  # bytes


_AUDIO = "audio/aac audio/mp4 audio/m4a audio/x-m4a audio/wav audio/x-wav audio/wave audio/vnd.wave video/mp4"
_VIDEO = "video/mp4 video/ogg video/x-msvideo video/avi video/msvideo video/quicktime video/webm"
ALLOWED = {
    "image": Allowed(frozenset({"image/png", "image/jpeg"}), 8 * 2**20),
    "audio": Allowed(frozenset(_AUDIO.split()), 25 * 2**20),
    "video": Allowed(frozenset(_VIDEO.split()), 25 * 2**20),
    "file": Allowed(frozenset({"application/pdf"}), 25 * 2**20),
}
_BEGINNINGS = {  # content type -> (offset, bytes): a file that does not begin so is not what it says
    "image/png": (0, b"\x89PNG\r\n\x1a\n"),
    "image/jpeg": (0, b"\xff\xd8\xff"),
    "application/pdf": (0, b"%PDF-"),
    "audio/wav": (0, b"RIFF"),
    "audio/x-wav": (0, b"RIFF"),
    "audio/mp4": (4, b"ftyp"),
    "video/mp4": (4, b"ftyp"),
    "video/webm": (0, b"\x1aE\xdf\xa3"),
    "video/ogg": (0, b"OggS"),
}


def fetch(store: MediaStore, url: str, kind: str) -> Stored:
    """Our own copy of the file at `url`, which must be of an allowed type and size for `kind`. Raises Refusal (100)."""
    allowed = ALLOWED[kind]
    try:
        connection, answer = _open(url)
    except (OSError, http.client.HTTPException, ValueError) as error:
        raise refusal("fetch_file_failed_100_2018008") from error
    try:
        content_type = (answer.getheader("Content-Type") or "").partition(";")[0].strip().lower()
        if content_type not in allowed.types:
            raise invalid(f"Upload attachment failure: {content_type or 'no type'} is not accepted as {kind}.", 2018047)
        try:
            stored = store.add(_chunks(answer), content_type, allowed.size)
        except TooLarge as error:
            raise invalid(f"Upload attachment failure: larger than {allowed.size} bytes.", 2018047) from error
        except (OSError, http.client.HTTPException) as error:
            raise refusal("fetch_file_failed_100_2018008") from error
    finally:
        connection.close()
    _look_inside(store, stored)
    return stored


def _open(url: str) -> tuple[http.client.HTTPConnection, http.client.HTTPResponse]:
    for _ in range(_REDIRECTS + 1):
        place = urlsplit(url)
        if place.scheme not in ("http", "https") or not place.hostname:
            raise ValueError("not an http address")
        kind = http.client.HTTPSConnection if place.scheme == "https" else http.client.HTTPConnection
        connection = kind(place.hostname, place.port, timeout=_TIMEOUT)
        try:
            target = (place.path or "/") + (f"?{place.query}" if place.query else "")
            connection.request("GET", target, headers={"User-Agent": "facebookexternalua", "Accept": "*/*"})
            answer = connection.getresponse()
            if answer.status == 200:
                return connection, answer
            location = answer.getheader("Location")
            if answer.status not in (301, 302, 303, 307, 308) or not location:
                raise ValueError(f"HTTP {answer.status}")
        except BaseException:
            connection.close()
            raise
        connection.close()
        url = urljoin(url, location)
    raise ValueError("too many redirects")


def _chunks(answer: http.client.HTTPResponse) -> Iterator[bytes]:
    end = time.monotonic() + _WHOLE
    while chunk := answer.read1(64 * 1024):
        if time.monotonic() > end:
            raise TimeoutError("the file took too long")
        yield chunk
    if answer.length:
        raise http.client.IncompleteRead(b"", answer.length)


def _look_inside(store: MediaStore, stored: Stored) -> None:
    offset, beginning = _BEGINNINGS.get(stored.content_type, (0, b""))
    if stored.size == 0 or store.first_bytes(stored)[offset:].startswith(beginning) is False:
        raise Refusal(100, f"(#100) Upload attachment failure: the file is not {stored.content_type}.", 2018047)
