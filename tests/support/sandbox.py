"""The make-believe Instagram as its own process, and what a test asks of it: play a customer, break something, look."""

from __future__ import annotations

import json
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from tests.support import process

ACCOUNT = "17841400000000001"
OTHER_ACCOUNT = "17841400000000002"
CUSTOMER = "1234500000000001"
ACCOUNTS = {ACCOUNT: "Studio Nord", OTHER_ACCOUNT: "Studio Nord Outlet"}
SETTLE_SECONDS = 20
_open = urllib.request.build_opener(urllib.request.ProxyHandler({})).open


class SandboxSays(Exception):
    """The control interface refused what the test asked for."""


def configuration(webhook_base: str, *, access_token: str, app_secret: str, verify_token: str) -> dict[str, Any]:
    """The accounts' file: two accounts of one app, each with its own access token; the other one was granted
    Human Agent."""
    accounts = [
        {
            "platform": "instagram",
            "account_id": account_id,
            "login": "instagram",
            "access_token": access_token if account_id == ACCOUNT else f"{access_token}-{account_id}",
            "app_secret": app_secret,
            "verify_token": verify_token,
            "name": name,
            "webhook_url": f"{webhook_base}/webhooks/instagram",
            "human_agent": account_id == OTHER_ACCOUNT,
        }
        for account_id, name in ACCOUNTS.items()
    ]
    return {"webhook_base": webhook_base, "accounts": accounts}


@dataclass
class Sandbox:
    """`url` is where it listens. Customer and account are the saved payloads' own unless a test names others."""

    url: str
    server: subprocess.Popen[bytes] | None = None

    @classmethod
    def start(cls, directory: Path, port: int, accounts: Mapping[str, Any]) -> Sandbox:
        """Starts the process; returns when it answers."""
        config, log = directory / "accounts.json", directory / "sandbox.log"
        config.write_text(json.dumps(accounts))
        command = [sys.executable, "-m", "helpdesk.sandbox", "--config", str(config), "--port", str(port)]
        server = process.start(command, log=log)
        process.wait_until(lambda: process.answers(port), server, log)
        return cls(f"http://127.0.0.1:{port}", server)

    def stop(self) -> None:
        if self.server is not None:
            process.stop(self.server)

    def say(self, text: str = "", *, customer: str = CUSTOMER, inbox: str = ACCOUNT, **more: Any) -> dict[str, Any]:
        """A customer writes, or does what `kind` says; returns when it is delivered. Answers `mid`, `delivery`."""
        wish = {"inbox": inbox, **({"text": text} if text else {}), **more}
        return self.ask("POST", f"/sandbox/customers/{customer}/messages", wish)

    def say_in_app(self, text: str, *, customer: str = CUSTOMER, inbox: str = ACCOUNT, **more: Any) -> dict[str, Any]:
        """Somebody at the business writes in the platform's own app."""
        return self.ask("POST", f"/sandbox/accounts/{inbox}/app-messages", {"customer": customer, "text": text, **more})

    def received(
        self, *, customer: str = CUSTOMER, inbox: str = ACCOUNT, kind: str = "message"
    ) -> list[dict[str, Any]]:
        """What reached this customer's phone, in order. `kind` "" means everything, typing and seen included."""
        query = urlencode({"inbox": inbox, "customer": customer})
        arrivals = self.ask("GET", f"/sandbox/received?{query}")["received"]
        return [one for one in arrivals if not kind or one["kind"] == kind]

    def texts(self, *, customer: str = CUSTOMER, inbox: str = ACCOUNT) -> list[str]:
        """The texts that reached this customer's phone, in order."""
        return [one["text"] for one in self.received(customer=customer, inbox=inbox)]

    def fault(self, do: str | Mapping[str, Any], *, times: int | None = 1, **match: str) -> None:
        """Breaks the next `times` occasions that match: `fault("reset_after_accept", what="send")`."""
        self.ask("POST", "/sandbox/faults", {"match": match, "do": do, "times": times})

    def mend(self) -> None:
        """Takes all faults away."""
        self.ask("DELETE", "/sandbox/faults")

    def change(self, customer: str = CUSTOMER, **values: Any) -> dict[str, Any]:
        """Changes a person: name, is_profile_refused, has_blocked …"""
        return self.ask("POST", f"/sandbox/customers/{customer}", values)

    def clock(self, offset_seconds: float) -> None:
        """The platform's clock against the machine's."""
        self.ask("POST", "/sandbox/clock", {"offset_seconds": offset_seconds})

    def reset(self) -> None:
        self.ask("POST", "/sandbox/reset")

    def state(self) -> dict[str, Any]:
        return self.ask("GET", "/sandbox/state")

    def settle(self) -> None:
        """Returns when no webhook is under way or due within a second; held and delayed ones stay."""
        deadline = time.monotonic() + SETTLE_SECONDS
        while self.state()["deliveries"]["busy"]:
            if time.monotonic() > deadline:
                raise SandboxSays(f"webhooks are still under way: {self.state()['deliveries']}")
            time.sleep(0.005)

    def errors(self) -> Sequence[str]:
        """The names of the refusals that it can play."""
        return self.ask("GET", "/sandbox/catalogue")["errors"]

    def upload(self, content: bytes, *, name: str, content_type: str = "") -> dict[str, Any]:
        """A file that a customer has at hand: `say(attachments=[{"key": …}])` sends it."""
        path = f"/sandbox/media?{urlencode({'name': name})}"
        request = urllib.request.Request(self.url + path, content, {"Content-Type": content_type}, method="POST")
        with _open(request, timeout=30) as answer:
            return json.load(answer)

    def ask(self, method: str, path: str, body: Mapping[str, Any] | None = None) -> dict[str, Any]:
        """One call of the control interface. Raises SandboxSays with its reason."""
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(self.url + path, data, {"Content-Type": "application/json"}, method=method)
        try:
            with _open(request, timeout=30) as answer:
                return json.load(answer)
        except urllib.error.HTTPError as error:
            raise SandboxSays(f"{method} {path}: {error.read().decode(errors='replace')}") from None
