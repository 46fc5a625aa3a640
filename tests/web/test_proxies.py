"""The caller's address behind trusted proxies, and only behind those."""

from __future__ import annotations

import pytest

from helpdesk.web.proxies import TrustedProxies

TRUSTED = ("10.0.0.0/8", "127.0.0.1", "2001:db8::/32")


def seen(peer: str, forwarded: str = "", proto: str = "") -> tuple[str, str]:
    """(address, scheme) as the desk sees them."""
    environ = {"REMOTE_ADDR": peer, "wsgi.url_scheme": "http"}
    if forwarded:
        environ["HTTP_X_FORWARDED_FOR"] = forwarded
    if proto:
        environ["HTTP_X_FORWARDED_PROTO"] = proto
    TrustedProxies(lambda *_: [], TRUSTED)(environ, None)
    return environ["REMOTE_ADDR"], environ["wsgi.url_scheme"]


@pytest.mark.parametrize(
    ("peer", "forwarded", "address"),
    [
        ("10.0.0.1", "192.0.2.9", "192.0.2.9"),
        ("10.0.0.1", "192.0.2.9, 10.0.0.7", "192.0.2.9"),
        ("10.0.0.1", "1.1.1.1, 192.0.2.9", "192.0.2.9"),  # what stands left of a stranger anybody can write
        ("10.0.0.1", ", ".join(f"1.1.1.{n}" for n in range(50)), "1.1.1.49"),
        ("10.0.0.1", "10.0.0.5, 10.0.0.6", "10.0.0.5"),
        ("10.0.0.1", "192.0.2.9, unknown", "10.0.0.1"),
        ("10.0.0.1", "<script>", "10.0.0.1"),
        ("10.0.0.1", "", "10.0.0.1"),
        ("192.0.2.1", "203.0.113.5", "192.0.2.1"),
        ("2001:db8::1", "2001:470::9", "2001:470::9"),
        ("", "203.0.113.5", ""),
    ],
)
def test_the_first_address_that_is_not_ours_counts(peer, forwarded, address):
    assert seen(peer, forwarded)[0] == address


@pytest.mark.parametrize(
    ("peer", "proto", "scheme"),
    [
        ("10.0.0.1", "https", "https"),
        ("10.0.0.1", "http, https", "https"),
        ("10.0.0.1", "javascript", "http"),
        ("192.0.2.1", "https", "http"),
    ],
)
def test_the_scheme_is_the_nearest_proxys_word(peer, proto, scheme):
    assert seen(peer, proto=proto)[1] == scheme
