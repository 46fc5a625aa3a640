"""The stage: database, Valkey and platform behind proxies that misbehave, and the desk's processes in front of them."""

from __future__ import annotations

import random
import shutil
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

from flask import Flask

import config
from helpdesk import setting_checks
from helpdesk.app import create_app
from helpdesk.commands import services
from tests.chaos import jumps
from tests.chaos.cast import Cast, Member
from tests.chaos.proxy import Proxy
from tests.factories import an_inbox
from tests.support import desk, process
from tests.support.databases import POSTGRES, Databases
from tests.support.postgres import DURABLE, Postgres
from tests.support.running import environment
from tests.support.sandbox import ACCOUNT, Sandbox
from tests.support.secrets import ACCESS_TOKEN, APP_SECRET, VERIFY_TOKEN
from tests.support.valkey import Valkey

ACCOUNTS = tuple(f"178414000000{number:05}" for number in range(1, 11))
NOWHERE = "redis://127.0.0.1:9/0"  # the discard port: refused at once

# Failpoints, each with how often it is visited for one message: so every one of them gets its share of the deaths.
WEB_POINTS = {"ledger.before_commit": 1.5, "ledger.after_commit": 1.5}
INTAKE_POINTS = {
    "intake.claimed": 0.05,
    "intake.applied": 1,
    "intake.before_commit": 1,
    "intake.after_commit": 1,
    "events.numbered": 1,
    "transaction.committed": 1,
}
DELIVERY_POINTS = {
    "delivery.claimed": 1,
    "delivery.marked": 1,
    "delivery.called": 1,
    "delivery.before_commit": 1,
    "delivery.settled": 1,
}
SCHEDULING_POINTS = {"scheduling.due": 0.1, "scheduling.before_commit": 0.1, "scheduling.after_commit": 0.1}


@dataclass(frozen=True)
class Play:
    """Who plays. `workers` is one tuple of children's names for each parent; `points` kill workers, `web_points` web.
    `passes`: how many visits to a failpoint pass before one kills. `lines` that can be bent ("redis", "database",
    "platform", "live") lead through a proxy; others do not, since thousands of pieces a second cost it a core.
    `has_jumps`: the machine's clock can be set (`Jumps`)."""

    webs: int = 1
    workers: Sequence[Sequence[str]] = (("live", "delivery", "bulk"),)
    clocks: int = 2
    has_live: bool = False
    has_redis: bool = True
    points: Mapping[str, float] = field(default_factory=dict)
    web_points: Mapping[str, float] = field(default_factory=dict)
    passes: tuple[int, int] | None = None
    lines: tuple[str, ...] = ()
    has_jumps: bool = False
    more: tuple[tuple[str, str], ...] = ()


@dataclass
class Stage:
    """`app` is the desk in our own process, past all proxies: for looking, and for making people."""

    kind: str
    directory: Path
    random: random.Random
    app: Flask
    settings: config.Settings
    cast: Cast
    sandbox: Sandbox
    valkey: Valkey
    postgres: Postgres | None
    proxies: dict[str, Proxy]
    web_urls: list[str]

    @property
    def url(self) -> str:
        """Of the console; the first web's."""
        return self.settings.public_url


@contextmanager
def stage(kind: str, play: Play, *, seed: int) -> Iterator[Stage]:
    """Sets everything up on an empty desk with ten inboxes, each of its own account, and takes all of it down again."""
    directory = Path(tempfile.mkdtemp(prefix="helpdesk-chaos-"))
    with ExitStack() as stack:
        stack.callback(shutil.rmtree, directory, ignore_errors=True)
        postgres = _postgres(stack) if kind == POSTGRES else None
        databases = Databases(directory, lambda: postgres, "chaos")
        url = databases.for_running_desk(kind)
        valkey = Valkey.new()
        stack.callback(shutil.rmtree, valkey.directory, ignore_errors=True)
        if play.has_redis:
            valkey.start()
            stack.callback(valkey.stop)
        settings = desk.settings(
            database_url=url,
            data_dir=directory / "data",
            redis_url=valkey.url if play.has_redis else NOWHERE,
            port=process.free_port(),
            LIVE_PORT=str(process.free_port()),
        )
        sandbox = _sandbox(stack, directory, settings)
        ends = {"redis": str(valkey.socket), "platform": _port(sandbox.url), "live": settings.live_port}
        if postgres is not None:
            ends["database"] = postgres.port
        proxies = {line: _proxy(stack, ends[line]) for line in play.lines if line in ends}
        settings = _towards(settings, proxies["platform"].port if "platform" in proxies else _port(sandbox.url))
        app = create_app(settings)
        chance = random.Random(seed)
        cast = Cast(directory, chance, passes=play.passes)
        stack.callback(cast.close)
        stack.enter_context(app.app_context())
        stack.callback(desk.dispose)
        _connect_inboxes()
        shown = Stage(kind, directory, chance, app, settings, cast, sandbox, valkey, postgres, proxies, [])
        _enter(shown, play)
        cast.keep()
        yield shown


def _postgres(stack: ExitStack) -> Postgres:
    server = Postgres.launch(settings=DURABLE)
    if server is None:
        raise process.DidNotStart("PostgreSQL is not installed (apt install postgresql)")
    stack.callback(server.stop)
    server.ready()
    return server


def _proxy(stack: ExitStack, target: int | str) -> Proxy:
    proxy = Proxy(target)
    stack.callback(proxy.stop)
    return proxy


def _sandbox(stack: ExitStack, directory: Path, settings: config.Settings) -> Sandbox:
    accounts = {"webhook_base": settings.public_url, "accounts": [_account(one, settings) for one in ACCOUNTS]}
    sandbox = Sandbox.start(directory, process.free_port(), accounts)
    stack.callback(sandbox.stop)
    return sandbox


def _port(url: str) -> int:
    return int(url.rpartition(":")[2])


def _account(account_id: str, settings: config.Settings) -> dict[str, object]:
    return {
        "platform": "instagram",
        "account_id": account_id,
        "login": "instagram",
        "access_token": ACCESS_TOKEN if account_id == ACCOUNT else f"{ACCESS_TOKEN}-{account_id}",
        "app_secret": APP_SECRET,
        "verify_token": VERIFY_TOKEN,
        "name": f"Shop {account_id[-2:]}",
        "webhook_url": f"{settings.public_url}/webhooks/instagram",
    }


def _towards(settings: config.Settings, port: int) -> config.Settings:
    base = f"http://127.0.0.1:{port}"
    return replace(
        settings,
        sandbox_port=port,
        instagram_api_url=f"{base}/instagram/v25.0",
        facebook_api_url=f"{base}/facebook/v25.0",
        telegram_api_url=f"{base}/telegram",
        trusted_origins=frozenset({setting_checks.origin(base)}),
    )


def _connect_inboxes() -> None:
    for account_id in ACCOUNTS:
        an_inbox(f"Shop {account_id[-2:]}", account_id=account_id)


def _enter(stage: Stage, play: Play) -> None:
    """Starts the processes; each talks to its stores and platforms through the proxies. Returns when web answers."""
    seen = _as_processes_see_it(stage)
    more = {"FAILPOINT_LOG": str(stage.directory / "failpoints.log"), **dict(play.more)}
    more |= jumps.environment(stage.directory) if play.has_jumps else {}
    for number in range(play.webs):
        port = stage.settings.port if number == 0 else process.free_port()
        web = replace(seen, port=port)
        env = {**environment(web), **more}
        stage.web_urls.append(f"http://127.0.0.1:{port}")
        command = [*services.web(web, env).command]
        command[command.index("--workers") + 1] = "1"
        stage.cast.add(Member(f"web {number + 1}", "web", command, env, play.web_points))
    env = {**environment(seen), **more}
    if play.has_live:
        stage.cast.add(Member("live", "live", services.live(seen, env).command, env))
    python = services.workers(env).command
    for number, names in enumerate(play.workers, start=1):
        stage.cast.add(Member(f"workers {number}", "parent", (*python, *names), env, play.points))
    for number in range(play.clocks):
        stage.cast.add(Member(f"clock {number + 1}", "clock parent", (*python, "clock"), env))
    first = stage.cast.members[0]
    assert first.running is not None, "it was added"
    log = stage.directory / f"{first.name}.log"
    process.wait_until(lambda: all(process.answers(_port(url)) for url in stage.web_urls), first.running, log)


def _as_processes_see_it(stage: Stage) -> config.Settings:
    settings, ports = stage.settings, {line: proxy.port for line, proxy in stage.proxies.items()}
    if stage.postgres is not None and "database" in ports:
        url = settings.database_url.replace(f":{stage.postgres.port}/", f":{ports['database']}/")
        settings = replace(settings, database_url=url)
    if "redis" in ports:
        settings = replace(settings, redis_url=f"redis://127.0.0.1:{ports['redis']}/0")
    if "live" in ports:
        settings = replace(settings, live_url=f"http://127.0.0.1:{ports['live']}")
    return settings
