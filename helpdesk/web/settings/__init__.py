"""The owner's pages: inboxes and their health, people and teams, what came, and what goes out."""

from helpdesk.web.settings import inboxes, outbox, people, statuses, webhooks
from helpdesk.web.settings.blueprint import bp

__all__ = ["bp", "inboxes", "outbox", "people", "statuses", "webhooks"]
