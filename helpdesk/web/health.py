"""Whether the desk is well: for load balancers, for people who watch, and for Prometheus."""

from __future__ import annotations

import ipaddress

from flask import Blueprint, Response, jsonify, request
from flask.typing import ResponseReturnValue
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest

from helpdesk.errors import HelpdeskError
from helpdesk.web import answers, condition, figures
from helpdesk.web.auth import machine
from helpdesk.web.bearer import token_or_none
from helpdesk.web.proxies import FORWARDING_HEADERS

bp = Blueprint("health", __name__)


@bp.get("/healthz")
@machine
def healthz() -> ResponseReturnValue:
    """The process answers. Nothing else is asked, so that a slow database does not get it killed."""
    return Response("ok\n", mimetype="text/plain")


@bp.get("/readyz")
@machine
def readyz() -> ResponseReturnValue:
    found = condition.look()
    return jsonify(found.as_json()), 200 if found.is_usable else 503


@bp.get("/metrics")
@machine
def metrics() -> ResponseReturnValue:
    if not _is_from_here() and not _is_owners_program():
        return answers.error(NotFromHere.status, NotFromHere.SENTENCE)
    registry = CollectorRegistry()
    registry.register(figures.Collector())
    return Response(generate_latest(registry), content_type=CONTENT_TYPE_LATEST)


class NotFromHere(HelpdeskError):
    status = 401
    SENTENCE = "Figures are told to this machine itself, not through a proxy, and to tokens that see all tickets."


def _is_owners_program() -> bool:
    """The figures count every team's work."""
    token = token_or_none()
    return token is not None and token.is_owner


def _is_from_here() -> bool:
    """Loopback is proof only when no proxy stands between: behind one, everybody comes from there."""
    if any(name in request.headers for name in FORWARDING_HEADERS):
        return False
    try:
        return ipaddress.ip_address(request.remote_addr or "").is_loopback
    except ValueError:
        return False
