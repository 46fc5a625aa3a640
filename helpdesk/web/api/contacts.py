"""People: how the inboxes know them, what the desk calls them and remembers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

from flask import Blueprint, Response
from pydantic import Field, model_validator

from helpdesk.domain import access, contact_notes, contacts, listings
from helpdesk.domain.events import Actor
from helpdesk.domain.listings import LONGEST_SEARCH
from helpdesk.models import ApiToken, Scope
from helpdesk.models import Contact as Row
from helpdesk.models import Identity as IdentityRow
from helpdesk.text import LINE_LIMIT
from helpdesk.web.api.operations import operation
from helpdesk.web.api.shapes import Nothing, Paging, Sent, Shape, Time
from helpdesk.web.api.writes import once
from helpdesk.web.bearer import current_token

bp = Blueprint("contacts", __name__)


class Key(Shape):
    """A name under which the platform finds them."""

    kind: str
    value: str


class Identity(Shape):
    """The person as one inbox knows them."""

    inbox_id: str
    channel: str
    name: str
    username: str
    keys: list[Key]


class Contact(Shape):
    """A person. `name` is what the desk calls them, else what a platform does; `note` is the newest of the notes about
    them. Identities that only other teams know are left out."""

    id: str
    name: str
    note: str
    identities: list[Identity]
    created_at: Time


class Contacts(Shape):
    contacts: list[Contact]
    next: str | None


class ContactQuery(Paging):
    q: str | None = Field(None, max_length=LONGEST_SEARCH, description="Words, or parts of them, in their names.")


class ContactChange(Sent):
    """An empty `name` gives back the platform's. A `note` is put on top of those that are there; the same words as the
    newest's are not written again."""

    name: Annotated[str, Field(max_length=LINE_LIMIT)] | Nothing = None
    note: Annotated[str, Field(min_length=1, max_length=contact_notes.LIMIT)] | Nothing = None

    @model_validator(mode="after")
    def _says_something(self) -> ContactChange:
        if any(getattr(self, name) is None for name in self.model_fields_set):
            raise ValueError("name and note cannot be null")
        return self


@bp.get("/contacts")
@operation("Lists people, newest first", answer=Contacts, query=ContactQuery)
def find(query: ContactQuery) -> Contacts:
    token = current_token()
    page = listings.contacts(words=query.q, by=token, after=query.cursor, limit=query.limit)
    return Contacts(contacts=shown(page.items, token), next=str(page.next) if page.next else None)


@bp.get("/contacts/<int:id>")
@operation("One person", answer=Contact)
def look(id: int) -> Contact:
    token = current_token()
    return shown([access.contact(id, by=token)], token)[0]


@bp.patch("/contacts/<int:id>")
@operation("Renames a person, or adds a note", answer=Contact, scope=Scope.WRITE, body=ContactChange)
def change(id: int, body: ContactChange) -> Response:
    def work(token: ApiToken) -> Contact:
        contact = access.contact(id, by=token)
        if body.name is not None:
            contacts.rename(contact, name=body.name, by=Actor.of(token))
        if body.note is not None:
            contact_notes.add(contact, text=body.note, by=token)
        return shown([contact], token)[0]

    return once(work)


def shown(rows: Sequence[Row], token: ApiToken) -> list[Contact]:
    known, notes = listings.identities(rows, by=token), contact_notes.newest(rows)
    return [_shown(row, known[row.id], notes.get(row.id, "")) for row in rows]


def _shown(row: Row, identities: list[IdentityRow], note: str) -> Contact:
    return Contact(
        id=str(row.id),
        name=identities[0].shown_name,
        note=note,
        identities=[_identity(one) for one in identities],
        created_at=row.created_at,
    )


def _identity(row: IdentityRow) -> Identity:
    return Identity(
        inbox_id=str(row.inbox_id),
        channel=row.inbox.channel,
        name=row.name,
        username=row.username,
        keys=[Key(kind=key.kind, value=key.value) for key in row.keys],
    )
