"""What every answer carries, the cookie's flags, and errors that give nothing away."""

from __future__ import annotations

import pytest

from helpdesk.app import create_app
from tests.factories import an_agent
from tests.support.desk import settings

PAGE = {"Accept": "text/html"}
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; font-src 'self'; "
    "connect-src 'self' {live}; media-src 'self' blob:; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)


@pytest.mark.parametrize("path", ["/sign-in", "/sessions", "/nothing-here", "/healthz", "/readyz"])
def test_every_answer_is_protected(client, desk, path):
    answer = client(an_agent()).get(path, headers=PAGE)

    port = desk.settings.live_port
    live = " ".join(f"{scheme}://{host}:{port}" for host in ("127.0.0.1", "localhost") for scheme in ("http", "ws"))
    assert answer.headers["Content-Security-Policy"] == POLICY.format(live=live)
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Referrer-Policy"] == "same-origin"
    assert answer.headers["Cross-Origin-Opener-Policy"] == "same-origin"
    assert answer.headers["Cache-Control"] == "no-store"
    assert "Strict-Transport-Security" not in answer.headers


def test_pages_have_nothing_inline(client):
    for path in ("/sign-in", "/sessions", "/nothing-here"):
        text = client(an_agent()).get(path, headers=PAGE).text if path != "/sign-in" else client().get(path).text
        assert "<style" not in text
        assert "style=" not in text
        assert " onclick=" not in text
        assert "<script>" not in text


def test_on_loopback_the_cookie_is_named_by_port(client, desk):
    answer = client().get("/sign-in")

    cookie = answer.headers["Set-Cookie"]
    assert cookie.startswith(f"session-{desk.settings.port}=")
    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie
    assert "Path=/" in cookie
    assert "Secure" not in cookie
    assert "Domain" not in cookie


def test_under_https_the_cookie_is_bound_to_the_host(desk, tmp_path):
    app = create_app(
        settings(
            database_url=desk.settings.database_url, data_dir=tmp_path / "https", PUBLIC_URL="https://desk.example.com"
        )
    )

    answer = app.test_client().get("/sign-in", base_url="https://desk.example.com")

    cookie = answer.headers["Set-Cookie"]
    assert cookie.startswith("__Host-session=")
    for flag in ("Secure", "HttpOnly", "SameSite=Lax", "Path=/"):
        assert flag in cookie
    assert "Domain" not in cookie
    assert answer.headers["Strict-Transport-Security"] == "max-age=31536000"
    assert "wss://desk.example.com" in answer.headers["Content-Security-Policy"]


# --- errors -----------------------------------------------------------------------------------------------------


def test_an_error_comes_in_the_form_that_was_asked_for(client):
    console = client(an_agent())

    page = console.get("/nothing-here", headers=PAGE)
    json = console.get("/nothing-here", headers={"Accept": "application/json"})
    fragment = console.get("/nothing-here", headers={"Accept": "text/html", "HX-Request": "true"})
    text = console.get("/nothing-here", headers={"Accept": "*/*"})

    assert {answer.status_code for answer in (page, json, fragment, text)} == {404}
    assert page.mimetype == "text/html"
    assert "<h1" in page.text
    assert json.json == {"error": "There is nothing here, or it is not yours to see."}
    assert fragment.mimetype == text.mimetype == "text/plain"
    assert fragment.text == text.text == "There is nothing here, or it is not yours to see.\n"


def test_a_wrong_method_says_which_are_right(client):
    answer = client(an_agent()).post("/healthz")

    assert answer.status_code == 405
    assert "GET" in answer.headers["Allow"]


def test_a_mistake_of_ours_tells_nothing_of_itself(app, client, monkeypatch):
    console = client(an_agent())

    def broken(*_, **__):
        raise RuntimeError("secret inner state")

    monkeypatch.setitem(app.view_functions, "account.sessions", broken)
    answer = console.get("/sessions", headers=PAGE)

    assert answer.status_code == 500
    assert "secret inner state" not in answer.text
    assert "Traceback" not in answer.text
    assert "Something broke" in answer.text
    assert answer.headers["Content-Security-Policy"]


def test_a_body_that_is_too_large_is_refused_in_words(client):
    answer = client().post("/sign-in", data={"email": "y" * 5_000_000}, headers=PAGE)

    assert answer.status_code == 413
    assert "larger than the desk takes" in answer.text


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/sessions/99999999999999999999999999/end", 404),
        ("/sessions/\u0661/end", 404),
        ("/files/" + "x" * 3000, 404),
        ("/files/%00", 404),
        ("/files/identity/99999999999999999999999999", 404),
        ("/media/%00", 404),
        ("/settings/webhooks/99999999999999999999999999", 404),
        ("/settings/webhooks?before=99999999999999999999999999", 422),
        ("/settings/webhooks?before=-1", 422),
        ("/settings/webhooks?before=%D9%A1", 422),
        ("/settings/webhooks?state=everything", 404),
        ("/set-password/%00", 400),
        ("/assets/x/..%2f..%2fconfig.py", 404),
        ("/assets/x/../../config.py", 404),
        ("/assets/x/%00", 404),
    ],
)
def test_odd_addresses_are_answered_with_a_no(client, path, status):
    console = client(an_agent(role="owner"))
    ask = console.post if path.endswith("/end") else console.get

    assert ask(path).status_code == status
