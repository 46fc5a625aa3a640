"""The caller's own address behind proxies that the operator trusts. Without TRUSTED_PROXIES nothing here runs."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable, Sequence
from typing import Any

FORWARDING_HEADERS = ("Forwarded", "X-Forwarded-For", "X-Forwarded-Proto", "X-Forwarded-Host", "X-Real-Ip", "Via")


class TrustedProxies:
    """WSGI middleware. Believes `X-Forwarded-For` from the right, as long as each hop is trusted, and the last trusted
    hop's `X-Forwarded-Proto`. The host name stays what the Host header says."""

    def __init__(self, app: Any, networks: Sequence[str]) -> None:
        self._app = app
        self._networks = [ipaddress.ip_network(network, strict=False) for network in networks]

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        if self._is_trusted(environ.get("REMOTE_ADDR", "")):
            environ["REMOTE_ADDR"] = self._caller(environ)
            scheme = environ.get("HTTP_X_FORWARDED_PROTO", "").rpartition(",")[2].strip().lower()
            if scheme in ("http", "https"):
                environ["wsgi.url_scheme"] = scheme
        answer: Iterable[bytes] = self._app(environ, start_response)
        return answer

    def _caller(self, environ: dict[str, Any]) -> str:
        """The first address from the right that is not one of our proxies: what stands left of it anybody can write."""
        address: str = environ["REMOTE_ADDR"]
        for hop in reversed(environ.get("HTTP_X_FORWARDED_FOR", "").split(",")):
            hop = hop.strip()
            if not _is_address(hop):
                return address
            address = hop
            if not self._is_trusted(hop):
                return address
        return address

    def _is_trusted(self, address: str) -> bool:
        if not _is_address(address):
            return False
        ip = ipaddress.ip_address(address)
        return any(ip in network for network in self._networks)


def _is_address(text: str) -> bool:
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True
