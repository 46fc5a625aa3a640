"""Static files under `/assets/<build>/…`: the build is a hash of them all, so browsers may keep them for ever.

A module's relative imports stay below the same build, without a bundler.
"""

from __future__ import annotations

import hashlib
import mimetypes
from pathlib import Path

from flask import Blueprint, Flask, Response, current_app, send_from_directory

from helpdesk.web.auth import machine

bp = Blueprint("assets", __name__)

FOLDER = Path(__file__).resolve().parents[2] / "static"
FOREVER = 365 * 24 * 3600  # seconds


def init_app(app: Flask) -> None:
    """Names the build as it is now and gives templates `asset_url`."""
    for suffix in (".js", ".mjs"):
        mimetypes.add_type("text/javascript", suffix)  # some systems say text/plain, and nosniff then refuses modules
    app.extensions["build"] = build_of(FOLDER)
    app.add_template_global(asset_url)


def build_of(folder: Path) -> str:
    """A hash of every file below `folder`, names and contents."""
    digest = hashlib.sha256()
    for path in sorted(path for path in folder.rglob("*") if path.is_file()):
        digest.update(f"{path.relative_to(folder)}\0".encode())
        digest.update(hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()[:12]


def asset_url(path: str) -> str:
    """Where browsers find `static/<path>`. Known without a request: workers render partials too."""
    return f"/assets/{current_app.extensions['build']}/{path}"


@bp.get("/assets/<build>/<path:path>")
@machine
def asset(build: str, path: str) -> Response:
    """A file of another build (a page from before an upgrade) is served as it is now, but not to be kept."""
    response = send_from_directory(FOLDER, path, max_age=FOREVER)
    response.cache_control.public = True
    if build == current_app.extensions["build"]:
        response.cache_control.immutable = True
    else:
        response.cache_control.max_age = 0
        response.cache_control.no_cache = True
    return response
