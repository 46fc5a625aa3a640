"""A page as a table of its elements, changed by the rules of `lib/streams.js`: for asking whether what is told makes an
old page the same as a new one. What the script itself does is tested in Chromium."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Any

_TOLD = re.compile(r"(message|event|header)-")
_TOKEN = re.compile(r'name="csrf_token" value="[^"]*"')
_HEADER = re.compile(r'id="header-\d+" data-seq="(\d+)"')


class _Elements(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found: dict[str, int] = {}

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if _TOLD.match(given.get("id") or "") and given.get("data-seq"):
            self.found[str(given["id"])] = int(str(given["data-seq"]))


def elements(html: str) -> dict[str, int]:
    """id → seq of the messages, lines and headers in it."""
    parser = _Elements()
    parser.feed(html)
    return parser.found


def without_seq(header: str) -> str:
    """What people see of it: every event of the ticket counts its seq on, and a token is the page's own."""
    return _TOKEN.sub("", _HEADER.sub("", header)).strip()


@dataclass
class Screen:
    """`elements` of the thread, and the ticket's `header`. `hints` are the elements that it was told to ask for;
    `removed` keeps the seq of each removal, `missed` that of a change that came before its element."""

    elements: dict[str, int]
    header: str
    hints: set[str] = field(default_factory=set)
    removed: dict[str, int] = field(default_factory=dict)
    missed: dict[str, int] = field(default_factory=dict)

    def apply(self, streams: Iterable[dict[str, Any]], seq: int) -> None:
        for stream in streams:
            match stream["action"]:
                case "refresh":
                    self.hints.add(stream["target"])
                case "remove":
                    self._remove(stream["target"], seq)
                case action:
                    self._put(action, stream["html"])

    def _remove(self, id: str, seq: int) -> None:
        if self.elements.get(id, 0) <= seq:
            self.elements.pop(id, None)
            self.removed[id] = seq

    def _put(self, action: str, html: str) -> None:
        drawn = elements(html)
        assert len(drawn) == 1, "one element in each stream"
        ((id, seq),) = drawn.items()
        if id.startswith("header-"):
            if f'id="{id}"' in self.header:
                self.header = max(self.header, html, key=_seq)
            return
        known = self.elements.get(id)
        if seq <= max(known or 0, self.removed.get(id, 0)):
            return
        if known is not None:
            self.elements[id] = seq
        elif action == "replace":
            self.missed[id] = max(seq, self.missed.get(id, 0))
        else:
            self.elements[id] = max(seq, self.missed.pop(id, 0))


def _seq(header: str) -> int:
    found = _HEADER.search(header)
    return int(found[1]) if found else 0
