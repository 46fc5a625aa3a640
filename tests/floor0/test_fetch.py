"""Fetching a file that somebody named: no redirect elsewhere, no endless or exploding answer, no waiting for ever."""

from __future__ import annotations

import gzip
import socket
import time
import zlib

import pytest
import structlog

from helpdesk.addresses import Blocked
from helpdesk.fetch import FetchFailed, fetch
from helpdesk.storage import sniff
from tests.floor0.network import PUBLIC, Internet, plain, raw, redirect
from tests.support.memory import growth

HOSTS = ("ok.test", "graph.test")


def get(url: str, **more):
    return fetch(url, hosts=HOSTS, trusted_origins=frozenset(), **more)


def test_a_file_comes_as_it_is_from_the_address_that_was_checked(internet: Internet):
    internet.pages["/photo.jpg"] = plain(b"\xff\xd8\xff photo", "Content-Type: Image/JPEG; charset=x")

    found = get("http://ok.test/photo.jpg?oh=1")

    assert (found.body.read(), found.content_type, found.size) == (b"\xff\xd8\xff photo", "image/jpeg", 9)
    assert internet.connects == [(PUBLIC, 80)]
    assert b"GET /photo.jpg?oh=1 HTTP/1.1\r\nHost: ok.test\r\n" in internet.requests[0]
    assert b"identity" in internet.requests[0]


def test_a_name_that_changes_its_address_after_the_check_changes_nothing(internet: Internet):
    internet.pages["/x"] = plain(b"x")
    lookup = internet.getaddrinfo

    def rebinding(host, *args, **more):
        found = lookup(host, *args, **more)
        internet.names["ok.test"] = ["127.0.0.1"]
        return found

    socket.getaddrinfo = rebinding  # the fixture puts the real one back

    assert get("http://ok.test/x").size == 1
    assert internet.connects == [(PUBLIC, 80)]


def test_the_second_address_is_tried_when_the_first_is_closed(internet: Internet):
    internet.names["ok.test"] = ["93.184.215.99", PUBLIC]
    internet.pages["/x"] = plain(b"x")

    assert get("http://ok.test/x").size == 1
    assert internet.connects == [("93.184.215.99", 80), (PUBLIC, 80)]


def test_a_trusted_origin_is_called_wherever_it_is(internet: Internet):
    internet.pages["/media/1"] = plain(b"x")

    found = fetch(f"{internet.origin}/media/1", hosts=(), trusted_origins={internet.origin})

    assert found.size == 1


def test_proxies_of_the_environment_are_ignored(internet: Internet, monkeypatch):
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://evil.test:80")
    internet.pages["/x"] = plain(b"x")

    get("http://ok.test/x")

    assert internet.connects == [(PUBLIC, 80)]


def test_a_redirect_within_the_host_is_followed(internet: Internet):
    internet.pages |= {"/a": redirect("/b?x=1"), "/b": redirect("http://ok.test/c"), "/c": plain(b"there")}

    assert get("http://ok.test/a").body.read() == b"there"


@pytest.mark.parametrize(
    ("to", "reason"),
    [
        ("http://127.0.0.1:6379/", "address not allowed"),
        ("http://169.254.169.254/latest", "address not allowed"),
        ("http://evil.test/", "host not of this platform"),
        ("http://graph.test/", "redirected to another host"),
        ("//graph.test/", "redirected to another host"),
        ("file:///etc/passwd", "only http and https are fetched"),
        ("http://ok.test:6379/", "port not allowed"),
        ("http://ok.test\\@evil.test/", "not a usable address"),
    ],
)
def test_a_redirect_to_elsewhere_is_not(internet: Internet, to, reason):
    internet.pages["/302"] = redirect(to)

    with structlog.testing.capture_logs() as logs, pytest.raises(Blocked, match=reason):
        get("http://ok.test/302")

    assert internet.connects == [(PUBLIC, 80)]
    assert [entry["event"] for entry in logs] == ["ssrf_blocked"]


def test_a_name_that_turned_private_is_caught_at_the_redirect(internet: Internet):
    def turn(peer: socket.socket) -> None:
        internet.names["ok.test"] = ["10.0.0.1"]
        redirect("/b")(peer)

    internet.pages["/a"] = turn

    with pytest.raises(Blocked, match="address not allowed"):
        get("http://ok.test/a")


def test_a_circle_of_redirects_ends(internet: Internet):
    internet.pages["/a"] = redirect("/a")

    with pytest.raises(FetchFailed, match="too many redirects"):
        get("http://ok.test/a")

    assert len(internet.requests) == 4


def test_an_endless_answer_is_cut_off(internet: Internet):
    sent = 0

    def endless(peer: socket.socket) -> None:
        nonlocal sent
        peer.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
        while True:
            sent += peer.send(b"x" * 65536)

    internet.pages["/endless"] = endless

    with pytest.raises(FetchFailed, match=r"media could not be fetched \(too large\)") as caught:
        get("http://ok.test/endless", limit=2**20)

    assert caught.value.is_final
    assert sent < 2**23  # what the sockets' buffers hold


def test_an_answer_that_says_that_it_is_too_large_is_not_read(internet: Internet):
    internet.pages["/big"] = raw(b"HTTP/1.1 200 OK\r\nContent-Length: 99999999999\r\n\r\n")

    with pytest.raises(FetchFailed, match="too large"):
        get("http://ok.test/big")


@pytest.mark.parametrize("place", ["head", "body"])
def test_a_byte_now_and_then_is_too_slow(internet: Internet, place):
    def slow(peer: socket.socket) -> None:
        peer.sendall(
            b"HTTP/1.1 200 OK\r\nX: " if place == "head" else b"HTTP/1.1 200 OK\r\nContent-Length: 999\r\n\r\n"
        )
        while True:
            peer.send(b"x")
            time.sleep(0.05)

    internet.pages["/slow"] = slow
    began = time.monotonic()

    with pytest.raises(FetchFailed, match="too slow") as caught:
        get("http://ok.test/slow", deadline=0.4)

    assert not caught.value.is_final
    assert 0.35 < time.monotonic() - began < 2


def test_a_bomb_of_gzip_goes_off_in_small_pieces(internet: Internet):
    packer = zlib.compressobj(wbits=31)
    bomb = b"".join(packer.compress(bytes(2**20)) for _ in range(100)) + packer.flush()
    internet.pages["/bomb"] = plain(bomb, "Content-Encoding: gzip")

    with growth() as memory, pytest.raises(FetchFailed, match="too large"):
        get("http://ok.test/bomb")

    assert memory.mb <= 30  # SS-54


def test_a_compressed_answer_is_unpacked_though_we_asked_for_none(internet: Internet):
    internet.pages["/x"] = plain(gzip.compress(b"text" * 1000), "Content-Encoding: gzip")

    assert get("http://ok.test/x").body.read() == b"text" * 1000


@pytest.mark.parametrize(
    ("answer", "reason", "is_final"),
    [
        (plain(b"", status="404 Not Found"), "the host answered 404", True),
        (plain(b"", status="403 Forbidden"), "the host answered 403", True),
        (plain(b"", status="503 Busy"), "the host answered 503", False),
        (plain(b"", status="206 Partial"), "the host answered 206", False),
        (plain(b"junk", "Content-Encoding: gzip"), "damaged answer", False),
        (plain(gzip.compress(b"x" * 99)[:20], "Content-Encoding: gzip"), "damaged answer", False),
        (plain(b"junk", "Content-Encoding: br"), "unknown encoding", True),
        (raw(b"not http at all\r\n\r\n"), "no connection", False),
    ],
)
def test_what_went_wrong_is_said_in_a_few_words(internet: Internet, answer, reason, is_final):
    internet.pages["/end"] = answer

    with pytest.raises(FetchFailed) as caught:
        get("http://ok.test/end")

    assert (caught.value.reason, caught.value.is_final) == (reason, is_final)


def test_a_cut_connection_is_not_taken_for_a_whole_file(internet: Internet):
    internet.pages["/end"] = raw(b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf")

    with pytest.raises(FetchFailed, match="no connection"):
        get("http://ok.test/end")


def test_a_page_that_calls_itself_a_picture_is_known_by_its_bytes(internet: Internet):
    internet.pages["/html-as-png"] = plain(b"<!doctype html><script>alert(1)</script>", "Content-Type: image/png")

    found = get("http://ok.test/html-as-png")

    assert found.content_type == "image/png"
    assert sniff(found.body.read()) == "application/octet-stream"


def test_a_receiver_s_long_answer_is_cut_by_its_own_limit(internet: Internet):
    internet.pages["/big"] = plain(b"x" * 200_000)

    with pytest.raises(FetchFailed, match="too large"):
        get("http://ok.test/big", limit=102_400)
