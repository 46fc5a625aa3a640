"""What the platform allows whom and when: windows, tags, people who cannot be reached, files that cannot be taken."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from helpdesk.sandbox.server import serve
from tests.sandbox.conftest import CUSTOMER, OUTLET, PAGE_TOKEN, TOKEN, Box, configured

HOUR = 3600
HUMAN = {"messaging_type": "MESSAGE_TAG", "tag": "HUMAN_AGENT"}


def test_the_window_closes_24_hours_after_the_customer_s_last_message(box: Box):
    box.say(text="hello")
    box.ask("POST", "/sandbox/clock", {"offset_seconds": 23 * HOUR})
    assert box.send({"text": "in time"}).status == 200

    box.ask("POST", "/sandbox/clock", {"offset_seconds": 25 * HOUR})
    late = box.send({"text": "too late"})

    assert (late.status, late.error) == (403, (10, 2534022))
    assert box.texts() == ["in time"]


def test_a_person_may_answer_for_seven_days_where_the_account_was_granted_it(box: Box):
    box.say(text="hello")
    box.ask("POST", "/sandbox/clock", {"offset_seconds": 6 * 24 * HOUR})
    assert box.send({"text": "sorry for the wait"}, **HUMAN).status == 200

    box.ask("POST", "/sandbox/clock", {"offset_seconds": 8 * 24 * HOUR})

    assert box.send({"text": "much too late"}, **HUMAN).error == (10, 2534022)
    assert box.received()[-1]["tag"] == "HUMAN_AGENT"


def test_an_account_without_the_grant_may_not_use_the_tag(box: Box):
    box.say(text="hello", inbox=OUTLET)

    assert box.send({"text": "hi"}, token=PAGE_TOKEN, **HUMAN).error == (10, None)


def test_reading_reacting_and_our_own_echo_do_not_open_the_window_again_but_a_tap_does(box: Box):
    mid = box.say(text="hello", at=_ago(box, 30 * HOUR))["mid"]
    box.say(kind="reaction", mid=mid)
    box.ask("POST", f"/sandbox/accounts/{OUTLET}/app-messages", {"customer": CUSTOMER, "text": "hi"})
    assert box.send({"text": "late"}).error == (10, 2534022)

    box.say(kind="postback", title="Where is my order?")

    assert box.send({"text": "now"}).status == 200


def test_an_account_knows_only_the_people_who_wrote_to_it(box: Box):
    box.say(text="hello")

    assert box.send({"text": "hi"}, token=PAGE_TOKEN).error == (100, 2534014)


def test_somebody_who_blocked_the_business_is_not_available(box: Box):
    box.say(text="hello")
    box.ask("POST", f"/sandbox/customers/{CUSTOMER}", {"has_blocked": True})

    assert box.send({"text": "hi"}).error == (551, 1545041)


def test_a_comment_is_answered_privately_once(box: Box):
    comment = box.say(kind="comment", text="price?")["comment_id"]
    answer = {"recipient": {"comment_id": comment}, "message": {"text": "59 €"}}

    assert box.post(answer).json["recipient_id"] == CUSTOMER
    assert box.post(answer).error == (100, 2534025)


def test_an_unsent_message_can_be_neither_answered_nor_reacted_to(box: Box):
    mid = box.say(text="oops")["mid"]
    box.say(kind="unsend", mid=mid)

    assert box.send({"text": "what?"}, reply_to={"mid": mid}).error == (9000001, None)
    reaction = {"message_id": mid, "reaction": "love"}
    assert box.act("react", payload=reaction).error == (9000001, None)


def test_a_profile_is_told_only_of_people_who_wrote_and_did_not_hide_it(box: Box):
    person = box.ask("POST", "/sandbox/customers", {"id": CUSTOMER, "name": "Kim Example", "username": "kim.example"})
    path, fields = f"/instagram/v25.0/{CUSTOMER}", "name,username,profile_pic,follower_count"
    assert person.status == 200
    assert box.get(path, fields=fields).error == (230, None)
    box.say(text="hello")

    profile = box.get(path, fields=fields).json

    assert (profile["name"], profile["username"], profile["id"]) == ("Kim Example", "kim.example", CUSTOMER)
    picture = box.ask("GET", profile["profile_pic"].removeprefix(box.url))
    assert picture.headers["content-type"] == "image/png"
    assert picture.raw.startswith(b"\x89PNG")
    box.ask("POST", f"/sandbox/customers/{CUSTOMER}", {"is_profile_refused": True})
    assert box.get(path, fields=fields).error == (230, None)


def test_the_account_s_ids_differ_with_instagram_login_and_are_the_page_s_with_facebook_login(box: Box):
    mine = box.get("/instagram/v25.0/me", fields="id,user_id,username").json
    page = box.get("/facebook/v25.0/me", PAGE_TOKEN, fields="id,name").json

    assert mine["user_id"] == "17841400000000001" != mine["id"]
    assert page == {"id": "100400000000002", "name": "Studio Nord Outlet"}
    assert box.get("/facebook/v25.0/me", PAGE_TOKEN, fields="user_id").error == (100, None)


def test_a_refreshed_token_works_beside_the_first_one(box: Box):
    query = {"grant_type": "ig_refresh_token", "access_token": TOKEN}
    fresh = box.get("/instagram/refresh_access_token", "", **query).json

    assert fresh["token_type"] == "bearer"
    assert fresh["expires_in"] > 59 * 24 * HOUR
    for token in (fresh["access_token"], TOKEN):
        assert box.get("/instagram/v25.0/me", token, fields="user_id").status == 200


def test_an_account_that_subscribed_to_nothing_hears_nothing(box: Box, hook):
    bearer = {"Authorization": f"Bearer {TOKEN}"}
    box.ask("DELETE", "/instagram/v25.0/me/subscribed_apps", headers=bearer)

    assert box.say(text="hello")["delivery"]["state"] == "unsubscribed"

    box.ask("POST", "/instagram/v25.0/me/subscribed_apps?subscribed_fields=messages", headers=bearer)
    mid = box.say(text="hello?")["mid"]
    assert box.say(kind="reaction", mid=mid)["delivery"]["state"] == "unsubscribed"
    assert [body["entry"][0]["messaging"][0]["message"]["text"] for body in hook.bodies] == ["hello?"]


def test_a_story_is_looked_up_until_the_message_is_unsent(box: Box):
    mid = box.say(kind="story_mention")["mid"]

    found = box.get(f"/instagram/v25.0/{mid}", fields="story,from").json

    assert found["story"]["mention"]["link"].startswith(box.url)
    assert found["from"]["id"] == CUSTOMER
    box.say(kind="unsend", mid=mid)
    assert box.get(f"/instagram/v25.0/{mid}", fields="story,from").error == (100, 33)


# --- files of the business --------------------------------------------------------------------------------------


@pytest.fixture
def shop() -> Iterator[str]:
    """A business's own file server, with everything that can be wrong with one."""
    png = b"\x89PNG\r\n\x1a\n" + bytes(500)
    files: dict[str, tuple[int, str, bytes, int]] = {  # status, type, body, length that is claimed
        "/a.png": (200, "image/png; charset=binary", png, len(png)),
        "/large.png": (200, "image/png", png + bytes(8 * 2**20), 8 * 2**20 + len(png)),
        "/page.png": (200, "image/png", b"<!doctype html>", 15),
        "/page": (200, "text/html", b"<!doctype html>", 15),
        "/a.webp": (200, "image/webp", b"RIFF....WEBP", 12),
        "/a.txt": (200, "text/plain", b"hello", 5),
        "/gone.png": (404, "image/png", b"", 0),
        "/empty.png": (200, "image/png", b"", 0),
        "/short.png": (200, "image/png", png, len(png) + 100),
    }

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            if self.path == "/moved.png":
                self.send_response(302)
                self.send_header("Location", "/a.png")
                return self.end_headers()
            status, kind, body, length = files[self.path]
            self.send_response(status)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(length))
            self.end_headers()
            self.wfile.write(body)
            return None

        def log_message(self, *_: object) -> None:
            """Silent."""

        def handle(self) -> None:
            try:
                super().handle()
            except ConnectionError:
                self.close_connection = True  # the platform had seen enough

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    yield f"http://127.0.0.1:{server.server_address[1]}"
    server.shutdown()
    server.server_close()


@pytest.mark.parametrize(
    ("kind", "name", "refusal"),
    [
        ("image", "/a.png", None),
        ("image", "/moved.png", None),
        ("image", "/large.png", (100, 2018047)),
        ("image", "/page.png", (100, 2018047)),
        ("image", "/page", (100, 2018047)),
        ("image", "/a.webp", (100, 2018047)),
        ("image", "/empty.png", (100, 2018047)),
        ("image", "/gone.png", (100, 2018008)),
        ("image", "/short.png", (100, 2018008)),
        ("file", "/a.txt", (100, 2018047)),
        ("file", "/a.png", (100, 2018047)),
        ("audio", "/a.png", (100, 2018047)),
        ("video", "/a.png", (100, 2018047)),
    ],
)
def test_a_file_is_fetched_and_looked_at(kind: str, name: str, refusal: tuple[int, int] | None, box: Box, shop: str):
    box.say(text="hello")

    answer = box.send({"attachment": {"type": kind, "payload": {"url": shop + name}}})

    if refusal:
        assert answer.error == refusal
        assert box.received() == []
    else:
        piece = box.received()[-1]["media"][0]
        copy = box.ask("GET", piece["url"].removeprefix(box.url))
        assert (piece["source_url"], piece["size"], len(copy.raw)) == (shop + name, 508, 508)
        assert copy.headers["content-type"] == "image/png"


def test_an_account_may_live_at_another_time(hook):
    running = serve(configured(hook.url, clock_offset=-48 * HOUR))
    box = Box(running)

    box.say(text="hello")

    message = hook.wait_for(1)[0]["entry"][0]["messaging"][0]
    assert running.world.now() - message["timestamp"] > 47 * HOUR * 1000
    assert box.send({"text": "same time there"}).status == 200
    running.stop()


def _ago(box: Box, seconds: int) -> int:
    return box.running.world.now() - seconds * 1000
