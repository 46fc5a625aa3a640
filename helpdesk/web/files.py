"""Files: for signed-in people after asking who may see them, and for platforms by a signed key.

A stranger's file is never shown in the browser as ours: it is downloaded, or played by an audio or video element.
Inline is only what we have drawn anew ourselves.
"""

from __future__ import annotations

import re
from typing import IO
from urllib.parse import quote

from flask import Blueprint, Response, current_app, request
from werkzeug.exceptions import RequestedRangeNotSatisfiable
from werkzeug.wsgi import wrap_file

from helpdesk import clock, secrets
from helpdesk.domain import access, attachments
from helpdesk.errors import NotFound
from helpdesk.filetypes import HEAD, PICTURES, UNKNOWN, sniff
from helpdesk.storage import FileMissing, Storage
from helpdesk.text import clean_line
from helpdesk.web.auth import current_agent, machine

bp = Blueprint("files", __name__)

SANDBOX = "sandbox; default-src 'none'"
# What elements play. Anything else that people download is a row of bytes to the browser.
_PLAYED = re.compile(r"(?:audio|video)/[a-z0-9.+-]+")
_NAME_LIMIT = 120  # characters
_NOT_IN_NAMES = re.compile(r'[/\\:*?"<>|]')


@bp.get("/files/<public_id>")
def download(public_id: str) -> Response:
    attachment = access.attachment(public_id, by=current_agent())
    mime = attachment.mime if _PLAYED.fullmatch(attachment.mime) else UNKNOWN
    return _for_people(attachment.key, mime, f"attachment; filename*=UTF-8''{_quoted(attachment.name)}")


@bp.get("/files/<public_id>/preview")
def preview(public_id: str) -> Response:
    return _picture(access.attachment(public_id, by=current_agent()).preview_key)


@bp.get("/files/identity/<int:identity_id>")
def identity_picture(identity_id: int) -> Response:
    """The profile picture of a person as one inbox knows them: for whoever sees one of the contact's tickets."""
    return _picture(access.identity(identity_id, by=current_agent()).picture_key)


@bp.get("/media/<signed>")
@machine
def media(signed: str) -> Response:
    """A file of a message that we send, for the platform to fetch: whoever has the signed key has 30 minutes."""
    settings = current_app.extensions["settings"]
    public_id = secrets.unsign_file_key(signed, secret=settings.secret_key, now=clock.now())
    if public_id is None:
        raise NotFound
    attachment = attachments.by_public_id(public_id)
    response = _sent(attachment.key, attachment.mime or UNKNOWN)
    response.headers["Content-Disposition"] = f"attachment; filename*=UTF-8''{_quoted(attachment.name)}"
    response.headers["Cache-Control"] = "private, max-age=1800"
    return response


def _picture(key: str) -> Response:
    """Inline, if it is what we draw."""
    with _opened(key) as file:
        mime = sniff(file.read(HEAD))
    if mime not in PICTURES:
        raise NotFound
    return _for_people(key, mime, "inline")


def _for_people(key: str, mime: str, disposition: str) -> Response:
    response = _sent(key, mime)
    response.headers["Content-Disposition"] = disposition
    # Kept by this browser, but asked for again each time: whoever may no longer see it gets nothing.
    response.headers["Cache-Control"] = "private, no-cache"
    return response


def _sent(key: str, mime: str) -> Response:
    """The whole file, the one part that was asked for, or 304. Several parts at once are refused."""
    file = _opened(key)
    size = _storage().size(key)
    response = Response(wrap_file(request.environ, file), mimetype=mime, direct_passthrough=True)
    response.call_on_close(file.close)
    response.content_length = size
    response.headers["Content-Security-Policy"] = SANDBOX
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.set_etag(key[:32])
    try:
        response.make_conditional(request, accept_ranges=True, complete_length=size)
    except RequestedRangeNotSatisfiable:
        file.close()
        raise
    return response


def _opened(key: str) -> IO[bytes]:
    if not key:
        raise NotFound
    try:
        return _storage().open(key)
    except FileMissing:
        raise NotFound from None


def _storage() -> Storage:
    storage: Storage = current_app.extensions["storage"]
    return storage


def _quoted(name: str) -> str:
    """A name for the disk of whoever downloads it: no path, no control characters, no leading dot."""
    shown = _NOT_IN_NAMES.sub("_", clean_line(name, _NAME_LIMIT)).strip(". ")
    return quote(shown or "file", safe="")
