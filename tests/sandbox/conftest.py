"""A sandbox in threads of this process, an address that its webhooks reach, and hands to ask both."""

from __future__ import annotations

import http.client
import json
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import urlencode, urlsplit

import pytest

from helpdesk.sandbox.server import Running, serve

ACCOUNT, OUTLET = "17841400000000001", "17841400000000002"
CUSTOMER = "1234500000000001"
TOKEN, PAGE_TOKEN, SECRET = "IG_USER_TOKEN_EXAMPLE", "PAGE_TOKEN_EXAMPLE", "example_app_secret"


@dataclass
class Hook:
    """Where webhooks arrive: each with its headers and raw body. `answers` are used up first, then 200."""

    url: str = ""
    arrived: list[tuple[dict[str, str], bytes]] = field(default_factory=list)
    answers: list[int] = field(default_factory=list)
    bell: threading.Condition = field(default_factory=threading.Condition)

    def wait_for(self, count: int, seconds: float = 5.0) -> list[dict[str, Any]]:
        """The bodies, once there are `count` of them."""
        with self.bell:
            assert self.bell.wait_for(lambda: len(self.arrived) >= count, seconds), f"{len(self.arrived)} of {count}"
        return self.bodies

    def hears(self, what: Callable[[dict[str, Any]], bool], seconds: float = 5.0) -> bool:
        """Whether an item of the sort arrives; the page shows what a hand did before its webhook is out."""
        with self.bell:
            return self.bell.wait_for(lambda: any(map(what, self._items())), seconds)

    @property
    def bodies(self) -> list[dict[str, Any]]:
        return [json.loads(body) for _, body in self.arrived]

    def _items(self) -> Iterator[dict[str, Any]]:
        return (body["entry"][0]["messaging"][0] for body in self.bodies)

    def take(self, headers: dict[str, str], body: bytes) -> int:
        with self.bell:
            self.arrived.append((headers, body))
            self.bell.notify_all()
            return self.answers.pop(0) if self.answers else 200


@pytest.fixture(scope="session")
def address() -> Iterator[Hook]:
    heard = Hook()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            self.send_response(heard.take(dict(self.headers.items()), body))
            self.send_header("Content-Length", "0")
            self.end_headers()

        def do_GET(self) -> None:
            query = dict(part.partition("=")[::2] for part in urlsplit(self.path).query.split("&"))
            good = query["hub.verify_token"] == "verify"
            self.send_response(200 if good else 403)
            self.end_headers()
            self.wfile.write(query["hub.challenge"].encode() if good else b"")

        def log_message(self, *_: object) -> None:
            """Silent."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    heard.url = f"http://127.0.0.1:{server.server_address[1]}/webhooks/instagram"
    yield heard
    server.shutdown()
    server.server_close()


@pytest.fixture
def hook(address: Hook) -> Hook:
    """Where the webhooks of this test arrive; nothing has yet."""
    address.arrived.clear()
    address.answers.clear()
    return address


def configured(webhook_url: str, **more: object) -> dict[str, object]:
    """Two accounts, one for each login; `more` goes to the first."""
    shared = {"platform": "instagram", "app_secret": SECRET, "verify_token": "verify", "webhook_url": webhook_url}
    first = {"account_id": ACCOUNT, "login": "instagram", "access_token": TOKEN, "name": "Studio Nord"}
    second = {"account_id": OUTLET, "login": "facebook", "access_token": PAGE_TOKEN, "name": "Studio Nord Outlet"}
    return {"accounts": [{**shared, **first, "human_agent": True, **more}, {**shared, **second}]}


@dataclass
class Answered:
    status: int
    headers: dict[str, str]
    raw: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.raw)

    @property
    def error(self) -> tuple[int, int | None]:
        """Code and subcode of a refusal."""
        error = self.json["error"]
        assert error["message"]
        assert error["type"]
        assert error["fbtrace_id"]
        return error["code"], error.get("error_subcode")


class Box:
    """Asks a running sandbox over HTTP."""

    def __init__(self, running: Running) -> None:
        self.running, self.url = running, running.url

    def ask(self, method: str, path: str, body: object = None, headers: dict[str, str] | None = None) -> Answered:
        place = urlsplit(self.url)
        connection = http.client.HTTPConnection(place.hostname or "", place.port, timeout=20)
        try:
            data = body if isinstance(body, bytes) else None if body is None else json.dumps(body).encode()
            connection.request(method, path, data, {"Content-Type": "application/json", **(headers or {})})
            answer = connection.getresponse()
            return Answered(answer.status, {k.lower(): v for k, v in answer.getheaders()}, answer.read())
        finally:
            connection.close()

    def say(self, customer: str = CUSTOMER, inbox: str = ACCOUNT, **wish: object) -> dict[str, Any]:
        answer = self.ask("POST", f"/sandbox/customers/{customer}/messages", {"inbox": inbox, **wish})
        assert answer.status == 200, answer.raw
        return answer.json

    def send(self, message: object, customer: str = CUSTOMER, token: str = TOKEN, **more: object) -> Answered:
        return self.post({"recipient": {"id": customer}, "message": message, **more}, token)

    def act(self, action: str, customer: str = CUSTOMER, **more: object) -> Answered:
        return self.post({"recipient": {"id": customer}, "sender_action": action, **more}, TOKEN)

    def post(self, body: object, token: str = TOKEN) -> Answered:
        login = "facebook" if token == PAGE_TOKEN else "instagram"
        return self.ask("POST", f"/{login}/v25.0/me/messages", body, {"Authorization": f"Bearer {token}"})

    def get(self, path: str, token: str = TOKEN, **query: str) -> Answered:
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        return self.ask("GET", f"{path}?{urlencode(query)}", headers=headers)

    def fault(self, do: object, times: int | None = 1, **match: str) -> None:
        answer = self.ask("POST", "/sandbox/faults", {"match": match, "do": do, "times": times})
        assert answer.status == 200, answer.raw

    def received(self, customer: str = CUSTOMER, inbox: str = ACCOUNT) -> list[dict[str, Any]]:
        return self.ask("GET", f"/sandbox/received?inbox={inbox}&customer={customer}").json["received"]

    def texts(self) -> list[str]:
        return [row["text"] for row in self.received() if row["kind"] == "message"]

    def state(self) -> dict[str, Any]:
        return self.ask("GET", "/sandbox/state").json

    def sample(self, name: str) -> str:
        """An address of the sandbox's own from which one of its samples can be fetched."""
        media = self.running.world.media
        return media.url(media.sample(name))


@pytest.fixture(scope="session")
def running(address: Hook) -> Iterator[Running]:
    started = serve(configured(address.url))
    yield started
    started.stop()


@pytest.fixture
def box(running: Running, hook: Hook) -> Iterator[Box]:
    """A sandbox with nobody in it. It outlives the test, whose webhooks are all out or forgotten at its end."""
    yield Box(running)
    running.courier.forget()
    while running.courier.busy:
        time.sleep(0.002)
    running.world.reset()
