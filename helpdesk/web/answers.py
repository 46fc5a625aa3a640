"""In which form an answer is wanted, and errors in each: a page for people, JSON or a sentence for scripts, problem
documents for programs.

The text of an exception never leaves the house: only the sentence that was written for people does.
"""

from __future__ import annotations

from enum import StrEnum

import structlog
from flask import Flask, Response, jsonify, make_response, render_template, request
from sqlalchemy.exc import InternalError, OperationalError
from werkzeug.exceptions import HTTPException, InternalServerError

from helpdesk.errors import HelpdeskError

log = structlog.get_logger(__name__)


class Form(StrEnum):
    PAGE = "text/html"
    JSON = "application/json"
    TEXT = "text/plain"
    PROBLEM = "application/problem+json"  # RFC 9457


READ_ONLY = "25006"  # PostgreSQL: read_only_sql_transaction

# What went wrong, for people: a title and a sentence.
_WORDS = {
    400: ("That did not work", "The request could not be read. Go back, reload the page and try again."),
    401: ("You are signed out", "Sign in again to go on."),
    403: ("Not yours to do", "Your role does not allow this."),
    404: ("Nothing here", "There is nothing here, or it is not yours to see."),
    405: ("That does not work here", "This address cannot be used in that way."),
    408: ("That took too long", "The request did not arrive in time. Try again."),
    409: ("Somebody was faster", "This has changed in the meantime. Reload the page."),
    413: ("Too large", "That is larger than the desk takes."),
    414: ("Too long", "This address is longer than the desk takes."),
    415: ("Unknown format", "The desk cannot read that format."),
    416: ("Not that part", "The file does not have the part that was asked for."),
    422: ("That does not fit", "Something in the form cannot be used."),
    429: ("Too often", "That was too often in a short time. Wait a little."),
    500: ("Something broke", "The desk made a mistake. It has been noted; try again in a moment."),
    503: ("Back in a moment", "The desk's database does not answer. Try again in a moment."),
}
API = "/api/"  # everything below answers programs
_OTHER = ("That did not work", "The request could not be answered.")


def wants() -> Form:
    """The form that the request asks for. A fragment that htmx asked for gets errors as a sentence."""
    if request.path.startswith(API):
        return Form.PROBLEM
    if "HX-Request" in request.headers:
        return Form.TEXT
    accepted = request.accept_mimetypes
    # Compared by quality, so that `*/*` (curl, fetch) is no wish for a page.
    return max((Form.TEXT, Form.JSON, Form.PAGE), key=lambda form: accepted[form.value])


def error(status: int, sentence: str = "", **details: object) -> Response:
    """An error in the form that was asked for. `details` go into JSON; `retry_after` (seconds) into the header too."""
    title, usual = _WORDS.get(status, _OTHER)
    sentence = sentence or usual
    form = wants()
    if form is Form.PROBLEM:
        response = _problem(status, title, sentence, details)
    elif form is Form.JSON:
        response = jsonify({"error": sentence, **details})
    elif form is Form.PAGE:
        response = make_response(render_template("errors/error.html", title=title, sentence=sentence, status=status))
    else:
        response = Response(sentence + "\n", mimetype="text/plain")
    response.status_code = status
    if "retry_after" in details:
        response.headers["Retry-After"] = str(details["retry_after"])
    return response


def _problem(status: int, title: str, sentence: str, details: dict[str, object]) -> Response:
    response = jsonify({"type": "about:blank", "title": title, "status": status, "detail": sentence, **details})
    response.mimetype = Form.PROBLEM.value
    if status == 401:
        response.headers["WWW-Authenticate"] = 'Bearer realm="helpdesk"'
    return response


def init_app(app: Flask) -> None:
    app.register_error_handler(
        HelpdeskError, lambda problem: error(problem.status, problem.sentence, **problem.details)
    )
    app.register_error_handler(HTTPException, _http)
    app.register_error_handler(InternalServerError, lambda _: error(500))
    app.register_error_handler(OperationalError, _database_away)
    app.register_error_handler(InternalError, _perhaps_only_read)


def _http(problem: HTTPException) -> Response:
    """Flask's own refusals, in our words; their headers stay (Allow, Content-Range)."""
    if problem.response is not None:
        return problem.response  # type: ignore[return-value]  # abort(Response) and redirects
    response = error(problem.code or 500)
    for name, value in problem.get_headers():
        if name not in ("Content-Type", "Content-Length"):
            response.headers[name] = value
    return response


def _perhaps_only_read(problem: InternalError) -> Response:
    """PostgreSQL says with this class that it only lets itself be read; of all else it is a mistake of ours."""
    if getattr(problem.orig, "sqlstate", "") != READ_ONLY:
        raise problem
    log.error("database_read_only")
    return error(503, "Storing is not possible right now: the database can only be read. Try again in a moment.")


def _database_away(problem: OperationalError) -> Response:
    log.error("database_away", exc_info=problem)
    return error(503)
