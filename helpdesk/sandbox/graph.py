"""The Graph API: below /instagram/v25.0 stands graph.instagram.com, below /facebook/v25.0 graph.facebook.com.

Paths, tokens and faults are decided here; what is done stands in `sending` and `nodes`.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import re
from dataclasses import replace
from typing import Any

from . import nodes, sending
from .config import Account
from .courier import Courier
from .exchange import Answer, BadRequest, Request, as_json
from .faults import Fault, Occasion
from .ids import trace_id
from .refusals import GRAPH, Refusal, invalid, refusal, unknown_object, unknown_path
from .world import World

VERSION = "v25.0"
_METHODS = {"messages": ("POST",), "message_attachments": ("POST",), "subscribed_apps": ("GET", "POST", "DELETE")}
_WHAT = {"messages": "send", "message_attachments": "upload", "subscribed_apps": "subscription"}
_PERSON = re.compile(r"\d{5,20}")
_BROKEN_PAGE = b"<html><head><title>Error</title></head><body>Sorry, something went wrong.</body></html>"


def answer(world: World, courier: Courier, login: str, request: Request) -> Answer:
    """`request.path` without the host's prefix. Never raises for what a client can send."""
    try:
        fault = _fault(world, login, request)
        if fault and (early := _early(world, fault)):
            return early
        result = _routed(world, courier, login, request, fault)
    except Refusal as error:
        result = error.answer()
    except BadRequest as error:
        result = invalid(str(error)).answer()
    usage = {"call_count": 3, "total_cputime": 1, "total_time": 2}
    headers = {"x-fb-trace-id": trace_id(), "facebook-api-version": VERSION, "X-App-Usage": json.dumps(usage)}
    return replace(result, headers={**headers, **result.headers})


def _routed(world: World, courier: Courier, login: str, request: Request, fault: Fault | None) -> Answer:
    parts = [part for part in request.path.split("/") if part]
    if parts[:1] == [VERSION]:
        parts = parts[1:]
    elif parts != ["refresh_access_token"]:
        raise unknown_path(request.path)
    account = _account(world, login, request)
    if parts == ["refresh_access_token"]:
        return nodes.refresh_token(world, account, _only(request, "GET", parts[0]))
    if not 1 <= len(parts) <= 2:
        raise unknown_path(request.path)
    node, edge = parts[0], parts[1] if len(parts) == 2 else ""
    is_own = node == "me" or node in account.node_ids
    if edge:
        if edge not in _METHODS:
            raise unknown_path(f"/{edge}")
        if not is_own:
            raise unknown_object(request.method, node)
        _only(request, *_METHODS[edge], node=node)
        return _edge(world, courier, account, edge, request, fault)
    _only(request, "GET", node=node)
    if is_own:
        return nodes.account(world, account, request)
    if _PERSON.fullmatch(node):
        return nodes.profile(world, account, request, node)
    return nodes.message(world, account, request, node)


def _edge(world: World, courier: Courier, account: Account, edge: str, request: Request, fault: Fault | None) -> Answer:
    if edge == "message_attachments":
        return nodes.upload(world, account, request)
    if edge == "subscribed_apps":
        return nodes.subscriptions(world, account, request)
    deed = fault.deed if fault else ""
    sent = sending.send(world, account, request.json())
    if deed != "no_echo":
        sending.echo(world, courier, account, sent, at_once=deed == "echo_before_answer")
    if deed == "no_id":
        return as_json({"recipient_id": sent.customer_id})
    if fault and deed in ("hang_after_accept", "reset_after_accept"):
        return Answer(cut="hang" if deed == "hang_after_accept" else "reset", hold=float(fault.value or 0))
    return as_json(sent.answer)


def _only(request: Request, *methods: str, node: str = "") -> Request:
    if request.method not in methods:
        raise unknown_object(request.method, node)
    return request


def _account(world: World, login: str, request: Request) -> Account:
    """Whose token came with the request: Bearer header, query or body. Raises Refusal 190."""
    scheme, _, bearer = request.headers.get("authorization", "").partition(" ")
    token = bearer.strip() if scheme.lower() == "bearer" else request.query.get("access_token", "")
    if not token and request.body:
        token = str(request.json().get("access_token", ""))
    with world.lock:
        account = world.account_of(token, login, _node(request)) if token else None
    if account is None:
        raise refusal("token_invalid_190")
    proof = request.query.get("appsecret_proof")
    if proof is not None:
        expected = hmac.new(account.app_secret.encode(), token.encode(), hashlib.sha256).hexdigest()
        if not hmac.compare_digest(proof.encode(), expected.encode()):
            raise Refusal(100, "Invalid appsecret_proof provided in the API argument", kind=GRAPH)
    return account


def _node(request: Request) -> str:
    parts = [part for part in request.path.split("/") if part]
    return parts[1] if len(parts) > 1 else ""


def _fault(world: World, login: str, request: Request) -> Fault | None:
    parts = [part for part in request.path.split("/") if part]
    body = _glanced(request)
    recipient, message = body.get("recipient"), body.get("message")
    customer = str(recipient.get("id", "")) if isinstance(recipient, dict) else ""
    text = str(message.get("text", "")) if isinstance(message, dict) else ""
    try:
        inbox = _account(world, login, request).account_id
    except (Refusal, BadRequest):
        inbox = ""
    what = _WHAT.get(parts[-1], "") if parts else ""
    if what == "send" and "sender_action" in body:
        what = "action"  # a typing sign must not use up what waits for a message
    if not what:
        node = parts[-1] if parts else ""
        what = {"me": "account", "refresh_access_token": "token", inbox: "account"}.get(node, "")
        what = what or ("profile" if _PERSON.fullmatch(node) else "story")
        customer = customer or node
    occasion = Occasion(what, request.method, f"/{login}{request.path}", customer, inbox, text)
    with world.lock:
        return world.faults.take(occasion)


def _glanced(request: Request) -> dict[str, Any]:
    try:
        return request.json()
    except BadRequest:
        return {}


def _early(world: World, fault: Fault) -> Answer | None:
    """What goes wrong before anything is done."""
    if fault.deed == "error":
        raise refusal(str(fault.value))
    if fault.deed == "status":
        return Answer(int(fault.value), _BROKEN_PAGE, {"Content-Type": "text/html"})
    if fault.deed == "reset_before":
        return Answer(cut="reset")
    if fault.deed == "slow":
        world.stopping.wait(fault.seconds)
    return None
