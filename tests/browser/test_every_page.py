"""Every page that an owner reaches, in both themes: nothing for axe to find, nothing that goes sideways on a phone."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Page

from helpdesk.db import db, transaction
from helpdesk.domain import contact_fields, ledger, saved_views
from helpdesk.domain.conditions import Condition, Group
from helpdesk.domain.ledger import Raw
from helpdesk.domain.saved_views import Wish
from helpdesk.models import Agent, Audience, LedgerState
from tests.browser.desk import Customer
from tests.factories import a_note, a_reply, an_agent
from tests.support.running import RunningDesk
from tests.web.access_matrix import ROUTES

# Of the routes that a browser gets: each page, by an address that shows something.
PAGES = {
    "/tickets": "/tickets?view=mine",
    "/tickets/<int:number>": "/tickets/{number}?view=mine",
    "/tickets/<int:number>/hands": "/tickets/{number}/hands",
    "/tickets/<int:number>/files": "/tickets/{number}/files",
    "/tickets/<int:number>/standing": "/tickets/{number}/standing",
    "/tickets/<int:number>/more": "/tickets/{number}/more",
    "/tickets/<int:number>/split": "/tickets/{number}/split",
    "/tickets/<int:number>/merge": "/tickets/{number}/merge",
    "/tickets/<int:number>/link": "/tickets/{number}/link",
    "/queue/bulk": "/queue/bulk?number={number}",
    "/queue/filters": "/queue/filters?view=mine",
    "/views": "/views",
    "/views/new": "/views/new",
    "/views/<int:id>": "/views/{view}",
    "/messages/<int:id>/journey": "/messages/{message}/journey",
    "/contacts/<int:id>/merge": "/contacts/{contact}/merge?q=a&ticket={number}",
    "/sessions": "/sessions",
    "/account/keys": "/account/keys",
    "/alerts": "/alerts",
    "/settings/inboxes": "/settings/inboxes",
    "/settings/people": "/settings/people",
    "/settings/statuses": "/settings/statuses",
    "/settings/fields": "/settings/fields",
    "/settings/webhooks": "/settings/webhooks",
    "/settings/webhooks/<int:row_id>": "/settings/webhooks/{webhook}",
    "/settings/outbox": "/settings/outbox",
    "/api/v1/docs": "/api/v1/docs",
}
# The rest: parts of pages, files, numbers for machines, what only leads elsewhere, and what strangers see.
NO_PAGES = {
    "/",
    "/alerts/due",
    "/assets/<build>/<path:path>",
    "/changes",
    "/files/<public_id>",
    "/files/<public_id>/preview",
    "/files/identity/<int:identity_id>",
    "/healthz",
    "/media/<signed>",
    "/metrics",
    "/queue",
    "/queue/rows",
    "/readyz",
    "/set-password/<token>",
    "/settings",
    "/search",
    "/sign-in",
    "/tickets/<int:number>/drafts",
    "/tickets/<int:number>/header",
    "/tickets/<int:number>/mentionable",
    "/tickets/<int:number>/pane",
    "/tickets/<int:number>/panel",
    "/tickets/<int:number>/thread",
    "/tickets/<int:number>/window",
    "/typed-time",
    "/webhooks/<kind>",
}
# Looked at in `test_console_looks` in both themes, with everything on them opened.
CONSOLE = {"/tickets", "/tickets/<int:number>", "/tickets/<int:number>/hands"}
# A condition of each kind, one in a group of its own.
HIGH = Condition("priority", values=("high",))
ASKED = Group(items=(Condition("unread"), Group(items=(HIGH,)), Condition("waits", values=("90",))))
WISH = Wish("Wholesale, waiting", Audience.PRIVATE, None, ASKED, "waiting")
SIDEWAYS = "document.documentElement.scrollWidth > document.documentElement.clientWidth"


def test_every_route_is_known_to_be_a_page_or_none() -> None:
    gets = {row.rule for row in ROUTES if row.method == "GET" and not row.is_for_programs} | {"/api/v1/docs"}

    assert gets - set(PAGES) - NO_PAGES == set()
    assert set(PAGES) - gets == set()


@pytest.fixture
def olga() -> Agent:
    return an_agent("Olga Owen", role="owner")


@pytest.fixture
def addresses(running: RunningDesk, olga: Agent) -> dict[str, str]:
    """Each page's, with something to show on it."""
    ada, mona = Customer(running, "Ada Lind"), an_agent("Mona Ortiz")
    ada.says("Look at https://shop.example.com/dress")
    ada.belongs_to(mona)
    reply = a_reply(ada.ticket, "Which size?", by=mona)
    a_note(ada.ticket, by=mona)
    with transaction():
        ledger.store_many([Raw("instagram", "", "", b'{"object": "instagram", "entry": [' + b"1" * 300)])
        row = ledger.listing()[0]
        ledger.finish(row, LedgerState.QUARANTINED, error="not JSON: " + "entry[0].messaging" * 20)
        webhook = row.id
        if not contact_fields.listing():
            contact_fields.add(name="Size", kind="choice", hint="Ask first", choices="S\nM")
        view = saved_views.create(WISH, by=db.session.get_one(Agent, olga.id)).id
    ticket = ada.ticket
    values = {
        "number": ticket.number,
        "message": reply.id,
        "contact": ticket.conversation.identity.contact_id,
        "webhook": webhook,
        "view": view,
    }
    return {rule: path.format(**values) for rule, path in PAGES.items()}


@pytest.mark.browser
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_axe_finds_nothing_on_any_page(
    page: Page,
    sign_in: Callable[..., None],
    axe: Callable[[Page], list[str]],
    addresses: dict[str, str],
    olga: Agent,
    theme: str,
) -> None:
    page.emulate_media(color_scheme=theme, reduced_motion="reduce")
    sign_in(page, olga)
    found = {}
    for rule in addresses.keys() - CONSOLE:
        answer = page.goto(addresses[rule])
        assert answer is not None
        assert answer.status == 200, rule
        found[rule] = axe(page)

    assert {rule: problems for rule, problems in found.items() if problems} == {}


@pytest.mark.browser
def test_nothing_goes_sideways_on_a_phone_or_at_twice_the_size(
    new_page: Callable[..., Page], sign_in: Callable[..., None], addresses: dict[str, str], olga: Agent
) -> None:
    """A window of 640 pixels is one of 1280 at 200 %."""
    phone = new_page(width=375, height=760)
    sign_in(phone, olga)
    sideways = []
    for rule, path in addresses.items():
        phone.goto(path)
        for width in (375, 640):
            phone.set_viewport_size({"width": width, "height": 480})
            sideways += [(rule, width)] if phone.evaluate(SIDEWAYS) else []

    assert sideways == []
