"""Which addresses on the network we may call. Customers and platforms name them, so all but public hosts are refused.

A name is resolved once, every address it has must be allowed, and the connection goes to what was checked: between
check and use nobody can change the answer.
"""

from __future__ import annotations

import ipaddress
import re
import socket
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from queue import Empty, SimpleQueue
from threading import Thread
from urllib.parse import SplitResult, quote, urlsplit

import idna

from helpdesk.setting_checks import origin

URL_LIMIT = 8192  # characters
PORTS = frozenset({80, 443})
NOT_ALLOWED = "address not allowed"

_UNUSABLE = re.compile("[\0-\x20\x7f-\x9f\\\\\ud800-\udfff]")
_HOST_NAME = re.compile(r"[a-z0-9_](?:[a-z0-9_-]*[a-z0-9_])?(?:\.[a-z0-9_](?:[a-z0-9_-]*[a-z0-9_])?)*\.?")
_IN_TARGET = "%/:=&?~+!$,;'@()*[]|"  # stays as it was sent: signatures are over it

_NAT64 = ipaddress.ip_network("64:ff9b::/96")
_V4_COMPATIBLE = ipaddress.ip_network("::/96")
_REFUSED = tuple(  # what `is_global` calls public in one Python version or another, and is not
    ipaddress.ip_network(network)
    for network in (
        "192.0.0.0/24",
        "192.88.99.0/24",
        "fec0::/10",
        "64:ff9b:1::/48",
        "100::/64",
        "3fff::/20",
        "5f00::/16",
    )
)

Address = ipaddress.IPv4Address | ipaddress.IPv6Address


class Blocked(Exception):
    """We do not call this address. The message is the reason, in words."""


@dataclass(frozen=True)
class Target:
    """A URL that may be called once its addresses are found good."""

    scheme: str
    host: str  # lower case, xn--, no brackets
    port: int
    path: str  # with the query, percent-coded
    is_trusted: bool  # its origin was set in the environment: no address check


def is_allowed(address: str) -> bool:
    """Is it an ordinary public address, also inside what carries IPv4 in IPv6?"""
    try:
        ip = ipaddress.ip_address(address)
    except ValueError:
        return False  # also with a scope: fe80::1%eth0
    carried = _carried(ip)
    return all(_is_public(inner) for inner in carried) if carried else _is_public(ip)


def _is_public(ip: Address) -> bool:
    if any(ip in network for network in _REFUSED if network.version == ip.version):
        return False
    return ip.is_global and not (ip.is_multicast or ip.is_reserved)


def _carried(ip: Address) -> tuple[ipaddress.IPv4Address, ...]:
    """The IPv4 addresses inside: v4-mapped, v4-compatible, NAT64, 6to4, Teredo (server and client)."""
    if isinstance(ip, ipaddress.IPv4Address):
        return ()
    if ip.ipv4_mapped:
        return (ip.ipv4_mapped,)
    if ip in _NAT64 or ip in _V4_COMPATIBLE:
        return (ipaddress.IPv4Address(int(ip) & 0xFFFF_FFFF),)
    if ip.sixtofour:
        return (ip.sixtofour,)
    return ip.teredo or ()


def target(url: str, *, hosts: Collection[str] | None, trusted_origins: Collection[str]) -> Target:
    """What `url` points at. Looks nothing up.

    `hosts` are the only ones allowed: "api.example.com" exactly, ".example.com" with every subdomain; None allows any.
    Trusted origins pass by their own. Raises Blocked.
    """
    parts = _split(url)
    host = _host_name(parts.hostname or "")
    port = parts.port or (443 if parts.scheme == "https" else 80)
    path = quote(parts.path or "/", safe=_IN_TARGET) + (
        f"?{quote(parts.query, safe=_IN_TARGET)}" if parts.query else ""
    )
    if origin(url) in trusted_origins:
        return Target(parts.scheme, host, port, path, is_trusted=True)
    literal = _literal(host)
    if literal is not None and not is_allowed(str(literal)):
        raise Blocked(NOT_ALLOWED)
    if hosts is not None and not _is_among(host.rstrip("."), hosts):
        raise Blocked("host not of this platform")
    if port not in PORTS:
        raise Blocked("port not allowed")
    return Target(parts.scheme, host, port, path, is_trusted=False)


def resolve(host: str, port: int, *, timeout: float) -> list[str]:
    """The addresses of `host`, all of them checked. Raises Blocked; OSError when it has none or DNS is silent.

    The system's resolver has no time-out of its own, so a thread waits for it.
    """
    answer: SimpleQueue[Sequence[tuple[object, ...]] | OSError | UnicodeError] = SimpleQueue()

    def ask() -> None:
        try:
            answer.put(socket.getaddrinfo(host, port, type=socket.SOCK_STREAM))
        except (OSError, UnicodeError) as error:
            answer.put(error)

    Thread(target=ask, name="resolver", daemon=True).start()
    try:
        found = answer.get(timeout=max(timeout, 0.0))
    except Empty:
        raise TimeoutError(f"no answer from DNS for {host}") from None
    if isinstance(found, Exception):
        raise OSError(f"{host} cannot be resolved") from found
    addresses = list(dict.fromkeys(str(info[4][0]) for info in found))  # type: ignore[index]
    good = [is_allowed(address) for address in addresses]
    if not all(good):
        raise Blocked("every address must be allowed" if any(good) else NOT_ALLOWED)
    return addresses


def _split(url: str) -> SplitResult:
    if len(url) > URL_LIMIT or _UNUSABLE.search(url):
        raise Blocked("not a usable address")
    try:
        parts = urlsplit(url)
        is_port_good = parts.port != 0
    except ValueError:
        raise Blocked("not a usable address") from None
    if parts.scheme not in ("http", "https"):
        raise Blocked("only http and https are fetched")
    if not parts.hostname or not is_port_good or "@" in parts.netloc:
        raise Blocked("not a usable address")
    return parts


def _host_name(host: str) -> str:
    """As DNS wants it; full-width and circled digits become plain ones here, and are then judged."""
    if ":" in host:
        return host
    try:
        name = host.lower() if host.isascii() else idna.encode(host, uts46=True).decode()
    except idna.IDNAError:
        raise Blocked("not a usable address") from None
    if len(name) > 254 or not _HOST_NAME.fullmatch(name):
        raise Blocked("not a usable address")
    return name


def _literal(host: str) -> Address | None:
    """The address, if the host is one in any spelling that the system understands: 127.1, 0x7f000001, 0177.0.0.1."""
    try:
        return ipaddress.ip_address(host)
    except ValueError:
        pass
    try:
        return ipaddress.IPv4Address(socket.inet_aton(host.rstrip(".")))
    except OSError:
        return None


def _is_among(host: str, allowed: Collection[str]) -> bool:
    return any(host.endswith(entry) if entry.startswith(".") else host == entry for entry in allowed)
