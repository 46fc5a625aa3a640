"""Migrations that carry words along: nothing that somebody wrote is lost on the way up, or down again."""

from __future__ import annotations

import pytest
import sqlalchemy as sa
from flask_migrate import downgrade, upgrade

import config
from helpdesk import migrating
from helpdesk.app import create_app
from helpdesk.db import db

AT = "2026-01-02 03:04:05.000000"
# A person whom an inbox knows, with a ticket and what they wrote, as the database was then: what points to a row that
# changes must not be in the way.
PERSON = (
    f"INSERT INTO contact (name, note, created_at) VALUES ('Ida', 'Likes linen', '{AT}'), ('Tom', '', '{AT}')",
    f"INSERT INTO team (name, created_at) VALUES ('Everyone', '{AT}')",
    "INSERT INTO inbox (channel, name, account_id, key, team_id, secrets, options, state, state_reason, reopen_hours,"
    " tells_seen, tells_typing, notice, created_at)"
    f" VALUES ('instagram', 'N', '1', 'k', 1, 's', '{{}}', 'working', '', 72, 1, 1, '', '{AT}')",
    "INSERT INTO identity (inbox_id, contact_id, name, username, picture_key, facts, profile_attempts, created_at)"
    f" VALUES (1, 1, '', '', '', '{{}}', 0, '{AT}')",
    f"INSERT INTO conversation (identity_id, inbox_id, is_standby, created_at) VALUES (1, 1, 0, '{AT}')",
    "INSERT INTO ticket (number, conversation_id, team_id, status, category, priority, opened_at, last_message_at, seq)"
    f" VALUES (1001, 1, 1, 'open', 'open', 'normal', '{AT}', '{AT}', 0)",
    "INSERT INTO message (conversation_id, ticket_id, inbox_id, direction, kind, text, is_truncated, data, author_kind,"
    " part, parts, reply_to_platform_id, status, status_reason, is_standby, at, received_at, created_at, edits,"
    " first_seq, seq) VALUES (1, 1, 1, 'inbound', 'text', 'Is it back?', 0, '{}', 'contact', 1, 1, '', 'received', '',"
    f" 0, '{AT}', '{AT}', '{AT}', '[]', 0, 0)",
)


@pytest.fixture
def old_desk(tmp_path):
    """Inside a desk on SQLite as it was before a contact had several notes."""
    config.ensure_keys(tmp_path)
    app = migrating.attach(create_app(config.load({"DATA_DIR": str(tmp_path)})))
    with app.app_context():
        upgrade(revision="0007")
        yield
        db.engine.dispose()


def run(words: str) -> list[tuple]:
    with db.engine.begin() as connection:
        found = connection.execute(sa.text(words.replace(":", "\\:")))
        return [tuple(row) for row in found] if found.returns_rows else []


def test_the_one_note_of_a_contact_becomes_the_first_of_several_and_one_again(old_desk):
    for words in PERSON:
        run(words)

    upgrade()
    notes = run("SELECT contact_id, text, author_name, created_at FROM contact_note")
    assert [(*note[:3], str(note[3])[:10]) for note in notes] == [(1, "Likes linen", "", "2026-01-02")]
    run(f"INSERT INTO contact_note (contact_id, text, author_name, created_at) VALUES (1, 'Newer', 'Mona', '{AT}')")
    downgrade(revision="0007")

    assert run("SELECT number, text FROM message JOIN ticket ON ticket.id = ticket_id") == [(1001, "Is it back?")]
    assert run("SELECT name, note FROM contact ORDER BY id") == [("Ida", "Newer\n\nLikes linen"), ("Tom", "")]
