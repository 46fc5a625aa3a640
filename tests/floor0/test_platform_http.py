"""One request to a platform: sent once, and when it fails we know whether the platform may have it."""

from __future__ import annotations

import datetime
import json
import socket
import ssl
import time
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from helpdesk.channels import contract
from helpdesk.fetch import HttpAnswer, Lost, NotSent, PlatformHttp
from tests.floor0.network import PUBLIC, Internet, plain, raw, redirect


@pytest.fixture
def http(internet: Internet):
    made = PlatformHttp(trusted_origins={internet.origin}, timeout=5)
    yield made
    made.close()


def reset(peer: socket.socket) -> None:
    peer.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
    peer.close()


def test_a_request_arrives_as_it_was_meant(internet: Internet, http):
    internet.pages["/v25.0/me/messages"] = plain(b'{"message_id":"m_1"}', "X-App-Usage: {}", status="200 OK")

    answer = http.request(
        "POST",
        f"{internet.origin}/v25.0/me/messages",
        headers={"Authorization": "Bearer token"},
        params={"fields": "id,name"},
        json={"text": "Grüße \U0001f44b"},
    )

    assert answer == HttpAnswer(200, {"content-length": "20", "x-app-usage": "{}"}, b'{"message_id":"m_1"}')
    head, _, body = internet.requests[0].partition(b"\r\n\r\n")
    assert head.startswith(b"POST /v25.0/me/messages?fields=id%2Cname HTTP/1.1\r\n")
    assert b"Authorization: Bearer token\r\n" in head
    assert b"Content-Type: application/json" in head
    assert json.loads(body) == {"text": "Grüße \U0001f44b"}


def test_the_contract_knows_these_errors_by_the_same_names():
    assert (contract.NotSent, contract.Lost, contract.HttpAnswer) == (NotSent, Lost, HttpAnswer)


def test_a_connection_is_used_again_and_keeps_no_cookie(internet: Internet, http):
    internet.pages["/x"] = plain(b"{}", "Set-Cookie: a=b")

    for _ in range(3):
        http.request("GET", f"{internet.origin}/x")

    assert len(internet.connects) == 1
    assert all(b"cookie" not in request.lower() for request in internet.requests)


@pytest.mark.parametrize("status", ["302 Found", "400 Bad Request", "500 Oops", "503 Busy"])
def test_every_answer_is_an_answer_and_no_redirect_is_followed(internet: Internet, http, status):
    internet.pages["/x"] = redirect("http://evil.test/", status=status)

    assert http.request("POST", f"{internet.origin}/x", json={}).status == int(status[:3])
    assert len(internet.requests) == 1


@pytest.mark.parametrize(
    "url",
    [
        "http://evil.test/",  # refused
        "http://nobody.test/",  # no such name
        "http://private.test/",
        "http://127.0.0.1:6379/",
        "https://ok.test/",  # the server there does not speak TLS
        "not a url",
    ],
)
def test_what_never_left_is_not_sent(internet: Internet, url):
    with pytest.raises(NotSent):
        PlatformHttp(timeout=0.5).request("POST", url, json={"text": "x"})

    assert internet.requests == []


@pytest.mark.parametrize("headers", [{"Authorization": "Bearer a\r\nX: y"}, {"Authorization": "Bearer ключ"}])
def test_a_header_that_cannot_be_written_is_not_sent(internet: Internet, http, headers):
    with pytest.raises(NotSent):
        http.request("GET", f"{internet.origin}/x", headers=headers)

    assert internet.requests == []


@pytest.mark.parametrize(
    "answer",
    [
        lambda peer: None,  # closes without a word
        reset,
        raw(b"HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\nhalf"),
        raw(b"garbage\r\n\r\n"),
        plain(b"x" * (4 * 2**20 + 1)),
    ],
    ids=["closed", "reset", "half", "garbage", "too long"],
)
def test_what_was_written_and_not_answered_is_lost(internet: Internet, http, answer):
    internet.pages["/end"] = answer

    with pytest.raises(Lost):
        http.request("POST", f"{internet.origin}/end", json={"text": "x"})

    assert len(internet.requests) == 1


def test_a_silent_platform_is_lost_after_the_deadline(internet: Internet):
    internet.pages["/x"] = lambda peer: peer.recv(1)
    http = PlatformHttp(trusted_origins={internet.origin}, timeout=0.3)
    began = time.monotonic()

    with pytest.raises(Lost):
        http.request("POST", f"{internet.origin}/x", json={})

    assert time.monotonic() - began < 2


def test_a_dripping_platform_is_lost_after_the_deadline(internet: Internet):
    def drip(peer: socket.socket) -> None:
        peer.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 999\r\n\r\n")
        while True:
            peer.send(b"x")
            time.sleep(0.05)

    internet.pages["/x"] = drip
    http = PlatformHttp(trusted_origins={internet.origin}, timeout=0.4)

    with pytest.raises(Lost):
        http.request("POST", f"{internet.origin}/x", json={})


def test_a_body_that_nobody_takes_was_not_sent(internet: Internet):
    def deaf(peer: socket.socket) -> None:
        raise AssertionError("unreachable")

    internet.pages["/x"] = deaf
    internet._read = lambda peer: time.sleep(3) or b""  # accepts and reads nothing
    http = PlatformHttp(trusted_origins={internet.origin}, timeout=0.5)

    with pytest.raises(NotSent):
        http.request("POST", f"{internet.origin}/x", json={"text": "x" * 30_000_000})


def test_errors_name_neither_address_nor_token(internet: Internet, http):
    internet.pages["/end"] = reset

    with pytest.raises(Lost) as caught:
        http.request("GET", f"{internet.origin}/end", params={"access_token": "canary"}, headers={"A": "canary"})

    assert "canary" not in str(caught.value)


def test_over_tls_the_name_is_asked_for_and_proved(internet: Internet, tmp_path: Path, monkeypatch):
    certificate, key = _certificate(tmp_path, "graph.test")
    internet.tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    internet.tls.load_cert_chain(certificate, key)
    asked = []
    internet.tls.sni_callback = lambda _, name, __: asked.append(name)
    internet.pages["/x"] = plain(b"{}")
    trusting = ssl.create_default_context(cafile=str(certificate))
    monkeypatch.setattr("httpcore2.default_ssl_context", lambda: trusting)
    monkeypatch.setattr("helpdesk.wire._ssl_context", lambda: trusting)
    http = PlatformHttp(timeout=5)

    assert http.request("GET", "https://graph.test/x").status == 200
    assert asked == ["graph.test"]
    assert internet.connects == [(PUBLIC, 443)]
    assert b"Host: graph.test\r\n" in internet.requests[0]
    with pytest.raises(NotSent):
        http.request("GET", "https://ok.test/x")  # the certificate is another's


def _certificate(directory: Path, name: str) -> tuple[Path, Path]:
    """A self-signed certificate for `name`, and its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    who = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])
    now = datetime.datetime.now(datetime.UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(who)
        .issuer_name(who)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
        .sign(key, hashes.SHA256())
    )
    certificate, private = directory / "cert.pem", directory / "key.pem"
    certificate.write_bytes(made.public_bytes(serialization.Encoding.PEM))
    private.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    return certificate, private
