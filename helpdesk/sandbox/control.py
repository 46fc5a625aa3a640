"""The control interface below /sandbox: what plays the customers, throws the switches, and reads what arrived."""

from __future__ import annotations

import http.client
import re
import secrets
from collections.abc import Callable
from typing import Any
from urllib.parse import quote, urlsplit

from . import choices, customers, phone, play, samples, views
from .courier import Courier
from .exchange import Answer, BadRequest, Request, as_json
from .faults import DEEDS
from .ids import person_id
from .media import attachment_type, guessed_type
from .refusals import BY_NAME
from .world import ConfigFile, World

Json = dict[str, Any]
_ID = r"([A-Za-z0-9_.:-]{1,64})"


class Control:
    """One method for each path; all answers are JSON, mistakes are 400 with `error`."""

    def __init__(self, world: World, courier: Courier, config: ConfigFile | None) -> None:
        self._world, self._courier, self._config = world, courier, config
        self._routes: list[tuple[str, re.Pattern[str], Callable[..., Json]]] = [
            (method, re.compile(pattern), deed)
            for method, pattern, deed in (
                ("GET", "/sandbox/state", self.state),
                ("GET", "/sandbox/received", self.received),
                ("GET", "/sandbox/chat", self.chat),
                ("GET", "/sandbox/catalogue", self.catalogue),
                ("GET", "/sandbox/faults", self.faults),
                ("POST", "/sandbox/faults", self.add_fault),
                ("DELETE", "/sandbox/faults", self.clear_faults),
                ("DELETE", "/sandbox/faults/([0-9]+)", self.remove_fault),
                ("POST", "/sandbox/reset", self.reset),
                ("POST", "/sandbox/reload", self.reload),
                ("POST", "/sandbox/clock", self.clock),
                ("POST", "/sandbox/media", self.upload),
                ("POST", "/sandbox/customers", self.new_customer),
                ("POST", f"/sandbox/customers/{_ID}", self.change_customer),
                ("POST", f"/sandbox/customers/{_ID}/messages", self.customer_message),
                ("POST", f"/sandbox/accounts/{_ID}/app-messages", self.app_message),
                ("POST", f"/sandbox/accounts/{_ID}/handshake", self.handshake),
            )
        ]

    def answer(self, request: Request) -> Answer:
        for method, pattern, deed in self._routes:
            if method == request.method and (match := pattern.fullmatch(request.path)):
                try:
                    return as_json(deed(request, *match.groups()))
                except BadRequest as error:
                    return as_json({"error": str(error)}, 400)
                except (TypeError, ValueError, AttributeError) as error:
                    return as_json({"error": f"A value has the wrong type: {error}"}, 400)
        return as_json({"error": f"There is no {request.method} {request.path}."}, 404)

    def state(self, request: Request) -> Json:
        return views.state(self._world, self._courier)

    def received(self, request: Request) -> Json:
        """What the customer's phone got from the account, in order."""
        account = play.account_of(self._world, request.query.get("inbox"))
        with self._world.lock:
            thread = self._world.record.known(account.account_id, request.query.get("customer", ""))
            return {"received": thread.received() if thread else []}

    def chat(self, request: Request) -> Json:
        account = play.account_of(self._world, request.query.get("inbox"))
        return views.chat(self._world, account.account_id, request.query.get("customer", ""))

    def catalogue(self, request: Request) -> Json:
        """What there is to choose from: deeds and errors of faults, the same as the page offers them, kinds of
        messages, samples."""
        kinds = sorted((*phone.DEEDS, "comment"))
        faults = {"deeds": DEEDS, "errors": sorted(BY_NAME), "faults": choices.shown()}
        return {**faults, "kinds": kinds, "samples": samples.NAMES}

    def faults(self, request: Request) -> Json:
        with self._world.lock:
            return {"faults": self._world.faults.shown()}

    def add_fault(self, request: Request) -> Json:
        with self._world.lock:
            fault = self._world.faults.add(request.json())
        self._world.changes.tell("", "")
        return {"id": fault.id}

    def clear_faults(self, request: Request) -> Json:
        with self._world.lock:
            self._world.faults.rows.clear()
        self._world.changes.tell("", "")
        return {"faults": []}

    def remove_fault(self, request: Request, fault_id: str) -> Json:
        with self._world.lock:
            rows = self._world.faults.rows
            rows[:] = [row for row in rows if row.id != int(fault_id)]
        self._world.changes.tell("", "")
        return self.faults(request)

    def reset(self, request: Request) -> Json:
        self._courier.forget()
        self._world.reset()
        return {"reset": True}

    def reload(self, request: Request) -> Json:
        if self._config is None:
            raise BadRequest("The sandbox was started without a file.")
        self._config.refresh(self._world, force=True)
        if self._config.error:
            raise BadRequest(self._config.error)
        return {"accounts": list(self._world.accounts)}

    def clock(self, request: Request) -> Json:
        """`offset_seconds` sets how far the platform's clock is from ours; `by_seconds` moves it on."""
        asked: Json = request.json()
        with self._world.lock:
            before = self._world.clock_offset if "by_seconds" in asked else 0.0
            self._world.clock_offset = before + float(asked.get("by_seconds") or asked.get("offset_seconds") or 0)
        self._world.changes.tell("", "")
        return {"now": self._world.now(), "offset_seconds": self._world.clock_offset}

    def upload(self, request: Request) -> Json:
        """A file of the customer's as the raw body; `?name=` helps where the browser knows no type."""
        if not request.body:
            raise BadRequest("The file is empty.")
        kind = guessed_type(request.query.get("name", ""), request.headers.get("content-type", ""))
        stored = self._world.media.add([request.body], kind)
        return {"key": stored.key, "type": attachment_type(kind), "content_type": kind, "sha256": stored.sha256}

    def new_customer(self, request: Request) -> Json:
        """Somebody new who has not written yet; every value may be given."""
        asked = request.json()
        customer_id = str(asked.pop("id", "") or person_id())
        return self._changed(customer_id, asked)

    def change_customer(self, request: Request, customer_id: str) -> Json:
        return self._changed(customer_id, request.json())

    def _changed(self, customer_id: str, values: Json) -> Json:
        with self._world.lock:
            unknown = customers.changed(self._world.customer(customer_id), values)
            if unknown:
                raise BadRequest(f"{', '.join(unknown)}: there are {', '.join(customers.EDITABLE)}.")
            shown = views.person(self._world, customer_id)
        self._world.changes.tell("", customer_id)
        return shown

    def customer_message(self, request: Request, customer_id: str) -> Json:
        return play.as_customer(self._world, self._courier, customer_id, request.json())

    def app_message(self, request: Request, account_id: str) -> Json:
        return play.in_app(self._world, self._courier, account_id, request.json())

    def handshake(self, request: Request, account_id: str) -> Json:
        """Asks the webhook address to prove itself, as the dashboard does when it is entered."""
        account = play.account_of(self._world, account_id)
        place, challenge = urlsplit(account.webhook_url), str(secrets.randbelow(10**10))
        token = quote(str(request.json().get("verify_token", account.verify_token)), safe="")
        query = f"hub.mode=subscribe&hub.challenge={challenge}&hub.verify_token={token}"
        connection = http.client.HTTPConnection(place.hostname or "", place.port, timeout=5)
        try:
            connection.request("GET", f"{place.path or '/'}?{query}")
            answer = connection.getresponse()
            return {"status": answer.status, "ok": answer.status == 200 and answer.read(200) == challenge.encode()}
        except (OSError, http.client.HTTPException) as error:
            return {"status": 0, "ok": False, "error": str(error)}
        finally:
            connection.close()
