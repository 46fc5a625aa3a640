"""Saved views of the queue: their list, and the editor of one."""

from helpdesk.web.views import editing, listing
from helpdesk.web.views.blueprint import bp

__all__ = ["bp", "editing", "listing"]
