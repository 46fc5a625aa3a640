"""The table of floors: what may import what, and that whoever breaks it is caught."""

from __future__ import annotations

import ast
import re
import subprocess
import sys

import pytest

from tests.support.floors import ROOT, Source, findings, sources

# Imports everything while anything that would be work or a connection raises.
_IMPORT_ALL = """
import socket, sqlite3, subprocess, sys, threading, importlib, importlib.metadata, pkgutil
def refuse(name):
    def refused(*args, **kwargs):
        raise RuntimeError("work at import: " + name)
    return refused
modules = sys.argv[1:]
import flask, sqlalchemy, redis, rq, socketio, gunicorn  # what libraries do is theirs
socket.socket.connect = refuse("socket.connect")
socket.socket.bind = refuse("socket.bind")
sqlite3.connect = refuse("sqlite3.connect")
subprocess.Popen.__init__ = refuse("subprocess")
threading.Thread.start = refuse("a thread")
for module in modules:
    importlib.import_module(module)
"""
_STARTS_WHEN_IMPORTED = {"helpdesk.__main__", "workers.__main__", "helpdesk.sandbox.__main__", "wsgi"}
_ALONE = {"helpdesk.commands.leash"}  # a script


def test_no_import_climbs_and_no_floor_does_what_it_must_not():
    found = findings(sources())

    assert not found, "\n" + "\n".join(map(str, found))


@pytest.mark.parametrize(
    ("module", "text", "problem"),
    [
        ("helpdesk.domain.tickets", "from helpdesk.web import auth", "climbs to helpdesk.web"),
        ("helpdesk.domain.tickets", "def f():\n    from helpdesk import subscribers", "climbs to helpdesk.subscribers"),
        ("helpdesk.domain.tickets", "import importlib\nimportlib.import_module('workers.intake')", "climbs to workers"),
        ("helpdesk.models.ticket", "import helpdesk.domain.tickets", "climbs to helpdesk.domain"),
        ("helpdesk.text", "from helpdesk.models import Ticket", "climbs to helpdesk.models"),
        ("helpdesk.channels.instagram", "from helpdesk.db import db", "not on this floor"),
        ("helpdesk.channels.instagram", "import flask", "not on this floor"),
        ("helpdesk.rules.engine", "from helpdesk.realtime import streams", "do not know each other"),
        ("helpdesk.domain.tickets", "from flask import request", "uses flask.request"),
        ("helpdesk.domain.tickets", "db.session.commit()", "calls .commit()"),
        ("helpdesk.domain.tickets", "from helpdesk.queue import ring", "not on this floor"),
        ("helpdesk.domain.tickets", "from helpdesk import queue", "not on this floor"),
        ("helpdesk.models.ticket", "session.execute(statement)", "calls .execute()"),
        ("workers.intake", "from helpdesk.app import create_app", "climbs to helpdesk.app"),
        ("helpdesk.web.tickets.views", "sa.select(Ticket).where(True)", "begins in domain.access"),
        ("helpdesk.web.tickets.views", "db.session.get(models.Message, 1)", "begins in domain.access"),
        ("helpdesk.web.tickets.views", "select(Ticket.id)", "begins in domain.access"),
        ("helpdesk.sandbox.world", "from helpdesk import text", "standard library alone"),
        ("helpdesk.sandbox.world", "import flask", "standard library alone"),
        ("helpdesk.web.views", "from helpdesk.sandbox import world", "another program"),
        ("helpdesk.commands.run", "from helpdesk.domain import agents", "works without it"),
    ],
)
def test_who_breaks_the_table_is_caught(module, text, problem):
    assert problem in "\n".join(map(str, findings([Source(module, text)])))


@pytest.mark.parametrize(
    ("module", "text"),
    [
        ("helpdesk.models.ticket", "if TYPE_CHECKING:\n    from helpdesk.domain import tickets"),
        ("workers.__main__", "from helpdesk.app import create_app"),
        ("helpdesk.web.tickets.views", "from helpdesk.domain import access\naccess.ticket(1, by=agent)"),
        ("helpdesk.sandbox.world", "from .record import Record\nimport json"),
        ("helpdesk.domain.tickets", "from flask import current_app"),
    ],
)
def test_what_is_allowed_is_not_caught(module, text):
    assert findings([Source(module, text)]) == []


def test_importing_the_package_needs_nothing():
    tree = ast.parse((ROOT / "helpdesk" / "__init__.py").read_text())

    assert [type(node) for node in tree.body] == [ast.Expr], "a docstring and nothing else"


def test_importing_does_no_work():
    modules = [source.module for source in sources() if source.module not in _STARTS_WHEN_IMPORTED | _ALONE]

    done = subprocess.run(
        [sys.executable, "-c", _IMPORT_ALL, *modules], cwd=ROOT, capture_output=True, text=True, timeout=60, check=False
    )

    assert done.returncode == 0, done.stderr[-2000:]


def test_what_starts_the_house_needs_python_alone():
    code = "import helpdesk.bootstrap, helpdesk.supervisor, helpdesk.sandbox, sys; print(*sorted(sys.modules))"

    done = subprocess.run(
        [sys.executable, "-I", "-S", "-c", f"import sys; sys.path.insert(0, '.'); {code}"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )

    tops = {name.split(".")[0] for name in done.stdout.split()}
    assert tops - set(sys.stdlib_module_names) <= {"helpdesk", "__main__", "config"}


def test_every_event_has_its_reactions_and_its_sentence():
    from helpdesk import subscribers
    from helpdesk.models import EventKind

    assert set(subscribers.REACTIONS) == set(EventKind)


def test_nothing_is_marked_as_safe_html():
    marks = [
        f"{path.relative_to(ROOT)}: {word}"
        for folder, pattern in (("helpdesk", "*.py"), ("workers", "*.py"), ("templates", "*.html"))
        for path in (ROOT / folder).rglob(pattern)
        for word in re.findall(r"\|\s*safe\b|\bMarkup\(|autoescape false", path.read_text("utf-8"))
    ]

    assert marks == []
