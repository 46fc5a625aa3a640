"""The owner's pages: inboxes and their health, people and teams, fields of customers, what came, and what goes out."""

from helpdesk.web.settings import fields, inboxes, outbox, people, statuses, webhooks
from helpdesk.web.settings.blueprint import bp

__all__ = ["bp", "fields", "inboxes", "outbox", "people", "statuses", "webhooks"]
