"""A change must come from a page of ours; and the desk answers to its own name only."""

from __future__ import annotations

import pytest

from tests.factories import an_agent


def sign_out(console, **headers):
    return console.client.post("/sign-out", base_url=console.base_url, headers=headers)


def is_signed_in(console) -> bool:
    return console.get("/sessions").status_code == 200


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"X-CSRFToken": ""},
        {"X-CSRFToken": "forged"},
        {"X-CSRFToken": "IjAwMDAi.aaaa.bbbb"},
        {"Content-Type": "text/plain"},
    ],
)
def test_a_change_without_the_pages_token_changes_nothing(client, headers):
    console = client(an_agent())

    assert sign_out(console, **headers).status_code == 403
    assert is_signed_in(console)


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://evil.test"},
        {"Origin": "null"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},  # another port of this host, the make-believe platform's for one
    ],
)
def test_a_change_from_another_site_changes_nothing_even_with_the_token(client, headers):
    console = client(an_agent())
    console.get("/sessions")

    assert sign_out(console, **{"X-CSRFToken": console.token, **headers}).status_code == 403
    assert is_signed_in(console)


def test_another_sessions_token_is_no_proof(client):
    mine, theirs = client(an_agent()), client(an_agent())
    theirs.get("/sessions")

    assert sign_out(mine, **{"X-CSRFToken": theirs.token}).status_code == 403


def test_signing_in_cannot_be_forged_either(client):
    console = client()

    answer = console.client.post("/sign-in", data={"email": "a@b.test", "password": "x"}, base_url=console.base_url)

    assert answer.status_code == 403


@pytest.mark.parametrize("field", ["header", "form"])
def test_the_token_may_come_in_a_header_or_a_form(client, field):
    console = client(an_agent())
    console.get("/sessions")
    sent = {"headers": {"X-CSRFToken": console.token}} if field == "header" else {"data": {"csrf_token": console.token}}

    answer = console.client.post("/sign-out", base_url=console.base_url, **sent)

    assert answer.status_code == 302


def test_our_own_pages_may_change_things(client, desk):
    console = client(an_agent())
    console.get("/sessions")
    headers = {"Origin": desk.settings.public_url, "Sec-Fetch-Site": "same-origin", "X-CSRFToken": console.token}

    assert sign_out(console, **headers).status_code == 302


@pytest.mark.parametrize("host", ["evil.test", "evil.test:80", "127.0.0.1.evil.test", "", "[", "a b"])
def test_under_a_foreign_name_nothing_is_answered(client, host):
    console = client(an_agent())

    for path in ("/sign-in", "/sessions"):
        assert console.client.get(path, base_url=console.base_url, headers={"Host": host}).status_code == 400


def test_a_probe_may_call_the_desk_by_any_name(client):
    console = client()

    assert console.client.get("/healthz", headers={"Host": "10.1.2.3:8000"}).status_code == 200
