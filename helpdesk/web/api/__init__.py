"""The REST API for programs. A resource is a module and one line in RESOURCES; its views say in `operation` what they
take and answer, and both the check of a request and the OpenAPI document are read from that."""

from __future__ import annotations

from flask import Blueprint

from helpdesk.web.api import (
    contacts,
    conversations,
    documents,
    inboxes,
    ledger,
    messages,
    scheduled_messages,
    tickets,
    uploads,
)
from helpdesk.web.api.operations import ROOT

RESOURCES = (
    tickets.bp,
    conversations.bp,
    messages.bp,
    uploads.bp,
    scheduled_messages.bp,
    contacts.bp,
    inboxes.bp,
    ledger.bp,
    documents.bp,
)

bp = Blueprint("api", __name__, url_prefix=ROOT)
for resource in RESOURCES:
    bp.register_blueprint(resource)
