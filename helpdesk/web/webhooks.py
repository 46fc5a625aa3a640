"""The platforms' door: prove who speaks, keep the bytes, answer. What they mean is worked out later."""

from __future__ import annotations

import structlog
from flask import Blueprint, Response, current_app, request
from sqlalchemy.exc import SQLAlchemyError

from helpdesk import failpoints, logs, queue, schema
from helpdesk.channels.contract import Account, Channel, InvalidWebhook
from helpdesk.db import is_sqlite, reading, transaction
from helpdesk.domain import inboxes, ledger
from helpdesk.domain.ledger import Raw
from helpdesk.errors import HelpdeskError, NotFound, Unavailable
from helpdesk.secrets import KeyMissing
from helpdesk.web import tally
from helpdesk.web.auth import machine
from helpdesk.web.webhook_writer import WriterBusy, writer

log = structlog.get_logger(__name__)
bp = Blueprint("webhooks", __name__)

RETRY_AFTER = 5  # seconds


class NotTheirs(HelpdeskError):
    """No secret of ours signed this."""

    status = 401


class Encoded(HelpdeskError):
    """We never inflate what strangers send."""

    status = 415


@bp.get("/webhooks/<kind>")
@machine
def handshake(kind: str) -> Response:
    """The platform asks whether we are who the owner says: its challenge comes back as plain text, or 403."""
    channel = _channel(kind)
    try:
        challenge = channel.handshake(request.args, _accounts(kind))
    except InvalidWebhook:
        tally.count("webhooks", channel=kind, answer="403")
        return _plain("The verify token is not the one of an inbox here.", 403)
    return _plain(challenge, 200)


@bp.post("/webhooks/<kind>")
@machine
def receive(kind: str) -> Response:
    """Signed bytes are answered 200 once they are durable, whatever they mean; 401, 413, 415 and 503 else."""
    channel = _channel(kind)
    try:
        answer = _receive(channel)
    except HelpdeskError as error:
        answer = _plain(error.sentence, error.status)
        if error.status == Unavailable.status:
            answer.headers["Retry-After"] = str(RETRY_AFTER)
    tally.count("webhooks", channel=kind, answer=str(answer.status_code))
    return answer


def _receive(channel: Channel) -> Response:
    if request.headers.get("Content-Encoding", "identity").lower() not in ("", "identity"):
        raise Encoded("Send the body as it is: no content encoding is read here.")
    body = request.get_data(cache=False)
    _must_not_be_behind()
    try:
        channel.verify(dict(request.headers), body, _accounts(channel.kind))
    except InvalidWebhook:
        tally.count("webhook_bad_signature", channel=channel.kind)
        raise NotTheirs("The signature is not that of an inbox here.") from None
    raw = Raw(channel.kind, "", channel.lane(body), body)
    logs.bind(digest=raw.digest[:16])  # in the request's line, and in that of its work: the two are told to be one
    _store(raw)
    return _plain("ok", 200)


def _store(raw: Raw) -> None:
    """Durable when this returns. Raises Unavailable: then the platform sends it again."""
    try:
        if is_sqlite():
            reading()  # the writer must not wait for this request's snapshot
            writer(current_app).store(raw)
            failpoints.hit("ledger.after_commit")
            return
        with transaction():
            ledger.store_many([raw])
    except (SQLAlchemyError, WriterBusy) as error:
        log.error("a webhook could not be stored", error=type(error).__name__)
        raise Unavailable("It could not be stored just now. Send it again.") from None
    failpoints.hit("ledger.after_commit")
    queue.ring("intake")


def _must_not_be_behind() -> None:
    """Tables may be missing, or about to change under the row. Raises Unavailable."""
    try:
        if not schema.is_behind():
            return
        log.error("webhooks are refused: the database is behind", detail=schema.mismatch())
    except SQLAlchemyError as error:
        log.error("the database does not answer", error=type(error).__name__)
    raise Unavailable("The desk is being brought up to date. Send it again.")


def _accounts(kind: str) -> list[Account]:
    try:
        return inboxes.accounts(kind)
    except (SQLAlchemyError, KeyMissing) as error:
        log.error("the inboxes' secrets cannot be read", error=type(error).__name__)
        raise Unavailable("The desk cannot check signatures just now. Send it again.") from None


def _channel(kind: str) -> Channel:
    shelf: dict[str, Channel] = current_app.extensions["channels"]
    if kind not in shelf:
        raise NotFound
    return shelf[kind]


def _plain(text: str, status: int) -> Response:
    answer = Response(text, status, content_type="text/plain; charset=utf-8")
    answer.headers["X-Content-Type-Options"] = "nosniff"
    return answer
