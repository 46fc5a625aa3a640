"""The demo workspace on a fresh desk: few requests, some of today's customers, and workers that work meanwhile."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial

import pytest
from flask import Flask

from helpdesk.demo import talks, workspace
from tests.support.jobs import drain_all
from tests.support.sandbox import configuration
from tests.support.secrets import ACCESS_TOKEN, APP_SECRET, VERIFY_TOKEN

REQUESTS, DAYS = 12, 20
TODAY = (
    "lena.hff",
    "emma.lindqvist",
    "carlagomez",
    "jonas.wbr",
    "tiago.ssa",
    "katrin.lorenz",
    "zoe.vd",
    "pilar.ortega.m",
)


@pytest.fixture
def accounts(desk) -> None:
    """The file from which the demo learns the platform's accounts."""
    known = configuration(
        desk.settings.public_url, access_token=ACCESS_TOKEN, app_secret=APP_SECRET, verify_token=VERIFY_TOKEN
    )
    (desk.settings.data_dir / "sandbox.json").write_text(json.dumps(known))


@pytest.fixture
def fill(desk, accounts) -> Callable[..., list[str]]:
    """`fill(requests=12, today=[])`: makes the demo workspace; answers what it said."""

    def run(requests: int = REQUESTS, today: list[talks.Talk] | None = None) -> list[str]:
        said: list[str] = []
        workspace.fill(desk.settings, say=said.append, requests=requests, days=DAYS, today=today or [])
        desk.reading()
        return said

    return run


@pytest.fixture
def filled(desk, sandbox, fill) -> list[talks.Talk]:
    """The demo workspace, made. Answers the talks of today."""
    told = [talk for talk in talks.read() if talk.customer.username in TODAY]
    with _working(desk.app):
        fill(today=told)
    desk.run_jobs()
    return told


@contextmanager
def _working(app: Flask) -> Iterator[None]:
    """The workers' drains, again and again in a thread of their own."""
    stopped = threading.Event()
    thread = threading.Thread(target=partial(_work, app, stopped), name="workers")
    thread.start()
    try:
        yield
    finally:
        stopped.set()
        thread.join()


def _work(app: Flask, stopped: threading.Event) -> None:
    while not stopped.wait(0.1):
        drain_all(app)
