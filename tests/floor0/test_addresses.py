"""Which addresses we call: every bad URL of the list is refused before anything is connected."""

from __future__ import annotations

import pytest

from helpdesk.addresses import Blocked, is_allowed, resolve, target
from helpdesk.fetch import fetch
from tests.floor0.bad_inputs import items
from tests.floor0.network import Internet

# These are about an answer, not an address: test_fetch.py.
_ANSWERS = {"SS-46", "SS-52", "SS-53", "SS-54", "SS-55", "SS-57", "SS-58", "SS-59"}
_REFUSED = (
    "127.0.0.1", "127.255.255.254", "0.0.0.0", "10.0.0.1", "172.16.0.1", "172.31.255.255", "192.168.1.1",
    "169.254.169.254", "100.64.0.1", "192.0.0.1", "192.0.0.9", "192.0.2.1", "192.88.99.1", "198.18.0.1",
    "198.51.100.1", "203.0.113.1", "224.0.0.1", "239.1.1.1", "240.0.0.1", "255.255.255.255",
    "::", "::1", "::ffff:127.0.0.1", "::ffff:10.0.0.1", "::127.0.0.1", "::10.0.0.1",
    "64:ff9b::7f00:1", "64:ff9b::a9fe:a9fe", "64:ff9b:1::1", "2002:7f00:1::", "2002:a00:1::1",
    "2001:0:808:808::f5ff:fffe", "2001:0:a00:1::f7f7:f7f7", "fe80::1", "fe80::1%eth0", "fec0::1", "fc00::1",
    "fd12::1", "ff02::1", "2001:db8::1", "3fff::1", "100::1", "localhost", "127.1",
)  # fmt: skip
_ADDRESSES = [item for item in items("SS") if item["id"] not in _ANSWERS]


@pytest.mark.parametrize("item", _ADDRESSES, ids=lambda item: item["id"])
def test_a_bad_url_is_blocked_and_nothing_is_connected(internet: Internet, item):
    url = item["input"].partition(" ")[0] if " " in item["input"] else item["input"]
    hosts = (".fbcdn.net",) if item["id"] == "SS-56" else None

    with pytest.raises(Blocked) as caught:
        fetch(url, hosts=hosts, trusted_origins=frozenset())

    assert str(caught.value) == item["expect"].get("error", str(caught.value))
    assert internet.connects == []


@pytest.mark.parametrize(
    "address",
    [
        "8.8.8.8",
        "2606:4700::1111",
        "::ffff:8.8.8.8",
        "64:ff9b::808:808",
        "2002:808:808::1",
        "192.0.1.1",
        "172.32.0.1",
        "100.128.0.1",
    ],
)
def test_public_addresses_are_allowed(address):
    assert is_allowed(address)


@pytest.mark.parametrize(
    "address",
    _REFUSED,
)
def test_no_other_address_is(address):
    assert not is_allowed(address)


@pytest.mark.parametrize(
    ("url", "problem"),
    [
        ("http://user:pw@ok.test/", "not a usable address"),
        ("http://@ok.test/", "not a usable address"),
        ("http:///x", "not a usable address"),
        ("http://ok..test/", "not a usable address"),
        ("http://.ok.test/", "not a usable address"),
        ("http://-ok.test/", "not a usable address"),
        ("http://ok.test/\ud800", "not a usable address"),
        ("http://ok.test/" + "a" * 9000, "not a usable address"),
        ("http://ok.test:8443/", "port not allowed"),
        ("http://xn--.test/", "not a usable address"),
        ("HTTP://[::FFFF:10.0.0.1]/", "address not allowed"),
        ("http://[fe80::1%25eth0]/", "address not allowed"),
        ("ok.test", "only http and https are fetched"),
        ("", "only http and https are fetched"),
    ],
)
def test_a_url_that_cannot_be_meant_well_is_refused(url, problem):
    with pytest.raises(Blocked, match=problem):
        target(url, hosts=None, trusted_origins=frozenset())


@pytest.mark.parametrize(
    ("host", "is_good"),
    [
        ("lookaside.fbsbx.com", True),
        ("LOOKASIDE.FBSBX.COM.", True),
        ("scontent.xx.fbcdn.net", True),
        ("fbcdn.net", False),
        ("evilfbcdn.net", False),
        ("x.lookaside.fbsbx.com", False),
        ("fbcdn.net.evil.test", False),
        ("evil.test", False),
    ],
)
def test_media_comes_from_the_platform_s_hosts_only(host, is_good):
    hosts = ("lookaside.fbsbx.com", ".fbcdn.net")

    if is_good:
        assert target(f"https://{host}/x", hosts=hosts, trusted_origins=()).port == 443
    else:
        with pytest.raises(Blocked, match="host not of this platform"):
            target(f"https://{host}/x", hosts=hosts, trusted_origins=())


def test_only_the_very_origin_is_trusted():
    trusted = {"http://127.0.0.1:8001"}

    assert target("http://127.0.0.1:8001/x", hosts=(), trusted_origins=trusted).is_trusted
    for url in ("https://127.0.0.1:8001/", "http://127.0.0.1:8002/", "http://localhost:8001/", "http://127.0.0.1/"):
        with pytest.raises(Blocked):
            target(url, hosts=None if "localhost" not in url else (), trusted_origins=trusted)


def test_a_path_is_passed_on_as_it_was_signed():
    signed = "/v/t1.15752-9/a%2Fb.jpg?_nc_cat=1&oh=03_Q7cD~x==&oe=67F&x=[1]|2"

    assert target("https://ok.test" + signed, hosts=None, trusted_origins=()).path == signed
    assert target("https://ok.test/ä?ö", hosts=None, trusted_origins=()).path == "/%C3%A4?%C3%B6"
    assert target("https://bücher.test", hosts=None, trusted_origins=()).host == "xn--bcher-kva.test"


def test_a_name_is_looked_up_once_and_all_of_it_is_checked(internet: Internet):
    assert resolve("ok.test", 443, timeout=5) == ["93.184.215.14"]
    assert internet.lookups == ["ok.test"]
    with pytest.raises(Blocked, match="every address must be allowed"):
        resolve("mixed.test", 443, timeout=5)
    with pytest.raises(Blocked, match="address not allowed"):
        resolve("metadata.test", 443, timeout=5)
    with pytest.raises(OSError, match="cannot be resolved"):
        resolve("nobody.test", 443, timeout=5)


def test_a_silent_dns_is_not_waited_for(monkeypatch):
    from threading import Event

    answered = Event()
    monkeypatch.setattr("socket.getaddrinfo", lambda *_, **__: answered.wait(20) and [])

    with pytest.raises(TimeoutError):
        resolve("slow.test", 443, timeout=0.05)
    answered.set()
