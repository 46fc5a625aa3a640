"""The links in a text, found and judged. No HTML is made here: templates draw the segments and escape them."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from itertools import islice
from typing import Any
from urllib.parse import SplitResult, quote, urlsplit

import idna
from linkify_it import LinkifyIt

from helpdesk.filetypes import is_program

SHOWN_LIMIT = 120  # characters of a link that the page shows; the leave page has all of it
LINKS_LIMIT = 200  # links in one text; what follows stays text
_PHONE = re.compile(r"\+?[0-9][0-9().\-]{3,20}[0-9]")
_DECEIVING = re.compile("[\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]")
_IN_URL = "%/:=&?~+!$,;'@()*[]#|"


@dataclass(frozen=True)
class Text:
    text: str


@dataclass(frozen=True)
class Link:
    """`href` is ASCII and begins with http:, https:, mailto: or tel:. The host is "" for the last two."""

    href: str
    shown: str  # as typed, shortened
    host: str = ""  # as DNS has it: xn--80ak6aa92e.com
    host_decoded: str = ""  # as people read it: аррӏе.com
    warnings: tuple[str, ...] = ()  # in words, for the leave page

    @property
    def is_suspicious(self) -> bool:
        return bool(self.warnings)


Segment = Text | Link


def segments(text: str) -> list[Segment]:
    """`text` in pieces, in order; a Link stands where people would see one. Only http, https, mailto and tel."""
    found: list[Segment] = []
    end = 0
    for match in islice(_matches(text), LINKS_LIMIT):
        link = _link(match.url, match.raw)
        if link is None:
            continue
        if match.index > end:
            found.append(Text(text[end : match.index]))
        found.append(link)
        end = match.last_index
    if end < len(text):
        found.append(Text(text[end:]))
    return found


def _matches(text: str) -> Iterator[Any]:
    finder = _finder()
    yield from (finder.match(text) or []) if finder.pretest(text) else []


@cache
def _finder() -> LinkifyIt:
    finder = LinkifyIt(options={"fuzzy_ip": False})
    finder.add("ftp:", None)
    finder.add("//", None)
    finder.add("tel:", {"validate": _phone_length})
    return finder


def _phone_length(_: object, text: str, position: int) -> int:
    match = _PHONE.match(text, position)
    return len(match[0]) if match else 0


def _link(url: str, typed: str) -> Link | None:
    """None when browsers and we might read the address differently: then it is no link."""
    if "\\" in url:
        return None
    shown = _DECEIVING.sub("", typed)
    shown = shown if len(shown) <= SHOWN_LIMIT else shown[: SHOWN_LIMIT - 1] + "…"
    if url[:7].lower() == "mailto:" or url[:4].lower() == "tel:":
        return Link(quote(url, safe=_IN_URL), shown)
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port
        ascii_host = host if host.isascii() else idna.encode(host, uts46=True).decode()
    except (ValueError, UnicodeError):  # idna's errors are UnicodeErrors
        return None
    if not ascii_host or parts.scheme not in ("http", "https"):
        return None
    user = f"{quote(parts.netloc.rpartition('@')[0], safe=_IN_URL)}@" if "@" in parts.netloc else ""
    netloc = user + ascii_host + (f":{port}" if port else "")
    address = parts._replace(netloc=netloc).geturl()
    return Link(quote(address, safe=_IN_URL), shown, ascii_host, _decoded(ascii_host), _warnings(parts, ascii_host))


def _warnings(parts: SplitResult, host: str) -> tuple[str, ...]:
    """Detectors of look-alikes miss too much (goog1e, words in one other script): any name not in ASCII is named."""
    found = []
    if "@" in parts.netloc:
        found.append(f"the real host is {host}")
    if any(label.startswith("xn--") for label in host.split(".")):
        found.append("letters that may look like others")
    if _is_address(host):
        found.append("an address without a name")
    if is_program(parts.path):
        found.append("program file")
    return tuple(found)


def _is_address(host: str) -> bool:
    last = host.rstrip(".").rpartition(".")[2]
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return last.isdigit() or last.startswith("0x")  # browsers take 2130706433 and 0x7f000001 for addresses too
    return True


def _decoded(host: str) -> str:
    try:
        return idna.decode(host)
    except UnicodeError:
        return host
