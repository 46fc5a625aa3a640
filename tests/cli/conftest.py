"""What the tests of the command line share: the command line."""

from __future__ import annotations

import os

import pytest

from helpdesk.db import db


@pytest.fixture
def flask(app):
    """`flask("agent add …")`: what it printed; fails the test when the exit code is another than `exit`."""

    def run(line: str, *more: str, exit_code: int = 0, stdin: str = "", **environ: str) -> str:
        runner = app.test_cli_runner()
        result = runner.invoke(args=[*line.split(), *more], input=stdin, env={**os.environ, **environ})
        db.session.rollback()
        assert result.exit_code == exit_code, result.output
        return result.output

    return run
