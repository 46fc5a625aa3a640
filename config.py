"""Every setting: its name, default and meaning, and what the environment says of it.

The two keys are made once in `DATA_DIR/keys` and read from there by every process. Needs the standard library alone,
so that the supervisor can read it before anything is installed.
"""

from __future__ import annotations

import base64
import os
import secrets
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from helpdesk import setting_checks as checks

KEYS_FILE = "keys"
MAX_BODY = 4 * 2**20  # bytes of a request; the upload view raises its own


class ConfigError(Exception):
    """A setting cannot be used. One line for people: the variable, what is wrong, a good example; never a secret."""


@dataclass(frozen=True)
class Setting:
    """One line of the documentation. `default` is what people read, "" when there is none."""

    name: str
    default: str
    meaning: str
    example: str


SETTINGS = (
    Setting(
        "DATABASE_URL",
        "sqlite:///DATA_DIR/helpdesk.db",
        "Database: SQLite, or PostgreSQL in production",
        "postgresql+psycopg://helpdesk:password@db.example.com/helpdesk",
    ),
    Setting(
        "REDIS_URL",
        "the embedded server (DATA_DIR/valkey.url)",
        "Redis or Valkey that wakes workers and screens; it holds nothing that cannot be lost",
        "redis://:password@redis.example.com:6379/0",
    ),
    Setting(
        "SECRET_KEY",
        "made at the first start, in DATA_DIR/keys",
        f"Signs sessions and links; {checks.MIN_SECRET} characters or more",
        "the output of: python3 -c 'import secrets; print(secrets.token_urlsafe(48))'",
    ),
    Setting(
        "ENCRYPTION_KEYS",
        "made at the first start, in DATA_DIR/keys",
        "Encrypt channel secrets in the database: Fernet keys, newest first, separated by commas",
        "the output of: python3 -c 'import base64, os; print(base64.urlsafe_b64encode(os.urandom(32)).decode())'",
    ),
    Setting("PUBLIC_URL", "http://HOST:PORT", "Where people and platforms reach the desk", "https://desk.example.com"),
    Setting("DATA_DIR", "./var", "Directory of the database, files, keys and the virtual environment", "/srv/helpdesk"),
    Setting("HOST", "127.0.0.1", "Address to listen at", "0.0.0.0"),
    Setting("PORT", "8000", "Port of the console, the webhooks and the API", "8000"),
    Setting("LIVE_PORT", "8002", "Port of the process that holds the agents' sockets", "8002"),
    Setting(
        "LIVE_URL",
        "PUBLIC_URL's host at LIVE_PORT",
        "Where browsers reach that process, when a proxy serves it",
        "https://live.desk.example.com",
    ),
    Setting("SANDBOX_PORT", "8001", "Port of the make-believe platforms", "8001"),
    Setting("STORAGE_URL", "file://DATA_DIR/files", "Where files are kept", "s3://bucket/prefix"),
    Setting(
        "TRUSTED_PROXIES",
        "none: forwarding headers are ignored",
        "Addresses or networks of proxies whose forwarding headers are believed, separated by commas",
        "10.0.0.0/8, 192.0.2.7",
    ),
    Setting("LOG_LEVEL", "info", "debug, info, warning or error", "info"),
    Setting("LOG_FORMAT", "text", "text for people, json for machines", "json"),
    Setting(
        "INSTAGRAM_API_URL",
        "https://graph.instagram.com/v25.0",
        "Instagram's API; a sandbox or a test double may stand in, and its origin is trusted",
        "http://127.0.0.1:8001/instagram/v25.0",
    ),
    Setting(
        "FACEBOOK_API_URL",
        "https://graph.facebook.com/v25.0",
        "The API of Messenger, WhatsApp and Instagram with Facebook login; likewise",
        "http://127.0.0.1:8001/facebook/v25.0",
    ),
    Setting(
        "TELEGRAM_API_URL", "https://api.telegram.org", "Telegram's API; likewise", "http://127.0.0.1:8001/telegram"
    ),
)
_BY_NAME = {setting.name: setting for setting in SETTINGS}


@dataclass(frozen=True)
class Settings:
    """What the environment says, checked. URLs have no trailing slash. `repr` shows no secrets."""

    database_url: str = field(repr=False)
    redis_url: str = field(repr=False)  # "" when not given: see `redis_url_now`
    secret_key: str = field(repr=False)
    encryption_keys: tuple[str, ...] = field(repr=False)  # newest first
    public_url: str
    data_dir: Path  # absolute
    host: str
    port: int
    live_port: int
    live_url: str
    sandbox_port: int
    storage_url: str
    trusted_proxies: tuple[str, ...]  # addresses and networks
    log_level: str  # lower case
    log_format: str
    instagram_api_url: str
    facebook_api_url: str
    telegram_api_url: str
    trusted_origins: frozenset[str]  # of the platform URLs that came from the environment

    @property
    def is_sqlite(self) -> bool:
        return self.database_url.startswith("sqlite:")

    @property
    def is_loopback(self) -> bool:
        """Do both HOST and PUBLIC_URL stay on this machine? Only then may demo accounts exist."""
        return checks.is_loopback(self.host) and checks.is_loopback(urlsplit(self.public_url).hostname or "")

    @property
    def is_https(self) -> bool:
        return self.public_url.startswith("https://")

    @property
    def console_origins(self) -> tuple[str, ...]:
        """Origins that a page of ours may have: PUBLIC_URL's, and its 127.0.0.1 / localhost twin on a loopback HOST."""
        return self._with_twin(self.public_url)

    @property
    def live_origins(self) -> tuple[str, ...]:
        """Origins of the process `live`, for connect-src; likewise with its twin."""
        return self._with_twin(self.live_url)

    @property
    def session_cookie(self) -> str:
        """Browsers ignore the port of a cookie: two desks on one machine need two names."""
        return "__Host-session" if self.is_https else f"session-{self.port}"

    def redis_url_now(self) -> str:
        """REDIS_URL, else where the embedded server listens now, else "" while it does not."""
        if self.redis_url:
            return self.redis_url
        try:
            return (self.data_dir / "valkey.url").read_text().strip()
        except FileNotFoundError:
            return ""

    def flask_mapping(self) -> dict[str, Any]:
        """What Flask and its extensions take from `app.config`."""
        return {
            "SECRET_KEY": self.secret_key,
            "SQLALCHEMY_DATABASE_URI": self.database_url,
            "PREFERRED_URL_SCHEME": urlsplit(self.public_url).scheme,
            "SESSION_COOKIE_NAME": self.session_cookie,
            "SESSION_COOKIE_HTTPONLY": True,
            "SESSION_COOKIE_SAMESITE": "Lax",
            "SESSION_COOKIE_SECURE": self.is_https,
            "SESSION_COOKIE_PATH": "/",
            "MAX_CONTENT_LENGTH": MAX_BODY,
            "MAX_FORM_MEMORY_SIZE": 2**20,  # a message of 65,536 characters, percent-coded
            "MAX_FORM_PARTS": 200,
            "WTF_CSRF_TIME_LIMIT": None,  # consoles stay open all day; the token dies with the session
        }

    def _with_twin(self, url: str) -> tuple[str, ...]:
        own, host = checks.origin(url), urlsplit(url).hostname or ""
        twin = {"127.0.0.1": "localhost", "localhost": "127.0.0.1"}.get(host)
        if twin is None or not checks.is_loopback(self.host):
            return (own,)
        return (own, own.replace(host, twin, 1))


def load(environ: Mapping[str, str]) -> Settings:
    """Settings from `environ` and `DATA_DIR/keys`. Creates nothing. Raises ConfigError."""
    given = {name: environ.get(name, "").strip() for name in _BY_NAME}
    data_dir = _data_dir(given["DATA_DIR"])
    keys = _keys(given, data_dir)
    host = _value(given, "HOST", "127.0.0.1", checks.host)
    ports = {name: int(_value(given, name, _BY_NAME[name].default, checks.port)) for name in _PORTS}
    _must_differ(ports)
    public_url = _value(given, "PUBLIC_URL", _default_public_url(given, host, ports["PORT"]), checks.origin_url)
    live_host = checks.bracketed(urlsplit(public_url).hostname or host)
    live_default = f"{urlsplit(public_url).scheme}://{live_host}:{ports['LIVE_PORT']}"
    apis = {name: _value(given, name, _BY_NAME[name].default, checks.api_url) for name in _APIS}
    return Settings(
        database_url=_value(given, "DATABASE_URL", f"sqlite:///{data_dir / 'helpdesk.db'}", checks.database_url),
        redis_url=_value(given, "REDIS_URL", "", checks.redis_url),
        secret_key=_value(keys, "SECRET_KEY", "", checks.signing_key),
        encryption_keys=tuple(_value(keys, "ENCRYPTION_KEYS", "", checks.encryption_keys).split(",")),
        public_url=public_url,
        data_dir=data_dir,
        host=host,
        port=ports["PORT"],
        live_port=ports["LIVE_PORT"],
        live_url=_value(given, "LIVE_URL", live_default, checks.origin_url),
        sandbox_port=ports["SANDBOX_PORT"],
        storage_url=_value(given, "STORAGE_URL", f"file://{data_dir / 'files'}", checks.storage_url),
        trusted_proxies=checks.items(_value(given, "TRUSTED_PROXIES", "", checks.networks)),
        log_level=_value(given, "LOG_LEVEL", "info", checks.one_of("debug", "info", "warning", "error")),
        log_format=_value(given, "LOG_FORMAT", "text", checks.one_of("text", "json")),
        instagram_api_url=apis["INSTAGRAM_API_URL"],
        facebook_api_url=apis["FACEBOOK_API_URL"],
        telegram_api_url=apis["TELEGRAM_API_URL"],
        trusted_origins=frozenset(checks.origin(apis[name]) for name in _APIS if given[name]),
    )


def ensure_keys(data_dir: Path) -> None:
    """Makes `data_dir/keys` (mode 600) when it is not there. Two processes that try at once end with the same file."""
    data_dir.mkdir(parents=True, exist_ok=True)
    path = data_dir / KEYS_FILE
    if path.exists():
        return
    encryption = base64.urlsafe_b64encode(os.urandom(32)).decode()
    with tempfile.NamedTemporaryFile("w", dir=data_dir, prefix=".keys-") as file:  # mode 600 from the start
        file.write(f"SECRET_KEY={secrets.token_urlsafe(48)}\nENCRYPTION_KEYS={encryption}\n")
        file.flush()
        os.fsync(file.fileno())
        try:
            os.link(file.name, path)
        except FileExistsError:
            return  # another process was faster: its keys count


def env_example() -> str:
    """The text of `.env.example`."""
    blocks = [
        f"# {setting.meaning}.\n# Default: {setting.default}\n# {setting.name}={setting.example}\n"
        for setting in SETTINGS
    ]
    return "# Every setting may be left out. Remove the # before a name to give a value.\n\n" + "\n".join(blocks)


def markdown_table() -> str:
    """The table of settings in the README."""
    rows = [f"| `{setting.name}` | {setting.default} | {setting.meaning} |\n" for setting in SETTINGS]
    return "| setting | default | meaning |\n| --- | --- | --- |\n" + "".join(rows)


_PORTS = ("PORT", "LIVE_PORT", "SANDBOX_PORT")
_APIS = ("INSTAGRAM_API_URL", "FACEBOOK_API_URL", "TELEGRAM_API_URL")


def _value(given: Mapping[str, str], name: str, default: str, check: Callable[[str], str]) -> str:
    if not given[name]:
        return default
    try:
        return check(given[name])
    except ValueError as error:
        raise _bad(name, str(error)) from None  # the cause may quote a secret


def _bad(name: str, problem: str) -> ConfigError:
    return ConfigError(f"{name}: {problem}; a good one: {_BY_NAME[name].example}")


def _data_dir(given: str) -> Path:
    if any(character in "\0\n?#" for character in given):  # it becomes part of the database's URL
        raise _bad("DATA_DIR", "must not have line ends, ? or #")
    path = Path(given or "var").absolute()
    if path.exists() and not path.is_dir():
        raise _bad("DATA_DIR", "is a file, not a directory")
    return path


def _keys(given: Mapping[str, str], data_dir: Path) -> dict[str, str]:
    names = ("SECRET_KEY", "ENCRYPTION_KEYS")
    stored = {} if all(given[name] for name in names) else _stored_keys(data_dir / KEYS_FILE)
    keys = {name: given[name] or stored.get(name, "") for name in names}
    for name, key in keys.items():
        if not key:
            raise _bad(name, f"is not set, and {data_dir / KEYS_FILE} has none")
    return keys


def _stored_keys(path: Path) -> dict[str, str]:
    try:
        lines = path.read_text().splitlines()
    except FileNotFoundError:
        return {}
    except OSError as error:
        raise ConfigError(
            f"DATA_DIR: {path} cannot be read ({error.strerror}); a good one: owned by this user"
        ) from None
    return {name: value.strip() for name, _, value in (line.partition("=") for line in lines)}


def _must_differ(ports: Mapping[str, int]) -> None:
    seen: dict[int, str] = {}
    for name, port in ports.items():
        if port in seen:
            raise _bad(name, f"is the same as {seen[port]}")
        seen[port] = name


def _default_public_url(given: Mapping[str, str], host: str, port: int) -> str:
    if not given["PUBLIC_URL"] and host in ("0.0.0.0", "::"):
        raise _bad("PUBLIC_URL", f"is needed when HOST is {host}, since nobody can call that address")
    return checks.origin(f"http://{checks.bracketed(host)}:{port}")
