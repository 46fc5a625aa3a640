"""A write of a program: one transaction, and with an Idempotency-Key one write, however often it is asked for."""

from __future__ import annotations

import hashlib
from collections.abc import Callable

from flask import Response, request

from helpdesk.db import transaction
from helpdesk.domain import idempotency
from helpdesk.domain.idempotency import Answer
from helpdesk.models import ApiToken
from helpdesk.web.api.operations import as_json
from helpdesk.web.api.shapes import Shape
from helpdesk.web.bearer import current_token

HEADER = "Idempotency-Key"
REPLAYED = "Idempotent-Replay"


def once(work: Callable[[ApiToken], Shape], *, status: int = 200, content: bytes | None = None) -> Response:
    """Does `work` inside the transaction and answers what it answers. The same key again answers the same bytes; what
    was refused wrote nothing, so its key is free. `content` is what was sent, where that is not the body itself."""
    key = request.headers.get(HEADER)
    asked = _hash(content) if key is not None else ""
    with transaction():
        token = current_token()
        first = idempotency.begin(key, request=asked, by=token) if key is not None else None
        answer = first or Answer(status, work(token).model_dump_json())
        if key is not None and first is None:
            idempotency.keep(key, answer, by=token)
    response = as_json(answer.body, answer.status)
    if first is not None:
        response.headers[REPLAYED] = "true"
    return response


def _hash(content: bytes | None) -> str:
    """Of what is asked: the method, the address, and what was sent along."""
    body = request.get_data() if content is None else content
    return hashlib.sha256(b"\0".join([request.method.encode(), request.full_path.encode(), body])).hexdigest()
