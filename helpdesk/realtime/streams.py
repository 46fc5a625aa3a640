"""Changes to a page, drawn on the server: the same partials that the pages themselves are made of."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from typing import Any, Literal

from flask import current_app, has_request_context

from helpdesk.domain.timeline import Line
from helpdesk.models import Message, Ticket

LIMIT = 32 * 1024  # bytes of a drawn partial; what is larger is only hinted at, and the page asks for it

Action = Literal["append", "prepend", "replace", "remove", "refresh"]


@dataclass(frozen=True)
class Stream:
    """One change. `target` is an element's id: the list to append to, the element to replace, remove or ask for anew.
    An element that the page knows is replaced whatever the action says, unless the page's is newer."""

    action: Action
    target: str
    html: str = ""


def as_json(streams: Iterable[Stream]) -> list[dict[str, Any]]:
    """As they travel: `[{"action", "target", "html"}]`."""
    return [asdict(stream) for stream in streams]


def message(message: Message, *, is_new: bool = True) -> Stream:
    """A message in its thread. One that is not new changes only the pages that show it: to the others it is an older
    part of the thread, and comes with it."""
    action: Action = "append" if is_new else "replace"
    thread = f"messages-{message.conversation_id}"
    html = draw("tickets/_message.html", message=message)
    if len(html.encode()) > LIMIT:
        return refresh(thread)
    return Stream(action, thread if is_new else message.dom_id, html)


def line(line: Line, ticket: Ticket) -> Stream:
    """A line of the thread."""
    return Stream("append", f"messages-{ticket.conversation_id}", draw("tickets/_line.html", line=line))


def append_messages(messages: Iterable[Message]) -> list[Stream]:
    """What a form that made messages answers: the same streams that are told to everybody."""
    return [message(each) for each in messages]


def row(ticket: Ticket) -> Stream:
    """A row of the queue. Each page has its own view and order, so it asks for the row itself."""
    return refresh(f"row-{ticket.number}")


def header(ticket: Ticket) -> Stream:
    """The ticket's head, where it is open."""
    return Stream("replace", f"header-{ticket.number}", draw("tickets/_header.html", ticket=ticket))


def panel(ticket: Ticket) -> Stream:
    """The contact beside the thread. Which of their other tickets it names depends on who looks, so the page asks."""
    return refresh(f"panel-{ticket.number}")


def contact(ticket: Ticket) -> Stream:
    """The ticket's contact, on every page that shows them, by whichever of their tickets."""
    return refresh(f"contact-{ticket.conversation.identity.contact_id}")


def pane(ticket: Ticket) -> Stream:
    """The whole ticket: who has it open asks for it again, and learns that it is no longer theirs to see."""
    return refresh(f"ticket-{ticket.number}")


def alert(audience: str) -> Stream:
    """There may be something to tell them with a sound or a notification. What they want to hear of is theirs to know,
    so the page asks."""
    return refresh(f"alerts-{audience}")


def remove(element_id: str) -> Stream:
    return Stream("remove", element_id)


def refresh(element_id: str) -> Stream:
    return Stream("refresh", element_id)


def draw(template: str, **values: Any) -> str:
    """A partial, the same for every viewer: what a page's own context knows about its viewer is not there, and no token
    of whoever caused it (scripts send their page's own)."""
    with rendering():
        return current_app.jinja_env.get_template(template).render(csrf_token=str, **values).strip()


@contextmanager
def rendering() -> Iterator[None]:
    """Partials build addresses, which takes a request; outside of one, the desk's own address stands in."""
    if has_request_context():
        yield
        return
    with current_app.test_request_context(base_url=current_app.extensions["settings"].public_url):
        yield
