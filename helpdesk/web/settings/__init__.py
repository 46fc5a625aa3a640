"""The owner's pages: inboxes and their health, people and teams, and the webhooks that could not be used."""

from helpdesk.web.settings import inboxes, people, webhooks
from helpdesk.web.settings.blueprint import bp

__all__ = ["bp", "inboxes", "people", "webhooks"]
