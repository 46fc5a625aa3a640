"""What the house forbids is found, where it is forbidden and nowhere else."""

from __future__ import annotations

from pathlib import Path

import pytest

from helpdesk.commands import ROOT
from helpdesk.commands.lint import STREAMS, findings

FORBIDDEN = [
    ("templates/tickets/_message.html", "<p>{{ text|safe }}</p>"),
    ("templates/tickets/_message.html", "<p>{{ text | safe }}</p>"),
    ("templates/tickets/_message.html", "{% autoescape false %}"),
    ("templates/tickets/_message.html", '<button onclick="go()">'),
    ("templates/tickets/_message.html", '<p style="color: red">'),
    ("templates/base.html", "<script>go()</script>"),
    ("templates/base.html", "<style>p { color: red }</style>"),
    ("helpdesk/web/tickets/views.py", "return Markup(text)"),
    ("helpdesk/queue.py", "import pickle"),
    ("workers/__main__.py", "from pickle import loads"),
    ("helpdesk/rules.py", "eval(text)"),
    ("helpdesk/rules.py", "exec(text)"),
    ("static/js/elements/thread.js", "this.innerHTML = text"),
    ("static/js/elements/thread.js", "this.outerHTML = text"),
    ("static/js/elements/thread.js", 'this.insertAdjacentHTML("beforeend", text)'),
    ("static/js/elements/thread.js", "new DOMParser()"),
    ("static/js/elements/thread.js", "eval(text)"),
    ("static/js/elements/thread.js", 'new Function("return 1")'),
    ("static/js/elements/thread.js", "document.write(text)"),
    ("tests/conftest.py", 'NOTES = Path("../shared/notes.json")'),
    ("tests/conftest.py", 'NOTES = ROOT.parent / "shared" / "notes.json"'),
    ("README.md", "Run it in /home/ada/helpdesk"),
    ("docs/notes.md", "see /work/main"),
    ("pyproject.toml", 'index-url = "http://10.0.0.1/simple"'),
    ("requirements.txt", "# from https://files.pythonhosted.org/"),
]
ALLOWED = [
    (STREAMS, "template.innerHTML = html"),
    ("templates/base.html", '<script type="module" src="/assets/1/js/desk.js"></script>'),
    ("templates/tickets/_message.html", "<p>{{ text }} is safe</p>"),
    ("helpdesk/rules.py", "model.eval()"),
    ("helpdesk/rules.py", "retrieval(text)"),
    ("helpdesk/models/message.py", "# never a pickle"),
    ("templates/tickets/_shared.html", '<div class="shared shared--story">'),
    ("helpdesk/web/uploads.py", '"a path like /homework/x"'),
    ("static/vendor/README.md", "from https://registry.npmjs.org/"),
    ("static/vendor/htmx.esm.js", "element.innerHTML = text"),
]


@pytest.mark.parametrize(("path", "line"), FORBIDDEN)
def test_a_forbidden_line_is_found(tmp_path: Path, path: str, line: str) -> None:
    _write(tmp_path / path, f"first\n{line}\n")

    found = list(findings(tmp_path))

    assert [(finding.path, finding.line, finding.text) for finding in found] == [(path, 2, line)]


@pytest.mark.parametrize(("path", "line"), ALLOWED)
def test_an_allowed_line_is_left_alone(tmp_path: Path, path: str, line: str) -> None:
    _write(tmp_path / path, f"first\n{line}\n")

    assert list(findings(tmp_path)) == []


def test_our_own_code_keeps_to_it() -> None:
    assert [str(finding) for finding in findings(ROOT)] == []


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
