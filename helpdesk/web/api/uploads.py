"""Files to be sent with a message."""

from __future__ import annotations

import hashlib
from typing import IO

from flask import Blueprint, Response, current_app, request
from pydantic import Field
from werkzeug.exceptions import UnsupportedMediaType

from helpdesk.channels.contract import MediaKind
from helpdesk.db import reading
from helpdesk.domain import access, attachments, channels
from helpdesk.domain.attachments import StoredFile
from helpdesk.errors import Invalid
from helpdesk.models import ApiToken, Scope
from helpdesk.web import uploads
from helpdesk.web.api.operations import operation
from helpdesk.web.api.shapes import Shape
from helpdesk.web.api.writes import REPLAYED, once
from helpdesk.web.bearer import current_token

bp = Blueprint("uploads", __name__)


class Upload(Shape):
    """A file that waits for its message, for two days at most."""

    id: str
    kind: MediaKind
    name: str
    mime: str
    size: int


class UploadForm(Shape):
    conversation: str = Field(
        description="The id of the conversation that it is for: channels differ in what they take."
    )
    file: bytes = Field(json_schema_extra={"format": "binary", "contentMediaType": "application/octet-stream"})


@bp.post("/uploads")
@operation("Brings a file for a message", answer=Upload, status=201, scope=Scope.WRITE, form=UploadForm)
def bring() -> Response:
    """Checking, storing and drawing happen before the transaction."""
    if request.mimetype != "multipart/form-data":
        raise UnsupportedMediaType("Send the file as multipart/form-data.")
    request.max_content_length = uploads.MOST
    file, conversation = request.files.get("file"), request.form.get("conversation", "")
    if file is None or set(request.form) - {"conversation"} or set(request.files) - {"file"}:
        raise Invalid("Send a file as “file”, the id of its conversation as “conversation”, and nothing else.")
    if not conversation.isascii() or not conversation.isdigit() or len(conversation) > 18:
        raise Invalid("conversation: that is no id.")
    channel = channels.of(access.conversation(int(conversation), by=current_token()).inbox.channel)
    reading()
    digest, name = _digest(file.stream), uploads.name_of(file)
    file.stream.seek(0)
    checked, stored = uploads.prepared(file, channel)

    def work(token: ApiToken) -> Upload:
        kept = attachments.upload(stored, kind=checked.kind, name=name, by=token)
        return Upload(id=kept.public_id, kind=kept.kind, name=kept.name, mime=kept.mime, size=kept.size)

    response = once(work, status=201, content=f"{conversation}\0{name}\0".encode(errors="replace") + digest)
    if REPLAYED in response.headers:
        _forget(stored)
    return response


def _digest(stream: IO[bytes]) -> bytes:
    found = hashlib.sha256()
    while piece := stream.read(2**20):
        found.update(piece)
    return found.digest()


def _forget(stored: StoredFile) -> None:
    """It was brought before, and is there already."""
    for key in filter(None, (stored.key, stored.preview_key)):
        current_app.extensions["storage"].delete(key)
