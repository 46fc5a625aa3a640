"""What protects every page: headers, the check against forged requests, host names, and addresses behind proxies."""

from __future__ import annotations

from urllib.parse import urlsplit

from flask import Flask, Response, current_app, g, request
from flask_wtf.csrf import CSRFProtect, validate_csrf
from wtforms import ValidationError

import config
from helpdesk.errors import Forbidden, HelpdeskError
from helpdesk.web import auth
from helpdesk.web.proxies import TrustedProxies

# No inline anything, nothing from elsewhere; `{live}` are the origins of the process that holds the sockets.
CONTENT_SECURITY_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; font-src 'self'; "
    "connect-src 'self' {live}; media-src 'self' blob:; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",  # not no-referrer: browsers would then send `Origin: null` with our own forms
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(self), payment=(), usb=()",
}
HSTS = "max-age=31536000"
TOKEN_HEADER = "X-CSRFToken"  # scripts send the content of <meta name="csrf-token">
TOKEN_FIELD = "csrf_token"
_CHANGING = ("POST", "PUT", "PATCH", "DELETE")

csrf = CSRFProtect()


def init_app(app: Flask) -> None:
    """Puts the guards before every view, in this order: our own name, somebody signed in, no forged change."""
    settings: config.Settings = app.extensions["settings"]
    app.config["WTF_CSRF_CHECK_DEFAULT"] = False  # `_refuse_forgery` asks, without reading an upload's body first
    csrf.init_app(app)
    app.extensions["csp"] = CONTENT_SECURITY_POLICY.format(live=" ".join(_live_sources(settings)))
    app.extensions["hosts"] = _hosts(settings)
    for guard in (_refuse_foreign_names, auth.demand_agent, _refuse_forgery):
        app.before_request(guard)
    app.after_request(_protect)
    if settings.trusted_proxies:
        app.wsgi_app = TrustedProxies(app.wsgi_app, settings.trusted_proxies)  # type: ignore[method-assign]


def _live_sources(settings: config.Settings) -> list[str]:
    """Each origin of `live` as http and as ws: browsers do not agree that one stands for the other."""
    return [source for origin in settings.live_origins for source in (origin, origin.replace("http", "ws", 1))]


def _hosts(settings: config.Settings) -> frozenset[str]:
    return frozenset(urlsplit(origin).hostname or "" for origin in settings.console_origins)


def _refuse_foreign_names() -> None:
    """A page under a foreign name (DNS rebinding, a poisoned link) is answered with nothing of ours."""
    view = auth.requested_view()
    if view is not None and not auth.is_machine(view) and _host() not in current_app.extensions["hosts"]:
        raise HelpdeskError("The desk is not known under this name.")


def _host() -> str:
    try:
        return urlsplit(f"//{request.headers.get('Host', '')}").hostname or ""
    except ValueError:
        return ""


def _refuse_forgery() -> None:
    """A change must come from a page of ours: by its origin, by what the browser says of it, and by the token."""
    view = auth.requested_view()
    if view is None or auth.is_machine(view) or request.method not in _CHANGING:
        return
    _check_origin()
    _check_token()


def _check_origin() -> None:
    settings: config.Settings = current_app.extensions["settings"]
    origin = request.headers.get("Origin")
    if origin is not None and origin not in settings.console_origins:
        raise Forbidden("This request came from another site. Nothing was changed.")
    if request.headers.get("Sec-Fetch-Site", "same-origin") not in ("same-origin", "none"):
        raise Forbidden("This request came from another site. Nothing was changed.")


def _check_token() -> None:
    token = request.headers.get(TOKEN_HEADER) or request.form.get(TOKEN_FIELD)
    try:
        validate_csrf(token)
    except ValidationError:
        raise Forbidden("This page is too old to send from. Reload it and try again.", is_stale=True) from None
    g.csrf_valid = True  # spares forms the same check


def _protect(response: Response) -> Response:
    """Adds what a view has not said itself."""
    settings: config.Settings = current_app.extensions["settings"]
    for name, value in HEADERS.items():
        response.headers.setdefault(name, value)
    response.headers.setdefault("Content-Security-Policy", current_app.extensions["csp"])
    if settings.is_https:
        response.headers.setdefault("Strict-Transport-Security", HSTS)
    if "Cache-Control" not in response.headers:
        response.headers["Cache-Control"] = "no-store"  # what was on the page is gone after signing out
    return response
