"""Fixtures for all tests: databases, the desk, its doors, its jobs. What they do stands in `tests/support`."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from flask import Flask

from config import Settings
from helpdesk import disk, failpoints, queue
from tests.support import browser, process
from tests.support.databases import POSTGRES, SQLITE, Databases
from tests.support.desk import MORNING, Desk, empty_directory, requests_apart, settings
from tests.support.door import open_door
from tests.support.postgres import MISSING, Postgres
from tests.support.running import RunningDesk, running_desk
from tests.support.sandbox import Sandbox, configuration
from tests.support.secrets import ACCESS_TOKEN, APP_SECRET, VERIFY_TOKEN
from tests.support.valkey import Valkey

if TYPE_CHECKING:
    from playwright.sync_api import Page

    from helpdesk.models import Agent

# Folders whose tests run on both databases; elsewhere a test asks for it by the marker `both_databases`.
ON_BOTH = ("api", "bad_inputs", "domain", "journeys", "models", "workers")
_POSTGRES = pytest.StashKey[Postgres | None]()
_A_DEVELOPERS_OWN = (
    "DATABASE_URL",
    "REDIS_URL",
    "DATA_DIR",
    "SECRET_KEY",
    "ENCRYPTION_KEYS",
    "FAILPOINT",
    "FAILPOINT_LOG",
)


# --- servers --------------------------------------------------------------------------------------------------


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "both_databases: runs on SQLite and on PostgreSQL")
    config.addinivalue_line("markers", "sqlite_only: says something about SQLite, or nothing about the database")
    config.addinivalue_line("markers", "postgres_only: says something about PostgreSQL")
    for name in _A_DEVELOPERS_OWN:
        os.environ.pop(name, None)  # their desk is not for tests
    if _is_worker(config):
        config.stash[_POSTGRES] = _attached(config)
    elif getattr(config.option, "numprocesses", None) and not config.option.collectonly:
        config.stash[_POSTGRES] = Postgres.launch()  # gets ready while the workers start


def pytest_configure_node(node) -> None:
    """xdist: tells a worker where the one PostgreSQL server is."""
    server = node.config.stash.get(_POSTGRES, None)
    if server is not None:
        server.ready()
    node.workerinput["postgres_port"] = server.port if server is not None else 0


def pytest_unconfigure(config: pytest.Config) -> None:
    server = config.stash.get(_POSTGRES, None)
    if server is not None and not _is_worker(config):
        server.stop()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]):
    """xdist cannot carry lone surrogates from a worker to the controller; what tests print may have some."""
    report = yield
    report.sections = [(name, text.encode("utf-8", "backslashreplace").decode()) for name, text in report.sections]
    return report


def pytest_terminal_summary(terminalreporter, config: pytest.Config) -> None:
    if not _is_worker(config) and config.stash.get(_POSTGRES, "not asked for") is None:
        terminalreporter.write_line(MISSING, yellow=True)


def _is_worker(config: pytest.Config) -> bool:
    return hasattr(config, "workerinput")


def _attached(config: pytest.Config) -> Postgres | None:
    port = config.workerinput["postgres_port"]
    return Postgres(Path(), port) if port else None


def _the_postgres(config: pytest.Config) -> Postgres | None:
    """The session's server; without xdist it starts when the first test needs it."""
    if _POSTGRES not in config.stash:
        server = Postgres.launch()
        if server is not None:
            server.ready()
        config.stash[_POSTGRES] = server
    return config.stash[_POSTGRES]


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Tests that need a database run on both of them, or on the one that their folder or marker says."""
    if "database" not in metafunc.fixturenames:
        return
    marks = {mark.name for mark in metafunc.definition.iter_markers()}
    folder = Path(metafunc.definition.path).relative_to(Path(__file__).parent).parts[0]
    sqlite, postgres = SQLITE, pytest.param(POSTGRES, marks=pytest.mark.postgres)
    if "postgres_only" in marks:
        kinds = [postgres]
    elif "sqlite_only" in marks or not ("both_databases" in marks or folder in ON_BOTH):
        kinds = [sqlite]
    else:
        kinds = [sqlite, postgres]
    metafunc.parametrize("database", kinds, indirect=True)


@pytest.fixture(scope="session")
def session_directory() -> Iterator[Path]:
    """Of this process of the tests. In memory where that is possible: SQLite waits for the disk at every commit."""
    memory = Path("/dev/shm")
    parent = memory if os.access(memory, os.W_OK) and not disk.read(memory).is_low() else None
    path = Path(tempfile.mkdtemp(prefix="helpdesk-tests-", dir=parent))
    yield path
    shutil.rmtree(path, ignore_errors=True)


@pytest.fixture(scope="session")
def databases(request: pytest.FixtureRequest, session_directory: Path) -> Iterator[Databases]:
    worker = os.environ.get("PYTEST_XDIST_WORKER", "main")
    directory = session_directory / "databases"
    directory.mkdir()
    made = Databases(directory, lambda: _the_postgres(request.config), f"helpdesk_{worker}")
    yield made
    made.close()


@pytest.fixture(scope="session")
def valkey_server() -> Iterator[Valkey]:
    server = Valkey.new()
    yield server
    server.stop()
    shutil.rmtree(server.directory, ignore_errors=True)


@pytest.fixture
def valkey(valkey_server: Valkey) -> Valkey:
    """Redis' protocol, running and empty. A test may stop it."""
    valkey_server.empty()
    return valkey_server


# --- the desk in this process -----------------------------------------------------------------------------------


@pytest.fixture
def database(request: pytest.FixtureRequest) -> str:
    """ "sqlite" or "postgres"."""
    return request.param


@pytest.fixture(scope="session")
def ports() -> dict[str, int]:
    """Where this process of the tests may listen: the desk's own door, and the make-believe platform."""
    return {"web": process.free_port(), "sandbox": process.free_port()}


@pytest.fixture(scope="session")
def apps() -> dict[str, tuple[Flask, Settings]]:
    """One app for each kind of database, made when first used: a fresh one would compile every template and every
    statement again. Whatever a test leaves behind lies in the database, the queue server or the data directory."""
    return {}


@pytest.fixture
def desk(
    database: str,
    databases: Databases,
    valkey: Valkey,
    ports: dict[str, int],
    session_directory: Path,
    apps: dict[str, tuple[Flask, Settings]],
) -> Iterator[Desk]:
    """A whole desk on an empty database, its clock a little later than the saved payloads; inside its app context."""
    from helpdesk.app import create_app  # late: tests that need no desk do without all of it

    url, data = databases.empty(database), session_directory / f"data-{database}"
    if database not in apps:
        chosen = settings(
            database_url=url, data_dir=data, redis_url=valkey.url, port=ports["web"], sandbox_port=ports["sandbox"]
        )
        apps[database] = requests_apart(create_app(chosen)), chosen
    app, chosen = apps[database]
    queue.connect_to(chosen.redis_url_now)  # a new line: what was away in another test is asked again
    with app.app_context():
        app.extensions.pop("condition", None)  # what was wrong in another test
        made = Desk(app, chosen, database, valkey)
        made.at(MORNING)
        try:
            yield made
        finally:
            made.close()
    empty_directory(data)


@pytest.fixture
def app(desk: Desk) -> Flask:
    return desk.app


@pytest.fixture
def webhook(desk: Desk):
    """`webhook("instagram/text.json")`: posts a saved payload, signed, to the real view."""
    return desk.webhook


@pytest.fixture
def run_jobs(desk: Desk):
    """Lets every worker do what is due."""
    return desk.run_jobs


@pytest.fixture
def open_page(desk: Desk):
    """`open_page(agent)`: what this agent's console hears, in `.streams`."""
    return desk.open_page


@pytest.fixture
def later(desk: Desk):
    """`later(hours=73)`: sets the desk's clock forward."""
    return desk.later


@pytest.fixture
def client(desk: Desk):
    """`client(agent)`: a browser without JavaScript, signed in; `client()`: a stranger's."""
    return desk.client


@pytest.fixture
def failpoint(monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    """`failpoint("intake.before_commit:raise")`: as the variable FAILPOINT says at a start; "" takes it away."""
    return lambda text: monkeypatch.setattr(failpoints, "_points", failpoints._parse(text))


# --- the make-believe platform ------------------------------------------------------------------------------------


@pytest.fixture(scope="session")
def sandbox_process(session_directory: Path, ports: dict[str, int]) -> Iterator[Sandbox]:
    directory = session_directory / "sandbox"
    directory.mkdir()
    accounts = configuration(
        f"http://127.0.0.1:{ports['web']}",
        access_token=ACCESS_TOKEN,
        app_secret=APP_SECRET,
        verify_token=VERIFY_TOKEN,
    )
    started = Sandbox.start(directory, ports["sandbox"], accounts)
    yield started
    started.stop()


@pytest.fixture
def sandbox(desk: Desk, sandbox_process: Sandbox, ports: dict[str, int]) -> Iterator[Sandbox]:
    """A make-believe Instagram at the desk's time; its webhooks reach the desk's own door. Its one customer keeps their
    profile to themselves: to draw a picture anew takes a process, and few tests are about it."""
    sandbox_process.reset()
    sandbox_process.clock(desk.clock_offset)
    sandbox_process.change(is_profile_refused=True)
    desk.sandbox = sandbox_process
    with open_door(desk.app, ports["web"]):
        yield sandbox_process
        sandbox_process.reset()
    desk.sandbox = None


# --- a desk that runs, and a browser --------------------------------------------------------------------------------


@pytest.fixture(scope="session")
def running_desks(session_directory: Path, databases: Databases) -> Iterator[Callable[[str], RunningDesk]]:
    """`running_desks("sqlite")`: every process of a desk, started once."""
    with ExitStack() as stack:
        started: dict[str, RunningDesk] = {}

        def get(kind: str) -> RunningDesk:
            if kind not in started:
                directory = session_directory / f"running-{kind}"
                directory.mkdir()
                url = databases.for_running_desk(kind)
                started[kind] = stack.enter_context(running_desk(directory, url))
            return started[kind]

        yield get


@pytest.fixture
def running(database: str, running_desks: Callable[[str], RunningDesk]) -> Iterator[RunningDesk]:
    """A desk that runs, shared by the tests of this process: each brings its own people and customers."""
    desk = running_desks(database)
    desk.sandbox.mend()
    with desk.app.app_context():
        yield desk


@pytest.fixture(scope="session")
def chromium_browser():
    with browser.chromium() as started:
        yield started


@pytest.fixture
def new_page(running: RunningDesk, chromium_browser) -> Iterator[Callable[..., Page]]:
    """`new_page(width=375, …)`: a page of a profile of its own on the running desk. A page that complains (script
    errors, refused by the CSP) or asks a stranger's host fails its test."""
    complaints = browser.Complaints(running.origins)
    contexts = []

    def open_page(*, width: int = 1280, height: int = 800, **more: Any) -> Page:
        context = chromium_browser.new_context(
            base_url=running.url, viewport={"width": width, "height": height}, **more
        )
        context.set_default_timeout(30_000)
        complaints.watch(context)
        contexts.append(context)
        page = context.new_page()
        page.complaints = complaints
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert complaints.problems == []
    assert complaints.strangers == []


@pytest.fixture
def page(new_page: Callable[..., Page]) -> Page:
    """A page on the running desk, not signed in."""
    return new_page()


@pytest.fixture
def sign_in() -> Callable[[Page, Agent], None]:
    """`sign_in(page, agent)`: gives the agent the tests' password and signs in through the form."""

    def through_the_form(page: Page, who: Agent) -> None:
        from tests.factories import with_password

        browser.sign_in(page, with_password(who))

    return through_the_form


@pytest.fixture
def axe() -> Callable[[Page], list[str]]:
    """`axe(page)`: what axe-core finds wrong on it, one line each."""
    return browser.axe
