"""The page that looks like customers' phones: its files, and the stream that tells it which chat changed."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

from .exchange import Answer, Request
from .world import World

_HERE = Path(__file__).with_name("page")
_TYPES = {".html": "text/html", ".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml"}
_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; media-src 'self'; connect-src 'self';"
    " base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
_BREATH = 15.0  # seconds between signs of life


def file(path: str) -> Answer | None:
    """A file of the page, None when there is no such file."""
    name = "index.html" if path == "/" else path.removeprefix("/page/")
    place = _HERE / name
    if "/" in name or place.suffix not in _TYPES or not place.is_file():
        return None
    headers = {
        "Content-Type": f"{_TYPES[place.suffix]}; charset=utf-8",
        "Content-Security-Policy": _POLICY,
        "X-Content-Type-Options": "nosniff",
        "Referrer-Policy": "no-referrer",
        "Cache-Control": "no-cache",
    }
    return Answer(200, place.read_bytes(), headers)


def changes(world: World, request: Request) -> Answer:
    """Server-sent events: `{change, chats: [[inbox, customer], …]}` whenever something happened."""
    last = request.headers.get("last-event-id") or request.query.get("since", "")
    number = int(last) if last.isdigit() else world.changes.number
    headers = {"Content-Type": "text/event-stream", "Cache-Control": "no-store"}
    return Answer(200, b"", headers, stream=_events(world, number))


def _events(world: World, number: int) -> Iterator[bytes]:
    yield b"retry: 1000\n\n"
    while not world.stopping.is_set():
        number, chats = world.changes.after(number, _BREATH)
        if chats:
            data = json.dumps({"change": number, "chats": chats})
            yield f"id: {number}\ndata: {data}\n\n".encode()
        else:
            yield b": still here\n\n"
