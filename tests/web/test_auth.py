"""Signing in and out, sessions, set-password links, and how often one may try."""

from __future__ import annotations

import re

import pytest
import sqlalchemy as sa

from helpdesk.db import db, transaction
from helpdesk.domain import agents, throttle
from helpdesk.errors import TooMany
from helpdesk.models import Agent, LoginAttempt, Session
from helpdesk.secrets import hash_token
from tests.factories import PASSWORD, an_agent, with_password
from workers import upkeep

PAGE = {"Accept": "text/html"}
GOOD = "quiet-harbour-lemon"


def try_to_sign_in(console, email, password="wrong-password", **more):
    console.get("/sign-in")
    return console.post("/sign-in", data={"email": email, "password": password}, **more)


def the_sessions():
    return db.session.scalars(sa.select(Session).order_by(Session.id)).all()


def is_signed_in(console) -> bool:
    return console.get("/sessions").status_code == 200


# --- the way in -----------------------------------------------------------------------------------------------


def test_a_stranger_is_led_to_the_sign_in_and_back(client):
    agent = with_password(an_agent())
    console = client()

    led = console.get("/sessions?x=1", headers=PAGE)
    console.get(led.location)
    answer = console.post("/sign-in", data={"email": agent.email, "password": PASSWORD, "next": "/sessions?x=1"})

    assert led.status_code == 302
    assert led.location == "/sign-in?next=/sessions?x%3D1"
    assert answer.status_code == 302
    assert answer.location == "/sessions?x=1"
    assert is_signed_in(console)


def test_what_a_script_asks_for_as_a_stranger_is_refused_with_a_sentence(client):
    answer = client().get("/sessions", headers={"Accept": "application/json"})

    assert answer.status_code == 401
    assert answer.json == {"error": "You are signed out. Sign in again."}


def test_the_e_mail_address_is_known_in_any_spelling(client):
    agent = with_password(an_agent())

    assert try_to_sign_in(client(), f"  {agent.email.upper()} ", PASSWORD).status_code == 302


def test_the_database_keeps_only_the_hash_of_a_sessions_token(client):
    console = client(an_agent())

    with console.client.session_transaction(base_url=console.base_url) as cookie:
        token = cookie["_user_id"]

    (session,) = the_sessions()
    assert session.token_hash == hash_token(token)
    assert token not in session.token_hash


def test_an_unknown_address_and_a_wrong_password_are_answered_alike(client):
    agent = with_password(an_agent())

    known = try_to_sign_in(client(), agent.email)
    unknown = try_to_sign_in(client(), "nobody@desk.test")

    def body(answer, email):
        return re.sub(r'name="csrf_token" value="[^"]+"', "", answer.text.replace(email, "…"))

    assert known.status_code == unknown.status_code == 422
    assert body(known, agent.email) == body(unknown, "nobody@desk.test")


def test_one_who_has_left_cannot_sign_in(client):
    agent = with_password(an_agent())
    with transaction():
        db.session.get_one(Agent, agent.id).is_active = False

    assert try_to_sign_in(client(), agent.email, PASSWORD).status_code == 422


def test_one_who_leaves_is_out_at_once(client):
    agent = an_agent()
    console = client(agent)

    with transaction():
        db.session.get_one(Agent, agent.id).is_active = False

    assert console.get("/sessions").status_code == 401


def test_one_without_a_password_cannot_sign_in(client):
    agent = an_agent()

    assert try_to_sign_in(client(), agent.email, "").status_code == 422


@pytest.mark.parametrize(
    ("email", "password"),
    [
        ("a\0@desk.test", "with\0nul"),
        ("a\ud800@desk.test".encode("utf-8", "surrogatepass"), b"\xed\xa0\x80"),
        ("x" * 5000, "y" * 1024),
        ("' OR 1=1 --", "' OR 1=1 --"),
        ("", ""),
    ],
)
@pytest.mark.both_databases
def test_whatever_is_typed_is_answered_with_the_same_sentence(client, email, password):
    answer = try_to_sign_in(client(), email, password)

    assert answer.status_code == 422
    assert "do not belong together" in answer.text


def test_a_password_that_is_too_long_is_not_hashed(client):
    assert try_to_sign_in(client(), "a@desk.test", "x" * 1025).status_code == 422
    assert try_to_sign_in(client(), "a@desk.test", "x" * 10_000_000).status_code == 413


@pytest.mark.parametrize(
    "target",
    [
        "//evil.test/",
        "/\\evil.test/",
        "https://evil.test/",
        "javascript:alert(1)",
        "/ok\r\nSet-Cookie: a=b",
        "/\t/evil.test",
        "///evil.test",
        "evil.test",
        "http:evil.test",
        "",
        "/sign-out",
    ],
)
def test_the_way_back_never_leaves_the_desk(client, target):
    agent = with_password(an_agent())
    console = client()
    console.get("/sign-in", query_string={"next": target})

    answer = console.post("/sign-in", data={"email": agent.email, "password": PASSWORD, "next": target})

    assert answer.status_code == 302
    assert answer.location == "/"


# --- sessions ---------------------------------------------------------------------------------------------------


def test_signing_in_gives_the_browser_a_new_session(client):
    agent = with_password(an_agent())
    console = client()
    console.get("/sign-in")
    with console.client.session_transaction(base_url=console.base_url) as cookie:
        cookie["_user_id"] = "planted"
        planted_csrf = cookie["csrf_token"]

    answer = console.post("/sign-in", data={"email": agent.email, "password": PASSWORD})

    assert answer.status_code == 302
    with console.client.session_transaction(base_url=console.base_url) as cookie:
        assert cookie["_user_id"] != "planted"
        assert cookie.get("csrf_token") != planted_csrf


def test_signing_in_again_ends_the_browsers_earlier_session(client):
    agent = an_agent()
    console = client(agent)
    console.get("/sessions")

    console.post("/sign-in", data={"email": agent.email, "password": PASSWORD})

    first, second = the_sessions()
    assert first.ended_at is not None
    assert second.ended_at is None


def test_signing_out_ends_the_session_for_whoever_kept_the_cookie(client):
    console = client(an_agent())
    with console.client.session_transaction(base_url=console.base_url) as cookie:
        kept = dict(cookie)

    answer = console.post("/sign-out")

    assert answer.status_code == 302
    assert answer.headers["Clear-Site-Data"] == '"cache"'
    with console.client.session_transaction(base_url=console.base_url) as cookie:
        cookie.update(kept)
    assert not is_signed_in(console)


def test_one_sees_and_ends_ones_other_browsers(client):
    agent = an_agent()
    here, there = client(agent), client(agent)
    here_session, there_session = the_sessions()

    page = here.get("/sessions", headers=PAGE)
    answer = here.post(f"/sessions/{there_session.id}/end")

    assert page.text.count('<li class="sheet"') == 2
    assert "This browser" in page.text
    assert answer.status_code == 302
    assert is_signed_in(here)
    assert not is_signed_in(there)
    assert here_session.agent_id == agent.id


def test_somebody_elses_session_is_not_found(client):
    client(an_agent())
    (theirs,) = the_sessions()
    theirs_id = theirs.id

    answer = client(an_agent()).post(f"/sessions/{theirs_id}/end")

    assert answer.status_code == 404
    assert db.session.get_one(Session, theirs_id).ended_at is None


def test_a_session_that_nobody_uses_ends_after_thirty_days(client, later):
    console = client(an_agent())

    later(days=30, seconds=1)

    assert not is_signed_in(console)


def test_a_session_in_use_goes_on(client, later):
    console = client(an_agent())

    later(days=29)
    assert is_signed_in(console)
    later(days=29)

    assert is_signed_in(console)


@pytest.mark.both_databases
def test_a_session_is_marked_as_used_once_a_minute(client, later):
    agent = an_agent()
    console = client(agent)
    first = the_sessions()[0].last_seen_at

    later(seconds=30)
    console.get("/sessions")
    assert the_sessions()[0].last_seen_at == first
    later(seconds=40)
    console.get("/sessions")

    assert the_sessions()[0].last_seen_at > first
    assert db.session.get_one(Agent, agent.id).last_seen_at is not None


# --- how often --------------------------------------------------------------------------------------------------


@pytest.mark.both_databases
def test_after_ten_wrong_passwords_even_the_right_one_waits(client, later):
    agent = with_password(an_agent())
    console = client()

    wrong = [try_to_sign_in(console, agent.email).status_code for _ in range(11)]
    right = try_to_sign_in(console, agent.email, PASSWORD)
    later(minutes=16)
    afterwards = try_to_sign_in(console, agent.email, PASSWORD)

    assert wrong == [422] * 10 + [429]
    assert right.status_code == 429
    assert 0 < int(right.headers["Retry-After"]) <= 15 * 60
    assert "Try again in 15 minutes" in right.text
    assert afterwards.status_code == 302


def test_an_address_that_nobody_has_is_held_up_in_the_same_way(client):
    console = client()

    assert [try_to_sign_in(console, "nobody@desk.test").status_code for _ in range(11)][-1] == 429


def test_one_place_cannot_try_one_password_on_everybody(client):
    agent = with_password(an_agent())
    console = client()

    answers = [try_to_sign_in(console, f"somebody{n}@desk.test").status_code for n in range(31)]

    assert answers == [422] * 30 + [429]
    assert try_to_sign_in(console, agent.email, PASSWORD).status_code == 429


def test_another_place_can_still_sign_in(client):
    agent = with_password(an_agent())
    console = client()
    for n in range(30):
        try_to_sign_in(console, f"somebody{n}@desk.test")

    answer = try_to_sign_in(client(), agent.email, PASSWORD, environ_overrides={"REMOTE_ADDR": "192.0.2.9"})

    assert answer.status_code == 302


def test_a_forwarding_header_makes_no_other_place_of_it(client):
    console = client()

    answers = [
        try_to_sign_in(console, f"somebody{n}@desk.test", headers={"X-Forwarded-For": f"192.0.2.{n}"}).status_code
        for n in range(31)
    ]

    assert answers[-1] == 429


def test_who_knows_the_password_starts_afresh(client):
    agent = with_password(an_agent())
    console = client()
    for _ in range(9):
        try_to_sign_in(console, agent.email)

    assert try_to_sign_in(console, agent.email, PASSWORD).status_code == 302
    assert db.session.scalar(sa.select(sa.func.count(LoginAttempt.id))) == 0


@pytest.mark.both_databases
def test_tries_at_the_same_moment_are_all_counted(desk):
    with transaction():
        for _ in range(throttle.PER_ACCOUNT + 1):
            throttle.attempt("mona@desk.test", address="192.0.2.1")

    with pytest.raises(TooMany):
        throttle.check_counted("mona@desk.test", address="192.0.2.1")


@pytest.mark.parametrize(
    ("address", "place"),
    [
        ("192.0.2.7", "192.0.2.7"),
        ("::ffff:192.0.2.7", "192.0.2.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("fe80::1%eth0", "fe80::/64"),
        ("", "unknown"),
        (None, "unknown"),
        ("not an address", "unknown"),
    ],
)
def test_a_place_is_an_address_or_an_ipv6_network(address, place):
    assert throttle.place(address) == place


@pytest.mark.both_databases
def test_what_no_longer_counts_is_forgotten(client, later):
    client(an_agent())
    try_to_sign_in(client(), "nobody@desk.test")
    later(days=61)

    upkeep.forget_sign_ins()

    assert db.session.scalar(sa.select(sa.func.count(LoginAttempt.id))) == 0
    assert the_sessions() == []


# --- set-password links -------------------------------------------------------------------------------------------


def a_link(agent) -> str:
    with transaction():
        return f"/set-password/{agents.reset(agent.email)}"


def choose(console, link, password=GOOD, again=None):
    console.get("/sign-in")  # any page has the token
    return console.post(link, data={"password": password, "again": password if again is None else again})


@pytest.mark.both_databases
def test_a_link_sets_a_password_once(client):
    agent = an_agent()
    link = a_link(agent)
    console = client()

    first, second = choose(console, link), choose(console, link, "another-quiet-harbour")

    assert first.status_code == 302
    assert second.status_code == 400
    assert try_to_sign_in(console, agent.email, GOOD).status_code == 302


def test_a_link_is_void_after_an_hour(client, later):
    link = a_link(an_agent())

    later(minutes=61)

    assert client().get(link).status_code == 400
    assert choose(client(), link).status_code == 400


def test_a_new_link_voids_the_earlier_one(client):
    agent = an_agent()
    earlier, newer = a_link(agent), a_link(agent)

    assert client().get(earlier).status_code == 400
    assert client().get(newer).status_code == 200


def test_a_link_that_was_never_made_says_the_same(client):
    assert client().get("/set-password/made-up").status_code == 400


def test_a_new_password_signs_everybody_else_out(client):
    agent = an_agent()
    signed_in = client(agent)

    choose(client(), a_link(agent))

    assert not is_signed_in(signed_in)


@pytest.mark.parametrize(
    "password",
    [
        "abcd",
        "password1234",
        "helpdesk-2026",
        "1234567890",
        "aaaaaaaaaaaaaa",
        "qwertyuiop",
        "mona.ortiz.2026!",
        "x" * 1025,
    ],
)
def test_a_password_that_others_would_guess_is_refused(client, password):
    link = a_link(an_agent("Mona Ortiz"))

    answer = choose(client(), link, password)

    assert answer.status_code == 422
    assert client().get(link).status_code == 200


@pytest.mark.parametrize(
    "password", [GOOD, "Tr0ub4dor&3x", "пароль-из-четырёх-слов", "正确的马电池订书钉很长", "🦊🐙🦉🐝🌵🍋🧊🪁🎈🧭"]
)
def test_a_password_of_any_script_is_taken(client, password):
    agent = an_agent()
    console = client()

    assert choose(console, a_link(agent), password).status_code == 302
    assert try_to_sign_in(console, agent.email, password).status_code == 302


def test_the_two_passwords_must_be_the_same(client):
    assert choose(client(), a_link(an_agent()), again="something-else").status_code == 422
