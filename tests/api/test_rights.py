"""Who gets in by the API: tokens alone, each as far as its scope and its teams go. And what is no proper request."""

from __future__ import annotations

import json

import pytest
import sqlalchemy as sa

from helpdesk.db import db, transaction
from helpdesk.domain import tokens
from helpdesk.models import ApiToken, Message
from tests.api.program import Program, a_program
from tests.factories import CUSTOMER, a_customer_message, a_ticket, an_agent, an_inbox
from tests.support.console import Console
from tests.web.things import a_file


def test_without_a_token_or_with_a_wrong_one_nobody_gets_in(desk):
    a_ticket()

    for token in (None, "hd_made-up", "", "hd_" + "x" * 100_000):
        answer = Program(token).get("/tickets")
        assert answer.status_code == 401
        assert answer.headers["WWW-Authenticate"].startswith("Bearer")
        assert answer.json["status"] == 401


def test_a_token_counts_in_its_header_alone(desk, crm):  # AP-08
    a_ticket()

    assert Program(None).get("/tickets", {"token": crm.token}).status_code == 401
    assert crm.get("/tickets", headers={"Authorization": f"Basic {crm.token}"}).status_code == 401


def test_a_signed_in_browser_is_a_stranger_here(desk):
    a_ticket()
    browser = Console.new(desk.app, an_agent(role="owner"))

    assert browser.get("/api/v1/tickets").status_code == 401


def test_only_the_hash_of_a_token_is_kept(desk, crm):
    kept = db.session.execute(sa.select(ApiToken)).scalar_one()

    assert crm.token.startswith("hd_")
    assert len(crm.token) >= 3 + 43
    assert crm.token not in {kept.token_hash, kept.name}


def test_a_revoked_token_is_out_at_once_and_its_name_stays_on_what_it_wrote(desk, crm):
    ticket = a_ticket()
    other = a_program()
    crm.post(f"/conversations/{ticket.conversation_id}/messages", {"kind": "note", "text": "From the CRM"})

    with transaction():
        tokens.revoke("CRM")

    assert crm.get("/tickets").status_code == 401
    messages = other.get(f"/conversations/{ticket.conversation_id}/messages").json["messages"]
    assert messages[-1]["author"]["name"] == "CRM"


def test_when_it_was_used_last_is_written_down_now_and_then(desk, crm, later):
    crm.get("/tickets")
    first = db.session.execute(sa.select(ApiToken.last_used_at)).scalar_one()
    crm.get("/tickets")
    assert db.session.execute(sa.select(ApiToken.last_used_at)).scalar_one() == first

    later(minutes=11)
    crm.get("/tickets")

    assert db.session.execute(sa.select(ApiToken.last_used_at)).scalar_one() > first


def test_the_ledger_is_an_owner_s(desk, webhook):
    an_inbox()
    webhook("instagram/text.json")

    (row,) = a_program(scope="admin").get("/ledger").json["webhooks"]

    assert (row["channel"], row["state"]) == ("instagram", "new")
    assert a_program(scope="write").get("/ledger").status_code == 403
    assert a_program(scope="admin", teams=("Sales",)).get("/ledger").status_code == 403
    assert a_program(scope="admin").get("/ledger", {"state": "quarantined"}).json["webhooks"] == []


def test_figures_are_told_to_a_token_that_sees_everything_through_a_proxy_too(desk, client):
    behind = {"X-Forwarded-For": "203.0.113.7"}

    def asked(token: str | None) -> int:
        bearer = {"Authorization": f"Bearer {token}"} if token else {}
        return client().get("/metrics", headers={**behind, **bearer}).status_code

    assert asked(a_program(scope="read").token) == 200
    assert asked(a_program(scope="read", teams=("Sales",)).token) == 401
    assert asked("hd_made-up") == 401
    assert asked(None) == 401


def test_a_person_is_known_by_what_the_token_s_teams_know_of_them(desk, crm):  # AP-03
    sales, legal = an_inbox("Sales", team="Sales"), an_inbox("Legal", team="Legal", account_id="17841488888888888")
    known = a_customer_message(inbox=sales).conversation.identity
    secret = a_customer_message(inbox=legal, customer="98765432100").conversation.identity
    with transaction():
        db.session.get_one(type(secret), secret.id).contact_id = known.contact_id
    program = a_program(teams=("Sales",))

    (found,) = program.get("/contacts").json["contacts"]

    assert [one["keys"] for one in found["identities"]] == [[{"kind": "igsid", "value": CUSTOMER}]]
    assert len(crm.get(f"/contacts/{known.contact_id}").json["identities"]) == 2
    assert program.get("/contacts/98765432100").status_code == 404
    assert program.get("/contacts", {"q": "98765432100"}).json["contacts"] == []


def test_a_person_is_renamed_and_remembered_under_the_token_s_name(desk, crm, open_page):
    contact = a_ticket(inbox=an_inbox(team="Sales")).conversation.identity.contact_id
    colleague, outsider = open_page(an_agent(team="Sales")), open_page(an_agent(team="Returns"))

    told = crm.patch(f"/contacts/{contact}", {"name": "Ida Holm", "note": "Likes linen"}).json

    assert (told["name"], told["note"]) == ("Ida Holm", "Likes linen")
    assert [one["id"] for one in crm.get("/contacts", {"q": "ida"}).json["contacts"]] == [str(contact)]
    assert any("Ida Holm" in stream.html for stream in colleague.streams)
    assert outsider.streams == []


@pytest.mark.parametrize("body", [{"note": None}, {"name": "", "note": None}, {"name": "x" * 201}, {"name": 5}])
def test_a_person_is_not_renamed_to_what_is_no_name(crm, body):
    contact = a_ticket().conversation.identity.contact_id

    assert crm.patch(f"/contacts/{contact}", body).status_code == 422


def test_inboxes_keep_their_secrets(desk, crm):
    inbox = an_inbox("Studio Nord", team="Sales")

    answer = crm.get("/inboxes")

    assert [one["name"] for one in answer.json["inboxes"]] == ["Studio Nord"]
    assert inbox.key not in answer.text
    assert "secret" not in answer.text
    assert a_program(teams=("Returns",)).get("/inboxes").json["inboxes"] == []


@pytest.mark.parametrize("path", ["/contacts", "/inboxes", "/ledger"])
def test_every_list_is_paged(desk, path):
    program = a_program(scope="admin")
    for number in range(3):
        inbox = an_inbox(f"Inbox {number}", account_id=f"1784148888888888{number}")
        a_customer_message(inbox=inbox, customer=f"770{number}")
        desk.webhook({"object": "instagram", "entry": [{"id": str(number)}]})
    name, seen, after = {"/ledger": "webhooks"}.get(path, path[1:]), [], None

    while True:
        page = program.get(path, {"limit": 1} | ({"after": after} if after else {})).json
        seen += [one["id"] for one in page[name]]
        after = page["next"]
        if after is None:
            break

    assert seen == sorted(seen, key=int, reverse=True)
    assert len(seen) == 3


# --- what is no proper request -------------------------------------------------------------------------------------


@pytest.mark.parametrize("limit", ["-1", "0", "1000000000", "abc", "1e3", ""])
def test_a_limit_has_limits(crm, limit):  # AP-11
    for path in ("/tickets", "/contacts", "/inboxes"):
        assert crm.get(path, {"limit": limit}).status_code == 422


@pytest.mark.parametrize(
    "query",
    ["status[op]=OR", 'status={"op":"OR 1=1"}', "assignee=1 OR 1=1", "team=٣", "after=x", "after=99999999999999999999",
     "status=open&status=closed", "page=2", "updated_since=yesterday", "q=" + "x" * 201],
)  # fmt: skip
def test_a_filter_takes_values_and_nothing_else(crm, query):  # AP-09
    answer = crm.ask("GET", f"/tickets?{query}")

    assert answer.status_code == 422
    assert answer.json["errors"]


@pytest.mark.parametrize("field", ["role", "team_ids", "token", "author", "agent_id", "author_kind", "status"])
def test_nobody_gives_themselves_more_than_there_is_to_give(crm, field):  # AP-06
    ticket = a_ticket()
    path = f"/conversations/{ticket.conversation_id}/messages"

    answer = crm.post(path, {"kind": "note", "text": "x", field: "admin"})

    assert answer.status_code == 422
    assert answer.json["detail"] == f"{field}: there is no such field."
    assert db.session.execute(sa.select(sa.func.count()).select_from(Message)).scalar() == 1


@pytest.mark.parametrize("kind", ["text/plain", "application/x-www-form-urlencoded", "", "multipart/form-data"])
def test_what_does_not_say_that_it_is_json_is_not_read(crm, kind):  # AP-15
    path = f"/conversations/{a_ticket().conversation_id}/messages"

    answer = crm.ask("POST", path, data=json.dumps({"kind": "note", "text": "x"}), content_type=kind)

    assert answer.status_code == 415
    assert answer.mimetype == "application/problem+json"


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"", 400),
        (b"{", 400),
        (b"\xff\xfe", 400),
        (b'{"kind": "note", "text": "\\ud800"}', 400),
        (b'{"kind": "note", "text": NaN}', 422),
        (b"[" * 100_000, 400),
        (b"null", 422),
        (b'{"kind": "note", "text": 5}', 422),
        (b'{"kind": "event", "text": "x"}', 422),
        (b'{"kind": "note", "text": "' + b"x" * 65_537 + b'"}', 422),
        (b'{"kind": "note", "text": "' + b"x" * 2**20 + b'"}', 413),
    ],
)
def test_a_body_that_cannot_be_used_is_refused(crm, body, status):
    path = f"/conversations/{a_ticket().conversation_id}/messages"

    answer = crm.ask("POST", path, data=body, content_type="application/json")

    assert answer.status_code == status
    assert answer.json["detail"].endswith(".")


@pytest.mark.parametrize("id", ["0", "-1", "999999", "9223372036854775808", "9" * 40, "1%00", "abc", "٣"])
def test_an_id_of_nothing_is_not_found(crm, id):
    for path in ("tickets", "conversations", "messages", "contacts"):
        answer = crm.get(f"/{path}/{id}")
        assert answer.status_code == 404
        assert answer.mimetype == "application/problem+json"


def test_other_methods_and_addresses_answer_problems_too(crm):
    assert crm.ask("DELETE", "/tickets/1").status_code == 405
    assert crm.ask("DELETE", "/tickets/1").json["status"] == 405
    assert crm.get("/nothing").json["title"] == "Nothing here"


def test_reading_changes_nothing(crm):  # AP-23
    message = a_customer_message(inbox=an_inbox())
    a_file(message=message)
    crm.get("/tickets")
    before = everything()

    for path in (
        "/tickets",
        f"/tickets/{message.ticket.number}",
        f"/conversations/{message.conversation_id}",
        f"/conversations/{message.conversation_id}/messages",
        f"/messages/{message.id}",
        "/contacts",
        f"/contacts/{message.conversation.identity.contact_id}",
        "/inboxes",
        "/openapi.json",
        "/docs",
    ):
        assert crm.get(path).status_code == 200

    assert everything() == before


def everything() -> dict[str, list[tuple[object, ...]]]:
    """Every row of every table."""
    rows = {
        table.name: sorted(map(tuple, db.session.execute(sa.select(table))), key=repr)
        for table in db.metadata.sorted_tables
    }
    db.session.rollback()
    return rows
