"""What can be asked of the Graph besides sending: account, profile, story, uploads, subscriptions, a fresh token."""

from __future__ import annotations

import secrets
from typing import Any

from . import reading, shapes
from .config import Account
from .exchange import Answer, Request, as_json
from .fetch import fetch
from .ids import object_id
from .media import PREFIX
from .refusals import GRAPH, OAUTH, Refusal, invalid, refusal, unknown_object
from .world import FIELDS, World

Json = dict[str, Any]
_PAGE_FIELDS = (  # names that a Page knows; messaging_seen is not among them
    "messages",
    "message_echoes",
    "message_reactions",
    "message_edits",
    "message_reads",
    "message_deliveries",
    "messaging_postbacks",
    "messaging_referrals",
    "messaging_optins",
    "messaging_handovers",
    "standby",
    "feed",
    "mention",
)
APP_ID = "900000000000001"


def account(world: World, owner: Account, request: Request) -> Answer:
    """`GET /me`: with Instagram Login `user_id` is what webhooks carry; with Facebook Login this is the Page."""
    picture = f"{world.media.base}{PREFIX}{world.media.sample('scarf').key}"
    if owner.login == "facebook":
        known: Json = {"id": owner.page_id, "name": owner.name, "instagram_business_account": {"id": owner.account_id}}
        return _selected(request, known, "Page")
    known = {"id": owner.scoped_id, "user_id": owner.account_id, "username": owner.username, "name": owner.name}
    known |= {"profile_picture_url": picture, "account_type": "BUSINESS", "followers_count": 4812, "media_count": 96}
    return _selected(request, known, "IGUser")


def profile(world: World, owner: Account, request: Request, customer_id: str) -> Answer:
    """Only of people who wrote to the account or tapped something; else, or when they refuse, 230."""
    with world.lock:
        thread = world.record.known(owner.account_id, customer_id)
        customer = world.customers.get(customer_id)
        if customer is None:
            raise refusal("no_matching_user_100_2534014")
        if thread is None or not thread.opened_at or customer.is_profile_refused:
            raise refusal("consent_required_230")
        if customer.has_blocked:
            raise refusal("user_unavailable_551")
        known: Json = {"name": customer.name, "username": customer.username}
        known["profile_pic"] = world.media.url(world.media.rows[world.picture(customer)])
        known |= {
            "follower_count": customer.follower_count,
            "is_user_follow_business": customer.is_follower,
            "is_business_follow_user": False,
            "is_verified_user": customer.is_verified,
            "id": customer.id,
        }
    if not customer.name:
        del known["name"]
    return _selected(request, known, "IGBusinessScopedID")


def message(world: World, owner: Account, request: Request, mid: str) -> Answer:
    """`GET /{mid}?fields=story,from`: the story that a message mentions or answers; an error when it is gone."""
    with world.lock:
        found = world.record.find(owner.account_id, mid)
        if found is None or found[1].is_unsent:
            raise unknown_object("get", mid)
        customer_id, row = found
        customer = world.customer(customer_id)
        known: Json = {"id": mid, "message": row.text, "created_time": row.at, "from": None, "story": None}
        is_theirs = row.side == "customer"
        known["from"] = {
            "username": customer.username if is_theirs else owner.username,
            "id": customer_id if is_theirs else owner.account_id,
        }
        if row.kind == "story_mention":
            known["story"] = {"mention": {"link": row.media[0].url, "id": object_id()}}
        elif row.story is not None:
            known["story"] = {"reply_to": {"link": row.story["url"], "id": row.story["id"]}}
    return _selected(
        request, {name: value for name, value in known.items() if value is not None}, "Message", ("story", "from")
    )


def _selected(request: Request, known: Json, node: str, silent: tuple[str, ...] = ()) -> Answer:
    """The asked fields and the id; a name that the node does not have is an error, `silent` ones may be absent."""
    asked = [name.strip() for name in request.query.get("fields", "id").split(",") if name.strip()]
    possible = {*known, *silent, *(("name",) if node == "IGBusinessScopedID" else ())}
    for name in asked:
        if name.partition("{")[0] not in possible:
            raise Refusal(100, f"(#100) Tried accessing nonexisting field ({name}) on node type ({node})")
    return as_json({name: known[name] for name in dict.fromkeys([*asked, "id"]) if name in known})


def upload(world: World, owner: Account, request: Request) -> Answer:
    """`POST /{id}/message_attachments`: fetched now, sent by id later."""
    body = {name: value for name, value in request.json().items() if name not in ("access_token", "platform")}
    row = shapes.fields(
        shapes.fields(body, "body", required=("message",))["message"], "message", required=("attachment",)
    )
    attachment = shapes.fields(row["attachment"], "message[attachment]", required=("type", "payload"))
    wanted = reading.file(attachment, "message[attachment]")
    if not wanted.url:
        raise invalid("The parameter message[attachment][payload][url] is required")
    stored = fetch(world.media, wanted.url, wanted.type)
    attachment_id = object_id()
    with world.lock:
        world.uploads[attachment_id] = (owner.account_id, wanted.type, stored.key)
    return as_json({"attachment_id": attachment_id})


def subscriptions(world: World, owner: Account, request: Request) -> Answer:
    """`/{id}/subscribed_apps`: GET lists our app, POST subscribes it to fields, DELETE ends it."""
    with world.lock:
        if request.method == "DELETE":
            world.subscriptions[owner.account_id] = []
            return as_json({"success": True})
        if request.method == "GET":
            fields = world.subscribed(owner.account_id)
            rows = [{"id": APP_ID, "name": "Helpdesk", "subscribed_fields": fields}] if fields else []
            return as_json({"data": rows})
        given = request.query.get("subscribed_fields") or request.json().get("subscribed_fields") or ""
        names = (
            [str(name) for name in given]
            if isinstance(given, list)
            else [name for name in str(given).split(",") if name]
        )
        allowed = FIELDS if owner.login == "instagram" else _PAGE_FIELDS
        if not names:
            raise invalid("The parameter subscribed_fields is required")
        for number, name in enumerate(names):
            shapes.one_of(name, f"subscribed_fields[{number}]", allowed)
        world.subscriptions[owner.account_id] = names
    return as_json({"success": True})


def refresh_token(world: World, owner: Account, request: Request) -> Answer:
    """`GET /refresh_access_token`: a second token for 60 days; the first goes on working."""
    if owner.login != "instagram":
        raise Refusal(100, "Unsupported get request. This is for Instagram user tokens.", kind=GRAPH)
    if request.query.get("grant_type") != "ig_refresh_token":
        raise Refusal(100, "(#100) Param grant_type must be one of {ig_refresh_token}", kind=OAUTH)
    token = "IGAA" + secrets.token_urlsafe(90)
    with world.lock:
        world.fresh_tokens[token] = owner.account_id
    return as_json({"access_token": token, "token_type": "bearer", "expires_in": 5_183_944})
