"""Static files: kept for ever under their build, and nothing but static files."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from helpdesk.web import assets
from helpdesk.web.assets import FOLDER, asset_url, build_of

TEMPLATES = Path(__file__).resolve().parents[2] / "templates"


def test_a_file_of_this_build_is_kept_for_ever(client, desk):
    answer = client().get(asset_url("css/tokens.css"))

    assert answer.status_code == 200
    assert answer.mimetype == "text/css"
    assert set(answer.headers["Cache-Control"].split(", ")) == {"public", "immutable", "max-age=31536000"}
    assert "Set-Cookie" not in answer.headers
    assert "Vary" not in answer.headers
    assert answer.headers["X-Content-Type-Options"] == "nosniff"


def test_a_page_from_before_an_upgrade_still_finds_its_files(client):
    answer = client().get("/assets/000000000000/css/tokens.css")

    assert answer.status_code == 200
    assert "immutable" not in answer.headers["Cache-Control"]
    assert "no-cache" in answer.headers["Cache-Control"]


def test_modules_are_served_as_modules(client):
    (module, *_) = sorted((FOLDER / "js").rglob("*.js"))

    assert client().get(asset_url(str(module.relative_to(FOLDER)))).mimetype == "text/javascript"


def test_a_change_of_any_file_is_another_build(tmp_path):
    (tmp_path / "js").mkdir()
    (tmp_path / "js" / "a.js").write_text("1")
    first = build_of(tmp_path)

    (tmp_path / "js" / "a.js").write_text("2")
    second = build_of(tmp_path)
    (tmp_path / "js" / "a.js").rename(tmp_path / "js" / "b.js")

    assert len({first, second, build_of(tmp_path)}) == 3


@pytest.mark.parametrize(
    "path", ["../config.py", "%2e%2e/config.py", "css/../../config.py", "css", "", "css/nothing.css"]
)
def test_nothing_else_is_served(client, path):
    assert client().get(f"/assets/x/{path}").status_code == 404


def test_every_file_that_templates_name_is_there():
    named = {
        name
        for template in TEMPLATES.rglob("*.html")
        for name in re.findall(r"asset_url\(['\"]([^'\"]+)['\"]\)", template.read_text("utf-8"))
    }

    assert [name for name in sorted(named) if not (assets.FOLDER / name).is_file()] == []
