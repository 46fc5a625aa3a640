"""The customers' phones: plays them at the make-believe platform through its control interface."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from helpdesk.channels.contract import Http, Lost, Media, MediaKind, NotSent

Json = dict[str, Any]


class Silent(Exception):
    """The make-believe platform is not there, or refuses. The message is a line for people."""


class Phones:
    """`url` is where the sandbox listens."""

    def __init__(self, url: str, http: Http) -> None:
        self.url, self.http = url, http

    def introduce(self, customer: str, **values: Any) -> None:
        """Says who the customer is: name, username, locale, follower_count …"""
        self._post(f"/sandbox/customers/{customer}", values)

    def do(self, customer: str, account: str, deed: Mapping[str, Any], *, at: datetime) -> str:
        """The customer writes, reacts, unsends …; returns when the webhook is delivered. Answers the message's id."""
        wish = {"inbox": account, "at": _milliseconds(at), **deed}
        answer = self._post(f"/sandbox/customers/{customer}/messages", wish)
        if answer["delivery"]["state"] != "delivered":
            raise Silent(f"a webhook did not reach the desk: {answer['delivery']}")
        return str(answer["mid"])

    def did(self, customer: str, account: str, deed: Mapping[str, Any], *, at: datetime) -> str:
        """The same, earlier: it stands on the phone, and its webhook is long past."""
        past = {"match": {"what": "webhook", "customer": customer, "inbox": account}, "do": "drop", "times": 1}
        self._post("/sandbox/faults", past)
        wish = {"inbox": account, "at": _milliseconds(at), **deed}
        return str(self._post(f"/sandbox/customers/{customer}/messages", wish)["mid"])

    def files(self, customer: str, account: str, mid: str) -> tuple[Media, ...]:
        """What a message on the phone carries, as its webhook would have named it."""
        for message in self._messages(customer, account):
            if message["mid"] == mid:
                return tuple(Media(MediaKind(one["type"]), one["url"]) for one in message["media"])
        return ()

    def last_answer(self, customer: str, account: str) -> str:
        """The id of the newest message that the shop has sent to this phone. Raises Silent when there is none."""
        for message in reversed(self._messages(customer, account)):
            if message["side"] == "business":
                return str(message["mid"])
        raise Silent(f"nothing has arrived on the phone of {customer}")

    def _messages(self, customer: str, account: str) -> list[Json]:
        rows: list[Json] = self._ask("GET", f"/sandbox/chat?inbox={account}&customer={customer}")["messages"]
        return rows

    def _post(self, path: str, body: Mapping[str, Any]) -> Json:
        return self._ask("POST", path, body)

    def _ask(self, method: str, path: str, body: Mapping[str, Any] | None = None) -> Json:
        try:
            answer = self.http.request(method, self.url + path, json=body)
        except (NotSent, Lost) as error:
            raise Silent(f"the make-believe platform at {self.url} does not answer ({error})") from None
        if answer.status != 200:
            raise Silent(f"the make-believe platform refuses {method} {path}: {answer.body[:300]!r}")
        said: Json = json.loads(answer.body)
        return said


def _milliseconds(at: datetime) -> int:
    return int(at.timestamp() * 1000)
